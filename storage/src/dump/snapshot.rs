//! A moment of a database, to be dumped.

use std::collections::BTreeMap;
use std::path::Path;

use protocol::id::OrganizationId;
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use uuid::Uuid;

use super::programs::DumpPrograms;
use super::{TABLES, run};
use crate::error::StorageError;
use crate::migrate;
use crate::pool::{StorageConfig, open};

/// A moment that outlives no statement: a dump of years may take hours.
const BEGIN: &str = "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set lock_timeout = 0;
    begin transaction isolation level repeatable read, read only";

/// Whether the role sees all rows: row-level security is forced, and without this right a dump of them is refused.
const SEES_ALL: &str = "select rolsuper or rolbypassrls from pg_catalog.pg_roles where rolname = current_user";

/// The roles, the owners aside, that rights and policies of the database name: they must be there before it comes back.
const ROLES: &str = "select distinct r.rolname::text from (
        select unnest(polroles) from pg_catalog.pg_policy
        union select (aclexplode(relacl)).grantee from pg_catalog.pg_class where relnamespace = current_schema()::regnamespace
        union select (aclexplode(attacl)).grantee from pg_catalog.pg_attribute a
            join pg_catalog.pg_class c on c.oid = a.attrelid where c.relnamespace = current_schema()::regnamespace
        union select (aclexplode(proacl)).grantee from pg_catalog.pg_proc where pronamespace = current_schema()::regnamespace
        union select (aclexplode(nspacl)).grantee from pg_catalog.pg_namespace where oid = current_schema()::regnamespace
    ) named (role) join pg_catalog.pg_roles r on r.oid = named.role
    where r.rolname !~ '^pg_'
        and r.oid not in (select relowner from pg_catalog.pg_class where relnamespace = current_schema()::regnamespace)
    order by 1";

/// Finished files, a page at a time.
const FILES: &str = "select organization_id, key, size, sha256 from attachments
    where done_at is not null and (organization_id, key) > ($1, $2)
    order by organization_id, key limit $3";

/// A file that a dump names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpedFile {
    /// Whose it is.
    pub organization: OrganizationId,
    /// What the file store calls it.
    pub key: String,
    /// Its length in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

/// A moment of a database. It lasts until this is dropped.
pub struct Snapshot {
    client: Client,
    _connection: JoinHandle<()>,
    url: String,
    name: String,
    /// The major version of the server.
    pub server: u32,
    /// The version of the schema.
    pub schema: u32,
    /// How many rows each table has.
    pub rows: BTreeMap<String, u64>,
    /// The roles that rights and policies name.
    pub roles: Vec<String>,
}

impl Snapshot {
    /// Takes the moment, and counts the rows.
    ///
    /// # Errors
    /// `Unavailable` when the database cannot be reached; `Fault` when the role may not see all rows, or when this is
    /// no database of ChatDesk's or one of a newer build.
    pub async fn take(url: &str) -> Result<Self, StorageError> {
        let (client, connection) = open(&StorageConfig::new(url)).await?;
        client.batch_execute(BEGIN).await?;
        if !client.query_one(SEES_ALL, &[]).await?.try_get::<_, bool>(0)? {
            return Err(StorageError::Fault(
                "the database's role does not see all rows, because row-level security is forced on it: back up as a \
                 superuser, or as a role with BYPASSRLS and the right to read all tables (create role … login \
                 bypassrls in role pg_read_all_data)"
                    .into(),
            ));
        }
        let schema = migrate::version_of(&client)
            .await?
            .ok_or_else(|| StorageError::Fault("there is no schema of ChatDesk's in the database".into()))?;
        if schema > migrate::newest() {
            return Err(migrate::too_new(schema));
        }
        let row =
            client.query_one("select pg_export_snapshot(), current_setting('server_version_num')::int / 10000", &[]);
        let row = row.await?;
        let server: i32 = row.try_get(1)?;
        let roles = client.query(ROLES, &[]).await?.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let mut snapshot = Self {
            url: url.to_owned(),
            name: row.try_get(0)?,
            server: server.unsigned_abs(),
            schema,
            rows: BTreeMap::new(),
            roles,
            client,
            _connection: connection,
        };
        snapshot.rows = count(&snapshot.client).await?;
        Ok(snapshot)
    }

    /// Has `pg_dump` write the database, as it was at the moment, to a file in its custom format.
    ///
    /// # Errors
    /// `Fault` with what the program said.
    pub async fn dump(&self, programs: &DumpPrograms, to: &Path) -> Result<(), StorageError> {
        let (file, snapshot) = (format!("--file={}", to.display()), format!("--snapshot={}", self.name));
        run(&programs.pg_dump(), &self.url, &["--format=custom", "--no-password", &snapshot, &file]).await
    }

    /// The next finished files after one, in the order of organization and key; none when there are no more.
    ///
    /// # Errors
    /// `Unavailable` when the database went away.
    pub async fn files(&self, after: Option<&DumpedFile>, limit: u16) -> Result<Vec<DumpedFile>, StorageError> {
        // The first version of the schema had none.
        if !self.rows.contains_key("attachments") {
            return Ok(Vec::new());
        }
        let (organization, key) = after.map_or((Uuid::nil(), ""), |file| (file.organization.0, file.key.as_str()));
        let rows = self.client.query(FILES, &[&organization, &key, &i64::from(limit)]).await?;
        let read = |row: &tokio_postgres::Row| {
            let (size, sha256): (i64, &[u8]) = (row.try_get(2)?, row.try_get(3)?);
            let broken = || StorageError::Fault("an attachment has an impossible size or hash".into());
            Ok(DumpedFile {
                organization: OrganizationId(row.try_get(0)?),
                key: row.try_get(1)?,
                size: u64::try_from(size).map_err(|_| broken())?,
                sha256: sha256.try_into().map_err(|_| broken())?,
            })
        };
        rows.iter().map(read).collect()
    }
}

/// The rows of each table that the client sees.
pub(super) async fn count(client: &Client) -> Result<BTreeMap<String, u64>, StorageError> {
    let mut rows = BTreeMap::new();
    for row in client.query(TABLES, &[]).await? {
        let table: String = row.try_get(0)?;
        // Quoted by Postgres where it has to be.
        let count = client.query_one(&format!("select count(*) from {table}"), &[]).await?;
        rows.insert(table, count.try_get::<_, i64>(0)?.unsigned_abs());
    }
    Ok(rows)
}
