//! A believable day of a site, shortened.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::millis;
use super::upload::file::{Contents, File};
use crate::arrive::LOOK;
use crate::engine::spawn;
use crate::report::{Document, Phase, live};
use crate::stage::watch::Used;
use crate::stage::{Stage, StageArgs, StageOptions};
use crate::text::Texts;

mod agent;
mod day;
mod people;
mod script;
mod visitor;
mod world;

use day::{Day, Shares};
use script::{Came, Progress, Recent, Script};
use world::Site;

/// Hours of a day: each becomes so much shorter as the day does.
const HOURS: u32 = 24;
/// Points of a day's plots.
const POINTS: u32 = 96;
/// How long those who are still there may take when the day is over.
const PATIENCE: Duration = Duration::from_secs(120);
/// A mebibyte, in KiB.
const MIB: f64 = 1024.0;

/// What `--help` says of it.
pub(super) const LONG_ABOUT: &str = "\
A believable day of a site, shortened to --seconds.

Visitors come by the hours of a day: few at night, most in the late morning, at noon and in the evening. Each is due at a time \
that is fixed beforehand. Most look at a page or some and leave. --chat of 100 begin a conversation, write two to six \
messages, wait for the answer to each, and leave; --files of 100 of those send a file, and of --drops of 100 the network drops \
while they wait, and they come back by token and cursor. Agents hear of new conversations by their summaries, follow them, and \
answer each message after --think seconds or so.

Latency counts from when a visitor, or a message, was due; of messages that were under way or written while their visitor's \
network was away it stands apart. In the end what each visitor held of their conversation is compared \
with what was acknowledged to both sides: all of it, once, in order and in its place.";

/// The scenario's options.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct SiteRun {
    /// Seconds that the day is shortened to.
    #[arg(long, default_value_t = 240, value_parser = clap::value_parser!(u32).range(10..=86_400), value_name = "SECONDS")]
    seconds: u32,

    /// Visitors in the day.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..), value_name = "COUNT")]
    visits: u32,

    /// Of 100 visitors, so many chat.
    #[arg(long, default_value_t = 5.0, value_parser = percent, value_name = "PERCENT")]
    chat: f64,

    /// Of 100 who chat, so many send a file.
    #[arg(long, default_value_t = 10.0, value_parser = percent, value_name = "PERCENT")]
    files: f64,

    /// Of 100 who chat, so many lose their network once.
    #[arg(long, default_value_t = 10.0, value_parser = percent, value_name = "PERCENT")]
    drops: f64,

    /// Length of a file.
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(9..=20_971_520), value_name = "BYTES")]
    bytes: u64,

    /// Agents' sockets.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000), value_name = "COUNT")]
    agents: u32,

    /// Mean seconds on a page, and before a visitor writes.
    #[arg(long, default_value_t = 3.0, value_parser = seconds, value_name = "SECONDS")]
    dwell: f64,

    /// Mean seconds before an agent answers.
    #[arg(long, default_value_t = 2.0, value_parser = seconds, value_name = "SECONDS")]
    think: f64,

    /// Seconds that a dropped network is away.
    #[arg(long, default_value_t = 2.0, value_parser = seconds, value_name = "SECONDS")]
    away: f64,

    /// The run fails when more than 1 in 100 visitors and messages came later than this after their intended time: then the
    /// generator was the bottleneck.
    #[arg(long, default_value_t = 5.0, value_parser = millis, value_name = "MILLISECONDS")]
    max_late_ms: f64,

    /// What is written: a file of UTF-8 with one message a line, sent in turn. Without it, a few sentences that are
    /// built in.
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    text: Option<PathBuf>,

    #[command(flatten)]
    #[serde(flatten)]
    stage: StageArgs,
}

fn percent(text: &str) -> Result<f64, String> {
    super::bounded(text, 0.0, 100.0)
}

fn seconds(text: &str) -> Result<f64, String> {
    super::bounded(text, 0.0, 3_600.0)
}

impl SiteRun {
    /// Runs it.
    ///
    /// # Errors
    /// It could not begin, or the gateway ended.
    pub(crate) async fn run(&self) -> Result<Document, String> {
        Stage::with(&self.stage, &StageOptions::default(), async |stage| self.on(stage).await).await
    }

    async fn on(&self, stage: &Stage) -> Result<Document, String> {
        let texts = self.text.as_deref().map_or_else(|| Ok(Texts::built_in()), Texts::read)?;
        let title = format!("{} visitors in a day of {} s", self.visits, self.seconds);
        let mut document = Document::new("site", title, self)?;
        stage.describe(&mut document).await?;
        document.text = Some(texts.source());
        let organization = stage.organization().await?;
        let length = Duration::from_secs(self.seconds.into());
        let size = usize::try_from(self.bytes).unwrap_or_default();
        let begin = Instant::now();
        let script = Script {
            target: stage.target,
            organization,
            begin,
            day: Day::new(length, self.visits.into()),
            visits: self.visits.into(),
            shares: Shares { chat: self.chat, files: self.files, drops: self.drops },
            agents: self.agents as usize,
            dwell: Duration::from_secs_f64(self.dwell),
            think: Duration::from_secs_f64(self.think),
            away: Duration::from_secs_f64(self.away),
            end: begin + length + PATIENCE,
            texts: Arc::new(texts),
            file: File::new(Contents::new(size, 1).of(0)),
        };
        let progress = Arc::new(Progress::new()?);
        let before = stage.used()?;
        let running = spawn(Site::new(script, &progress)?)?;
        let mut ended = std::pin::pin!(running.ended());
        let mut seen = Seen::new(before);
        let world = loop {
            tokio::select! {
                ended = &mut ended => break ended?.world,
                () = tokio::time::sleep(LOOK) => seen.look(stage, begin, length, &progress)?,
            }
        };
        let after = stage.used()?;
        let came = world.came;
        self.judge(&came, &mut document);
        let phase = phase(&came, after.at.saturating_duration_since(before.at), seen);
        document.push(after.since(&before, stage, phase, None));
        Ok(document)
    }

