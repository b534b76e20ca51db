//! The running Postgres: started here, or found running.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::{Client, NoTls};

use super::EmbeddedError;
use super::account::Account;
use super::cluster::Cluster;
use super::orphan::{adopt, runs_cluster};
use super::programs::Programs;
use crate::error::describe;

/// The cluster's account, and the database in it.
pub(super) const ACCOUNT: &str = "chatdesk";
pub(super) const DATABASE: &str = "chatdesk";
/// Where databases are made from: every cluster has it.
pub(super) const FIRST_DATABASE: &str = "postgres";
/// How long Postgres may take to come up. After a crash it reads its log first, which takes as long as it takes.
pub(super) const START_LIMIT: Duration = Duration::from_secs(300);
/// How often it is tried when Postgres ends right away: its port was just taken, or the processes of one that was
/// killed have not all gone yet.
const STARTS: u32 = 4;
/// The pause before another try.
const START_PAUSE: Duration = Duration::from_millis(500);
/// How long a fast shutdown may take, and then one without a checkpoint, before Postgres is killed.
const STOP_LIMIT: Duration = Duration::from_secs(60);
const QUIT_LIMIT: Duration = Duration::from_secs(5);
/// How often something is looked at that sends no word.
pub(super) const POLL: Duration = Duration::from_millis(20);
/// How long one attempt to connect may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// What differs from Postgres' defaults: at 20,000 messages a second, 1 GB of WAL made a checkpoint every 25 s; and what
/// backends had left to the system for half a minute, 300 MB, it wrote at once, while commits waited for the disk.
const SETTINGS: [&str; 2] = ["max_wal_size=4GB", "backend_flush_after=512kB"];
/// A longer log is put aside, in place of the one before it, when Postgres starts.
const LOG_BYTES: u64 = 8 * 1024 * 1024;
/// How much of the log an error shows, from its end.
const LOG_TAIL_BYTES: u64 = 2_000;

/// A running Postgres. Dropping it tells Postgres to stop and does not wait.
pub(super) struct Server {
    pub(super) port: u16,
    pub(super) process: Process,
}

pub(super) enum Process {
    Child(Child),
    /// Left by an earlier process of ours. Absent once it has ended: its number may then be anybody's.
    Adopted {
        pid: Option<Pid>,
        folder: PathBuf,
    },
}

impl Server {
    /// Adopts the cluster's running Postgres, or starts one on a free port.
    pub(super) async fn start(
        cluster: &Cluster,
        programs: &Programs,
        account: &Account,
        password: &str,
    ) -> Result<Self, EmbeddedError> {
        if let Some(server) = adopt(cluster, password).await? {
            return Ok(server);
        }
        let mut tries = 1;
        loop {
            match Self::launch(cluster, programs, account, password, free_port()?).await {
                Ok(server) => return Ok(server),
                Err(error) if tries == STARTS => return Err(error),
                Err(error) => tracing::debug!(%error, "Postgres did not start and is tried again"),
            }
            tries += 1;
            sleep(START_PAUSE).await;
        }
    }

