//! What the planner knows of tables that are new.
//!
//! While a table is empty, any index that begins with the organization looks as good as its key. A plan that is made then
//! may come to read all rows of an organization for each look-up by key, foreign keys' own included. It is kept while the
//! rows grow in number, until the table is analyzed. Autovacuum does so after a minute; a crowd may come before.

use std::time::Duration;

use tokio::time::sleep;
use tokio_postgres::Client;

use crate::error::StorageError;
use crate::pool::{StorageConfig, open};

/// How often new tables are looked for.
const PAUSE: Duration = Duration::from_secs(1);
/// How long to wait when Postgres cannot be asked.
const AWAY_PAUSE: Duration = Duration::from_secs(10);

/// Tables of ours that are unknown and have rows on more than one page, if they are this login's to look at.
const UNKNOWN: &str = "select c.oid::regclass::text from pg_class c
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace and c.reltuples <= 0
        and pg_relation_size(c.oid) > current_setting('block_size')::bigint and pg_has_role(c.relowner, 'usage')";

/// Whether those are known that hold what each visitor brings: what grows later, autovacuum sees to.
const KNOWN: &str = "select coalesce(bool_and(c.reltuples > 0), true) from pg_class c
    where c.relnamespace = current_schema()::regnamespace
        and c.relname in ('visitors', 'widget_sessions', 'conversations', 'participants')";

/// Has Postgres look at tables as soon as there is something to see, until it knows those that matter. Whoever calls this
/// goes on meanwhile.
pub async fn gather(config: StorageConfig) {
    loop {
        match gather_once(&config).await {
            Ok(()) => return,
            Err(error) => tracing::debug!(%error, "new tables are not known to the planner yet"),
        }
        sleep(AWAY_PAUSE).await;
    }
}

async fn gather_once(config: &StorageConfig) -> Result<(), StorageError> {
    // As the login: the roles that requests take own no table.
    let (client, _) = open(config).await?;
    while !known(&client).await? {
        for row in client.query(UNKNOWN, &[]).await? {
            let table: String = row.try_get(0)?;
            client.batch_execute(&format!("analyze {table}")).await?;
            tracing::debug!(table, "the planner knows a new table");
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

async fn known(client: &Client) -> Result<bool, StorageError> {
    Ok(client.query_one(KNOWN, &[]).await?.try_get(0)?)
}
