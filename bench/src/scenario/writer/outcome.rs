//! What a run of the writer came to: phases, medians, goals, and what failed.

use std::fmt::{Display, Formatter};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

use super::Offer;
use super::ground::Server;
use super::ledger::Broken;
use super::through::Passed;
use crate::machine::{Machine, Versions};
use crate::record::Quantiles;
use crate::report::SCHEMA;

/// The least that the writer may do of what plain inserts do over as many connections.
const LEAST_SHARE: f64 = 0.5;
/// The least entries a second, at most.
const LEAST_ROWS: f64 = 20_000.0;
/// The rate at which acknowledgements are held to [`LONGEST_ACK_MS`].
const CALM_RATE: f64 = 5_000.0;
/// 99 of 100 acknowledgements have to come sooner, in milliseconds.
const LONGEST_ACK_MS: f64 = 10.0;
/// How late 1 in 100 messages may be handed in, in milliseconds: beyond that, latencies are the generator's own.
const LATEST_MS: f64 = 5.0;

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

/// One phase of one round.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Phase {
    pub(super) round: u32,
    #[serde(rename = "name")]
    pub(super) measure: Measure,
    #[serde(flatten)]
    pub(super) came_to: CameTo,
}

/// What a phase, or the median of several, came to.
#[derive(Clone, Debug, Serialize)]
pub(super) struct CameTo {
    /// New rows a second.
    rows_per_s: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<Quantiles>,
    /// How late messages were handed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    late: Option<Quantiles>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Broken>,
    #[serde(skip)]
    failure: Option<String>,
}

/// The median of a phase's rounds.
#[derive(Clone, Debug, Serialize)]
struct Median {
    name: Measure,
    rows_per_s: f64,
    /// Of the worst and the best round.
    rows_per_s_range: [f64; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    p50_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p99_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_ms: Option<f64>,
}

/// Something that is to be reached.
#[derive(Clone, Debug, Serialize)]
struct Goal {
    name: &'static str,
    goal: f64,
    value: f64,
    unit: &'static str,
    holds: bool,
}

/// The report.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct WriterReport {
    schema: &'static str,
    scenario: &'static str,
    /// When the run ended, in milliseconds since 1970.
    at_ms: u64,
    holds: bool,
    pub(crate) failures: Vec<String>,
    #[serde(skip)]
    title: String,
    settings: serde_json::Value,
    text: String,
    machine: Machine,
    versions: Versions,
    server: Server,
    goals: Vec<Goal>,
    medians: Vec<Median>,
    phases: Vec<Phase>,
}

impl From<Passed> for CameTo {
    fn from(passed: Passed) -> Self {
        Self {
            rows_per_s: passed.rows_per_s.round(),
            latency: Some(passed.latency),
            late: Some(passed.late),
            refused: Some(passed.refused),
            checks: Some(passed.broken),
            failure: passed.failure,
        }
    }
}

impl From<f64> for CameTo {
    fn from(rows_per_s: f64) -> Self {
        let rows_per_s = rows_per_s.round();
        Self { rows_per_s, latency: None, late: None, refused: None, checks: None, failure: None }
    }
}

impl WriterReport {
    /// Judges a run.
    pub(super) fn of(
        title: String,
        settings: serde_json::Value,
        text: String,
        server: Server,
        phases: Vec<Phase>,
    ) -> Self {
        let goals = goals(&phases);
        let failures: Vec<String> =
            phases.iter().flat_map(faults).chain(goals.iter().filter_map(Goal::missed)).collect();
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut names: Vec<Measure> = Vec::new();
        for phase in &phases {
            if !names.contains(&phase.measure) {
                names.push(phase.measure);
            }
        }
        Self {
            schema: SCHEMA,
            scenario: "writer",
            at_ms: u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX),
            holds: failures.is_empty(),
            failures,
            title,
            settings,
            text,
            machine: Machine::here(),
            versions: Versions::here(),
            server,
            goals,
            medians: names.into_iter().map(|name| Median::of(name, &phases)).collect(),
            phases,
        }
    }
}

/// What of a phase's outcome may not be.
fn faults(phase: &Phase) -> Vec<String> {
    let Phase { round, measure, came_to } = phase;
    let place = format!("round {round}, {measure}");
    let mut faults: Vec<String> = came_to.failure.iter().map(|failure| format!("{place}: {failure}")).collect();
    for (what, count) in came_to.checks.iter().flat_map(Broken::named) {
        faults.push(format!("{place}: {count} {what}"));
    }
    if let Some(refused) = came_to.refused.filter(|refused| *refused > 0) {
        faults.push(format!("{place}: the writer was full {refused} times"));
    }
    if let Some(late) = came_to.late.filter(|late| late.p99_ms > LATEST_MS) {
        faults.push(format!(
            "{place}: 1 in 100 messages was handed in {} ms late or later (bound {LATEST_MS} ms): latencies are the generator's own",
            late.p99_ms
        ));
    }
    faults
}

