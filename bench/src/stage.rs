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

pub(crate) mod cluster;
pub(crate) mod cores;
pub(crate) mod http;
pub(crate) mod interrupt;
pub(crate) mod line;
mod options;
mod organization;
pub(crate) mod processes;
mod server;
mod versions;
pub(crate) mod watch;

use cluster::Cluster;
use cores::{Cores, Precedence};
use interrupt::Standing;
pub(crate) use options::{StageArgs, StageOptions};
pub(crate) use organization::Organization;
use processes::Processes;
use server::Launch;
pub(crate) use server::Server;

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
    /// What the run has, if the stage is its own.
    place: Option<Place>,
    /// What was started; nothing once it has been stopped.
    own: Arc<Mutex<Option<Own>>>,
    _standing: Option<Standing>,
    _precedence: Option<Precedence>,
}

/// Where a stage of the run's own stands.
#[derive(Clone, Debug)]
struct Place {
    /// The gateway's program.
    program: PathBuf,
    /// The run's folder.
    folder: PathBuf,
    /// The database, with its password.
    database_url: String,
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
        interrupt::wait_if_stopping().await;
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
                place: None,
                own,
                _standing: None,
                _precedence: None,
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
            interrupt::wait_if_stopping().await;
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
                let _starting = interrupt::starting().await;
                let cluster = Cluster::start(&folder, args.postgres_bin.clone()).await?;
                postgres = Some(cluster.processes()?);
                let url = cluster.url().to_owned();
                keep(&own, |own| own.cluster = Some(cluster))?;
                url
            }
        };
        let mut notes = Vec::new();
        // Before this program is kept to some of them.
        crate::machine::cores();
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
        // After the gateway, which has none of it.
        let precedence = cores.as_ref().and_then(|_| Precedence::take());
        if precedence.is_some() {
            notes.push(
                "this program goes before Postgres where both want a core, so that its messages are in time".into(),
            );
        }
        let (target, gateway) = (server.target, Process::find(server.pid)?);
        keep(&own, |own| own.server = Some(server))?;
        let place = Some(Place { program, folder, database_url: url });
        let (args, gateway) = (args.clone(), Some(gateway));
        Ok(Self {
            target,
            gateway,
            postgres,
            notes,
            args,
            place,
            own,
            _standing: Some(standing),
            _precedence: precedence,
        })
    }

    /// An organization to load: a new one on a stage of the run's own, else the one that the arguments name.
    ///
    /// # Errors
    /// The gateway says no, or nothing.
    pub(crate) async fn organization(&self) -> Result<Organization, String> {
        let mut organizations = self.organizations(1).await?;
        organizations.pop().ok_or_else(|| "no organization".into())
    }

    /// An organization that nobody has logged in to: put into the run's own database, not signed up at the gateway, which
    /// so has served nothing yet. Of a gateway that was running before it is the one that the arguments name. Returns its
    /// widget's key.
    ///
    /// # Errors
    /// The database does not take it.
    pub(crate) async fn quiet_organization(&self) -> Result<String, String> {
        if !self.is_own() {
            return Ok(self.args.widget_key.clone());
        }
        organization::put_into(self.database_url()?).await
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

    /// One more gateway on the run's own database, which it reaches by `database_url`.
    ///
    /// # Errors
    /// The database is not the run's own, or the gateway does not start.
    pub(crate) async fn another_gateway(&self, database_url: &str, flags: &[(&str, String)]) -> Result<Server, String> {
        let Place { program, folder, .. } = self.place()?;
        let folder = &folder.join(uuid::Uuid::new_v4().simple().to_string());
        std::fs::create_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Server::start(&Launch { program, folder, database_url, cores: None, flags }).await
    }

    /// Whether gateway and database are the run's own: whatever is in them, it has put there.
    pub(crate) fn is_own(&self) -> bool {
        self.place.is_some()
    }

    /// The run's own database.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn database_url(&self) -> Result<&str, String> {
        Ok(&self.place()?.database_url)
    }

    fn place(&self) -> Result<&Place, String> {
        self.place.as_ref().ok_or_else(|| "the database of a gateway that was running before is not known".into())
    }

    /// A connection to the run's own database, as the schema's owner; it ends with the client.
    ///
    /// # Errors
    /// There is none, or it does not answer.
    pub(crate) async fn database(&self) -> Result<Client, String> {
        let connected = tokio_postgres::connect(self.database_url()?, NoTls).await;
        let (client, connection) = connected.map_err(|error| format!("the run's database: {error}"))?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// How many rows a table of the run's own database holds. None where that is not known: the gateway was running
    /// before, or the role does not see other organizations' rows.
    ///
    /// # Errors
    /// They cannot be counted.
    pub(crate) async fn rows(&self, table: &str) -> Result<Option<u64>, String> {
        if !self.is_own() {
            return Ok(None);
        }
        let client = self.database().await?;
        let failed = |error: tokio_postgres::Error| format!("counting {table}: {error}");
        let row = client.query_one("select current_setting('is_superuser')", &[]).await.map_err(failed)?;
        if row.get::<_, &str>(0) != "on" {
            return Ok(None);
        }
        let row = client.query_one(&format!("select count(*) from {table}"), &[]).await.map_err(failed)?;
        Ok(u64::try_from(row.get::<_, i64>(0)).ok())
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
///
/// # Errors
/// It cannot be made.
pub(crate) fn temporary_folder() -> Result<PathBuf, String> {
    let folder: &Path = &std::env::temp_dir();
    let folder = folder.join(format!("chatdesk-bench-{}", uuid::Uuid::new_v4().simple()));
    std::fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}