    fn judge(&self, came: &Came, document: &mut Document) {
        came.failures.iter().for_each(|why| document.fail(why.clone()));
        let late = came.late.at(0.99).unwrap_or_default();
        if late > self.max_late_ms {
            document.fail(format!(
                "the generator was the bottleneck: 1 in 100 visitors and messages came {late} ms late or later (bound {} ms)",
                self.max_late_ms
            ));
        }
        if came.visits < u64::from(self.visits) {
            document.fail(format!("{} of {} visitors were welcomed", came.visits, self.visits));
        }
    }
}

fn phase(came: &Came, time: Duration, seen: Seen) -> Phase {
    let mut phase = Phase::new("day", time)
        .rate("visits", came.visits)
        .rate("messages", came.messages)
        .latency("welcome", &came.welcome)
        .latency("routed", &came.routed)
        .latency("stored", &came.stored)
        .latency("over a drop", &came.over_drop)
        .latency("file", &came.file)
        .latency("late", &came.late)
        .count("visits", came.visits)
        .count("pages", came.pages)
        .count("chats", came.chats)
        .count("messages", came.messages)
        .count("files", came.files)
        .count("drops", came.drops)
        .count("tried_again", came.again)
        .count("gaps_mended", came.mended)
        .check("logs", &came.faults)
        .check("visitors", &serde_json::json!({ "failed": came.failed, "unfinished": came.unfinished }));
    for (name, unit, points) in seen.series {
        phase = phase.series_over(name, unit, "hours", points);
    }
    phase
}

/// A line of a plot: its name, its unit, and its points by the hour.
type Line = (&'static str, &'static str, Vec<(f64, f64)>);

/// What was looked at during the day.
struct Seen {
    last: Used,
    counted: [u64; 2],
    told: Instant,
    series: [Line; 9],
}

impl Seen {
    fn new(last: Used) -> Self {
        let series = [
            ("visitors there", "visitors"),
            ("arrivals", "visitors/s"),
            ("messages", "messages/s"),
            ("welcome, p99", "ms"),
            ("routed, p99", "ms"),
            ("stored, p99", "ms"),
            ("gateway", "cores"),
            ("Postgres", "cores"),
            ("gateway's memory", "MiB"),
        ];
        let series = series.map(|(name, unit)| (name, unit, Vec::new()));
        Self { last, counted: [0; 2], told: Instant::now(), series }
    }

    /// Takes a point of each plot, when one is due.
    fn look(&mut self, stage: &Stage, begin: Instant, length: Duration, progress: &Progress) -> Result<(), String> {
        let used = stage.used()?;
        let time = used.at.saturating_duration_since(self.last.at);
        if time < length / POINTS {
            return Ok(());
        }
        let passed = used.at.saturating_duration_since(begin);
        let hour = passed.as_secs_f64() / length.as_secs_f64() * f64::from(HOURS);
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let counted = [count(&progress.came), count(&progress.messages)];
        let rate = |index: usize| (counted[index] - self.counted[index]) as f64 / time.as_secs_f64();
        let there = counted[0].saturating_sub(count(&progress.left));
        let recent = {
            let mut recent = progress.recent.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *recent, Recent::new()?)
        };
        let cores = |now: Option<crate::process::Usage>, before: Option<crate::process::Usage>| {
            Some(now?.cpu.saturating_sub(before?.cpu).as_secs_f64() / time.as_secs_f64())
        };
        let values = [
            Some(there as f64),
            Some(rate(0)),
            Some(rate(1)),
            recent.welcome.at(0.99),
            recent.routed.at(0.99),
            recent.stored.at(0.99),
            cores(used.gateway, self.last.gateway),
            cores(used.postgres, self.last.postgres),
            used.gateway_kib().map(|kib| kib / MIB),
        ];
        for ((_, _, points), value) in self.series.iter_mut().zip(values) {
            points.extend(value.map(|value| (hour, value)));
        }
        if self.told.elapsed() >= Duration::from_secs(1) {
            live::moment(&live::Moment {
                phase: "day",
                passed_s: passed.as_secs_f64(),
                whole_s: Some(length.as_secs_f64()),
                what: "visitors",
                per_s: rate(0),
                p99_ms: recent.welcome.at(0.99),
                stored_p99_ms: None,
                under_way: there,
            });
            self.told = Instant::now();
        }
        (self.last, self.counted) = (used, counted);
        Ok(())
    }
}
