//! A stretch of load with what the processes used meanwhile, as a phase of a report.

use std::time::{Duration, Instant};

use super::crew::{Crew, Progress, Watch};
use super::{Dialect, Stretch, Tally};
use crate::process::Usage;
use crate::report::{Phase, Role, live};

/// Share of typing frames that may be merged: above it, what arrives is too far from what was sent. A machine that stands
/// still for 20 ms, as virtual ones do now and then, merges those that came meanwhile.
pub(super) const MERGED_SHARE: f64 = 0.05;

/// What a process has used so far.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// Its part.
    pub(crate) role: Role,
    /// Its command.
    pub(crate) name: String,
    /// What it has used.
    pub(crate) usage: Usage,
}

/// Looks at the processes that take part; those that are gone are left out.
pub(crate) type Looks<'a> = &'a (dyn Fn() -> Vec<Look> + Send + Sync);

/// What was measured.
#[derive(Debug)]
pub(crate) struct Measured {
    /// As it is reported.
    pub(crate) phase: Phase,
    /// What came of the messages.
    pub(crate) tally: Tally,
    /// What may not be, and is no check of the phase's, each in a sentence.
    pub(crate) failures: Vec<String>,
}

/// Loads a server for a stretch, and looks at the processes when measuring begins and ends. Tells each second how it goes.
///
/// # Errors
/// A socket was lost, or the generator could not go on.
pub(crate) async fn measure<D: Dialect>(
    crew: &mut Crew<D>,
    name: &str,
    stretch: Stretch,
    max_late_ms: f64,
    looks: Looks<'_>,
) -> Result<Measured, String> {
    let mut meter = Meter::new(name, stretch, looks);
    let tally = crew.stretch(stretch, &mut meter).await?;
    let phase = meter.phase(name, &tally);
    Ok(Measured { phase, failures: failures(name, &tally, max_late_ms), tally })
}

/// Looks on.
struct Meter<'a> {
    name: &'a str,
    stretch: Stretch,
    looks: Looks<'a>,
    begun: Option<(Instant, Vec<Look>)>,
    ended: Option<(Instant, Vec<Look>)>,
    rates: Vec<(f64, f64)>,
    p99s: Vec<(f64, f64)>,
    stored_p99s: Vec<(f64, f64)>,
}

impl<'a> Meter<'a> {
    fn new(name: &'a str, stretch: Stretch, looks: Looks<'a>) -> Self {
        Self {
            name,
            stretch,
            looks,
            begun: None,
            ended: None,
            rates: Vec::new(),
            p99s: Vec::new(),
            stored_p99s: Vec::new(),
        }
    }

    fn phase(self, name: &str, tally: &Tally) -> Phase {
        let (begun, before) = self.begun.unwrap_or_else(|| (Instant::now(), Vec::new()));
        let (ended, after) = self.ended.unwrap_or_else(|| (Instant::now(), Vec::new()));
        let mut phase = Phase::new(name, ended.saturating_duration_since(begun))
            .offered(self.stretch.rate)
            .rate("routed", tally.routed_while_measuring)
            .latency("routed", &tally.routed)
            .latency("late", &tally.late)
            .count("scheduled", tally.scheduled)
            .count("sent", tally.sent)
            .count("routed", tally.arrived)
            .check("routed", &tally.routed_faults)
            .check("refused", &tally.refused)
            .check("generator", &serde_json::json!({ "unsent": tally.scheduled.saturating_sub(tally.sent) }))
            .figure("generator_busy", tally.busy, "of its busiest thread's time")
            .series("routed", "messages/s", self.rates)
            .series("p99", "ms", self.p99s);
        if tally.merges {
            phase = phase.count("merged", tally.merged);
        }
        if tally.acknowledges {
            phase = phase
                .rate("stored", tally.stored_while_measuring)
                .latency("stored", &tally.stored)
                .count("stored", tally.acknowledged)
                .check("stored", &tally.stored_faults)
                .series("p99 of stored", "ms", self.stored_p99s);
        }
        if tally.tells {
            phase = phase.check("stored_at_others", &tally.told_faults);
        }
        for (what, count) in &tally.beside {
            phase = phase.count(what, *count);
        }
        let done = if tally.acknowledges { tally.stored_while_measuring } else { tally.routed_while_measuring };
        for look in after {
            let same = |one: &&Look| one.role == look.role && one.name == look.name;
            if let Some(begin) = before.iter().find(same) {
                phase = phase.process(look.role, look.name, begin.usage, look.usage, Some(done));
            }
        }
        phase
    }
}

impl Watch for Meter<'_> {
    fn begins(&mut self) {
        self.begun = Some((Instant::now(), (self.looks)()));
    }

    fn ends(&mut self) {
        self.ended = Some((Instant::now(), (self.looks)()));
    }

    fn progress(&mut self, progress: &Progress) {
        let (passed, p99) = (progress.elapsed.as_secs_f64(), progress.recent.at(0.99));
        live::moment(&live::Moment {
            phase: self.name,
            passed_s: passed,
            whole_s: Some((self.stretch.warmup + self.stretch.measure).as_secs_f64()),
            what: "routed",
            per_s: progress.per_second,
            p99_ms: p99,
            stored_p99_ms: progress.stored.at(0.99),
            under_way: progress.under_way,
        });
        let measured = passed - self.stretch.warmup.as_secs_f64();
        if measured > 0.0 && progress.elapsed <= self.stretch.warmup + self.stretch.measure + Duration::from_millis(500)
        {
            self.rates.push((measured, progress.per_second));
            self.p99s.extend(p99.map(|p99| (measured, p99)));
            self.stored_p99s.extend(progress.stored.at(0.99).map(|p99| (measured, p99)));
        }
    }
}

/// What may not be and is not among the counts that a phase checks.
fn failures(name: &str, tally: &Tally, max_late_ms: f64) -> Vec<String> {
    let mut failures = Vec::new();
    let late = tally.late.at(0.99).unwrap_or_default();
    if late > max_late_ms {
        failures.push(format!(
            "{name}: the generator was the bottleneck: it sent 1 in 100 messages {late} ms late or later (bound \
             {max_late_ms} ms), so the latencies are its own: lower --rate, give it more --threads, or leave it more of \
             the cores"
        ));
    }
    let merged = tally.merged as f64 / tally.sent.max(1) as f64;
    if merged > MERGED_SHARE {
        failures.push(format!(
            "{name}: {:.1}% of the typing frames were merged (bound {}%): they waited for a socket too long, or came in \
             bursts",
            merged * 100.0,
            MERGED_SHARE * 100.0
        ));
    }
    failures
}
