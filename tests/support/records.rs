//! What is in the database, read past everything that ChatDesk does.

use protocol::id::ConversationId;
use protocol::value::Seq;

use crate::database::{self, TestDatabase};

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
