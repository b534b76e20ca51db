//! An empty database, to put a dump into.

use std::collections::BTreeMap;
use std::path::Path;

use tokio::task::JoinHandle;
use tokio_postgres::Client;

use super::programs::DumpPrograms;
use super::{TABLES, run, snapshot};
use crate::embedded::EmbeddedConfig;
use crate::error::StorageError;
use crate::guard;
use crate::migrate;
use crate::pool::{StorageConfig, open, place};

/// Something that somebody made in the database, extensions aside.
const NOT_EMPTY: &str = "select coalesce(
    (select min(oid::regclass::text) from pg_catalog.pg_class
        where relnamespace in (select oid from pg_catalog.pg_namespace
            where nspname !~ '^pg_' and nspname <> 'information_schema')
        and not exists (select from pg_catalog.pg_depend
            where classid = 'pg_catalog.pg_class'::regclass and objid = pg_class.oid and deptype = 'e')),
    (select min(oid::regprocedure::text) from pg_catalog.pg_proc
        where pronamespace in (select oid from pg_catalog.pg_namespace
            where nspname !~ '^pg_' and nspname <> 'information_schema')
        and not exists (select from pg_catalog.pg_depend
            where classid = 'pg_catalog.pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e')))";

/// Those of some roles that the cluster does not have.
const MISSING: &str = "select string_agg(role, ', ' order by role) from unnest($1::text[]) role
    where not exists (select from pg_catalog.pg_roles where rolname = role)";

/// Since this version `pg_restore` begins with a setting that servers before it do not know, and so puts nothing into them.
const NEWER_ONLY: u32 = 17;

/// An empty database.
pub struct Target {
    client: Client,
    _connection: JoinHandle<()>,
    url: String,
    server: u32,
}

impl Target {
    /// Opens a database that a dump of a server of `version` is to be put into.
    ///
    /// # Errors
    /// `Unavailable` when it cannot be reached; `Fault` when it is not empty or its server is older.
    pub async fn open(url: &str, version: u32) -> Result<Self, StorageError> {
        let (client, connection) = open(&StorageConfig::new(url)).await?;
        guard::version(&client).await?;
        let row = client.query_one("select current_setting('server_version_num')::int / 10000", &[]).await?;
        let server = row.try_get::<_, i32>(0)?.unsigned_abs();
        if server < version {
            return Err(StorageError::Fault(format!(
                "the backup is of Postgres {version}, and the server is Postgres {server}: restore into one that is \
                 not older"
            )));
        }
        if let Some(thing) = client.query_one(NOT_EMPTY, &[]).await?.try_get::<_, Option<String>>(0)? {
            return Err(StorageError::Fault(format!(
                "the database {} is not empty: there is {thing}; restore into an empty one",
                place(url)
            )));
        }
        Ok(Self { client, _connection: connection, url: url.to_owned(), server })
    }

    /// The programs that read what a `pg_dump` of `version` wrote, and write into this server.
    ///
    /// # Errors
    /// `Fault` when there are none; says what to do.
    pub async fn programs(&self, config: &EmbeddedConfig, version: u32) -> Result<DumpPrograms, StorageError> {
        let programs = DumpPrograms::find(config, version).await?;
        if programs.version >= NEWER_ONLY && self.server < NEWER_ONLY {
            return Err(StorageError::Fault(format!(
                "the dump was written by pg_dump {version}, the pg_restore found for it is of Postgres {}, and those \
                 of {NEWER_ONLY} and later do not restore into Postgres {}: restore into Postgres {NEWER_ONLY} or \
                 newer{}",
                programs.version,
                self.server,
                if version < NEWER_ONLY { ", or install the client programs of an older one" } else { "" }
            )));
        }
        Ok(programs)
    }

    /// Makes ChatDesk's roles, as far as the cluster does not have them. `named` are all that the dump needs.
    ///
    /// # Errors
    /// `Fault` when the role may not make them, or when there are others among `named` that are not there.
    pub async fn make_roles(&self, named: &[String]) -> Result<(), StorageError> {
        migrate::make_roles(&self.client).await?;
        match self.client.query_one(MISSING, &[&named]).await?.try_get::<_, Option<String>>(0)? {
            None => Ok(()),
            Some(roles) => Err(StorageError::Fault(format!(
                "the backup gives rights to roles that this cluster does not have: make them first: {roles}"
            ))),
        }
    }

    /// Puts a dump in: all of it, or after an error nothing. Everything belongs to the connection's role then.
    ///
    /// # Errors
    /// `Fault` with what the program said, or when a table has another number of rows than `rows` says.
    pub async fn restore(
        &self,
        programs: &DumpPrograms,
        from: &Path,
        rows: &BTreeMap<String, u64>,
    ) -> Result<(), StorageError> {
        let arguments =
            ["--dbname=", "--no-owner", "--single-transaction", "--exit-on-error", "--no-password", "--format=custom"];
        let from = from.to_string_lossy();
        run(&programs.pg_restore(), &self.url, &[arguments.as_slice(), &[from.as_ref()]].concat()).await?;
        let found = self.count().await?;
        if found != *rows {
            let differs = |(table, rows): (&String, &u64)| {
                let found = found.get(table).copied().unwrap_or(0);
                (found != *rows).then(|| format!("{table} has {found} rows of {rows}"))
            };
            let differing: Vec<_> = rows.iter().filter_map(differs).collect();
            return Err(StorageError::Fault(format!(
                "the restored database differs from what was dumped: {}",
                differing.join(", ")
            )));
        }
        // Nothing is known of the tables yet that statements could be planned by.
        Ok(self.client.batch_execute("analyze").await?)
    }

    /// The rows of each table, also of those that hide them from their owner.
    async fn count(&self) -> Result<BTreeMap<String, u64>, StorageError> {
        self.client.batch_execute("begin").await?;
        for row in self.client.query(TABLES, &[]).await? {
            let table: String = row.try_get(0)?;
            self.client.batch_execute(&format!("alter table {table} no force row level security")).await?;
        }
        let rows = snapshot::count(&self.client).await;
        self.client.batch_execute("rollback").await?;
        rows
    }
}
