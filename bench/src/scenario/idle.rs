//! Visitors who look around and say nothing: what memory a gateway needs for each, and for itself.

use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::rate;
use crate::arrive::{Crowd, Departed, Door, LOOK, Plan};
use crate::report::{Document, Phase, goal, live};
use crate::stage::watch::Used;
use crate::stage::{Stage, StageArgs, StageOptions};

/// Most visitors: a process may hold 20,000 descriptors, and the gateway needs some for Postgres.
const CLIENTS_MOST: i64 = 19_500;
/// After the first hello, before the gateway's own memory is read: what a hello leaves to be done is done by then.
const FIRST_SETTLE: Duration = Duration::from_secs(2);
/// How long, after the last was due, to wait for a welcome.
const DRAIN: Duration = Duration::from_secs(120);
/// Most that are on their way at once: how fast they come is not what is measured.
const TOGETHER: u64 = 100;
/// With fewer sockets, what a gateway does once weighs more than they do.
const FEW: f64 = 200.0;
/// A mebibyte, in KiB.
const MIB: f64 = 1024.0;

/// What `--help` says of it.
pub(super) const LONG_ABOUT: &str = "\
Visitors who look around and say nothing: what memory a gateway needs for each, and for itself.

A fresh gateway serves one hello, and its resident memory is read. Then --clients visitors come, --rate a second: each \
connects, says hello with the page that they are on, is welcomed, and stays, answering the gateway's pings. When \
--settle seconds have passed the memory is read again: the difference, by the number of sockets, is what a session costs, \
with everything that the gateway keeps for it.

The run fails when somebody is not welcomed or a socket is closed.";

/// The scenario's options.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Idle {
    /// Visitors.
    #[arg(long, default_value_t = 19_500, value_parser = clap::value_parser!(u32).range(1..=CLIENTS_MOST), value_name = "COUNT")]
    clients: u32,

    /// Visitors who come in a second, at most: a gateway that takes longer is waited for.
    #[arg(long, default_value_t = 1000.0, value_parser = rate, value_name = "PER_SECOND")]
    rate: f64,

    /// Seconds between the last welcome and the reading: the default is two of the gateway's pings, unless it was told
    /// to ping otherwise.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(0..=3_600), value_name = "SECONDS")]
    settle: u32,

    /// Threads that serve the generator's sockets.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64), value_name = "COUNT")]
    threads: u16,

    #[command(flatten)]
    #[serde(flatten)]
    stage: StageArgs,
}

/// The gateway's memory, as it was seen.
#[derive(Default)]
struct Seen {
    /// In KiB.
    over_sockets: Vec<(f64, f64)>,
    /// In MiB.
    over_time: Vec<(f64, f64)>,
}

impl Idle {
    /// Runs it.
    ///
    /// # Errors
    /// It could not begin, or the gateway ended.
    pub(crate) async fn run(&self) -> Result<Document, String> {
        if self.stage.addr.is_some() && self.stage.gateway_pid.is_none() {
            return Err("--gateway-pid is needed with --addr: the gateway's memory is what is measured".into());
        }
        Stage::with(&self.stage, &StageOptions::default(), async |stage| self.on(stage).await).await
    }

