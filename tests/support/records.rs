//! What is in the database, read past everything that ChatDesk does.

use protocol::id::ConversationId;
use protocol::value::{Entry, EntryKind, Seq};
use tokio_postgres::Client;

use crate::database::{self, TestDatabase};

/// An entry, as far as logs are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its place.
    pub seq: Seq,
    /// Its sender's key.
    pub client_id: String,
    /// What it is.
    pub kind: EntryKind,
    /// Its text; empty where there is none.
    pub text: String,
}

impl From<&Entry> for Row {
    fn from(entry: &Entry) -> Self {
        Self {
            seq: entry.seq.expect("it has its place"),
            client_id: entry.client_id.clone(),
            kind: entry.content.kind,
            text: entry.content.text.clone().unwrap_or_default(),
        }
    }
}

/// A conversation's entries in order.
pub async fn rows(client: &Client, conversation: ConversationId) -> Vec<Row> {
    let sql = "select seq, client_id, content->'kind', coalesce(content->>'text', '')
        from entries where conversation_id = $1 order by seq";
    let rows = client.query(sql, &[&conversation.0]).await.expect("entries are read");
    rows.iter()
        .map(|row| Row {
            seq: row.get::<_, i64>(0).try_into().expect("a seq is positive"),
            client_id: row.get(1),
            kind: serde_json::from_value(row.get(2)).expect("a kind is known"),
            text: row.get(3),
        })
        .collect()
}

impl TestDatabase {
    /// A conversation's entries in order: seq, `client_id`, text (empty for those without).
    pub async fn entries(&self, conversation: ConversationId) -> Vec<(Seq, String, String)> {
        let rows = self
            .client()
            .await
            .query(
                "select seq, client_id, coalesce(content->>'text', '') from entries where conversation_id = $1 order by seq",
                &[&conversation.0],
            )
            .await
            .unwrap();
        rows.iter().map(|row| (row.get::<_, i64>(0).try_into().unwrap(), row.get(1), row.get(2))).collect()
    }

    /// Whether the database takes connections. When it does not, those that are open are cut, as when Postgres stops.
    pub async fn reachable(&self, reachable: bool) {
        let name = self.url().rsplit('/').next().and_then(|path| path.split('?').next()).unwrap();
        let client = database::connect(&database::on_database(self.url(), "postgres")).await;
        client.batch_execute(&format!("alter database {name} with allow_connections {reachable}")).await.unwrap();
        if !reachable {
            client
                .query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", &[&name])
                .await
                .unwrap();
        }
    }
}
