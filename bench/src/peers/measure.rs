//! One server under one workload: started, its capacity searched, measured at the common rate, stopped.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::dialect::{Nats, Relay, SocketIo, Xmpp};
use super::server::{self, Ground, Installed, Peer};
use super::{Peers, Workload};
use crate::process::Process;
use crate::record::Kind;
use crate::report::{Document, Phase, Role};
use crate::scenario::looks;
use crate::stage::cluster::Cluster;
use crate::stage::cores::Cores;
use crate::stage::interrupt::{self, Standing};
use crate::stage::processes::Processes;
use crate::stage::{Stage, StageArgs, StageOptions};
use crate::talk::chatdesk::{ChatDesk, Script};
use crate::talk::{Crew, Dialect, Limit, Look, Looks, Plot, Search, Share, at, capacity};
use crate::target::Target;
use crate::text::Texts;

/// Visitors who share an agent, in the workloads where several do.
const TWENTY: usize = 20;
const CHAT_VISITORS_PER_AGENT: usize = 50;
/// The first rate that is tried, with typing and with messages.
const TYPING_FROM: f64 = 16_000.0;
const CHAT_FROM: f64 = 2_000.0;
/// Before anything is measured at a rate.
const WARMUP: Duration = Duration::from_secs(1);
/// How many probes' time the rates that count are measured for.
const MEASURE_PROBES: u32 = 3;
/// How late the generator may hand 1 in 100 messages to their sockets in a probe, as a share of the latency that 99 of 100 have to
/// keep: it counts as latency as well. Where all share the cores, a server that is at its limit makes it late.
const PROBE_LATE_SHARE: f64 = 0.5;
/// The longest that is waited after each stretch for all to arrive.
const DRAIN: Duration = Duration::from_secs(20);

/// What came of one server under one workload.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The highest rate that held, without what was merged.
    pub(crate) rate: f64,
    /// Who could not do more, and why the next rate failed.
    pub(crate) limit: Limit,
    /// In words.
    pub(crate) why: String,
    /// Measured at that rate.
    pub(crate) capacity: Option<Phase>,
    /// Measured at the rates that all have in common, as far as it keeps up with them.
    pub(crate) common: Vec<Phase>,
    /// The first of those rates that it does not hold.
    pub(crate) beyond: Option<f64>,
    /// What may not be, and is no check of a phase.
    pub(crate) failures: Vec<String>,
    /// What a run says of its stage, if this was on one: versions and notes.
    pub(crate) described: Option<Box<Document>>,
}

/// One of a run's measurements.
pub(crate) struct Run<'a> {
    pub(crate) options: &'a Peers,
    pub(crate) texts: &'a Arc<Texts>,
    pub(crate) workload: Workload,
    pub(crate) peer: Peer,
    pub(crate) program: &'a Installed,
}

