//! ChatDesk beside other servers, in one run on the same machine: each is installed if need be, started, loaded by the same
//! generator with the same conversations, and stopped. What they are is in `peers/` beside `src/`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use serde::{Serialize, Serializer};

use crate::report::{Document, live};
use crate::stage::cores::Cores;
use crate::text::Texts;

mod dialect;
mod ejabberd;
mod measure;
mod place;
mod running;
mod server;
#[cfg(test)]
mod tests;
mod verdict;

#[path = "../peers/epoll/server.rs"]
mod epoll;
#[path = "../peers/tungstenite/server.rs"]
mod tungstenite;
#[path = "../peers/typing.rs"]
pub(crate) mod typing;

use measure::{Outcome, Run};
use place::Cache;
use server::{Installed, Peer};

/// Most visitors: each needs a descriptor here and one in the server, and a process may hold 20,000.
const VISITORS_MOST: i64 = 18_000;

/// What all servers are asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Workload {
    /// Typing frames from visitors, each with an agent of their own.
    #[value(name = "1:1")]
    OneToOne,
    /// Typing frames from visitors, 20 of whom share an agent.
    #[value(name = "20:1")]
    TwentyToOne,
    /// Messages both ways, each stored in Postgres and acknowledged to its sender.
    Chat,
}

impl Workload {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OneToOne => "1:1",
            Self::TwentyToOne => "20:1",
            Self::Chat => "chat",
        }
    }

    /// Whether a server does it.
    fn suits(self, peer: Peer) -> bool {
        match peer {
            Peer::Chatdesk | Peer::Socketio => true,
            Peer::Epoll | Peer::Tungstenite | Peer::Nats => self != Self::Chat,
            Peer::Ejabberd => self == Self::Chat,
        }
    }
}

impl Serialize for Workload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The command's options.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Peers {
    /// These servers only, with commas between them.
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_values_t = [Peer::Chatdesk, Peer::Epoll, Peer::Tungstenite, Peer::Socketio, Peer::Nats, Peer::Ejabberd],
        value_name = "NAMES"
    )]
    only: Vec<Peer>,

    /// These workloads only, with commas between them.
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_values_t = [Workload::OneToOne, Workload::TwentyToOne, Workload::Chat],
        value_name = "NAMES"
    )]
    workloads: Vec<Workload>,

    /// How often each is measured; the run in the middle counts.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=9), value_name = "COUNT")]
    rounds: u32,

    /// Visitors of 1:1.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=VISITORS_MOST / 2), value_name = "COUNT")]
    pairs: u32,

    /// Visitors of 20:1.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=VISITORS_MOST), value_name = "COUNT")]
    visitors: u32,

    /// Visitors of chat; 50 of them share an agent, and with ChatDesk that is an organization.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=VISITORS_MOST), value_name = "COUNT")]
    chat_visitors: u32,

    /// Messages a second at which typing is measured besides each server's most, with commas between them.
    #[arg(
        long,
        default_values_t = [10_000.0, 40_000.0, 80_000.0],
        value_delimiter = ',',
        value_parser = crate::scenario::rate,
        value_name = "PER_SECOND"
    )]
    common_rates: Vec<f64>,

    /// Messages a second at which chat is measured besides each server's most.
    #[arg(long, default_value_t = 5_000.0, value_parser = crate::scenario::rate, value_name = "PER_SECOND")]
    chat_rate: f64,

    /// A rate of typing holds when 99 of 100 frames take at most so long. What is typed counts as seen at once within 100 ms: the
    /// network has most of that, the server a quarter.
    #[arg(long, default_value_t = 25.0, value_parser = crate::scenario::millis, value_name = "MILLISECONDS")]
    p99_ms: f64,

    /// A rate of chat holds when 99 of 100 messages are acknowledged within so long.
    #[arg(long, default_value_t = 100.0, value_parser = crate::scenario::millis, value_name = "MILLISECONDS")]
    chat_p99_ms: f64,

    /// Seconds that each probe of a search measures; what is found is measured for three times as long.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=600), value_name = "SECONDS")]
    probe_seconds: u32,

    /// The run fails when, at a common rate, more than 1 in 100 messages was handed to its socket later than this after its
    /// intended time: then the generator was the bottleneck, and the latencies are its own.
    #[arg(long, default_value_t = 5.0, value_parser = crate::scenario::millis, value_name = "MILLISECONDS")]
    max_late_ms: f64,

    /// What is written in chats: a file of UTF-8 with one message a line. Without it, sentences that are built in.
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    text: Option<PathBuf>,

    /// Where servers are installed, for this run and the next.
    #[arg(long, default_value = "target/peers", value_name = "FOLDER")]
    #[serde(skip)]
    cache: PathBuf,

    /// The gateway's program; without it, `chatdesk` beside this one.
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    chatdesk: Option<PathBuf>,

    /// Folder of Postgres' programs (initdb, postgres); else they are looked for.
    #[arg(long, env = "CHATDESK_POSTGRES_BIN", value_name = "FOLDER")]
    #[serde(skip)]
    postgres_bin: Option<PathBuf>,
}

