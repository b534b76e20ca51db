//! Where a scenario is played: a gateway and a Postgres of the run's own, or those that it was told of. A stage of the
//! run's own has a free port, a temporary folder and limits that are out of the way, and ends with the run, also at
//! Ctrl-C.
//!
//! ```ignore
//! let options = StageOptions { apart: true, ..StageOptions::default() };
//! Stage::with(&args, &options, async |stage| { let shop = stage.organization().await?; … }).await
//! ```

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_postgres::{Client, NoTls};

use crate::process::Process;
use crate::target::Target;

mod cluster;
pub(crate) mod cores;
pub(crate) mod http;
pub(crate) mod interrupt;
mod options;
mod organization;
pub(crate) mod processes;
mod server;

use cluster::Cluster;
use cores::Cores;
use interrupt::Standing;
pub(crate) use options::{StageArgs, StageOptions};
pub(crate) use organization::Organization;
use processes::Processes;
use server::{Launch, Server};

/// A gateway to be loaded, and its Postgres.
pub(crate) struct Stage {
    /// Where the gateway listens.
    pub(crate) target: Target,
    /// The gateway's process, if it is known.
    pub(crate) gateway: Option<Process>,
    /// Postgres' processes, if they are known.
    pub(crate) postgres: Option<Processes>,
    /// What a reader of the figures has to know of it, each in a sentence.
    pub(crate) notes: Vec<String>,
    args: StageArgs,
    /// Its database, if it is the run's to look into.
    database_url: Option<String>,
    /// What was started; nothing once it has been stopped.
    own: Arc<Mutex<Option<Own>>>,
    cores: Option<(Cores, Cores)>,
    _standing: Option<Standing>,
}

/// What a stage has started. Ended in this order, also when it is dropped.
#[derive(Default)]
struct Own {
    server: Option<Server>,
    cluster: Option<Cluster>,
    folder: Option<PathBuf>,
}

impl Stage {
    /// Starts a stage, calls `act` with it, and ends it, whatever came of that.
    ///
    /// # Errors
    /// It cannot be started or ended, or what `act` says.
    pub(crate) async fn with<T>(
        args: &StageArgs,
        options: &StageOptions,
        act: impl AsyncFnOnce(&Self) -> Result<T, String>,
    ) -> Result<T, String> {
        let stage = Self::start(args, options).await?;
        let outcome = act(&stage).await;
        let ended = stage.stop().await;
        // The first error is the one to tell; a gateway that has ended may well be its cause.
        match (outcome, ended) {
            (Err(first), Err(second)) => Err(format!("{first}; {second}")),
            (outcome, ended) => outcome.and_then(|value| ended.map(|()| value)),
        }
    }

    /// Starts it, or finds what it is told of.
    ///
    /// # Errors
    /// What is in the way.
    pub(crate) async fn start(args: &StageArgs, options: &StageOptions) -> Result<Self, String> {
        let find = |pid: Option<u32>| pid.map(Process::find).transpose();
        let postgres = args.postgres_pid.map(Processes::of).transpose();
        let postgres = postgres.map_err(|error| format!("--postgres-pid: {error}"))?;
        if let Some(target) = args.addr {
            let gateway = find(args.gateway_pid).map_err(|error| format!("--gateway-pid: {error}"))?;
            let mut notes = vec![format!("the gateway at {} was running before, with settings of its own", target.0)];
            if options.apart {
                notes.push("which cores it runs on is not known".into());
            }
            let own = Arc::default();
            let args = args.clone();
            return Ok(Self {
                target,
                gateway,
                postgres,
                notes,
                args,
                database_url: None,
                own,
                cores: None,
                _standing: None,
            });
        }
        let own: Arc<Mutex<Option<Own>>> = Arc::new(Mutex::new(Some(Own::default())));
        let ended = Arc::clone(&own);
        let standing = Standing::new(move || async move {
            if let Err(error) = end(&ended).await {
                eprintln!("chatdesk-bench: {error}");
            }
        })?;
        let started = Self::start_own(args, options, Arc::clone(&own), postgres, standing).await;
        if started.is_err() {
            // The first error is the one to tell.
            let _ = end(&own).await;
        }
        started
    }

