//! Starting a gateway and stopping it: the parts, in order.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use protocol::code::CloseCode;
use protocol::server::{Goaway, ServerFrame};
use storage::{
    Embedded, EmbeddedConfig, EmbeddedError, Heard, Listener, Storage, StorageConfig, Writer, WriterConfig, guard,
    migrate, statistics,
};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::geo::Places;
use crate::mail::Mail;
use crate::service::gone;
use crate::service::upload::expiry;
use crate::settings::Settings;
use crate::state::App;
use crate::upload::Uploads;
use crate::{demo, http, maintenance, session};

/// How long the writer may take to store what is left when the gateway stops.
const FLUSH_DEADLINE: Duration = Duration::from_secs(20);
/// How long announcing the last commits may take when the gateway stops.
const ANNOUNCE_DEADLINE: Duration = Duration::from_secs(5);
/// Clients are told to come back within this time, so that not all come at once.
const GOAWAY_WITHIN_MS: u32 = 2_000;

/// Connections that may wait to be accepted: when all clients come back at once, one that the system turned away would
/// try again only seconds later. The system may allow fewer (`net.core.somaxconn`).
const BACKLOG: u32 = 16_384;

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As long as connections of a former gateway linger, its address could not be taken otherwise.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// The database: the operator's, or a cluster of the gateway's own.
pub struct Database {
    url: String,
    cluster: Option<Embedded>,
}

impl Database {
    /// Uses the configured database, or starts the own cluster.
    ///
    /// # Errors
    /// What failed, for the operator.
    pub async fn open(settings: &Settings) -> Result<Self, String> {
        Self::start(settings).await.map_err(|error| format!("own Postgres: {error}"))
    }

    /// The same for what is there already: a cluster that another process runs is used as it runs, and none is made.
    ///
    /// # Errors
    /// What failed, for the operator.
    pub async fn join(settings: &Settings) -> Result<Self, String> {
        if settings.database_url().is_none() && !storage::has_cluster(&settings.data) {
            return Err(format!("there is no cluster in {}, and no database is configured", settings.data.display()));
        }
        match Self::start(settings).await {
            Err(EmbeddedError::InUse { data, .. }) => storage::url_of_running(&data).map(Self::elsewhere),
            other => other,
        }
        .map_err(|error| format!("own Postgres: {error}"))
    }

    fn elsewhere(url: String) -> Self {
        Self { url, cluster: None }
    }

    async fn start(settings: &Settings) -> Result<Self, EmbeddedError> {
        if let Some(url) = settings.database_url() {
            return Ok(Self::elsewhere(url));
        }
        let config = EmbeddedConfig {
            data: settings.data.clone(),
            postgres_bin: settings.postgres_bin.clone(),
            search: settings.postgres_search.clone(),
        };
        let cluster = Embedded::start(config).await?;
        Ok(Self { url: cluster.url().to_owned(), cluster: Some(cluster) })
    }

    /// How to reach it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops the own cluster.
    ///
    /// # Errors
    /// What failed, for the operator.
    pub async fn close(self) -> Result<(), String> {
        match self.cluster {
            Some(cluster) => cluster.stop().await.map_err(|error| format!("own Postgres: {error}")),
            None => Ok(()),
        }
    }
}

/// A running gateway.
pub struct Gateway {
    app: Arc<App>,
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    database: Database,
    stop: CancellationToken,
    listening: JoinHandle<()>,
    announcing: JoinHandle<()>,
}

impl Gateway {
    /// Starts everything and listens.
    ///
    /// # Errors
    /// What failed, for the operator; whatever had been started is stopped.
    pub async fn start(settings: Settings) -> Result<Self, String> {
        settings.check()?;
        // First, because another gateway at this address should not cost a start of the database.
        let listener = bind(settings.addr).map_err(|error| format!("addr {}: {error}", settings.addr))?;
        let metrics = match settings.metrics_addr {
            Some(addr) => Some(TcpListener::bind(addr).await.map_err(|error| format!("metrics_addr {addr}: {error}"))?),
            None => None,
        };
        let metrics_address = metrics.as_ref().and_then(|listener| listener.local_addr().ok());
        let database = Database::open(&settings).await?;
        match Self::start_with(settings, listener, database.url()).await {
            Ok((app, address, stop, listening, announcing)) => {
                if let Some(metrics) = metrics {
                    tokio::spawn(http::listen::serve_metrics(Arc::clone(&app), metrics, stop.clone()));
                }
                Ok(Self { app, address, metrics_address, database, stop, listening, announcing })
            }
            Err(error) => {
                if let Err(second) = database.close().await {
                    tracing::error!("{second}");
                }
                Err(error)
            }
        }
    }

