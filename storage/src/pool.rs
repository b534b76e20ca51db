//! Connections. Requests and look-ups have a pool each, because each role may touch different rows.

use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts, Transaction,
};
use futures_util::future::join4;
use protocol::id::OrganizationId;
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Row};

use crate::error::{StorageError, describe};
use crate::replay::Comings;
use crate::tls::{self, Security};

/// Connections for requests, unless set.
const POOL_SIZE: usize = 8;
/// Connections for look-ups: each is one indexed read.
const DIRECTORY_POOL_SIZE: usize = 2;
/// Connections for what finds by words: each takes a processor for as long as it looks.
const SEARCH_POOL_SIZE: usize = 4;
/// Words differ in how many rows have them: with a plan for each query, rather than one for all, a rare word is found by its
/// index alone, and one that everybody uses by time.
const SEARCH_PLANNING: &str = "set plan_cache_mode = force_custom_plan";
/// Connections for what removes things: one keeps the turn, the others work.
const MAINTENANCE_POOL_SIZE: usize = 4;
/// How long one statement of those may run: a batch is a few thousand rows, unless one log alone is longer.
const MAINTENANCE_TIMEOUT: Duration = Duration::from_secs(120);
/// How long a request may wait for a connection, unless set.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long one statement may run, unless set.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);
/// Silence on a connection that waits for an answer before the kernel asks whether the other side still lives.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(10);
/// How long the kernel waits for an answer to that, and how often it asks.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 2;
/// How long sent bytes may go without the other side's kernel confirming them.
const UNCONFIRMED_TIMEOUT: Duration = Duration::from_secs(20);

const SET_ORGANIZATION: &str = "select set_config('chatdesk.organization', $1, true)";
/// For statements that look up many keys at once: by their indexes, whatever the tables held when they were planned.
const SET_ORGANIZATION_AND_KEYS: &str = "select set_config('chatdesk.organization', $1, true),
    set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
    set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)";

/// Where the database is and how patient to be with it.
#[derive(Clone, Debug)]
pub struct StorageConfig {
    /// A `postgres://` URL. Its role must own the schema, or have been granted the `chatdesk_…` roles. `sslmode` and
    /// `sslrootcert` mean what they mean to libpq; further names of TLS are not known.
    pub url: String,
    /// Connections for requests; look-ups and the writer have a few of their own.
    pub pool_size: usize,
    /// How long a request waits for a connection.
    pub acquire_timeout: Duration,
    /// How long one statement may run before Postgres stops it.
    pub statement_timeout: Duration,
}

impl StorageConfig {
    /// The defaults: 8 connections, 3 s to get one, 10 s for a statement.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            pool_size: POOL_SIZE,
            acquire_timeout: ACQUIRE_TIMEOUT,
            statement_timeout: STATEMENT_TIMEOUT,
        }
    }

    /// How to reach Postgres: the URL, and what notices a peer that went away without saying so; and how to be sure
    /// of it.
    pub(crate) fn postgres(&self) -> Result<(Config, Security), StorageError> {
        let (mut config, security) = parse(&self.url)?;
        config
            .connect_timeout(self.acquire_timeout)
            .keepalives(true)
            .keepalives_idle(KEEPALIVE_IDLE)
            .keepalives_interval(KEEPALIVE_INTERVAL)
            .keepalives_retries(KEEPALIVE_RETRIES)
            .tcp_user_timeout(UNCONFIRMED_TIMEOUT);
        if config.get_application_name().is_none() {
            config.application_name("chatdesk");
        }
        Ok((config, security))
    }

    /// What every connection says first: which role it acts as, how long a statement may take, and how long a
    /// transaction may stand still: a gateway that froze in the middle must not keep its rows from the others.
    pub(crate) fn greeting(&self, role: &str) -> String {
        // Zero would mean no limit.
        let timeout = self.statement_timeout.as_millis().clamp(1, i32::MAX as u128);
        format!(
            "set statement_timeout = {timeout}; set idle_in_transaction_session_timeout = {timeout}; set role {role}"
        )
    }
}

/// A handle on the database; cloning it is cheap and shares the connections.
///
/// Every function that touches tenants' rows takes the organization first and runs as a role that sees only that
/// organization's rows. Look-ups that find out which organization somebody belongs to are the exception, and have a
/// role of their own.
#[derive(Clone)]
pub struct Storage {
    requests: Pool,
    directory: Pool,
    search: Pool,
    maintenance: Pool,
    pub(crate) comings: Comings,
}

