//! One writes, many watch: what it takes to tell everybody who follows a conversation, or all agents of an organization.

use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use protocol::id::ConversationId;
use serde::Serialize;
use tokio::sync::mpsc::unbounded_channel;

use super::load::{Load, looks};
use crate::engine::{Running, spawn};
use crate::report::{Document, Phase, Role, live};
use crate::schedule::Schedule;
use crate::stage::{Organization, Stage, StageArgs, StageOptions};
use crate::talk::Look;
use crate::text::Texts;

mod cast;
mod world;

use cast::{Cast, Counted, Order, Tale};
use world::Fanout as World;

/// Most watchers: each has a socket, and a process may hold 20,000 descriptors.
const WATCHERS_MOST: i64 = 19_000;
/// From the last preparation to the first message.
const LEAD: Duration = Duration::from_millis(100);
/// How often progress is told.
const GLANCE_EVERY: Duration = Duration::from_secs(1);

/// The scenario's options.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Fanout {
    /// Sockets that watch.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=WATCHERS_MOST), value_name = "COUNT")]
    watchers: u32,

    /// Who watches what.
    #[arg(long, value_enum, default_value_t = Of::Conversation, value_name = "WHAT")]
    of: Of,

    #[command(flatten)]
    #[serde(flatten)]
    stage: StageArgs,

    #[command(flatten)]
    #[serde(flatten)]
    load: Load,
}

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Of {
    /// Agents follow one conversation: each message to each of them.
    Conversation,
    /// The visitor has it open in many tabs.
    Tabs,
    /// Agents follow nothing: each is told by its summary that the conversation has changed.
    Organization,
}

/// What `--help` says of it.
pub(super) const LONG_ABOUT: &str = "\
One writes, many watch: what it takes to tell everybody.

A visitor starts a conversation and sends --rate messages a second into it, at times that are fixed beforehand; --watchers sockets \
watch. Latency is from the INTENDED time of a message until a watcher has it, for each message and each watcher:

  --of conversation   agents follow it: each gets every message (`entry`)
  --of tabs           the visitor has it open in many tabs: the same
  --of organization   agents follow nothing, as in the list of a console: each gets the conversation's summary when a message \
is stored. A gateway may merge summaries that wait for a socket: a message counts as seen with the first summary that holds it

The run fails when a watcher misses a message, gets one twice or out of order, or sees a head that goes back, and when the \
generator fell behind its schedule.";

impl Fanout {
    /// Runs it.
    ///
    /// # Errors
    /// It could not begin, or a socket was lost.
    pub(crate) async fn run(&self) -> Result<Document, String> {
        let options = StageOptions { apart: true, ..StageOptions::default() };
        Stage::with(&self.stage, &options, async |stage| self.on(stage).await).await
    }

    async fn on(&self, stage: &Stage) -> Result<Document, String> {
        let title = format!("fanout: one writes, {} watch ({})", self.watchers, self.of.words());
        let mut document = Document::new("fanout", title, self)?;
        let texts = Texts::built_in();
        stage.describe(&mut document).await?;
        document.text = Some(texts.source());
        let organization = stage.organization().await?;
        let watching = self.watch(stage, &organization, &texts).await?;
        let counted = self.load(stage, watching, &mut document).await?;
        if counted.late.at(0.99).unwrap_or_default() > self.load.max_late_ms {
            document
                .fail(format!("the generator was the bottleneck: it sent more than {} ms late", self.load.max_late_ms));
        }
        if !stage.is_own() {
            organization.log_out(stage.target).await?;
        }
        Ok(document)
    }

    /// Brings the writer, and then all who watch.
    async fn watch(&self, stage: &Stage, organization: &Organization, texts: &Texts) -> Result<Watching, String> {
        let (tell, mut tales) = unbounded_channel();
        let threads = u32::from(self.load.threads).min(self.watchers);
        let mut running = Vec::new();
        for thread in 0..threads {
            let first = self.watchers * thread / threads;
            let cast = Cast {
                target: stage.target,
                organization: organization.clone(),
                of: self.of,
                first: first as usize,
                watchers: (self.watchers * (thread + 1) / threads - first) as usize,
                writes: thread == 0,
                texts: texts.clone(),
            };
            running.push(spawn(World::new(cast, tell.clone())?)?);
        }
        let (conversation, token, before) = match tales.recv().await {
            Some(Tale::Started(conversation, token, head)) => (conversation, token, head),
            other => return Err(Tale::unexpected(other)),
        };
        live::say(&format!("{} come to watch", self.watchers));
        for thread in &running {
            thread.tell(Order::Watch { conversation, token: token.clone(), before });
        }
        let mut watching = Watching { running, tales, conversation, over: Vec::new() };
        for _ in 0..threads {
            match watching.tales.recv().await {
                Some(Tale::Watching) => {}
                other => return Err(Tale::unexpected(other)),
            }
        }
        Ok(watching)
    }