/// What `--help` says of it.
pub(crate) const LONG_ABOUT: &str = "\
ChatDesk beside other servers, in one run on the same machine, with ratios.

  epoll        a bare relay on epoll, one thread, in Rust: the limit
  tungstenite  a bare relay on tokio-tungstenite
  socketio     Socket.IO in Node: rooms; with Postgres, a row per message, acknowledged when it is there
  nats         nats-server over WebSocket
  ejabberd     ejabberd over WebSocket with its archive (MAM) in Postgres

Each is installed into --cache if it is not there (npm, pip, Debian's packages unpacked, nothing into the system), \
started, measured at the common rates, searched for the highest rate that it holds, measured at that, and stopped. What \
cannot be installed is left out, with a word. Workloads: 1:1 and 20:1 are typing frames, which are only routed, with the \
server alone on one core; chat is messages both ways, stored in a Postgres of the server's own and acknowledged, with all \
cores shared. A rate holds when 99 of 100 messages arrive in time, 99 of 100 within --p99-ms (chat: --chat-p99-ms), and none is \
lost, doubled or out of order.";

/// A relay in Rust, as a process of its own.
#[derive(Args, Clone, Debug)]
pub(crate) struct RelayServer {
    #[command(subcommand)]
    kind: RelayKind,
}

/// Which relay.
#[derive(Subcommand, Clone, Copy, Debug)]
enum RelayKind {
    /// On epoll.
    Epoll {
        /// Where it listens, on 127.0.0.1.
        port: u16,
    },
    /// On tokio-tungstenite.
    Tungstenite {
        /// Where it listens, on 127.0.0.1.
        port: u16,
    },
}

impl RelayServer {
    /// Serves until it is killed.
    ///
    /// # Errors
    /// It cannot.
    pub(crate) fn serve(&self) -> Result<(), String> {
        match self.kind {
            RelayKind::Epoll { port } => epoll::serve(port),
            RelayKind::Tungstenite { port } => tungstenite::serve(port),
        }
    }
}

impl Peers {
    /// Runs it.
    ///
    /// # Errors
    /// There is nothing to report.
    pub(crate) async fn run(&self) -> Result<Document, String> {
        let texts = Arc::new(self.text.as_deref().map_or_else(|| Ok(Texts::built_in()), Texts::read)?);
        let mut document = Document::new("peers", "ChatDesk beside other servers", self)?;
        document.text = self.workloads.contains(&Workload::Chat).then(|| texts.source());
        let installed = self.install(&mut document).await?;
        let all = Cores::all()?;
        document.notes.push(match Cores::split()? {
            Some((first, others)) => format!(
                "of 1:1 and 20:1, each server has core {first} for itself, and this program {others}; of chat, all share all"
            ),
            None => "one core only: servers, Postgres and this program share it".into(),
        });
        let mut outcomes: BTreeMap<(Workload, Peer), Vec<Outcome>> = BTreeMap::new();
        for round in 1..=self.rounds {
            for (workload, (peer, program)) in self.workloads.iter().flat_map(|workload| {
                installed.iter().filter(|(peer, _)| workload.suits(**peer)).map(move |peer| (*workload, peer))
            }) {
                let name = format!("{}, {}", workload.name(), peer.name());
                live::say(&format!("{name}: round {round} of {}", self.rounds));
                let run = Run { options: self, texts: &texts, workload, peer: *peer, program };
                let mut outcome = run.run().await;
                if let (Err(error), true) = (&outcome, *peer != Peer::Chatdesk) {
                    live::say(&format!("{name}: once more, for {error}"));
                    outcome = run.run().await;
                }
                // A run on one core has kept this program to the others.
                all.hold(std::process::id())?;
                match outcome {
                    Ok(outcome) => outcomes.entry((workload, *peer)).or_default().push(outcome),
                    Err(error) if *peer == Peer::Chatdesk => document.fail(format!("{name}: {error}")),
                    Err(error) => {
                        live::say(&format!("{name}: {error}"));
                        document.notes.push(format!("{name} could not be measured: {error}"));
                    }
                }
            }
        }
        verdict::conclude(&mut document, self.chat_rate, outcomes);
        Ok(document)
    }

    async fn install(&self, document: &mut Document) -> Result<BTreeMap<Peer, Installed>, String> {
        let cache = Cache::open(&self.cache)?;
        let mut installed = BTreeMap::new();
        let wanted = |peer: &&Peer| self.workloads.iter().any(|workload| workload.suits(**peer));
        for peer in self.only.iter().filter(wanted) {
            match peer.install(&cache).await {
                Ok((program, version)) => {
                    if *peer != Peer::Chatdesk {
                        document.versions.peers.insert(peer.name().into(), version);
                    }
                    installed.insert(*peer, program);
                }
                Err(error) => {
                    live::say(&format!("peers: {} is left out: {error}", peer.name()));
                    document.notes.push(format!("{} was left out: {error}", peer.name()));
                }
            }
        }
        Ok(installed)
    }
}