impl Storage {
    /// Opens the pools and tries one connection.
    ///
    /// # Errors
    /// `Fault` for a URL that cannot be read, `Unavailable` when Postgres does not answer in time.
    pub async fn connect(config: StorageConfig) -> Result<Self, StorageError> {
        let storage = Self {
            requests: pool(&config, "chatdesk_request", "", config.pool_size)?,
            directory: pool(&config, "chatdesk_directory", "", DIRECTORY_POOL_SIZE)?,
            search: pool(&config, "chatdesk_search", SEARCH_PLANNING, SEARCH_POOL_SIZE)?,
            maintenance: pool(
                &StorageConfig { statement_timeout: MAINTENANCE_TIMEOUT, ..config },
                "chatdesk_maintenance",
                "",
                MAINTENANCE_POOL_SIZE,
            )?,
            comings: Comings::default(),
        };
        storage.ping().await?;
        Ok(storage)
    }

    /// Closes the connections. Whatever is asked from then on is unavailable.
    pub fn close(&self) {
        self.requests.close();
        self.directory.close();
        self.search.close();
        self.maintenance.close();
    }

    /// Whether Postgres answers, within the time that a request would wait for a connection.
    ///
    /// # Errors
    /// `Unavailable` when it does not.
    pub async fn ping(&self) -> Result<(), StorageError> {
        let limit = self.requests.timeouts().wait.unwrap_or(ACQUIRE_TIMEOUT);
        let ask = async {
            let client = self.requests.get().await?;
            let answer = client.batch_execute("select 1").await.map_err(StorageError::from);
            give_back(client, answer)
        };
        match tokio::time::timeout(limit, ask).await {
            Ok(answer) => answer,
            Err(_) => Err(StorageError::Unavailable(format!("no answer within {} ms", limit.as_millis()))),
        }
    }

    /// Runs one statement for an organization: transaction, organization and statement in one round trip.
    ///
    /// Once the statement is prepared all messages leave with the first poll, so that a caller who goes away leaves no
    /// transaction open.
    pub(crate) async fn query(
        &self,
        organization: OrganizationId,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let client = self.requests.get().await?;
        let rows = query(&client, SET_ORGANIZATION, organization, sql, params).await;
        give_back(client, rows)
    }

    /// The same for a statement that looks up many keys.
    pub(crate) async fn query_keys(
        &self,
        organization: OrganizationId,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let client = self.requests.get().await?;
        let rows = query(&client, SET_ORGANIZATION_AND_KEYS, organization, sql, params).await;
        give_back(client, rows)
    }

