//! New visitors come in a storm: TCP, handshake, hello, welcome.

use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::{millis, rate};
use crate::arrive::{Crowd, Departed, Door, Plan};
use crate::report::{Document, Phase, goal, live};
use crate::stage::watch::Used;
use crate::stage::{Stage, StageArgs, StageOptions};
use crate::talk::search::{Limit, Verdict, narrow};

mod statements;

/// The rate at which a search for the highest begins.
const SEARCH_FROM: f64 = 2_000.0;
/// Before what is measured of each rate.
const WARMUP: Duration = Duration::from_secs(1);
/// How long the rate that was found is measured.
const CONFIRM: Duration = Duration::from_secs(10);
/// How long, after the last was due, to wait for a welcome.
const DRAIN: Duration = Duration::from_secs(20);
/// A rate holds when this share of those due were welcomed by the end, and 99 of 100 within so many milliseconds.
const DONE_SHARE: f64 = 0.99;
const P99_MS: f64 = 100.0;
/// What a rate that did not hold for long is divided by for the next try, and how often that may be.
const STEP_BACK: f64 = 1.05;
const CONFIRMATIONS: usize = 6;

/// What `--help` says of it.
pub(super) const LONG_ABOUT: &str = "\
New visitors come in a storm: TCP, handshake, hello with the page that they are on, welcome; then they leave.

An open loop: each is due at a time that is fixed beforehand, and latency counts from that. Without --rate the highest rate \
is searched that the gateway holds on one core: 99 of 100 welcomed by the end of the probe, and within 100 ms. Postgres and \
this program have the other cores.

Before that, visitors come one after the other to a second gateway whose line to Postgres is read along: how many \
statements each costs, and how many of those are for the widget's configuration. In the end the database must hold one \
session for each welcome.";

/// The scenario's options.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Connect {
    /// Visitors a second; without it the highest rate is searched.
    #[arg(long, value_parser = rate, value_name = "PER_SECOND")]
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<f64>,

    /// With --rate: how many visitors come while it is measured.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..), value_name = "COUNT")]
    clients: u32,

    /// Seconds that each rate of the search is tried for.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=600), value_name = "SECONDS")]
    probe_seconds: u32,

    /// Visitors whose statements are counted, one after the other; 0: none are.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=10_000), value_name = "COUNT")]
    counted: u32,

    /// The run fails when more than 1 in 100 visitors connected later than this after their intended time: then the
    /// generator was the bottleneck. In a search such a rate does not hold.
    #[arg(long, default_value_t = 5.0, value_parser = millis, value_name = "MILLISECONDS")]
    max_late_ms: f64,

    /// Threads that serve the generator's sockets.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64), value_name = "COUNT")]
    threads: u16,

    #[command(flatten)]
    #[serde(flatten)]
    stage: StageArgs,
}

/// What came of one rate.
struct Storm {
    plan: Plan,
    measured: Duration,
    before: Used,
    after: Used,
    departed: Departed,
}

impl Connect {
    /// Runs it.
    ///
    /// # Errors
    /// It could not begin, or the gateway ended.
    pub(crate) async fn run(&self) -> Result<Document, String> {
        let options = StageOptions { apart: true, ..StageOptions::default() };
        Stage::with(&self.stage, &options, async |stage| self.on(stage).await).await
    }

    async fn on(&self, stage: &Stage) -> Result<Document, String> {
        let title = match self.rate {
            Some(rate) => format!("{} new visitors, {rate} a second", self.clients),
            None => "new visitors, as many as the gateway welcomes".into(),
        };
        let mut document = Document::new("connect", title, self)?;
        stage.describe(&mut document).await?;
        let door = Door::new(stage.target, &stage.quiet_organization().await?);
        let before = stage.rows("widget_sessions").await?;
        let mut welcomed = 0;
        if self.counted > 0 && stage.is_own() {
            welcomed += statements::count(stage, &door, self.counted, &mut document).await?;
        } else if self.counted > 0 {
            document.notes.push("statements were not counted: the gateway was running before".into());
        }
        let (storm, sum) = match self.rate {
            Some(rate) => {
                let measure = Duration::from_secs_f64(f64::from(self.clients) / rate);
                let storm = self.storm(stage, &door, "storm", rate, measure).await?;
                let sum = storm.departed.arrived.welcomed;
                (storm, sum)
            }
            None => self.search(stage, &door, &mut document).await?,
        };
        welcomed += sum;
        let value = storm.departed.arrived.welcomed_in_time as f64 / storm.measured.as_secs_f64();
        self.judge_late(&storm, &mut document);
        let differs = (!stage.is_own()).then(|| "the gateway's cores are not known".to_owned());
        document.goal_under(&goal::CONNECT_RATE, Some(value), differs);
        document.push(storm.phase(stage));
        storm.departed.arrived.failures.iter().for_each(|why| document.fail(why.clone()));
        if let (Some(before), Some(after)) = (before, stage.rows("widget_sessions").await?)
            && after - before != welcomed
        {
            document.fail(format!("{welcomed} were welcomed, and the database holds {} sessions", after - before));
        }
        Ok(document)
    }

