//! Makes the words of entries, behind the writer's back: what is acknowledged does not wait for them.
//!
//! The writer notes with each commit which parts of which logs are new. A part is taken out of that queue in the
//! transaction that stores its words, so that it is either done or still there; any number of indexers share the queue.

use protocol::id::OrganizationId;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

use super::language::lock_name;
use crate::error::StorageError;
use crate::pool::{StorageConfig, open};

const TAKE: &str = "delete from search_queue where (organization_id, id) in (
        select organization_id, id from search_queue limit $1 for update skip locked
    ) returning organization_id, conversations, first_seqs, last_seqs";

/// Shared among indexers; whoever changes an organization's language waits for them, and they for it.
const LOCK: &str = "select pg_advisory_xact_lock_shared(hashtextextended(name, 0)) from unnest($1::text[]) as name";

/// After the lock, so that the language is the one that holds for as long as that is held. What has words already keeps
/// them: entries never change, and whoever takes their words away for another language queues them once more.
///
/// Each part by itself, in the order of its seqs, which nothing but the key that holds them provides. Left to itself the
/// planner may think the other key that begins with a conversation as good, or joins entries before it looks at their
/// seqs, and then reads a whole log for each of its parts: 8 ms an entry where logs were 2,000 long, not 60 µs.
const INDEX: &str = "insert into entry_search (organization_id, conversation_id, seq, at, words)
    select part.organization_id, part.conversation_id, e.seq, e.at,
        chatdesk_entry_words(part.organization_id, o.search_language, e.content)
    from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[])
        as part(organization_id, conversation_id, first_seq, last_seq)
    join organizations o on o.id = part.organization_id
    cross join lateral (
        select e.seq, e.at, e.content from entries e
        where e.organization_id = part.organization_id and e.conversation_id = part.conversation_id
            and e.seq between part.first_seq and part.last_seq
        order by e.seq offset 0
    ) e
    where chatdesk_entry_text(e.content) is not null
    on conflict (organization_id, conversation_id, seq) do nothing";

/// A transaction that is lost with the server leaves its parts in the queue, so nobody waits for it to be on the disk.
///
/// Parts are few rows each, found through keys and in their order: one plan does for all, however long the logs become.
const SESSION: &str = "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_bitmapscan = off;
    set enable_sort = off; set enable_hashjoin = off; set enable_mergejoin = off; set enable_memoize = off; set jit = off;
    set synchronous_commit = off";

/// Makes words, on a connection of its own that it opens when there is need and again when it was lost.
pub struct Indexer {
    config: StorageConfig,
    session: Option<Session>,
}

/// A connection with the writer's role and its statements.
struct Session {
    client: Client,
    take: Statement,
    lock: Statement,
    index: Statement,
}

/// Parts of logs, in columns.
#[derive(Default)]
struct Parts {
    organizations: Vec<Uuid>,
    conversations: Vec<Uuid>,
    first_seqs: Vec<i64>,
    last_seqs: Vec<i64>,
}

impl Indexer {
    /// One that is not connected yet.
    #[must_use]
    pub fn new(config: StorageConfig) -> Self {
        Self { config, session: None }
    }

    /// Makes the words of at most `limit` of the queue's rows, and says of how many: fewer than `limit` when nothing is
    /// left that no other indexer is at.
    ///
    /// # Errors
    /// As every query. Then nothing was taken out of the queue.
    pub async fn index_pending(&mut self, limit: u32) -> Result<usize, StorageError> {
        let session = match self.session.take() {
            Some(session) => session,
            None => Session::open(&self.config).await?,
        };
        let done = session.index(limit).await;
        match &done {
            Ok(_) => self.session = Some(session),
            // A connection in the middle of a transaction that failed: the next attempt opens another.
            Err(_) => drop(session),
        }
        done
    }

    /// How many of the queue's rows wait, those included that another indexer is at.
    ///
    /// # Errors
    /// As every query.
    pub async fn pending(&mut self) -> Result<i64, StorageError> {
        let session = match self.session.take() {
            Some(session) => session,
            None => Session::open(&self.config).await?,
        };
        let waiting = session.pending().await;
        if waiting.is_ok() {
            self.session = Some(session);
        }
        waiting
    }
}

impl Session {
    async fn pending(&self) -> Result<i64, StorageError> {
        Ok(self.client.query_one("select count(*) from search_queue", &[]).await?.try_get(0)?)
    }

    async fn open(config: &StorageConfig) -> Result<Self, StorageError> {
        let (client, _) = open(config).await?;
        client.batch_execute(&config.greeting("chatdesk_writer")).await?;
        client.batch_execute(SESSION).await?;
        Ok(Self {
            take: client.prepare(TAKE).await?,
            lock: client.prepare(LOCK).await?,
            index: client.prepare(INDEX).await?,
            client,
        })
    }

    async fn index(&self, limit: u32) -> Result<usize, StorageError> {
        self.client.batch_execute("begin").await?;
        let rows = self.client.query(&self.take, &[&i64::from(limit)]).await?;
        let mut parts = Parts::default();
        for row in &rows {
            let organization: Uuid = row.try_get(0)?;
            let conversations: Vec<Uuid> = row.try_get(1)?;
            parts.organizations.extend(conversations.iter().map(|_| organization));
            parts.conversations.extend(conversations);
            parts.first_seqs.extend(row.try_get::<_, Vec<i64>>(2)?);
            parts.last_seqs.extend(row.try_get::<_, Vec<i64>>(3)?);
        }
        let mut names: Vec<String> =
            parts.organizations.iter().map(|organization| lock_name(OrganizationId(*organization))).collect();
        names.sort();
        names.dedup();
        self.client.query(&self.lock, &[&names]).await?;
        let columns: [&(dyn ToSql + Sync); 4] =
            [&parts.organizations, &parts.conversations, &parts.first_seqs, &parts.last_seqs];
        self.client.execute(&self.index, &columns).await?;
        self.client.batch_execute("commit").await?;
        Ok(rows.len())
    }
}
