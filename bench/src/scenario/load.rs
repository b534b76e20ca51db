//! How much, how long, and on how many threads: options that all scenarios with conversations share.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::{millis, rate};
use crate::process::Process;
use crate::report::Role;
use crate::stage::Stage;
use crate::talk::{Look, Search, Stretch};

/// The longest that is waited after a probe: what a server has queued up then is worked off before the next.
const PROBE_DRAIN: Duration = Duration::from_secs(20);
/// The latency that 99 of 100 messages of a probe have to keep, in milliseconds.
const PROBE_P99_MS: f64 = 100.0;
/// Before a probe is measured.
const PROBE_WARMUP: Duration = Duration::from_secs(1);
/// How many probes' time the rate that was found is measured for.
const CONFIRM_PROBES: u32 = 3;

/// How much, and how long.
#[derive(Args, Clone, Debug, Serialize)]
#[command(next_help_heading = "The load")]
pub(crate) struct Load {
    /// Messages a second, of all senders together, evenly spaced.
    #[arg(long, default_value_t = 1000.0, value_parser = rate, value_name = "PER_SECOND")]
    pub(crate) rate: f64,

    /// Seconds of load before measuring.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=3_600), value_name = "SECONDS")]
    pub(crate) warmup: u32,

    /// Seconds of measuring.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=86_400), value_name = "SECONDS")]
    pub(crate) duration: u32,

    /// Seconds to wait, after the last message, for all to arrive and be stored; what has not by then is missing.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600), value_name = "SECONDS")]
    pub(crate) drain: u32,

    /// The run fails when more than 1 in 100 messages was handed to its socket later than this after its intended time:
    /// then the generator was the bottleneck, and the latencies are its own.
    #[arg(long, default_value_t = 5.0, value_parser = millis, value_name = "MILLISECONDS")]
    pub(crate) max_late_ms: f64,

    /// Threads that serve the generator's sockets.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64), value_name = "COUNT")]
    pub(crate) threads: u16,

    /// Seconds that each probe of a capacity search measures.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=600), value_name = "SECONDS")]
    pub(crate) probe_seconds: u32,
}

/// In how many processes the generator is.
#[derive(Args, Clone, Copy, Debug, Serialize)]
#[command(next_help_heading = "The load")]
pub(crate) struct Workers {
    /// Processes that serve the generator's sockets, with one thread each: more than one for more sockets than a process may
    /// hold.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64), value_name = "COUNT", conflicts_with = "threads")]
    pub(crate) processes: u16,
}

impl Load {
    /// The stretch that it asks for.
    pub(crate) fn stretch(&self) -> Stretch {
        self.stretch_at(self.rate)
    }

    /// The same at another rate.
    pub(crate) fn stretch_at(&self, rate: f64) -> Stretch {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        Stretch { rate, warmup: seconds(self.warmup), measure: seconds(self.duration), drain: seconds(self.drain) }
    }

    /// The search for the highest rate, beginning at `from` messages a second.
    pub(crate) fn search(&self, from: f64) -> Search {
        let probe = Duration::from_secs(self.probe_seconds.into());
        Search {
            from,
            warmup: PROBE_WARMUP,
            probe,
            confirm: probe * CONFIRM_PROBES,
            drain: PROBE_DRAIN,
            p99_ms: PROBE_P99_MS,
            max_late_ms: self.max_late_ms,
        }
    }
}

/// What a stage's processes have used, and this program.
pub(crate) fn looks(stage: &Stage) -> Vec<Look> {
    // A gateway that is gone shows by its sockets.
    let Ok(used) = stage.used() else { return Vec::new() };
    let gateway = stage.gateway.as_ref().map_or("gateway", |gateway: &Process| gateway.name.as_str());
    let roles = [
        (Role::Gateway, gateway, used.gateway),
        (Role::Postgres, "postgres", used.postgres),
        (Role::Generator, "chatdesk-bench", used.own),
    ];
    let look = |(role, name, usage): (Role, &str, _)| Some(Look { role, name: name.to_owned(), usage: usage? });
    roles.into_iter().filter_map(look).collect()
}

/// The same with a generator that has workers: they count as one process with it.
pub(crate) fn looks_with(stage: &Stage, workers: &[Process]) -> Vec<Look> {
    let mut looks = looks(stage);
    if let Some(own) = looks.iter_mut().find(|look| look.role == Role::Generator) {
        for usage in workers.iter().filter_map(|worker| worker.usage().ok()) {
            own.usage.cpu += usage.cpu;
            own.usage.rss_kib += usage.rss_kib;
            own.usage.peak_kib += usage.peak_kib;
        }
    }
    looks
}

/// The processes with these numbers that there are.
pub(crate) fn processes(pids: &[u32]) -> Vec<Process> {
    pids.iter().filter_map(|pid| Process::find(*pid).ok()).collect()
}
