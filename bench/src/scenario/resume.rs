//! All clients lose their sockets at once, and all come back.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::rate;
use crate::arrive::LOOK;
use crate::engine::spawn;
use crate::report::{Document, Phase, goal, live};
use crate::stage::watch::Used;
use crate::stage::{Stage, StageArgs, StageOptions};
use crate::text::Texts;

mod agent;
mod client;
mod script;
mod world;

use script::{Order, Progress, Script};
use world::Returns;

/// Most clients: with the agents' and the gateway's own, a process may hold 20,000 descriptors.
const CLIENTS_MOST: i64 = 19_000;
/// How long preparing a client may take, if it were alone, and some more for all.
const PREPARE_EACH: Duration = Duration::from_millis(50);
const PREPARE: Duration = Duration::from_secs(60);
/// Seconds that all are away at least, for the goals.
const AWAY: u32 = 2;
/// How long agents write before the cut, and after everybody is back.
const AROUND: Duration = Duration::from_secs(2);

/// What `--help` says of it.
pub(super) const LONG_ABOUT: &str = "\
All clients lose their sockets at once, and all come back.

Each of --clients visitors has a conversation with --entries of its own in it, and --agents agents write to all of them, \
--rate a second. Then all visitors' sockets end without a goodbye, as when a network goes away, and --away seconds later all \
connect again at the same moment, with their tokens and cursors. A client is whole when its replay has ended and its log \
reaches the head without a gap; one whose connection fails waits and tries again, as the protocol says.

In the end every client's log must hold what was acknowledged to those who wrote it, once, in order and in its place; what \
was written while it was away included.";

/// The scenario's options.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Resume {
    /// Visitors who are cut off.
    #[arg(long, default_value_t = 19_000, value_parser = clap::value_parser!(u32).range(1..=CLIENTS_MOST), value_name = "COUNT")]
    clients: u32,

    /// Entries that each has in its conversation.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1_000), value_name = "COUNT")]
    entries: u32,

    /// Agents' sockets.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100), value_name = "COUNT")]
    agents: u32,

    /// Messages a second that agents write, to the conversations in turn.
    #[arg(long, default_value_t = 500.0, value_parser = rate, value_name = "PER_SECOND")]
    rate: f64,

    /// Seconds that all are away.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=600), value_name = "SECONDS")]
    away: u32,

    /// Seconds after which those who are not whole are given up, and what is not acknowledged is.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3_600), value_name = "SECONDS")]
    patience: u32,

    /// What is written: a file of UTF-8 with one message a line, sent in turn. Without it, a few sentences that are
    /// built in.
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    text: Option<PathBuf>,

    #[command(flatten)]
    #[serde(flatten)]
    stage: StageArgs,
}

/// What is looked at while the clients come back.
#[derive(Default)]
struct Seen {
    welcomed: Vec<(f64, f64)>,
    whole: Vec<(f64, f64)>,
    memory: Vec<(f64, f64)>,
}

impl Resume {
    /// Runs it.
    ///
    /// # Errors
    /// It could not begin, or the gateway ended.
    pub(crate) async fn run(&self) -> Result<Document, String> {
        Stage::with(&self.stage, &StageOptions::default(), async |stage| self.on(stage).await).await
    }

