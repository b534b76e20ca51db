//! Visitors write, agents read. The whole path of a message but the way back: socket, session, hub, the agent's socket,
//! and for texts the log and its acknowledgement.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::pairs::Pairs;
use super::phases::Phases;
use super::sockets::Sockets;
use super::{Gateway, Load};
use crate::client::login::{login, logout};
use crate::client::visitor::Script;
use crate::process::Process;
use crate::record::{Kind, Record, Recorder};
use crate::report::{Report, Run};
use crate::schedule::Schedule;
use crate::text::Texts;

/// From the last preparation to the first message.
const LEAD: Duration = Duration::from_millis(200);
/// Most pairs: each needs one socket or two, and a process may hold 20,000 descriptors.
const PAIRS_MOST: i64 = 19_000;

/// The scenario's options.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Relay {
    /// Visitors, each with a conversation of their own.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=PAIRS_MOST), value_name = "COUNT")]
    pairs: u32,

    /// Visitors whose conversations share one agent's socket.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=PAIRS_MOST), value_name = "COUNT")]
    visitors_per_agent: u32,

    /// What visitors send: text is routed and stored, typing is only routed.
    #[arg(long, value_enum, default_value_t = Kind::Text, value_name = "KIND")]
    kind: Kind,

    /// What they write: a file of UTF-8 with one message a line, sent in turn. Without it, a few sentences that are
    /// built in.
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    text: Option<PathBuf>,

    #[command(flatten)]
    #[serde(flatten)]
    pub(super) gateway: Gateway,

    #[command(flatten)]
    #[serde(flatten)]
    pub(super) load: Load,
}

/// What `--help` says of it.
pub(super) const LONG_ABOUT: &str = "\
Visitors write, agents read: what it takes to route a message, and to store it.

Every visitor says hello with the widget's key, answers the pre-chat form and starts a conversation; an agent logs in \
and follows it. Then the visitors send in turn, --rate messages a second in all, at times that are fixed \
beforehand (an open loop). Reported are, in milliseconds from the INTENDED time of sending:

  routed   until the message arrived at the agent's socket
  stored   until its sender was told that Postgres has committed it (text)
  late     until the generator handed it to its socket: the generator's own part in the two above

A run has three phases: --warmup, measuring (--duration), and a drain in which nothing is sent and everything has to \
arrive. The run fails, with exit status 1, when a message is missing, doubled, out of order or in the wrong place, \
when a log's seq has a gap, when the gateway refuses something or closes a socket, or when the generator fell behind its \
schedule. Typing frames may be merged by the gateway while they wait for a slow socket; how many were is reported, and \
more than 1 in 100 fails the run.

A gateway limits what one socket may send (CHATDESK_FRAME_RATE, 200 a second): spread the rate over enough --pairs. \
Visitors connect from many addresses of 127.0.0.0/8, so that limits by address do not matter. Runs leave their \
conversations in the organization: use a demo's or a test's.

Real text, for example from the PyPI package chatterbot-corpus:

  pip install chatterbot-corpus pyyaml && python3 -c \"import glob, yaml, chatterbot_corpus.corpus as c; \
[print(' '.join(str(line).split())) for f in sorted(glob.glob(c.DATA_DIRECTORY + '/english/*.yml')) \
for talk in yaml.safe_load(open(f))['conversations'] for line in talk]\" > messages.txt

  chatdesk-bench relay --text messages.txt --rate 2000 --gateway-pid $(pgrep -xn chatdesk)";

impl Relay {
    /// Runs it.
    ///
    /// # Errors
    /// It could not begin.
    pub(super) async fn run(&self) -> Result<Report, String> {
        let texts = self.text.as_deref().map_or_else(|| Ok(Texts::built_in()), Texts::read)?;
        let text = (self.kind == Kind::Text).then(|| texts.source());
        let gateway = self.gateway.gateway_pid.map(Process::find).transpose();
        let gateway = gateway.map_err(|error| format!("--gateway-pid: {error}"))?;
        let own = Process::own()?;
        let schedule = Schedule {
            rate: self.load.rate,
            visitors: self.pairs.into(),
            warmup: Duration::from_secs(self.load.warmup.into()),
            measure: Duration::from_secs(self.load.duration.into()),
        };
        let recorder = Recorder::new(Record::new(schedule, self.kind)?);
        let script = Script { kind: self.kind, texts: Arc::new(texts), schedule, recorder: recorder.clone() };

        let target = self.gateway.addr;
        let token = login(target, &self.gateway.email, &self.gateway.password).await;
        let token = token.map_err(|error| error.to_string())?;
        let mut sockets = Sockets::default();
        let pairs = Pairs::open(&mut sockets, &self.gateway, &script).await?;
        pairs.follow(&mut sockets, target, &token, self.visitors_per_agent, &recorder).await?;

        let start = Instant::now() + LEAD;
        recorder.with(|record| record.begin(start));
        pairs.pace(schedule, start)?;
        let drain = Duration::from_secs(self.load.drain.into());
        let phases = Phases { schedule, start, drain, recorder: &recorder, own: &own, gateway: gateway.as_ref() };
        let measured = phases.go_through(&mut sockets).await;
        let tally = recorder.with(|record| record.tally());
        sockets.close().await;
        if let Err(error) = logout(target, &token).await {
            eprintln!("the agents' login is left behind: {error}");
        }
        Ok(Report::of(Run {
            scenario: "relay",
            title: self.title(),
            settings: serde_json::to_value(self).map_err(|error| format!("settings: {error}"))?,
            text,
            schedule,
            max_late_ms: self.load.max_late_ms,
            tally,
            measured,
            gateway_name: gateway.map(|process| process.name),
        }))
    }

    fn title(&self) -> String {
        let agents = self.pairs.div_ceil(self.visitors_per_agent);
        let kind = if self.kind == Kind::Text { "text" } else { "typing" };
        let Load { rate, duration, warmup, .. } = self.load;
        format!(
            "relay, {kind}: {} visitors, {agents} agent sockets, {rate} messages/s for {duration} s after {warmup} s of warm-up",
            self.pairs
        )
    }
}
