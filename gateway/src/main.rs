//! The `chatdesk` binary: its commands.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use gateway::backup::{self, BackupSettings, RestoreSettings};
use gateway::settings::Settings;
use gateway::{demo, maintenance, serve, shutdown};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use storage::{Storage, StorageConfig, StorageError};
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::EnvFilter;

/// What is logged when CHATDESK_LOG does not say.
const DEFAULT_LOG: &str = "info";

/// Where tokio reads how many threads the work that waits has.
const THREADS: &str = "TOKIO_WORKER_THREADS";

/// Live chat for websites: one binary and Postgres.
#[derive(Parser)]
#[command(name = "chatdesk", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve widgets, consoles and the API; with no database configured, run a private Postgres cluster too.
    Serve(Settings),
    /// Bring the database's schema up to date, and stop.
    Migrate(Settings),
    /// Create the demo organization (widget key wk_demo, owner@demo.test / chatdesk-demo), and stop.
    Demo(Settings),
    /// Write everything (the database and the finished files) into a folder, also while a gateway serves it, and stop.
    Backup(BackupSettings),
    /// Put what `backup` wrote into an empty database, or a new data folder, and an empty file store, and stop.
    Restore(RestoreSettings),
    #[command(flatten)]
    Lifecycle(Box<gateway::command::Command>),
    /// Show or replace all that is set of a widget, or show what its site signs identity tokens with.
    #[command(subcommand)]
    Widget(Box<gateway::command::Widget>),
    /// Print the effective settings as JSON, secrets redacted.
    Config(Settings),
    /// Print the version.
    Version,
}

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("CHATDESK_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    raise_descriptors();
    let command = Cli::parse().command;
    let outcome = runtime().map_err(|error| error.to_string()).and_then(|runtime| runtime.block_on(run(command)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chatdesk: {error}");
            ExitCode::FAILURE
        }
    }
}

/// With a thread a core but one, unless tokio's own variable says otherwise. Something else always wants a core: Postgres,
/// or what blocks. And two threads with little to do cost more than one that does it all, for they keep waking each other.
fn runtime() -> std::io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    if std::env::var_os(THREADS).is_none() {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        builder.worker_threads(cores.saturating_sub(1).max(1));
    }
    builder.enable_all().build()
}

/// Sockets are descriptors, and the usual soft limit of 1,024 is no measure of what the system can do.
fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(%error, "the limit on descriptors stays as it is");
    }
}

async fn run(command: Command) -> Result<(), String> {
    match command {
        Command::Serve(settings) => run_gateway(settings).await,
        Command::Migrate(settings) => {
            let migrate = |url: String| async move { migrate_and_part(&url).await.map_err(|error| error.to_string()) };
            let report = with_database(&settings, migrate).await?;
            println!("schema at version {}, {} migrations applied", report.version, report.applied.len());
            Ok(())
        }
        Command::Demo(settings) => {
            settings.check()?;
            let pool_size = settings.pool_size;
            with_database(&settings, |url| async move { demo::create_in(&url, pool_size).await }).await?;
            println!("demo organization: widget key {}, login {} / {}", demo::WIDGET_KEY, demo::OWNER, demo::PASSWORD);
            Ok(())
        }
        Command::Backup(BackupSettings { to, settings }) => {
            let (of, into) = (&settings, &to);
            let work = |url: String| async move { backup::backup(of, &url, into).await };
            let written = with(serve::Database::join(&settings), work).await?;
            println!("{} holds {} rows and {} files", to.display(), written.rows, written.files);
            if written.amiss > 0 {
                println!("{} files were gone or damaged: manifest.json names them", written.amiss);
            }
            Ok(())
        }
        Command::Restore(RestoreSettings { from, settings }) => {
            // Before a cluster is made for it.
            let checked = backup::check(&from).await?;
            let (of, out_of) = (&settings, &from);
            let work = |url: String| async move { backup::restore(of, &url, out_of, checked).await };
            let restored = with(serve::Database::open(&settings), work).await?;
            println!("restored {} rows and {} files", restored.rows, restored.files);
            Ok(())
        }
        Command::Lifecycle(command) => with_database(command.settings(), |url| command.run(url)).await,
        Command::Widget(widget) => with_database(widget.settings(), |url| widget.run(url)).await,
        Command::Config(settings) => {
            println!("{}", serde_json::to_string_pretty(&settings).map_err(|error| error.to_string())?);
            settings.check()
        }
        Command::Version => {
            println!("chatdesk {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
    }
}

/// Brings the schema up to date, and makes the months of what is kept by month.
async fn migrate_and_part(url: &str) -> Result<storage::migrate::Report, StorageError> {
    let report = storage::migrate::run(url).await?;
    let storage = Storage::connect(StorageConfig::new(url)).await?;
    storage.make_partitions(maintenance::MONTHS).await?;
    Ok(report)
}

/// Does something with the configured database.
async fn with_database<T, W: Future<Output = Result<T, String>>>(
    settings: &Settings,
    work: impl FnOnce(String) -> W,
) -> Result<T, String> {
    with(serve::Database::open(settings), work).await
}

/// Does something with a database, and stops the own cluster afterwards, also at a signal.
async fn with<T, W: Future<Output = Result<T, String>>>(
    opening: impl Future<Output = Result<serve::Database, String>>,
    work: impl FnOnce(String) -> W,
) -> Result<T, String> {
    let signals = shutdown::Signals::listen().map_err(|error| format!("signals: {error}"))?;
    let database = tokio::select! {
        opened = opening => opened?,
        name = signals.wait() => return Err(format!("stopped by {name}")),
    };
    let outcome = tokio::select! {
        outcome = work(database.url().to_owned()) => outcome,
        name = signals.wait() => Err(format!("stopped by {name}")),
    };
    database.close().await?;
    outcome
}

async fn run_gateway(settings: Settings) -> Result<(), String> {
    // From the first moment, so that Ctrl-C during start-up still stops the cluster.
    let signals = shutdown::Signals::listen().map_err(|error| format!("signals: {error}"))?;
    let demo = settings.demo;
    let gateway = tokio::select! {
        started = serve::Gateway::start(settings) => started?,
        name = signals.wait() => return Err(format!("stopped by {name} while starting")),
    };
    let address = gateway.address();
    if demo {
        println!("demo shop  http://{address}/demo");
        println!(
            "console    http://{address}/console  ({} or {}, password {})",
            demo::OWNER,
            demo::AGENT,
            demo::PASSWORD
        );
    }
    println!("ready http://{address}");
    let name = signals.wait().await;
    tracing::info!("{name}: stopping; once more stops at once");
    tokio::select! {
        outcome = gateway.stop() => outcome,
        name = signals.wait() => Err(format!("stopped at once by {name}; entries that were not stored are their senders' to send again")),
    }
}