    async fn on(&self, stage: &Stage) -> Result<Document, String> {
        let title = format!("{} idle visitors", self.clients);
        let mut document = Document::new("idle", title, self)?;
        stage.describe(&mut document).await?;
        let key = stage.quiet_organization().await?;
        let door = Door::new(stage.target, &key);
        let fresh = self.first_hello(stage, &door, &mut document).await?;
        let Some(fresh_kib) = fresh.gateway_kib() else { return Err("the gateway's memory is not known".into()) };

        live::say(&format!("{} visitors come, {} a second", self.clients, self.rate));
        let begin = Instant::now();
        let mut seen = Seen::default();
        let plan = self.plan(begin, self.clients.into(), true);
        let crowd = Crowd::come(&door, plan, self.threads)?;
        crowd.all_here("come", |crowd| seen.look(stage, begin, crowd)).await?;
        let here = stage.used()?;
        live::say(&format!("{} are here; {} s until the memory is read", crowd.welcomed(), self.settle));
        let until = Instant::now() + Duration::from_secs(self.settle.into());
        while Instant::now() < until {
            tokio::time::sleep(LOOK.min(until.saturating_duration_since(Instant::now()))).await;
            seen.look(stage, begin, &crowd)?;
        }
        let settled = stage.used()?;
        let settled_kib = settled.gateway_kib().unwrap_or_default();
        let sockets = crowd.welcomed();
        let Departed { arrived, busy } = crowd.leave().await?;

        let session_kib = (settled_kib - fresh_kib) / sockets.max(1) as f64;
        let arriving = Phase::new("come", here.at.saturating_duration_since(begin))
            .rate("welcomed", arrived.welcomed)
            .count("welcomed", arrived.welcomed)
            .check("visitors", &serde_json::json!({ "failed": arrived.failed, "lost": arrived.lost }))
            .figure("generator_busy", busy, "of a thread");
        document.push(here.since(&fresh, stage, arriving, Some(arrived.welcomed)));
        let idle = Phase::new("stay", settled.at.saturating_duration_since(here.at))
            .count("sockets", sockets)
            .figure("session", session_kib, "KiB of RSS")
            .figure("fresh_gateway", fresh_kib / MIB, "MiB of RSS")
            .figure("gateway", settled_kib / MIB, "MiB of RSS")
            .series_over("memory per session", "KiB", "sockets", seen.per_session(fresh_kib))
            .series("gateway's memory", "MiB", seen.over_time);
        document.push(settled.since(&here, stage, idle, None));
        arrived.failures.iter().for_each(|why| document.fail(why.clone()));
        let differs =
            (i64::from(self.clients) < CLIENTS_MOST).then(|| format!("{} sessions, not {CLIENTS_MOST}", self.clients));
        document.goal_under(&goal::IDLE_SESSION_KIB, Some(session_kib), differs);
        document.goal(&goal::GATEWAY_IDLE_MIB, fresh_kib / MIB);
        Ok(document)
    }

    /// The gateway serves its first visitor. Returns what it has used when that is done.
    async fn first_hello(&self, stage: &Stage, door: &Door, document: &mut Document) -> Result<Used, String> {
        let crowd = Crowd::come(door, self.plan(Instant::now(), 1, false), 1)?;
        let arrived = crowd.leave().await?.arrived;
        arrived.failures.iter().for_each(|why| document.fail(format!("the first hello: {why}")));
        tokio::time::sleep(FIRST_SETTLE).await;
        stage.used()
    }

    fn plan(&self, begin: Instant, count: u64, stay: bool) -> Plan {
        Plan { begin, rate: self.rate, count, warmup: Duration::ZERO, drain: DRAIN, together: TOGETHER, stay }
    }
}

impl Seen {
    /// What each session had cost when there were so many.
    fn per_session(&self, fresh_kib: f64) -> Vec<(f64, f64)> {
        let points = self.over_sockets.iter().filter(|(sockets, _)| *sockets >= FEW);
        points.map(|(sockets, kib)| (*sockets, (kib - fresh_kib) / sockets)).collect()
    }

    fn look(&mut self, stage: &Stage, begin: Instant, crowd: &Crowd) -> Result<(), String> {
        let used = stage.used()?;
        let mib = used.gateway_kib().unwrap_or_default() / MIB;
        let sockets = crowd.welcomed() as f64;
        if self.over_sockets.last().is_none_or(|(last, _)| *last < sockets) {
            self.over_sockets.push((sockets, mib * MIB));
        }
        self.over_time.push((used.at.saturating_duration_since(begin).as_secs_f64(), mib));
        Ok(())
    }
}
