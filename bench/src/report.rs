//! What a run came to: the verdict, the JSON document (`README.md` names its fields) and the table.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::machine::{Machine, Versions};
use crate::record::{Faults, Quantiles, Tally};
use crate::scenario::{Measured, Spent};
use crate::schedule::Schedule;

pub(crate) mod document;
pub(crate) mod goal;
pub(crate) mod live;
pub(crate) mod phase;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use document::Document;
pub(crate) use phase::{Phase, Role};

/// Names the document's form; the number grows when a field changes its meaning or goes.
pub(crate) const SCHEMA: &str = "chatdesk-bench/1";
/// Share of typing frames that may be merged: above it, what arrives is too far from what was sent.
const MERGED_SHARE: f64 = 0.01;

/// Everything that a report is made from.
#[derive(Debug)]
pub(crate) struct Run {
    /// The scenario's name.
    pub(crate) scenario: &'static str,
    /// The run in one line.
    pub(crate) title: String,
    /// The scenario's options.
    pub(crate) settings: serde_json::Value,
    /// What was written, if messages were.
    pub(crate) text: Option<String>,
    /// When messages were due.
    pub(crate) schedule: Schedule,
    /// How late the generator may be, in milliseconds.
    pub(crate) max_late_ms: f64,
    /// What happened to the messages.
    pub(crate) tally: Tally,
    /// What the processes used.
    pub(crate) measured: Measured,
    /// The gateway's command, when its process was named.
    pub(crate) gateway_name: Option<String>,
}

/// A run's report.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    schema: &'static str,
    scenario: &'static str,
    /// When the run ended, in milliseconds since 1970.
    at_ms: u64,
    /// Whether nothing failed.
    holds: bool,
    /// What failed, each in a sentence.
    pub(crate) failures: Vec<String>,
    #[serde(skip)]
    title: String,
    settings: serde_json::Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    machine: Machine,
    versions: Versions,
    rates: Rates,
    latency: Latencies,
    counts: Counts,
    checks: Checks,
    #[serde(skip_serializing_if = "Option::is_none")]
    generator: Option<Process>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway: Option<Process>,
}

/// Messages a second while measuring.
#[derive(Clone, Copy, Debug, Serialize)]
struct Rates {
    measured_s: f64,
    offered_per_s: f64,
    routed_per_s: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_per_s: Option<f64>,
}

/// From the intended time, for messages that were due while measuring.
#[derive(Clone, Copy, Debug, Serialize)]
struct Latencies {
    routed: Quantiles,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored: Option<Quantiles>,
    late: Quantiles,
}

/// Messages of all phases.
#[derive(Clone, Copy, Debug, Serialize)]
struct Counts {
    scheduled: u64,
    sent: u64,
    routed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored: Option<u64>,
    merged: u64,
}

/// What may not happen, in messages of all phases.
#[derive(Clone, Debug, Serialize)]
struct Checks {
    routed: Faults,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored: Option<Faults>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_at_agent: Option<Faults>,
    refused: BTreeMap<&'static str, u64>,
}

/// What a process used while measuring.
#[derive(Clone, Debug, Serialize)]
struct Process {
    name: String,
    /// CPU time by wall time: 1 is one core, wholly.
    cores: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_us_per_message: Option<f64>,
    rss_kib: u64,
    rss_peak_kib: u64,
}

impl Report {
    /// Judges a run.
    pub(crate) fn of(run: Run) -> Self {
        let failures = failures(&run);
        let Run { tally, measured, schedule, .. } = run;
        let seconds = measured.time.as_secs_f64();
        let per_second = |count: u64| if seconds > 0.0 { hundredths(count as f64 / seconds) } else { 0.0 };
        let is_text = tally.stored.is_some();
        let process = |name: String, spent: Spent| Process {
            name,
            cores: if seconds > 0.0 { hundredths(spent.cpu.as_secs_f64() / seconds) } else { 0.0 },
            cpu_us_per_message: (tally.routed_while_measuring > 0)
                .then(|| hundredths(spent.cpu.as_secs_f64() * 1e6 / tally.routed_while_measuring as f64)),
            rss_kib: spent.rss_kib,
            rss_peak_kib: spent.peak_kib,
        };
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            schema: SCHEMA,
            scenario: run.scenario,
            at_ms: u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX),
            holds: failures.is_empty(),
            failures,
            title: run.title,
            settings: run.settings,
            text: run.text,
            machine: Machine::here(),
            versions: Versions::here(),
            rates: Rates {
                measured_s: hundredths(seconds),
                offered_per_s: schedule.rate,
                routed_per_s: per_second(tally.routed_while_measuring),
                stored_per_s: is_text.then(|| per_second(tally.stored_while_measuring)),
            },
            latency: Latencies { routed: tally.routed, stored: tally.stored, late: tally.late },
            counts: Counts {
                scheduled: schedule.total(),
                sent: tally.sent,
                routed: tally.arrived,
                stored: is_text.then_some(tally.acknowledged),
                merged: tally.merged,
            },
            generator: measured.own.map(|spent| process("chatdesk-bench".into(), spent)),
            gateway: run.gateway_name.zip(measured.gateway).map(|(name, spent)| process(name, spent)),
            checks: Checks {
                routed: tally.routed_faults,
                stored: is_text.then_some(tally.stored_faults),
                stored_at_agent: is_text.then_some(tally.stored_at_agent_faults),
                refused: tally.refused,
            },
        }
    }
}

fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// Everything that may not be, each in a sentence.
fn failures(run: &Run) -> Vec<String> {
    let Run { tally, schedule, max_late_ms, .. } = run;
    let mut failures: Vec<String> = run.measured.failure.iter().map(|why| format!("ended early: {why}")).collect();
    // Before all others: it may be their cause.
    if tally.late.p99_ms > *max_late_ms {
        failures.push(format!(
            "the generator was the bottleneck: it sent 1 in 100 messages {} ms late or later (bound {max_late_ms} ms), \
             so the latencies are its own: lower --rate, give it more --threads, or leave it more of the cores",
            tally.late.p99_ms
        ));
    }
    for (place, faults) in [
        ("on the way to the agent", tally.routed_faults),
        ("stored, as the sender was told", tally.stored_faults),
        ("stored, as the agent was told", tally.stored_at_agent_faults),
    ] {
        for (what, count) in faults.counts().into_iter().filter(|(_, count)| *count > 0) {
            failures.push(format!("{place}: {count} {what}"));
        }
    }
    for (code, count) in &tally.refused {
        let hint = match *code {
            "rate_limited" => {
                ": one socket sends more than the gateway lets it (CHATDESK_FRAME_RATE); use more --pairs"
            }
            "unavailable" => ": too much waits for Postgres",
            _ => "",
        };
        failures.push(format!("the gateway refused {count} with {code}{hint}"));
    }
    let merged_share = tally.merged as f64 / tally.sent.max(1) as f64;
    if merged_share > MERGED_SHARE {
        failures.push(format!(
            "{:.1}% of the typing frames were merged (bound {}%): they waited for a socket too long, or came in bursts",
            merged_share * 100.0,
            MERGED_SHARE * 100.0
        ));
    }
    let unsent = schedule.total().saturating_sub(tally.sent);
    if unsent > 0 {
        failures.push(format!("{unsent} of {} messages were never sent", schedule.total()));
    }
    failures
}
