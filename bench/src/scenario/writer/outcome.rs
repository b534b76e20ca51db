//! What a run of the writer came to: its phases, their medians, and goals.

use std::fmt::{Display, Formatter};
use std::time::Duration;

use super::Offer;
use super::through::Passed;
use crate::record::Latency;
use crate::report::{Document, Phase, goal};

/// What a phase measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Measure {
    /// The writer.
    Writer(Offer),
    /// The writer with as much as it takes, while words are made beside it.
    WriterAndWords,
    /// The words that were made then: entries a second.
    WordsBeside,
    /// Words alone, without anybody writing: entries a second.
    Words,
    /// Plain inserts of many rows, over so many connections.
    Unnest(usize),
    /// Inserts of one row each, over so many connections.
    Single(usize),
}

/// One measure of one round.
pub(super) struct Passage {
    pub(super) round: u32,
    pub(super) measure: Measure,
    pub(super) came_to: CameTo,
}

/// What it came to.
pub(super) struct CameTo {
    /// New rows a second.
    rows_per_s: f64,
    /// Of what went through the writer.
    passed: Option<Passed>,
}

impl From<Passed> for CameTo {
    fn from(passed: Passed) -> Self {
        Self { rows_per_s: passed.rows_per_s, passed: Some(passed) }
    }
}

impl From<f64> for CameTo {
    fn from(rows_per_s: f64) -> Self {
        Self { rows_per_s, passed: None }
    }
}

/// Puts phases, medians and goals into the document, and what failed. More than 1 in 100 messages handed in more than
/// `max_late_ms` late: then latencies are the generator's own.
///
/// # Errors
/// No histogram could be made.
pub(super) fn report(
    document: &mut Document,
    measured: Duration,
    passages: &[Passage],
    max_late_ms: f64,
) -> Result<(), String> {
    let mut measures: Vec<Measure> = Vec::new();
    for passage in passages {
        faults(passage, max_late_ms).into_iter().for_each(|fault| document.fail(fault));
        document.push(passage.phase(measured));
        if !measures.contains(&passage.measure) {
            measures.push(passage.measure);
        }
    }
    for measure in measures {
        document.push(summed_up(measure, measured, passages)?);
    }
    document.notes.push(
        "words: entries a second that are found by their words; with words made beside it, as in a gateway, the writer \
         shares the cores with them, and they may fall behind"
            .into(),
    );
    goals(document, passages);
    Ok(())
}

impl Passage {
    fn phase(&self, measured: Duration) -> Phase {
        let phase = Phase::new(self.measure.to_string(), measured).of_round(self.round);
        let phase = phase.rate_of("rows", self.came_to.rows_per_s.round());
        let Some(passed) = &self.came_to.passed else { return phase };
        let phase = if let Measure::Writer(Offer::Rate(rate)) = self.measure { phase.offered(rate) } else { phase };
        phase
            .latency("acknowledged", &passed.latency)
            .latency("late", &passed.late)
            .count("refused", passed.refused)
            .check("entries", &passed.broken)
    }
}

/// The median of a measure's rounds, and the latencies of all of them.
fn summed_up(measure: Measure, measured: Duration, passages: &[Passage]) -> Result<Phase, String> {
    let of = || passages.iter().filter(|passage| passage.measure == measure).map(|passage| &passage.came_to);
    let rows: Vec<f64> = of().map(|came_to| came_to.rows_per_s.round()).collect();
    let (worst, best) = (rows.iter().copied().fold(f64::INFINITY, f64::min), rows.iter().copied().fold(0.0, f64::max));
    let measured = measured.saturating_mul(u32::try_from(rows.len()).unwrap_or(u32::MAX));
    let mut phase = Phase::new(measure.to_string(), measured).rate_of("rows", median(rows).unwrap_or(0.0));
    phase = phase.figure("worst_round", worst, "rows a second").figure("best_round", best, "rows a second");
    let mut all = Latency::new()?;
    of().filter_map(|came_to| came_to.passed.as_ref()).for_each(|passed| all.merge(&passed.latency));
    Ok(phase.latency("acknowledged", &all))
}

/// What of a phase's outcome may not be, besides its checks.
fn faults(Passage { round, measure, came_to }: &Passage, max_late_ms: f64) -> Vec<String> {
    let Some(passed) = &came_to.passed else { return Vec::new() };
    let place = format!("{measure}, round {round}");
    let mut faults: Vec<String> = passed.failure.iter().map(|failure| format!("{place}: {failure}")).collect();
    // Without a rate a full writer is what is looked for: nothing is counted as refused.
    if passed.refused > 0 {
        faults.push(format!("{place}: the writer was full {} times", passed.refused));
    }
    if let Some(late) = passed.late.at(0.99).filter(|late| *late > max_late_ms) {
        faults.push(format!(
            "{place}: 1 in 100 messages was handed in {late} ms late or later (bound {max_late_ms} ms): latencies are the \
             generator's own"
        ));
    }
    faults
}

/// The goals that this run can tell of, held against the medians of its rounds.
fn goals(document: &mut Document, passages: &[Passage]) {
    let of = |round: u32, wanted: Measure| {
        passages.iter().find(|passage| passage.round == round && passage.measure == wanted).map(|found| &found.came_to)
    };
    let rows = |round, wanted| of(round, wanted).map(|came_to| came_to.rows_per_s);
    let most = Measure::Writer(Offer::Most);
    let rounds = 1..=passages.iter().map(|passage| passage.round).max().unwrap_or(0);
    let shares = rounds.clone().filter_map(|round| Some(rows(round, most)? / rows(round, Measure::Unnest(1))?));
    let acks = rounds.clone().filter_map(|round| {
        of(round, Measure::Writer(Offer::Rate(goal::CALM_RATE)))?.passed.as_ref()?.latency.at(0.99)
    });
    for (wanted, values) in [
        (&goal::WRITER_SHARE, shares.collect()),
        (&goal::WRITER_RATE, rounds.filter_map(|round| rows(round, most)).collect()),
        (&goal::WRITER_ACK_P99_MS, acks.collect()),
    ] {
        if let Some(value) = median(values) {
            document.goal(wanted, value);
        }
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

impl Display for Measure {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Writer(Offer::Rate(rate)) => write!(f, "writer {rate}/s"),
            Self::Writer(Offer::Most) => write!(f, "writer max"),
            Self::WriterAndWords => f.pad("writer max, words"),
            Self::WordsBeside => f.pad("words beside max"),
            Self::Words => f.pad("words alone"),
            Self::Unnest(connections) => write!(f, "unnest x{connections}"),
            Self::Single(connections) => write!(f, "single x{connections}"),
        }
    }
}