    async fn load(&self, stage: &Stage, mut watching: Watching, document: &mut Document) -> Result<Counted, String> {
        let stretch = self.load.stretch();
        let schedule = Schedule { rate: stretch.rate, visitors: 1, warmup: stretch.warmup, measure: stretch.measure };
        let start = Instant::now() + LEAD;
        for thread in &watching.running {
            thread.tell(Order::Begin { schedule, start, drain: stretch.drain });
        }
        let (begin, end) = (start + stretch.warmup, start + schedule.end());
        watching.wait("warm-up", start, begin).await?;
        let before = looks(stage);
        watching.wait("measure", begin, end).await?;
        let after = looks(stage);
        let mut counted = Counted::new()?;
        while watching.over.len() < watching.running.len() {
            match watching.tales.recv().await {
                Some(Tale::Over(part)) => watching.over.push(*part),
                Some(Tale::Glance(_)) => {}
                other => return Err(Tale::unexpected(other)),
            }
        }
        watching.over.iter().for_each(|part| counted.add(part));
        for thread in watching.running {
            thread.ended().await?;
        }
        document.notes.push(format!("the conversation is {}", watching.conversation));
        document.push(self.phase(schedule, &counted, &before, &after));
        Ok(counted)
    }

    fn phase(&self, schedule: Schedule, counted: &Counted, before: &[Look], after: &[Look]) -> Phase {
        let published = counted.seen_while_measuring / u64::from(self.watchers);
        let mut phase = Phase::new("measure", schedule.measure)
            .offered(schedule.rate)
            .rate("seen", counted.seen_while_measuring)
            .latency("seen", &counted.seen)
            .latency("late", &counted.late)
            .count("sent", counted.sent)
            .count("seen", counted.seen_in_all)
            .count("pushes", counted.pushes)
            .check("watchers", &counted.faults)
            .check("generator", &serde_json::json!({ "unsent": schedule.total().saturating_sub(counted.sent) }))
            .figure("generator_busy", counted.busy, "of its busiest thread's time");
        for look in after {
            let same = |one: &&Look| one.role == look.role;
            let Some(begin) = before.iter().find(same) else { continue };
            if look.role == Role::Gateway {
                let cpu = look.usage.cpu.saturating_sub(begin.usage.cpu).as_secs_f64() * 1e6;
                phase = phase.figure("gateway_cpu_per_publish", cpu / published.max(1) as f64, "µs");
            }
            let seen = Some(counted.seen_while_measuring);
            phase = phase.process(look.role, look.name.as_str(), begin.usage, look.usage, seen);
        }
        phase
    }
}

impl Of {
    fn words(self) -> &'static str {
        match self {
            Self::Conversation => "agents who follow its conversation",
            Self::Tabs => "its own tabs",
            Self::Organization => "agents who see its summary",
        }
    }
}

/// Everybody is there.
struct Watching {
    running: Vec<Running<World>>,
    tales: tokio::sync::mpsc::UnboundedReceiver<Tale>,
    conversation: ConversationId,
    /// What threads have counted that are done.
    over: Vec<Counted>,
}

impl Watching {
    /// Waits, and tells each second how it goes.
    async fn wait(&mut self, phase: &str, begin: Instant, end: Instant) -> Result<(), String> {
        let done = tokio::time::sleep_until(end.into());
        tokio::pin!(done);
        let (mut glances, mut recent, mut last) = (0, crate::record::Latency::new()?, begin);
        loop {
            let tale = tokio::select! {
                () = &mut done => return Ok(()),
                tale = self.tales.recv() => tale,
            };
            match tale {
                Some(Tale::Glance(glance)) => recent.merge(&glance),
                // The threads' clock is finer than this timer's: they may be done just before it.
                Some(Tale::Over(part)) => {
                    self.over.push(*part);
                    continue;
                }
                other => return Err(Tale::unexpected(other)),
            }
            glances += 1;
            if glances < self.running.len() {
                continue;
            }
            let now = Instant::now();
            let passed = now.saturating_duration_since(last).max(GLANCE_EVERY / 10).as_secs_f64();
            live::moment(&live::Moment {
                phase,
                passed_s: now.saturating_duration_since(begin).as_secs_f64(),
                whole_s: Some(end.saturating_duration_since(begin).as_secs_f64()),
                what: "seen",
                per_s: recent.count() as f64 / passed,
                p99_ms: recent.at(0.99),
                stored_p99_ms: None,
                under_way: 0,
            });
            (glances, recent, last) = (0, crate::record::Latency::new()?, now);
        }
    }
}