    async fn on(&self, stage: &Stage) -> Result<Document, String> {
        let texts = self.text.as_deref().map_or_else(|| Ok(Texts::built_in()), Texts::read)?;
        let title = format!("{} clients, all cut off for {} s", self.clients, self.away);
        let mut document = Document::new("resume", title, self)?;
        stage.describe(&mut document).await?;
        document.text = Some(texts.source());
        let script = Script {
            target: stage.target,
            organization: stage.organization().await?,
            clients: self.clients as usize,
            agents: self.agents as usize,
            entries: self.entries.into(),
            rate: self.rate,
            texts: Arc::new(texts),
        };
        let clients = u64::from(self.clients);
        let progress = Arc::new(Progress::default());
        let running = spawn(Returns::new(script, &progress)?)?;

        live::say(&format!("{clients} clients with a conversation each"));
        let limit = PREPARE + PREPARE_EACH * self.clients;
        let watch = Watch { stage };
        let ready = watch.until("prepare", &progress.ready, clients, limit, |_| ()).await?;
        if ready < clients {
            running.tell(Order::Finish(Instant::now()));
            let failures = running.ended().await?.world.came.failures.join("; ");
            return Err(format!("{ready} of {clients} clients could be prepared: {failures}"));
        }

        running.tell(Order::Write);
        tokio::time::sleep(AROUND).await;
        let here = stage.used()?;
        running.tell(Order::Cut);
        live::say(&format!("all are cut off, for {} s", self.away));
        tokio::time::sleep(Duration::from_secs(self.away.into())).await;
        let away = stage.used()?;
        let mut seen = Seen::default();
        running.tell(Order::Return);
        let begin = Instant::now();
        let patience = Duration::from_secs(self.patience.into());
        let whole = watch.until("return", &progress.whole, clients, patience, |used| seen.look(begin, used, &progress));
        let whole = whole.await?;
        let back = stage.used()?;
        tokio::time::sleep(AROUND).await;
        running.tell(Order::Finish(Instant::now() + patience));
        let world = running.ended().await?.world;

        let (faults, entries) = world.compare();
        let came = &world.came;
        if whole < clients {
            document.fail(format!(
                "{} of {clients} clients were not whole again in {} s",
                clients - whole,
                self.patience
            ));
        }
        let (written, acknowledged) =
            (progress.written.load(Ordering::Relaxed), progress.acknowledged.load(Ordering::Relaxed));
        if acknowledged < written {
            document.fail(format!("{} of {written} messages were not acknowledged", written - acknowledged));
        }
        came.failures.iter().for_each(|why| document.fail(why.clone()));
        let phase = Phase::new("return", back.at.saturating_duration_since(away.at))
            .offered(self.rate)
            .latency("welcomed", &came.welcome)
            .latency("whole", &came.whole)
            .rate("whole", whole)
            .count("clients", clients)
            .count("entries", entries)
            .count("written_by_agents", written)
            .count("tried_again", came.again)
            .count("gaps_mended", came.mended)
            .check("logs", &faults)
            .check("frames", &serde_json::json!({ "failed": came.failed }))
            .series("welcomed", "clients", seen.welcomed)
            .series("whole", "clients", seen.whole)
            .series("gateway's memory", "MiB", seen.memory);
        let phase = match came.took {
            Some(took) => {
                phase.figure("took", took.as_secs_f64(), "s from the first connection until the last is whole")
            }
            None => phase,
        };
        let cut = Phase::new("away", away.at.saturating_duration_since(here.at));
        document.push(away.since(&here, stage, cut, None));
        document.push(back.since(&away, stage, phase, Some(clients)));
        let took = came.took.map(|took| took.as_secs_f64());
        let lost = faults.missing + faults.doubled + faults.disordered + faults.elsewhere;
        let differs = (i64::from(self.clients) < CLIENTS_MOST || self.away < AWAY)
            .then(|| format!("{} clients, away for {} s, not {CLIENTS_MOST} for {AWAY} s", self.clients, self.away));
        document.goal_under(&goal::RESUME_SECONDS, took, differs.clone());
        document.goal_under(&goal::RESUME_LOST, Some(lost as f64), differs);
        Ok(document)
    }
}

/// The run, to be waited for.
struct Watch<'a> {
    stage: &'a Stage,
}

impl Watch<'_> {
    /// Waits until `counter` has reached `goal`, or for so long at most. Returns how far it is then.
    async fn until(
        &self,
        phase: &str,
        counter: &AtomicU64,
        goal: u64,
        limit: Duration,
        mut look: impl FnMut(&Used),
    ) -> Result<u64, String> {
        let begin = Instant::now();
        let (mut told, mut told_at) = (0, begin);
        loop {
            look(&self.stage.used()?);
            let reached = counter.load(Ordering::Relaxed);
            if reached >= goal || begin.elapsed() > limit {
                return Ok(reached);
            }
            let since = told_at.elapsed();
            if since >= Duration::from_secs(1) {
                live::moment(&live::Moment {
                    phase,
                    passed_s: begin.elapsed().as_secs_f64(),
                    whole_s: None,
                    what: "clients",
                    per_s: (reached - told) as f64 / since.as_secs_f64(),
                    p99_ms: None,
                    stored_p99_ms: None,
                    under_way: goal - reached,
                });
                (told, told_at) = (reached, Instant::now());
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Seen {
    fn look(&mut self, begin: Instant, used: &Used, progress: &Progress) {
        let at = begin.elapsed().as_secs_f64();
        self.welcomed.push((at, progress.welcomed.load(Ordering::Relaxed) as f64));
        self.whole.push((at, progress.whole.load(Ordering::Relaxed) as f64));
        if let Some(kib) = used.gateway_kib() {
            self.memory.push((at, kib / 1024.0));
        }
    }
}
