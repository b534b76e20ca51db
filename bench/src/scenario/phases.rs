//! Warm-up, measuring, drain: waits through them, tells how it goes, and takes what the processes use while measuring.

use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use super::sockets::Sockets;
use crate::process::{Process, Usage};
use crate::record::Recorder;
use crate::schedule::Schedule;

/// How often progress is told.
const GLANCE_EVERY: Duration = Duration::from_secs(1);
/// How often is looked whether everything has arrived.
const SETTLE_EVERY: Duration = Duration::from_millis(50);

/// What is waited through, and watched meanwhile.
pub(super) struct Phases<'a> {
    /// When messages are due.
    pub(super) schedule: Schedule,
    /// When the schedule begins.
    pub(super) start: Instant,
    /// The longest that is waited for what is under way at the end.
    pub(super) drain: Duration,
    /// Where everything is noted.
    pub(super) recorder: &'a Recorder,
    /// This process.
    pub(super) own: &'a Process,
    /// The gateway's, when it was named.
    pub(super) gateway: Option<&'a Process>,
}

/// What was seen from outside.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// How long was measured: all of the phase, unless a socket failed.
    pub(crate) time: Duration,
    /// What the generator used in that time.
    pub(crate) own: Option<Spent>,
    /// What the gateway used.
    pub(crate) gateway: Option<Spent>,
    /// Why the run was ended early.
    pub(crate) failure: Option<String>,
}

/// What a process used between two moments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    /// CPU time.
    pub(crate) cpu: Duration,
    /// Resident memory at the end, in KiB.
    pub(crate) rss_kib: u64,
    /// The most that it ever was, in KiB.
    pub(crate) peak_kib: u64,
}

impl Phases<'_> {
    /// Waits through all phases, or until a socket fails.
    pub(super) async fn go_through(&self, sockets: &mut Sockets) -> Measured {
        let mut measured = Measured::default();
        measured.failure = self.measure(sockets, &mut measured).await.err();
        measured
    }

    async fn measure(&self, sockets: &mut Sockets, measured: &mut Measured) -> Result<(), String> {
        let (begin, end) = (self.start + self.schedule.warmup, self.start + self.schedule.end());
        self.wait(sockets, "warm-up", self.start, begin).await?;
        let before = (self.own.usage()?, self.gateway.map(Process::usage).transpose()?);
        let waited = self.wait(sockets, "measure", begin, end).await;
        measured.time = Instant::now().saturating_duration_since(begin).min(self.schedule.measure);
        measured.own = Some(spent(before.0, self.own.usage()?));
        let gateway = self.gateway.map(Process::usage).transpose();
        waited?;
        measured.gateway = before.1.zip(gateway?).map(|(before, after)| spent(before, after));
        self.settle(sockets, end + self.drain).await
    }

    /// Waits until `end` and tells each second how it goes.
    async fn wait(&self, sockets: &mut Sockets, phase: &str, begin: Instant, end: Instant) -> Result<(), String> {
        let mut last = begin;
        while last < end {
            let next = (last + GLANCE_EVERY).min(end);
            tokio::select! {
                () = sleep_until(next.into()) => {}
                failure = sockets.failed() => return Err(failure),
            }
            let glance = self.recorder.with(|record| record.glance());
            let rate = glance.routed as f64 / Instant::now().saturating_duration_since(last).as_secs_f64().max(1e-3);
            let p99 = glance.p99_ms.map_or_else(|| "–".into(), |p99| format!("{p99:.2}"));
            let (passed, whole) = ((next - begin).as_secs(), (end - begin).as_secs());
            eprintln!(
                "{phase:<8} {passed:>4}/{whole} s   {rate:>9.0}/s routed   p99 {p99:>9} ms   {:>7} under way",
                glance.under_way
            );
            last = next;
        }
        Ok(())
    }

    /// Waits until everything has arrived, at most until `end`.
    async fn settle(&self, sockets: &mut Sockets, end: Instant) -> Result<(), String> {
        while !self.recorder.with(|record| record.settled()) && Instant::now() < end {
            let next = (Instant::now() + SETTLE_EVERY).min(end);
            tokio::select! {
                () = sleep_until(next.into()) => {}
                failure = sockets.failed() => return Err(failure),
            }
        }
        let left = self.recorder.with(|record| record.under_way());
        eprintln!("drain    {left} under way at its end");
        Ok(())
    }
}

fn spent(before: Usage, after: Usage) -> Spent {
    Spent { cpu: after.cpu.saturating_sub(before.cpu), rss_kib: after.rss_kib, peak_kib: after.peak_kib }
}