/// The goals that this run can tell of.
fn goals(phases: &[Phase]) -> Vec<Goal> {
    let of = |round: u32, wanted: &dyn Fn(Measure) -> bool| {
        phases.iter().find(|phase| phase.round == round && wanted(phase.measure)).map(|phase| &phase.came_to)
    };
    let most = |round| of(round, &|measure| measure == Measure::Writer(Offer::Most));
    let plain = |round| of(round, &|measure| measure == Measure::Unnest(1));
    let calm = |round| of(round, &|measure| measure == Measure::Writer(Offer::Rate(CALM_RATE)));
    let rounds = 1..=phases.iter().map(|phase| phase.round).max().unwrap_or(0);
    let shares = rounds.clone().filter_map(|round| Some(most(round)?.rows_per_s / plain(round)?.rows_per_s)).collect();
    let rows = rounds.clone().filter_map(|round| Some(most(round)?.rows_per_s)).collect();
    let acks = rounds.filter_map(|round| Some(calm(round)?.latency?.p99_ms)).collect();
    let least = |name, goal, value: Option<f64>, unit| {
        value.map(|value| Goal { name, goal, value: hundredths(value), unit, holds: value >= goal })
    };
    let longest = |name, goal, value: Option<f64>, unit| {
        value.map(|value| Goal { name, goal, value: hundredths(value), unit, holds: value < goal })
    };
    [
        least("share_of_plain_unnest", LEAST_SHARE, median(shares), "of the rows a second over one connection"),
        least("entries_per_s", LEAST_ROWS, median(rows), "entries/s at most"),
        longest("ack_p99_at_5k", LONGEST_ACK_MS, median(acks), "ms from the intended time, at 5,000 a second"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

impl Goal {
    fn missed(&self) -> Option<String> {
        let Self { name, goal, value, unit, holds } = self;
        (!holds).then(|| format!("the goal {name} was missed: {value}, and {goal} was to be reached ({unit})"))
    }
}

impl WriterReport {
    /// What the writer stores beside plain inserts over as many connections as it has lanes, if these are several.
    fn share_of_as_many(&self) -> Option<(usize, f64)> {
        let most = self.medians.iter().find(|median| median.name == Measure::Writer(Offer::Most))?;
        self.medians.iter().find_map(|median| match median.name {
            Measure::Unnest(connections) if connections > 1 => {
                Some((connections, hundredths(most.rows_per_s / median.rows_per_s)))
            }
            _ => None,
        })
    }
}

impl Median {
    fn of(name: Measure, phases: &[Phase]) -> Self {
        let rounds = || phases.iter().filter(|phase| phase.measure == name).map(|phase| &phase.came_to);
        let rows: Vec<f64> = rounds().map(|came_to| came_to.rows_per_s).collect();
        let latency = |of: fn(&Quantiles) -> f64| median(rounds().filter_map(|c| c.latency.as_ref().map(of)).collect());
        Self {
            name,
            rows_per_s_range: [
                rows.iter().copied().fold(f64::INFINITY, f64::min),
                rows.iter().copied().fold(0.0, f64::max),
            ],
            rows_per_s: median(rows).unwrap_or(0.0),
            p50_ms: latency(|quantiles| quantiles.p50_ms),
            p99_ms: latency(|quantiles| quantiles.p99_ms),
            max_ms: latency(|quantiles| quantiles.max_ms),
        }
    }
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

impl Serialize for Measure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Display for WriterReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "\n{}", self.title)?;
        writeln!(f, "texts {}", self.text)?;
        writeln!(f, "{}; {}; {}", self.versions.line(), self.server, self.machine.line())?;
        if self.versions.is_debug() {
            writeln!(f, "a debug build: its own slowness is in these figures")?;
        }
        let columns = ["rows/s", "worst", "best", "p50 ms", "p99 ms", "max ms"];
        write!(f, "\n{:<20}", "medians")?;
        for column in columns {
            write!(f, "{column:>10}")?;
        }
        writeln!(f)?;
        for median in &self.medians {
            let [worst, best] = median.rows_per_s_range;
            write!(f, "{:<20}{:>10}{worst:>10}{best:>10}", median.name.to_string(), median.rows_per_s)?;
            for latency in [median.p50_ms, median.p99_ms, median.max_ms].into_iter().flatten() {
                write!(f, "{latency:>10.2}")?;
            }
            writeln!(f)?;
        }
        writeln!(
            f,
            "\nwords: entries a second that are found by their words. Goals are for the writer alone: with words made beside it,"
        )?;
        writeln!(f, "as in a gateway, it shares the cores with them, and they may fall behind.\n")?;
        if let Some((connections, share)) = self.share_of_as_many() {
            writeln!(
                f,
                "Over {connections} connections plain inserts come to more: of that the writer stores {share}.\n"
            )?;
        }
        for Goal { name, goal, value, unit, holds } in &self.goals {
            let verdict = if *holds { "holds" } else { "MISSED" };
            writeln!(f, "{verdict:<8}{name}: {value} (goal {goal}) {unit}")?;
        }
        Ok(())
    }
}
