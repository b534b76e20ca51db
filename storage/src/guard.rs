//! What a gateway makes sure of before it serves: that the database's roles keep organizations apart, and that Postgres
//! keeps what it says it has kept.

use tokio_postgres::Client;

use crate::error::StorageError;
use crate::pool::{StorageConfig, open};

/// The oldest major version of Postgres that the migrations run on.
pub(crate) const OLDEST_POSTGRES: u32 = 15;

/// A setting of the server by which what was acknowledged may be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The setting.
    pub setting: &'static str,
    /// What it is set to, as the gateway's own connections see it.
    pub value: String,
    /// What may be lost, and when.
    pub danger: &'static str,
}

/// How a commit may be less than durable: the setting, its value, whether that matters only where a commit waits for
/// standbys, and what it means.
const DANGERS: [(&str, &str, bool, &str); 5] = [
    ("fsync", "off", false, "a crash of the machine may destroy the whole database, acknowledged messages included"),
    (
        "full_page_writes",
        "off",
        false,
        "a crash of the machine may leave torn pages, and with them damaged or lost messages that were acknowledged",
    ),
    (
        "synchronous_commit",
        "off",
        false,
        "a crash of Postgres or of its machine loses the last messages that were acknowledged: up to three times \
         wal_writer_delay, some 600 ms of them",
    ),
    (
        "synchronous_commit",
        "local",
        true,
        "commits do not wait for the standbys in synchronous_standby_names: a failover loses the last messages that \
         were acknowledged",
    ),
    (
        "synchronous_commit",
        "remote_write",
        true,
        "the standbys in synchronous_standby_names have not flushed what was acknowledged: a failover to one whose \
         machine crashed too loses the last messages",
    ),
];

/// The roles that policies name.
macro_rules! with_roles {
    ($query:literal) => {
        concat!(
            "with named as (
                select distinct r.oid, r.rolname, r.rolsuper, r.rolbypassrls
                from pg_catalog.pg_policy p join pg_catalog.pg_roles r on r.oid = any (p.polroles)
            ) ",
            $query
        )
    };
}

/// Those that the connection cannot become: since version 16 being a member is not enough.
const UNREACHABLE: &str = with_roles!(
    "select string_agg(rolname, ', ' order by rolname) from named
    where not pg_has_role(current_user, oid,
        case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end)"
);

/// Those that policies do not bind, or that may act as somebody who is bound to less: as another of them, as the owner
/// of a table, as a superuser.
const UNBOUND: &str = with_roles!(
    "select string_agg(distinct one.rolname, ', ' order by one.rolname) from named one
    where one.rolsuper or one.rolbypassrls or exists (
        select from pg_catalog.pg_roles other
        where other.oid <> one.oid and pg_has_role(one.oid, other.oid, 'MEMBER')
            and (other.rolsuper or other.rolbypassrls or other.oid in (select oid from named)
                or exists (select from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
                    where c.relowner = other.oid)))"
);

/// Tables with policies that bind nobody, or not their owner.
const UNGUARDED: &str = "select string_agg(distinct c.relname, ', ' order by c.relname)
    from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
    where not (c.relrowsecurity and c.relforcerowsecurity)";

/// Makes sure of the roles and of row-level security, and tells which settings of the server may lose what. The schema
/// is that of this build.
///
/// # Errors
/// `Unavailable` when the database cannot be reached, `Fault` when it would not keep organizations apart; says what to
/// do about it.
pub async fn check(config: &StorageConfig) -> Result<Vec<Warning>, StorageError> {
    let (client, connection) = open(config).await?;
    let outcome = async {
        protection(&client).await?;
        warnings(&client).await
    }
    .await;
    drop(client);
    // The connection's own end says nothing that the statements did not say.
    let _ = connection.await;
    outcome
}

/// Refuses a server whose version the migrations do not run on.
pub(crate) async fn version(client: &Client) -> Result<(), StorageError> {
    let row = client.query_one("select current_setting('server_version_num')::int / 10000, version()", &[]).await?;
    let (major, text): (i32, String) = (row.try_get(0)?, row.try_get(1)?);
    if u32::try_from(major).is_ok_and(|major| major >= OLDEST_POSTGRES) {
        return Ok(());
    }
    let name = text.split(',').next().unwrap_or_default().split(" on ").next().unwrap_or_default();
    Err(StorageError::Fault(format!("the server is {name}, and ChatDesk needs Postgres {OLDEST_POSTGRES} or newer")))
}

async fn protection(client: &Client) -> Result<(), StorageError> {
    let found = |sql| async move {
        let row = client.query_one(sql, &[]).await?;
        Ok::<_, StorageError>(row.try_get::<_, Option<String>>(0)?)
    };
    if let Some(roles) = found(UNREACHABLE).await? {
        return Err(StorageError::Fault(format!(
            "the database's role may not act as {roles}: a superuser, or whoever made them, has to grant them to it"
        )));
    }
    if let Some(roles) = found(UNBOUND).await? {
        return Err(StorageError::Fault(format!(
            "row-level security would not bind {roles}: they must be no superusers, have no BYPASSRLS and be members \
             neither of each other nor of the tables' owner"
        )));
    }
    if let Some(tables) = found(UNGUARDED).await? {
        return Err(StorageError::Fault(format!(
            "row-level security is switched off on {tables}: run alter table … enable row level security, and force it"
        )));
    }
    Ok(())
}

async fn warnings(client: &Client) -> Result<Vec<Warning>, StorageError> {
    let row = client.query_one("select current_setting('synchronous_standby_names') <> ''", &[]).await?;
    let standbys: bool = row.try_get(0)?;
    let mut warnings = Vec::new();
    for (setting, dangerous, with_standbys, danger) in DANGERS {
        let row = client.query_one("select current_setting($1)", &[&setting]).await?;
        let value: String = row.try_get(0)?;
        if value == dangerous && (standbys || !with_standbys) {
            warnings.push(Warning { setting, value, danger });
        }
    }
    Ok(warnings)
}