    /// Starts Postgres on a port, and waits until it answers.
    pub(super) async fn launch(
        cluster: &Cluster,
        programs: &Programs,
        account: &Account,
        password: &str,
        port: u16,
    ) -> Result<Self, EmbeddedError> {
        let program = programs.bin.join("postgres");
        let io = |error| EmbeddedError::io("open", &cluster.log, error);
        if fs::metadata(&cluster.log).is_ok_and(|log| log.len() > LOG_BYTES) {
            fs::rename(&cluster.log, cluster.log.with_extension("log.old")).map_err(io)?;
        }
        let log = File::options().create(true).append(true).open(&cluster.log).map_err(io)?;
        let told_before = log.metadata().map_err(io)?.len();
        let child = account
            .command(&program)
            .arg("-D")
            .arg(&cluster.folder)
            .args(["-p", &port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="])
            // One line each five minutes that nobody reads.
            .args(["-c", "log_checkpoints=off"])
            .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(io)?)
            .stderr(log)
            .spawn()
            .map_err(|error| EmbeddedError::io("run", &program, error))?;
        let mut server = Self { port, process: Process::Child(child) };
        let deadline = Instant::now() + START_LIMIT;
        loop {
            match connect(port, password, FIRST_DATABASE).await {
                Ok(_) => return Ok(server),
                Err(reason) if Instant::now() > deadline => {
                    return Err(EmbeddedError::Start(format!("no answer for {} s: {reason}", START_LIMIT.as_secs())));
                }
                Err(_) if server.has_ended() => return Err(EmbeddedError::Start(tail(&cluster.log, told_before))),
                Err(_) => sleep(POLL).await,
            }
        }
    }

    /// Waits until Postgres has ended.
    pub(super) async fn ended(&mut self) {
        if let Process::Child(child) = &mut self.process {
            // An error means that there is no such child any more.
            let _ = child.wait().await;
        }
        while !self.has_ended() {
            sleep(POLL).await;
        }
    }

    /// Stops Postgres and waits for it: connections are closed and everything is written out; past the limits it is
    /// stopped without the latter, and then killed.
    pub(super) async fn stop(&mut self) -> Result<(), EmbeddedError> {
        for (signal, limit) in [(Signal::INT, STOP_LIMIT), (Signal::QUIT, QUIT_LIMIT)] {
            self.signal(signal);
            if timeout(limit, self.ended()).await.is_ok() {
                return match signal {
                    Signal::INT => Ok(()),
                    _ => Err(EmbeddedError::Stop("it was stopped without a checkpoint".into())),
                };
            }
        }
        self.signal(Signal::KILL);
        self.ended().await;
        Err(EmbeddedError::Stop("it was killed".into()))
    }

    fn has_ended(&mut self) -> bool {
        match &mut self.process {
            Process::Child(child) => !matches!(child.try_wait(), Ok(None)),
            Process::Adopted { pid, folder } => {
                *pid = pid.filter(|pid| runs_cluster(*pid, folder));
                pid.is_none()
            }
        }
    }

    fn signal(&mut self, signal: Signal) {
        // A child that was waited for has no id any more, so that nobody else's process gets the signal.
        let pid = match &self.process {
            Process::Child(child) => child.id().and_then(|id| Pid::from_raw(id.cast_signed())),
            Process::Adopted { pid, .. } => *pid,
        };
        if let Some(pid) = pid
            && let Err(error) = kill_process(pid, signal)
        {
            tracing::debug!(%error, "Postgres did not get a signal");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.has_ended() {
            self.signal(Signal::INT);
        }
    }
}

/// Makes the database if the cluster does not have it yet.
pub(super) async fn ensure_database(port: u16, password: &str) -> Result<(), EmbeddedError> {
    let client = connect(port, password, FIRST_DATABASE).await.map_err(EmbeddedError::Start)?;
    let make = async {
        let exists = "select 1 from pg_catalog.pg_database where datname = $1";
        if client.query_opt(exists, &[&DATABASE]).await?.is_none() {
            client.batch_execute(&format!("create database {DATABASE}")).await?;
        }
        Ok(())
    };
    make.await.map_err(|error: tokio_postgres::Error| EmbeddedError::Start(describe(&error)))
}

/// The URL of one of the cluster's databases.
pub(super) fn url(port: u16, password: &str, database: &str) -> String {
    format!("postgres://{ACCOUNT}:{password}@127.0.0.1:{port}/{database}")
}

pub(super) async fn connect(port: u16, password: &str, database: &str) -> Result<Client, String> {
    let url = url(port, password, database);
    let attempt = timeout(CONNECT_LIMIT, tokio_postgres::connect(&url, NoTls)).await;
    let (client, connection) =
        attempt.map_err(|_| "no answer".to_owned())?.map_err(|error: tokio_postgres::Error| describe(&error))?;
    // Ends with the client.
    tokio::spawn(connection);
    Ok(client)
}

fn free_port() -> Result<u16, EmbeddedError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    Ok(listener.map_err(|error| EmbeddedError::Start(format!("no free port: {error}")))?.port())
}

/// What Postgres said since `from`, at most the end of it.
fn tail(log: &Path, from: u64) -> String {
    let read = || {
        let mut file = File::open(log)?;
        let from = from.max(file.metadata()?.len().saturating_sub(LOG_TAIL_BYTES));
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) if bytes.is_empty() => format!("it ended without a word; see {}", log.display()),
        Ok(bytes) => String::from_utf8_lossy(&bytes).trim().to_owned(),
        Err(error) => {
            let error: std::io::Error = error;
            format!("it ended, and {} cannot be read: {error}", log.display())
        }
    }
}
