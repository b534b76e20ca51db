//! The months of page views and events: made before they begin, dropped when nothing is left of them.

use deadpool_postgres::Object;
use tokio_postgres::types::ToSql;

use crate::error::StorageError;
use crate::pool::{Storage, give_back};

/// Making and dropping a month takes locks that whoever writes waits behind: rather not now than for long.
const PATIENCE: &str = "set local lock_timeout = '2s'";

impl Storage {
    /// Makes the partitions of this month and so many after it, and says which are new. Rows that had come to lie in the
    /// default partition move.
    ///
    /// # Errors
    /// `Unavailable` also when somebody uses the tables for long.
    pub async fn make_partitions(&self, months: i32) -> Result<Vec<String>, StorageError> {
        self.partition("select chatdesk_make_partitions($1)", &[&months]).await
    }

    /// Drops the months that are over and of which nothing is left, and says which.
    ///
    /// # Errors
    /// `Unavailable` also when somebody uses the tables for long.
    pub async fn drop_partitions(&self) -> Result<Vec<String>, StorageError> {
        self.partition("select chatdesk_drop_partitions(now())", &[]).await
    }

    async fn partition(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<String>, StorageError> {
        let mut client = self.maintenance().await?;
        let done = run(&mut client, sql, params).await;
        give_back(client, done)
    }
}

async fn run(client: &mut Object, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<String>, StorageError> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(PATIENCE).await?;
    let rows = transaction.query(sql, params).await?;
    transaction.commit().await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