    async fn start_own(
        args: &StageArgs,
        options: &StageOptions,
        own: Arc<Mutex<Option<Own>>>,
        mut postgres: Option<Processes>,
        standing: Standing,
    ) -> Result<Self, String> {
        let program = program(args)?;
        let folder = temporary_folder()?;
        keep(&own, |own| own.folder = Some(folder.clone()))?;
        let url = match &args.database_url {
            Some(url) => url.clone(),
            None => {
                let cluster = Cluster::start(&folder, args.postgres_bin.clone()).await?;
                postgres = Some(cluster.processes()?);
                let url = cluster.url().to_owned();
                keep(&own, |own| own.cluster = Some(cluster))?;
                url
            }
        };
        let mut notes = Vec::new();
        let cores = if options.apart { Cores::split()? } else { None };
        match &cores {
            Some((gateway, others)) => {
                others.hold(std::process::id())?;
                if let Some(postgres) = &postgres {
                    postgres.hold(others)?;
                }
                notes.push(format!(
                    "the gateway has core {gateway} for itself; {}this program are on {others}",
                    if postgres.is_some() { "Postgres and " } else { "" }
                ));
            }
            None if options.apart => {
                notes.push("one core only: the gateway shares it with Postgres and this program".into());
            }
            None => {}
        }
        let launch = Launch {
            program: &program,
            folder: &folder,
            database_url: &url,
            cores: cores.as_ref().map(|(gateway, _)| gateway),
            flags: &options.flags,
        };
        let server = Server::start(&launch).await?;
        let (target, gateway) = (server.target, Process::find(server.pid)?);
        keep(&own, |own| own.server = Some(server))?;
        let args = args.clone();
        let database_url = Some(url);
        let (gateway, standing) = (Some(gateway), Some(standing));
        Ok(Self { target, gateway, postgres, notes, args, database_url, own, cores, _standing: standing })
    }

    /// An organization to load: a new one on a stage of the run's own, else the one that the arguments name.
    ///
    /// # Errors
    /// The gateway says no, or nothing.
    pub(crate) async fn organization(&self) -> Result<Organization, String> {
        let mut organizations = self.organizations(1).await?;
        organizations.pop().ok_or_else(|| "no organization".into())
    }

    /// So many of them. A gateway that was running before has but the one that the arguments name.
    ///
    /// # Errors
    /// The gateway says no, or nothing.
    pub(crate) async fn organizations(&self, count: usize) -> Result<Vec<Organization>, String> {
        if let Some(target) = self.args.addr {
            let StageArgs { widget_key, email, password, .. } = &self.args;
            return Ok(vec![Organization::log_in(target, widget_key, email, password).await?]);
        }
        let mut organizations = Vec::with_capacity(count);
        for number in 1..=count {
            organizations.push(Organization::sign_up(self.target, number).await?);
        }
        Ok(organizations)
    }

    /// Whether gateway and database are the run's own: whatever is in them, it has put there.
    pub(crate) fn is_own(&self) -> bool {
        self.database_url.is_some()
    }

    /// A connection to the run's own database, as the schema's owner; it ends with the client.
    ///
    /// # Errors
    /// There is none, or it does not answer.
    pub(crate) async fn database(&self) -> Result<Client, String> {
        let url =
            self.database_url.as_deref().ok_or("the database of a gateway that was running before is not known")?;
        let connected = tokio_postgres::connect(url, NoTls).await;
        let (client, connection) = connected.map_err(|error| format!("the run's database: {error}"))?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Ends what was started.
    ///
    /// # Errors
    /// Something had ended before, or did not end in time.
    pub(crate) async fn stop(self) -> Result<(), String> {
        end(&self.own).await
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        // The gateway is killed and Postgres told to stop by their own drops; this is for a run that was cut short.
        self.server = None;
        self.cluster = None;
        if let Some(folder) = &self.folder
            && let Err(error) = std::fs::remove_dir_all(folder)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            eprintln!("chatdesk-bench: {}: {error}", folder.display());
        }
    }
}

/// Notes what was started, unless a signal has ended everything meanwhile.
fn keep(own: &Mutex<Option<Own>>, note: impl FnOnce(&mut Own)) -> Result<(), String> {
    let mut own = own.lock().unwrap_or_else(PoisonError::into_inner);
    own.as_mut().map(note).ok_or_else(|| "stopped".into())
}

async fn end(own: &Mutex<Option<Own>>) -> Result<(), String> {
    let own = own.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(mut own) = own else { return Ok(()) };
    let server = match own.server.take() {
        Some(server) => server.stop().await,
        None => Ok(()),
    };
    let cluster = match own.cluster.take() {
        Some(cluster) => cluster.stop().await,
        None => Ok(()),
    };
    server.and(cluster)
}

/// The gateway's program.
fn program(args: &StageArgs) -> Result<PathBuf, String> {
    let beside = || {
        let own = std::env::current_exe().map_err(|error| format!("this program's place: {error}"))?;
        Ok::<_, String>(own.with_file_name("chatdesk"))
    };
    let program = args.chatdesk.clone().map_or_else(beside, Ok)?;
    if program.is_file() {
        return Ok(program);
    }
    Err(format!(
        "{}: there is no gateway; build it (cargo build --release -p gateway), name it with --chatdesk, or name one that \
         is running with --addr",
        program.display()
    ))
}

/// A folder that nobody else has.
fn temporary_folder() -> Result<PathBuf, String> {
    let folder: &Path = &std::env::temp_dir();
    let folder = folder.join(format!("chatdesk-bench-{}", uuid::Uuid::new_v4().simple()));
    std::fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}
