//! What Postgres does without the writer: the same rows into a table of the same shape, with seqs that the client gives.
//! No conversation is locked, nothing is looked up, no summary is kept.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use protocol::id::EntryId;
use protocol::value::Content;
use tokio::task::JoinSet;
use tokio_postgres::types::{Json, ToSql};
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

use super::ground::Ground;
use super::through::told;
use crate::text::Texts;

const TABLE: &str = "bench_entries";
const BATCH: &str = "insert into bench_entries
        (organization_id, conversation_id, seq, id, sender_kind, sender_id, client_id, at, content)
    select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[], $6::uuid[], $7::text[],
        $8::timestamptz[], $9::jsonb[])";
const SINGLE: &str = "insert into bench_entries
        (organization_id, conversation_id, seq, id, sender_kind, sender_id, client_id, at, content)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
/// What the writer asks of the planner, too.
const PLANNING: &str = "set plan_cache_mode = force_generic_plan";

/// How rows are inserted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// So many with one statement.
    Batches(usize),
    /// One with each statement, each a transaction.
    Single,
}

/// Phases without the writer.
pub(super) struct Plain {
    pub(super) ground: Arc<Ground>,
    pub(super) texts: Arc<Texts>,
    pub(super) warmup: Duration,
    pub(super) measure: Duration,
    /// The head of each conversation, in this table.
    heads: Vec<i64>,
}

impl Plain {
    /// Makes the table: columns, keys, checks and partitions as `entries` has them.
    ///
    /// # Errors
    /// The database does not let us.
    pub(super) async fn lay(
        ground: Arc<Ground>,
        texts: Arc<Texts>,
        warmup: Duration,
        measure: Duration,
    ) -> Result<Self, String> {
        let client = ground.client().await?;
        let sql = "select count(*) from pg_inherits where inhparent = 'entries'::regclass";
        let parts: i64 = client.query_one(sql, &[]).await.map_err(told)?.get(0);
        let mut make = format!(
            "drop table if exists {TABLE};
            create table {TABLE} (like entries including all) partition by hash (organization_id);
            alter table {TABLE} add foreign key (organization_id, conversation_id) references conversations
                on delete cascade;"
        );
        for part in 0..parts {
            make.push_str(&format!(
                "create table {TABLE}_{part} partition of {TABLE} for values with (modulus {parts}, remainder {part});"
            ));
        }
        client.batch_execute(&make).await.map_err(told)?;
        let heads = vec![0; ground.logs.len()];
        Ok(Self { ground, texts, warmup, measure, heads })
    }

    /// Drops the table.
    ///
    /// # Errors
    /// The database does not let us.
    pub(super) async fn remove(&self) -> Result<(), String> {
        let client = self.ground.client().await?;
        client.batch_execute(&format!("drop table {TABLE}")).await.map_err(told)
    }

    /// Inserts as fast as it goes over so many connections, each with conversations of its own. Returns rows a second.
    ///
    /// # Errors
    /// An insert failed.
    pub(super) async fn phase(&mut self, way: Way, connections: usize) -> Result<f64, String> {
        let mut inserting = JoinSet::new();
        let start = Instant::now();
        for number in 0..connections {
            let connection = Connection {
                client: self.ground.client().await?,
                ground: Arc::clone(&self.ground),
                texts: Arc::clone(&self.texts),
                logs: (number..self.heads.len()).step_by(connections).collect(),
                heads: self.heads.clone(),
                next: 0,
            };
            inserting.spawn(connection.run(way, start, self.warmup..self.warmup + self.measure));
        }
        let mut rows = 0;
        while let Some(done) = inserting.join_next().await {
            let (connection, measured) = done.map_err(|error| error.to_string())??;
            rows += measured;
            for log in connection.logs {
                self.heads[log] = connection.heads[log];
            }
        }
        Ok(rows as f64 / self.measure.as_secs_f64())
    }
}

/// One connection, and the conversations that it writes to in turn.
struct Connection {
    client: Client,
    ground: Arc<Ground>,
    texts: Arc<Texts>,
    logs: Vec<usize>,
    heads: Vec<i64>,
    next: usize,
}

impl Connection {
    /// Returns itself and the rows that were committed within `measured`.
    async fn run(
        mut self,
        way: Way,
        start: Instant,
        measured: std::ops::Range<Duration>,
    ) -> Result<(Self, u64), String> {
        self.client.batch_execute(PLANNING).await.map_err(told)?;
        let (sql, count) = match way {
            Way::Batches(count) => (BATCH, count),
            Way::Single => (SINGLE, 1),
        };
        let statement = self.client.prepare(sql).await.map_err(told)?;
        let mut rows = 0;
        while start.elapsed() < measured.end {
            let written = match way {
                Way::Batches(_) => self.batch(&statement, count).await,
                Way::Single => self.single(&statement).await,
            };
            let written = written.map_err(told)?;
            if measured.contains(&start.elapsed()) {
                rows += written;
            }
        }
        Ok((self, rows))
    }

    /// The next conversation in turn, and the next seq in it.
    fn take(&mut self) -> (usize, i64) {
        let log = self.logs[self.next % self.logs.len()];
        self.next += 1;
        self.heads[log] += 1;
        (log, self.heads[log])
    }

    async fn batch(&mut self, statement: &Statement, count: usize) -> Result<u64, tokio_postgres::Error> {
        let places: Vec<(usize, i64)> = (0..count).map(|_| self.take()).collect();
        let ground = Arc::clone(&self.ground);
        let logs = || places.iter().map(|(log, _)| &ground.logs[*log]);
        let organizations: Vec<Uuid> = logs().map(|log| log.organization.0).collect();
        let conversations: Vec<Uuid> = logs().map(|log| log.conversation.0).collect();
        let seqs: Vec<i64> = places.iter().map(|(_, seq)| *seq).collect();
        let ids: Vec<Uuid> = places.iter().map(|_| EntryId::generate().0).collect();
        let kinds = vec!["visitor"; count];
        let senders: Vec<Uuid> = logs().map(|log| log.visitor.id.0).collect();
        let client_ids: Vec<String> = seqs.iter().map(|seq| client_id(*seq)).collect();
        let ats = vec![SystemTime::now(); count];
        let contents: Vec<Content> =
            (self.next as u64..).take(count).map(|n| Content::text(self.texts.of(n))).collect();
        let contents: Vec<Json<&Content>> = contents.iter().map(Json).collect();
        let params: [&(dyn ToSql + Sync); 9] =
            [&organizations, &conversations, &seqs, &ids, &kinds, &senders, &client_ids, &ats, &contents];
        self.client.execute(statement, &params).await
    }

    async fn single(&mut self, statement: &Statement) -> Result<u64, tokio_postgres::Error> {
        let (log, seq) = self.take();
        let ground = Arc::clone(&self.ground);
        let log = &ground.logs[log];
        let content = Content::text(self.texts.of(self.next as u64));
        let params: [&(dyn ToSql + Sync); 9] = [
            &log.organization.0,
            &log.conversation.0,
            &seq,
            &EntryId::generate().0,
            &"visitor",
            &log.visitor.id.0,
            &client_id(seq),
            &SystemTime::now(),
            &Json(content),
        ];
        self.client.execute(statement, &params).await
    }
}

fn client_id(seq: i64) -> String {
    format!("00000000-0000-7000-8000-{seq:012x}")
}