    fn judge_late(&self, storm: &Storm, document: &mut Document) {
        let late = storm.departed.arrived.late.at(0.99).unwrap_or_default();
        if late > self.max_late_ms {
            document.fail(format!(
                "the generator was the bottleneck: 1 in 100 visitors connected {late} ms late or later (bound {} ms)",
                self.max_late_ms
            ));
        }
    }

    /// The highest rate that holds, measured for longer; and how many were welcomed in all.
    async fn search(&self, stage: &Stage, door: &Door, document: &mut Document) -> Result<(Storm, u64), String> {
        let mut sum = 0;
        let probe = Duration::from_secs(self.probe_seconds.into());
        let mut found = narrow(SEARCH_FROM, async |rate| {
            let storm = self.storm(stage, door, &format!("{rate:.0}/s?"), rate, probe).await?;
            sum += storm.departed.arrived.welcomed;
            let verdict = self.judge(&storm);
            match &verdict {
                Verdict::Holds => live::say(&format!("{rate:.0} a second hold")),
                Verdict::Fails(_, why) => live::say(&format!("{rate:.0} a second do not hold: {why}")),
            }
            Ok(verdict)
        })
        .await?;
        for _ in 0..CONFIRMATIONS {
            if found.rate <= 0.0 {
                break;
            }
            let storm = self.storm(stage, door, "capacity", found.rate, CONFIRM).await?;
            sum += storm.departed.arrived.welcomed;
            match self.judge(&storm) {
                Verdict::Holds => {
                    document.notes.push(format!(
                        "{:.0} a second hold ({}: beyond that, {})",
                        found.rate,
                        found.limit.words(),
                        found.why
                    ));
                    return Ok((storm, sum));
                }
                Verdict::Fails(limit, why) => {
                    live::say(&format!("{:.0} a second do not hold for longer: {why}", found.rate));
                    (found.rate, found.limit, found.why) = (found.rate / STEP_BACK, limit, why);
                }
            }
        }
        Err(format!("no rate held: {}", found.why))
    }

    fn judge(&self, storm: &Storm) -> Verdict {
        let arrived = &storm.departed.arrived;
        let late = arrived.late.at(0.99).unwrap_or_default();
        if late > self.max_late_ms {
            return Verdict::Fails(Limit::Generator, format!("the generator connected 1 in 100 {late:.1} ms late"));
        }
        let due = storm.plan.rate * storm.measured.as_secs_f64();
        let done = arrived.welcomed_in_time as f64 / due;
        let p99 = arrived.welcome.at(0.99).unwrap_or_default();
        let why = if arrived.failed > 0 {
            let first = arrived.failures.first().map_or("", String::as_str);
            format!("{} failed: {first}", arrived.failed)
        } else if done < DONE_SHARE {
            format!("{:.1}% were welcomed in time", done * 100.0)
        } else if p99 > P99_MS {
            format!("p99 was {p99:.0} ms")
        } else {
            return Verdict::Holds;
        };
        Verdict::Fails(Limit::Server, why)
    }

    async fn storm(
        &self,
        stage: &Stage,
        door: &Door,
        name: &str,
        rate: f64,
        measure: Duration,
    ) -> Result<Storm, String> {
        let count = ((WARMUP + measure).as_secs_f64() * rate).round() as u64;
        let plan =
            Plan { begin: Instant::now(), rate, count, warmup: WARMUP, drain: DRAIN, together: u64::MAX, stay: false };
        let mut before = stage.used()?;
        let mut warm = false;
        let crowd = Crowd::come(door, plan, self.threads)?;
        let here = crowd.all_here(name, |_| {
            if !warm && plan.begin.elapsed() >= WARMUP {
                (before, warm) = (stage.used()?, true);
            }
            Ok(())
        });
        here.await?;
        let after = stage.used()?;
        let departed = crowd.leave().await?;
        Ok(Storm { plan, measured: measure, before, after, departed })
    }
}

impl Storm {
    fn phase(&self, stage: &Stage) -> Phase {
        let arrived = &self.departed.arrived;
        // Between the looks at what the processes had used, which are a little apart from when the first and last were due.
        let time = self.after.at.saturating_duration_since(self.before.at);
        let welcomed = (time.as_secs_f64() * self.plan.rate).round().min(arrived.welcomed as f64) as u64;
        let phase = Phase::new("storm", time)
            .offered(self.plan.rate)
            .rate_of("welcomed", arrived.welcomed_in_time as f64 / self.measured.as_secs_f64())
            .latency("welcome", &arrived.welcome)
            .latency("late", &arrived.late)
            .count("welcomed", arrived.welcomed)
            .check("visitors", &serde_json::json!({ "failed": arrived.failed }))
            .figure("generator_busy", self.departed.busy, "of a thread");
        self.after.since(&self.before, stage, phase, Some(welcomed))
    }
}