impl Run<'_> {
    /// Runs it.
    ///
    /// # Errors
    /// The server did not start, or was lost.
    pub(crate) async fn run(&self) -> Result<Outcome, String> {
        if self.peer == Peer::Chatdesk { self.chatdesk().await } else { self.other().await }
    }

    /// How many visitors, and how many of them share an agent.
    fn crowd(&self) -> (usize, usize) {
        match self.workload {
            Workload::OneToOne => (self.options.pairs as usize, 1),
            Workload::TwentyToOne => (self.options.visitors as usize, TWENTY),
            Workload::Chat => (self.options.chat_visitors as usize, CHAT_VISITORS_PER_AGENT),
        }
    }

    fn plot(&self, told: bool, merges: bool) -> Plot {
        let chat = self.workload == Workload::Chat;
        Plot { answers: chat, acknowledged: chat, told: chat && told, merges: !chat && merges, preludes: 0 }
    }

    async fn chatdesk(&self) -> Result<Outcome, String> {
        let args = StageArgs {
            addr: None,
            widget_key: String::new(),
            email: String::new(),
            password: String::new(),
            gateway_pid: None,
            postgres_pid: None,
            chatdesk: self.options.chatdesk.clone(),
            database_url: None,
            postgres_bin: self.options.postgres_bin.clone(),
        };
        let chat = self.workload == Workload::Chat;
        let options = StageOptions { apart: !chat, ..StageOptions::default() };
        Stage::with(&args, &options, async |stage| {
            let (visitors, per_agent) = self.crowd();
            let organizations = if chat { visitors.div_ceil(per_agent) } else { 1 };
            let script = Script {
                target: stage.target,
                organizations: stage.organizations(organizations).await?.into(),
                kind: if chat { Kind::Text } else { Kind::Typing },
                texts: Arc::clone(self.texts),
                receipts: 0,
            };
            let looks = || looks(stage);
            let mut outcome =
                self.load(self.plot(true, true), |share| ChatDesk::new(script.clone(), share), &looks).await?;
            let mut described = Document::new("peers", "", &())?;
            stage.describe(&mut described).await?;
            outcome.described = Some(Box::new(described));
            Ok(outcome)
        })
        .await
    }

    async fn other(&self) -> Result<Outcome, String> {
        let folder = Folder::new()?;
        let cores = if self.workload == Workload::Chat { None } else { Cores::split()? };
        if let Some((_, others)) = &cores {
            others.hold(std::process::id())?;
        }
        if self.workload != Workload::Chat {
            return self.started(&folder.path, None, cores.as_ref().map(|(first, _)| first)).await;
        }
        let database = Database::start(&folder.path, self.options.postgres_bin.clone()).await?;
        let outcome = self.started(&folder.path, Some(&database), None).await;
        let stopped = stop(&database.cluster).await;
        outcome.and_then(|outcome| stopped.map(|()| outcome))
    }

    async fn started(
        &self,
        folder: &Path,
        database: Option<&Database>,
        cores: Option<&Cores>,
    ) -> Result<Outcome, String> {
        let database_url = database.map(|database| database.url.as_str());
        let ground = Ground { folder, database_url, accounts: self.crowd().0, cores };
        let (ward, target) = self.program.start(&ground).await?;
        let server = Processes::of(ward.pid);
        let outcome = match server {
            Ok(server) => self.speak(target, &server, database.map(|database| &database.processes)).await,
            Err(error) => Err(error),
        };
        let outcome = outcome.map_err(|error| format!("{error}; it said: {}", ward.tail()));
        let rows = match (&outcome, database_url) {
            (Ok(_), Some(url)) => Some(self.rows(url).await?),
            _ => None,
        };
        ward.stop().await;
        let mut outcome = outcome?;
        outcome.capacity = outcome.capacity.map(|phase| match rows {
            Some(rows) => phase.count("rows_in_postgres", rows),
            None => phase,
        });
        Ok(outcome)
    }

    /// How many rows the server has put into its database in the whole run.
    async fn rows(&self, url: &str) -> Result<u64, String> {
        let table = if self.peer == Peer::Ejabberd { "archive" } else { "messages" };
        let row = server::connect(url).await?.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await;
        row.map(|row| row.get::<_, i64>(0).unsigned_abs()).map_err(|error| format!("{table}: {error}"))
    }

    async fn speak(&self, target: Target, server: &Processes, postgres: Option<&Processes>) -> Result<Outcome, String> {
        let own = Process::own()?;
        let looks = || {
            let server = server.usage().ok().map(|usage| (Role::Peer, self.peer.name(), usage));
            let postgres = postgres.and_then(|all| Some((Role::Postgres, "postgres", all.usage().ok()?)));
            let own = own.usage().ok().map(|usage| (Role::Generator, "chatdesk-bench", usage));
            let look = |(role, name, usage): (Role, &str, _)| Look { role, name: name.to_owned(), usage };
            [server, postgres, own].into_iter().flatten().map(look).collect()
        };
        let chat = self.workload == Workload::Chat;
        let target = target.0;
        match self.peer {
            Peer::Chatdesk | Peer::Epoll | Peer::Tungstenite => {
                self.load(self.plot(false, true), |share| Relay::new(target, share), &looks).await
            }
            Peer::Socketio => {
                let texts = chat.then(|| SocketIo::texts(self.texts));
                self.load(self.plot(false, false), |share| SocketIo::new(target, share, texts.clone()), &looks).await
            }
            Peer::Nats => self.load(self.plot(false, false), |share| Nats::new(target, share), &looks).await,
            Peer::Ejabberd => {
                let texts = Xmpp::texts(self.texts);
                self.load(self.plot(false, false), |share| Xmpp::new(target, share, Arc::clone(&texts)), &looks).await
            }
        }
    }

    async fn load<D: Dialect>(
        &self,
        plot: Plot,
        dialect: impl FnMut(Share) -> D,
        looks: Looks<'_>,
    ) -> Result<Outcome, String> {
        let (visitors, per_agent) = self.crowd();
        let options = self.options;
        let name = format!("{}, {}", self.workload.name(), self.peer.name());
        let mut crew = Crew::open(1, visitors, per_agent, plot, dialect).await?;
        let probe = Duration::from_secs(options.probe_seconds.into());
        let (from, common, p99_ms) = match self.workload {
            Workload::Chat => (CHAT_FROM, std::slice::from_ref(&options.chat_rate), options.chat_p99_ms),
            _ => (TYPING_FROM, options.common_rates.as_slice(), options.p99_ms),
        };
        let (confirm, max_late_ms) = (probe * MEASURE_PROBES, p99_ms * PROBE_LATE_SHARE);
        let search = Search { from, warmup: WARMUP, probe, confirm, drain: DRAIN, p99_ms, max_late_ms };
        // First: what the search for the highest rate leaves behind, such as words that wait to be indexed, comes on top later.
        let (mut steady, mut beyond, mut failures) = (Vec::new(), None, Vec::new());
        for &rate in common {
            let Some((measured, held)) = at(&mut crew, &name, rate, &search, options.max_late_ms, looks).await? else {
                beyond = beyond.or(Some(rate));
                break;
            };
            if !held {
                beyond = beyond.or(Some(rate));
            }
            failures.extend(measured.failures);
            steady.push(self.named(format!("{} at {rate}/s", self.workload.name()), measured.phase));
        }
        let found = capacity(&mut crew, &name, &search, looks).await?;
        let mut outcome = Outcome {
            rate: found.rate,
            limit: found.limit,
            why: found.why,
            capacity: None,
            common: steady,
            beyond,
            failures,
            described: None,
        };
        if let Some(measured) = found.measured {
            outcome.failures.extend(measured.failures);
            outcome.rate *= 1.0 - measured.tally.merged as f64 / measured.tally.sent.max(1) as f64;
            outcome.capacity =
                Some(self.named(self.workload.name().into(), measured.phase).rate_of("capacity", outcome.rate));
        }
        crew.close().await?;
        Ok(outcome)
    }

    fn named(&self, name: String, mut phase: Phase) -> Phase {
        phase.name = name;
        phase.of_peer(self.peer.name())
    }
}