    async fn start_with(
        settings: Settings,
        listener: TcpListener,
        url: &str,
    ) -> Result<(Arc<App>, SocketAddr, CancellationToken, JoinHandle<()>, JoinHandle<()>), String> {
        let report = migrate::run(url).await.map_err(|error| format!("database: {error}"))?;
        for name in &report.applied {
            tracing::info!(%name, "migration applied");
        }
        let config = StorageConfig { pool_size: usize::from(settings.pool_size), ..StorageConfig::new(url) };
        for guard::Warning { setting, value, danger } in
            guard::check(&config).await.map_err(|error| format!("database: {error}"))?
        {
            tracing::warn!(setting, value, "Postgres may lose what was acknowledged: {danger}");
        }
        let storage = Storage::connect(config.clone()).await.map_err(|error| format!("database: {error}"))?;
        let capacity_bytes =
            usize::try_from(settings.write_behind_mb).unwrap_or(usize::MAX).saturating_mul(1024 * 1024);
        let planning = statistics::gather(config.clone());
        let changes = Listener::of(config.clone());
        let (writer, commits) = Writer::start(config, WriterConfig { capacity_bytes, ..WriterConfig::default() });

        let uploads = Uploads::open(settings.uploads.clone(), &settings.data)?;
        let places = Places::open(settings.geoip_file.as_deref())?;
        let mail = Mail::open(&settings.mail)?;
        let app = Arc::new(App::new(settings, storage, writer, uploads, places, mail));
        if app.settings.demo {
            demo::create(&app.storage, &app.passwords).await?;
        }
        let address = listener.local_addr().map_err(|error| format!("addr: {error}"))?;
        let stop = CancellationToken::new();
        tokio::spawn(stop.clone().run_until_cancelled_owned(planning));
        let told = Arc::downgrade(&app);
        let listens = Arc::new(Notify::new());
        tokio::spawn(gone::catch_up(Arc::downgrade(&app), Arc::clone(&listens)));
        let tell = move |heard: &Heard| match heard {
            Heard::Gone(gone) => told.upgrade().iter().for_each(|app| gone::tell(app, gone)),
            _ => listens.notify_one(),
        };
        tokio::spawn(app.widgets.clone().listen(changes, stop.clone(), tell));
        let announcing = tokio::spawn(session::stored::run(Arc::clone(&app), commits));
        tokio::spawn(expiry::run(Arc::downgrade(&app)));
        tokio::spawn(maintenance::run(Arc::downgrade(&app)));
        tokio::spawn(session::heartbeat::run(Arc::downgrade(&app)));
        let listening = tokio::spawn(http::listen::serve(Arc::clone(&app), listener, stop.clone()));
        Ok((app, address, stop, listening, announcing))
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it serves metrics, if it does.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// The shared state, for tests that look inside.
    #[must_use]
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Stops: no new connections, a goaway to everybody, everything stored and acknowledged, then goodbye.
    ///
    /// # Errors
    /// What could not be stored or stopped.
    pub async fn stop(self) -> Result<(), String> {
        self.app.drain();
        self.stop.cancel();
        let goaway = ServerFrame::from(Goaway { within_ms: GOAWAY_WITHIN_MS }).encode(0);
        self.app.hub.for_each_socket(|queue, _| queue.push_control(goaway.clone()));

        let flushed = self.app.writer.close(FLUSH_DEADLINE).await;
        if flushed.is_ok() {
            // Ends by itself once the writer's last commit has been announced.
            if tokio::time::timeout(ANNOUNCE_DEADLINE, self.announcing).await.is_err() {
                tracing::warn!("the last commits were not announced in time");
            }
        }
        self.app.hub.for_each_socket(|queue, _| queue.close(CloseCode::Draining));
        self.app.mail.iter().for_each(|mail| mail.stop());
        self.app.tasks.close();
        let drain = Duration::from_secs(self.app.settings.limits.drain_seconds.into());
        if tokio::time::timeout(drain, self.app.tasks.wait()).await.is_err() {
            tracing::warn!("some sockets did not read their last frames in time");
        }
        if let Err(error) = self.listening.await {
            tracing::error!(%error, "the listener failed");
        }
        // Before the cluster goes, which would break connections that nobody needs any more.
        self.app.storage.close();
        let stopped = self.database.close().await;
        flushed
            .map_err(|left| format!("{} entries could not be stored in time; their senders keep them", left.entries))?;
        stopped
    }
}
