//! What a run came to: the verdict, the JSON document (`README.md` names its fields) and the table.

use crate::record::Tally;
use crate::scenario::Measured;
use crate::schedule::Schedule;

pub(crate) mod document;
pub(crate) mod goal;
pub(crate) mod hgrm;
pub(crate) mod live;
pub(crate) mod phase;
mod table;
mod versus;

pub(crate) use document::Document;
pub(crate) use phase::{Phase, Role};

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
}

/// Judges a run.
///
/// # Errors
/// The settings cannot be told.
pub(crate) fn judged(run: Run) -> Result<Document, String> {
    let mut document = Document::new(run.scenario, run.title.clone(), &run.settings)?;
    document.text.clone_from(&run.text);
    failures(&run).into_iter().for_each(|why| document.fail(why));
    let Run { tally, measured, schedule, .. } = run;
    let mut phase = Phase::new("measure", measured.time)
        .offered(schedule.rate)
        .rate("routed", tally.routed_while_measuring)
        .count("scheduled", schedule.total())
        .count("sent", tally.sent)
        .count("routed", tally.arrived)
        .count("merged", tally.merged);
    if tally.stored.is_some() {
        phase = phase.rate("stored", tally.stored_while_measuring).count("stored", tally.acknowledged);
    }
    for (what, quantiles) in [("routed", Some(tally.routed)), ("stored", tally.stored), ("late", Some(tally.late))] {
        if let Some(quantiles) = quantiles {
            phase.latency.insert(what.into(), phase::Took { quantiles, curve: Vec::new() });
        }
    }
    document.phases.push(phase);
    Ok(document)
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