/// A Postgres for one server, which is stopped at Ctrl-C too.
struct Database {
    cluster: Arc<Mutex<Option<Cluster>>>,
    url: String,
    processes: Processes,
    _standing: Standing,
}

impl Database {
    async fn start(folder: &Path, postgres_bin: Option<PathBuf>) -> Result<Self, String> {
        let _starting = interrupt::starting().await;
        let cluster = Cluster::start(folder, postgres_bin).await?;
        let (url, processes) = (cluster.url().to_owned(), cluster.processes()?);
        let cluster = Arc::new(Mutex::new(Some(cluster)));
        let stopped = Arc::clone(&cluster);
        let standing = Standing::new(move || async move {
            if let Err(error) = stop(&stopped).await {
                eprintln!("chatdesk-bench: {error}");
            }
        })?;
        Ok(Self { cluster, url, processes, _standing: standing })
    }
}

async fn stop(cluster: &Mutex<Option<Cluster>>) -> Result<(), String> {
    let cluster = cluster.lock().await.take();
    match cluster {
        Some(cluster) => cluster.stop().await,
        None => Ok(()),
    }
}

/// A temporary folder, which ends with this, or with the program at Ctrl-C.
struct Folder {
    path: PathBuf,
    _standing: Standing,
}

impl Folder {
    fn new() -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("chatdesk-peers-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let removed = path.clone();
        let standing = Standing::new(move || async move { remove(&removed) })?;
        Ok(Self { path, _standing: standing })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_dir_all(path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        eprintln!("chatdesk-bench: {}: {error}", path.display());
    }
}