    /// The same for a statement that finds one row or none.
    pub(crate) async fn query_opt(
        &self,
        organization: OrganizationId,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Row>, StorageError> {
        Ok(self.query(organization, sql, params).await?.into_iter().next())
    }

    /// A connection for several statements: open a transaction on it with [`begin`].
    pub(crate) async fn request(&self) -> Result<Object, StorageError> {
        Ok(self.requests.get().await?)
    }

    /// A connection that may look up, but not change, what belongs to any organization, and sign a new one up.
    pub(crate) async fn directory(&self) -> Result<Object, StorageError> {
        Ok(self.directory.get().await?)
    }

    /// Finds out which rows have certain words. It may see words, keys and times of every organization: the statement
    /// holds the organization, and what was found is then read as a request.
    pub(crate) async fn find_by_words(
        &self,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let client = self.search.get().await?;
        let rows = async { Ok(client.query(&client.prepare_cached(sql).await?, params).await?) }.await;
        give_back(client, rows)
    }

    /// A connection that may remove and anonymize what belongs to an organization: open a transaction on it with
    /// [`begin`].
    pub(crate) async fn maintenance(&self) -> Result<Object, StorageError> {
        Ok(self.maintenance.get().await?)
    }

    /// Runs one statement for an organization with that right.
    pub(crate) async fn maintain(
        &self,
        organization: OrganizationId,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let client = self.maintenance().await?;
        let rows = query(&client, SET_ORGANIZATION, organization, sql, params).await;
        give_back(client, rows)
    }
}

/// The four messages of a statement in a transaction of its own.
async fn query(
    client: &Object,
    set: &str,
    organization: OrganizationId,
    sql: &str,
    params: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, StorageError> {
    let organization = organization.to_string();
    let (set, statement) = (client.prepare_cached(set).await?, client.prepare_cached(sql).await?);
    let set_params: [&(dyn ToSql + Sync); 1] = [&organization];
    // The order of polling is the order of sending; a failed statement makes the commit a rollback.
    let (begin, set, rows, commit) = join4(
        client.batch_execute("begin"),
        client.query(&set, &set_params),
        client.query(&statement, params),
        client.batch_execute("commit"),
    )
    .await;
    begin?;
    set?;
    let rows = rows?;
    commit?;
    Ok(rows)
}

/// Gives a connection back to its pool, unless it may have broken: the pool might not have noticed yet.
pub(crate) fn give_back<T>(client: Object, result: Result<T, StorageError>) -> Result<T, StorageError> {
    if matches!(result, Err(StorageError::Unavailable(_))) {
        drop(Object::take(client));
    }
    result
}

/// Opens a transaction that acts for an organization. It rolls back unless it is committed.
pub(crate) async fn begin(client: &mut Object, organization: OrganizationId) -> Result<Transaction<'_>, StorageError> {
    let transaction = client.transaction().await?;
    let set = transaction.prepare_cached(SET_ORGANIZATION).await?;
    transaction.execute(&set, &[&organization.to_string()]).await?;
    Ok(transaction)
}

/// Connections that act as a role; `planning` is what else they set.
fn pool(config: &StorageConfig, role: &str, planning: &str, size: usize) -> Result<Pool, StorageError> {
    let (postgres, security) = config.postgres()?;
    let fast = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(postgres, security.connector()?, fast);
    let greeting = format!("{}; {planning}", config.greeting(role));
    Pool::builder(manager)
        .max_size(size.max(1))
        .runtime(Runtime::Tokio1)
        .timeouts(Timeouts {
            wait: Some(config.acquire_timeout),
            create: Some(config.acquire_timeout),
            recycle: Some(config.acquire_timeout),
        })
        .post_create(Hook::async_fn(move |client, _| {
            let greeting = greeting.clone();
            Box::pin(async move { client.batch_execute(&greeting).await.map_err(HookError::Backend) })
        }))
        .build()
        .map_err(|error| StorageError::Fault(format!("connection pool: {error}")))
}

/// A connection of one's own, outside the pools; it ends when the client has been dropped.
pub(crate) async fn open(config: &StorageConfig) -> Result<(Client, JoinHandle<()>), StorageError> {
    let (postgres, security) = config.postgres()?;
    let (client, connection) = tokio::time::timeout(config.acquire_timeout, postgres.connect(security.connector()?))
        .await
        .map_err(|_| StorageError::Unavailable("connecting took too long".into()))?
        .map_err(|error| StorageError::Unavailable(describe(&error)))?;
    let task = tokio::spawn(async move {
        if let Err(error) = connection.await {
            // Whoever waits for a statement on it is told as well.
            tracing::debug!(error = describe(&error), "a database connection ended");
        }
    });
    Ok((client, task))
}

/// Reads a database URL.
pub(crate) fn parse(url: &str) -> Result<(Config, Security), StorageError> {
    let (url, mode) = tls::take(url, "sslmode");
    let (url, roots) = tls::take(&url, "sslrootcert");
    let security = Security::new(mode.as_deref(), roots.as_deref())?;
    // The parser names options and not their values, one of which is a password.
    let unreadable = |error| StorageError::Fault(format!("the database URL: {}", describe(&error)));
    let mut config: Config = url.parse().map_err(unreadable)?;
    // Nobody listens on a Unix socket: there is no TLS on them, whatever is asked for.
    let local = !config.get_hosts().is_empty() && config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
    config.ssl_mode(if local { SslMode::Disable } else { security.mode });
    Ok((config, security))
}

/// Where a database URL leads, as host, port and name: nothing in it that may be secret.
#[must_use]
pub fn place(url: &str) -> String {
    let Ok((config, _)) = parse(url) else { return "(unreadable)".into() };
    let hosts = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(host) => host.clone(),
        Host::Unix(path) => path.display().to_string(),
    });
    let ports = config.get_ports().iter().map(u16::to_string).chain(std::iter::repeat("5432".into()));
    let places: Vec<String> = hosts.zip(ports).map(|(host, port)| format!("{host}:{port}")).collect();
    format!("{}/{}", places.join(","), config.get_dbname().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_place_holds_no_password_wherever_it_was_written() {
        for url in [
            "postgres://ada:secret@db:5433/chat",
            "postgres://ada:se%40cret@db:5433/chat?password=p@qsecret",
            "postgres://db:5433/chat?user=ada&password=secret",
            "host=db port=5433 dbname=chat user=ada password=secret",
        ] {
            assert_eq!(place(url), "db:5433/chat", "{url}");
        }
        assert_eq!(place("postgres://ada:secret"), "(unreadable)");
    }
}
