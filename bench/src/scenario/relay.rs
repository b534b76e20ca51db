//! Visitors write, agents read. The whole path of a message but the way back: socket, session, hub, the agent's socket,
//! and for texts the log and its acknowledgement.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::load::{Load, Workers, looks_with, processes};
use super::rate;
use crate::record::Kind;
use crate::report::{Document, live};
use crate::stage::{Stage, StageArgs, StageOptions};
use crate::talk::chatdesk::Script;
use crate::talk::{Crew, Plot, capacity, measure};
use crate::text::Texts;

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

    /// Search for the highest rate that holds, from --rate on, and report it, and --common-rate beside it.
    #[arg(long)]
    capacity: bool,

    /// With --capacity: the rate, in messages a second, at which servers are compared.
    #[arg(long, default_value_t = 10_000.0, value_parser = rate, value_name = "PER_SECOND")]
    common_rate: f64,

    #[command(flatten)]
    #[serde(flatten)]
    stage: StageArgs,

    #[command(flatten)]
    #[serde(flatten)]
    pub(super) load: Load,

    #[command(flatten)]
    #[serde(flatten)]
    workers: Workers,
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
more than 5 in 100 fails the run.

With --capacity the rate is doubled until it does not hold, and narrowed down to 5 %: a rate holds when 99 of 100 messages \
are done 100 ms after the last was due, p99 is at most 100 ms, at most 5 in 100 are merged, and none is lost or refused.

Without --addr the run starts a gateway and a Postgres of its own; with --kind typing the gateway has a core for itself. \
With --addr, mind that a gateway limits what one socket may send (CHATDESK_FRAME_RATE, 200 a second): spread the rate over \
enough --pairs. Visitors connect from many addresses of 127.0.0.0/8, so that limits by address do not matter, and runs leave \
their conversations in the organization: use a demo's or a test's.

Real text, for example from the PyPI package chatterbot-corpus:

  pip install chatterbot-corpus pyyaml && python3 -c \"import glob, yaml, chatterbot_corpus.corpus as c; \
[print(' '.join(str(line).split())) for f in sorted(glob.glob(c.DATA_DIRECTORY + '/english/*.yml')) \
for talk in yaml.safe_load(open(f))['conversations'] for line in talk]\" > messages.txt

  chatdesk-bench relay --text messages.txt --rate 2000";

impl Relay {
    /// Runs it.
    ///
    /// # Errors
    /// It could not begin, or a socket was lost.
    pub(crate) async fn run(&self) -> Result<Document, String> {
        let texts = self.text.as_deref().map_or_else(|| Ok(Texts::built_in()), Texts::read)?;
        let options = StageOptions { apart: self.kind == Kind::Typing, ..StageOptions::default() };
        Stage::with(&self.stage, &options, async |stage| self.on(stage, Arc::new(texts)).await).await
    }

    async fn on(&self, stage: &Stage, texts: Arc<Texts>) -> Result<Document, String> {
        let mut document = Document::new("relay", self.title(), self)?;
        stage.describe(&mut document).await?;
        document.text = (self.kind == Kind::Text).then(|| texts.source());
        let organization = stage.organization().await?;
        let script = Script {
            target: stage.target,
            organizations: Arc::new([organization.clone()]),
            kind: self.kind,
            texts,
            receipts: 0,
        };
        let stored = self.kind == Kind::Text;
        let plot = Plot { answers: false, acknowledged: stored, told: stored, merges: !stored, preludes: 0 };
        let (pairs, per_agent) = (self.pairs as usize, self.visitors_per_agent as usize);
        live::say(&format!("{pairs} visitors and their agents come"));
        let mut crew = Crew::of_chatdesk(
            &script,
            (self.load.threads.into(), self.workers.processes.into()),
            pairs,
            per_agent,
            plot,
        )
        .await?;

        let workers = processes(&crew.workers());
        let looks = || looks_with(stage, &workers);
        let mut stretches = Vec::new();
        if self.capacity {
            let found = capacity(&mut crew, "capacity", &self.load.search(self.load.rate), &looks).await?;
            document.notes.push(format!(
                "{:.0} messages a second hold; {}: {}",
                found.rate,
                found.limit.words(),
                found.why
            ));
            match found.measured {
                Some(measured) => stretches.push(measured),
                None => document.fail("no rate held"),
            }
            let common = self.load.stretch_at(self.common_rate);
            stretches.push(measure(&mut crew, "common rate", common, self.load.max_late_ms, &looks).await?);
        } else {
            let stretch = self.load.stretch();
            stretches.push(measure(&mut crew, "measure", stretch, self.load.max_late_ms, &looks).await?);
        }
        for measured in stretches {
            measured.failures.into_iter().for_each(|why| document.fail(why));
            document.push(measured.phase);
        }
        crew.close().await?;
        if !stage.is_own() {
            organization.log_out(stage.target).await?;
        }
        Ok(document)
    }

    fn title(&self) -> String {
        let agents = self.pairs.div_ceil(self.visitors_per_agent);
        let kind = if self.kind == Kind::Text { "text" } else { "typing" };
        let Load { rate, duration, warmup, .. } = self.load;
        let load = if self.capacity {
            "the highest rate that holds".into()
        } else {
            format!("{rate} messages/s for {duration} s after {warmup} s of warm-up")
        };
        format!("{kind}: {} visitors, {agents} agent sockets, {load}", self.pairs)
    }
}
