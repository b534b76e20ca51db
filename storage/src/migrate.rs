//! Brings a database to this build's schema.

use refinery::embed_migrations;
use tokio_postgres::Client;

use crate::error::{StorageError, describe};
use crate::guard;
use crate::pool::{StorageConfig, open};

mod embedded {
    #![allow(missing_docs, unreachable_pub, reason = "written by the macro")]
    super::embed_migrations!("../migrations");
}

/// Held while migrating, so that gateways that start together on one database take turns. The number is "chatdesk"
/// as eight bytes: advisory locks have no names.
const LOCK: i64 = i64::from_be_bytes(*b"chatdesk");

/// What a migration did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The migrations that were applied just now, as `V1__name`, in order.
    pub applied: Vec<String>,
    /// The version that the database has now.
    pub version: u32,
}

/// Applies the migrations that the database at `url` lacks, each in a transaction of its own.
///
/// # Errors
/// `Unavailable` when the database cannot be reached, `Fault` when its server is too old, when it is newer than this
/// build, when an applied migration differs from this build's, or when a migration fails.
pub async fn run(url: &str) -> Result<Report, StorageError> {
    // No statement timeout: a migration may have to touch every row, and its lock may be held by another's.
    let (mut client, connection) = open(&StorageConfig::new(url)).await?;
    guard::version(&client).await?;
    client.execute("select pg_advisory_lock($1)", &[&LOCK]).await?;
    let report = apply(&mut client).await;
    // Closing the connection gives the lock back, also after an error.
    drop(client);
    // The connection's own end says nothing that the statements did not say.
    let _ = connection.await;
    report
}

/// A number that differs between builds with different migrations: names the template that tests copy.
#[must_use]
pub fn fingerprint() -> u64 {
    let migrations = embedded::migrations::runner();
    let checksums = migrations.get_migrations().iter().map(refinery::Migration::checksum);
    // Order matters, and so two migrations that changed places do not cancel out.
    checksums.fold(0, |all: u64, one| all.rotate_left(7) ^ one)
}

/// The newest version of the schema that this build knows.
#[must_use]
pub fn newest() -> u32 {
    let migrations = embedded::migrations::runner();
    migrations
        .get_migrations()
        .iter()
        .map(refinery::Migration::version)
        .max()
        .and_then(|v| v.try_into().ok())
        .unwrap_or(0)
}

/// Makes the roles that the migrations make, by the migrations' own blocks for it. They are the cluster's: what was
/// dumped of a database names them and does not bring them.
pub(crate) async fn make_roles(client: &Client) -> Result<(), StorageError> {
    for migration in embedded::migrations::runner().get_migrations() {
        for block in role_blocks(migration.sql().unwrap_or_default()) {
            client.batch_execute(block).await?;
        }
    }
    Ok(())
}

/// The anonymous blocks of a migration in which roles are made.
fn role_blocks(sql: &str) -> impl Iterator<Item = &str> {
    let blocks = sql.match_indices("\ndo $$\n").filter_map(|(start, _)| {
        let end = sql[start..].find("\n$$;")?;
        sql.get(start..start + end + "\n$$;".len())
    });
    blocks.filter(|block| block.contains("create role"))
}

pub(crate) fn too_new(version: u32) -> StorageError {
    let known = newest();
    StorageError::Fault(format!(
        "the database is at schema version {version} and this build knows up to {known}: run a newer build"
    ))
}

async fn apply(client: &mut Client) -> Result<Report, StorageError> {
    let runner = embedded::migrations::runner();
    if let Some(version) = version_of(client).await?
        && version > newest()
    {
        return Err(too_new(version));
    }
    let report = runner.run_async(client).await.map_err(|error| StorageError::Fault(describe(&error)))?;
    Ok(Report {
        applied: report.applied_migrations().iter().map(ToString::to_string).collect(),
        version: version_of(client).await?.unwrap_or(0),
    })
}

pub(crate) async fn version_of(client: &Client) -> Result<Option<u32>, StorageError> {
    let exists = client.query_one("select to_regclass('refinery_schema_history') is not null", &[]).await?;
    if !exists.try_get(0)? {
        return Ok(None);
    }
    let row = client.query_one("select max(version)::bigint from refinery_schema_history", &[]).await?;
    let version: Option<i64> = row.try_get(0)?;
    Ok(version.and_then(|version| u32::try_from(version).ok()))
}
