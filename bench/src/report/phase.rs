//! A part of a run with figures of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::process::Usage;
use crate::record::{Latency, Quantiles};

/// What one phase came to. Made by [`Phase::new`] and the methods that each add something.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Phase {
    /// Its name; of `peers`, the workload's.
    pub(crate) name: String,
    /// Of `peers`: which server; [`Phase::OURS`] is the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) peer: Option<String>,
    /// Of one that was repeated: which time it was, from 1. Such a phase stands in the JSON only, and the one that sums all rounds
    /// up has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) round: Option<u32>,
    /// How long was measured, in seconds.
    pub(crate) measured_s: f64,
    /// Messages a second by the schedule, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) offered_per_s: Option<f64>,
    /// What happened a second while measuring, by what it was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) rates: BTreeMap<String, f64>,
    /// How long it took, from the intended time, by what it was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) latency: BTreeMap<String, Took>,
    /// How much of it there was, warm-up and drain included.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) counts: BTreeMap<String, u64>,
    /// What may not happen, by place and kind; all 0, else the run has failed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) checks: BTreeMap<String, BTreeMap<String, u64>>,
    /// What processes used while measuring.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) processes: Vec<ProcessFigures>,
    /// Everything else, each with its unit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) figures: BTreeMap<String, Figure>,
    /// What was seen over time, or over something else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) series: Vec<Series>,
    /// All latencies, for what is written by percentile.
    #[serde(skip)]
    pub(crate) histograms: BTreeMap<String, Histogram<u64>>,
}

/// Latencies, and their curve by percentile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Took {
    /// The usual ones.
    #[serde(flatten)]
    pub(crate) quantiles: Quantiles,
    /// `[share, milliseconds]`: the share of all that took at most so long, denser towards 1.
    pub(crate) curve: Vec<(f64, f64)>,
}

/// Which part a process had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// The gateway.
    Gateway,
    /// Another server that is measured.
    Peer,
    /// Postgres, with all its processes.
    Postgres,
    /// This program, with its workers.
    Generator,
}

/// What a process used while measuring.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProcessFigures {
    /// Its part.
    pub(crate) role: Role,
    /// Its command.
    pub(crate) name: String,
    /// CPU time by wall time: 1 is one core, wholly.
    pub(crate) cores: f64,
    /// CPU time in microseconds, by messages (or what else was counted).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_us_per_message: Option<f64>,
    /// Resident memory at the end, in KiB.
    pub(crate) rss_kib: u64,
    /// The most that it ever was, in KiB.
    pub(crate) rss_peak_kib: u64,
}

/// A number with its unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figure {
    /// The number.
    pub(crate) value: f64,
    /// Of what.
    pub(crate) unit: String,
}

/// What was seen over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Series {
    /// Of what.
    pub(crate) name: String,
    /// In what.
    pub(crate) unit: String,
    /// What the first number of a point is: seconds of the phase, unless said otherwise.
    #[serde(default = "seconds", skip_serializing_if = "is_seconds")]
    pub(crate) over: String,
    /// The points.
    pub(crate) points: Vec<(f64, f64)>,
}

impl Phase {
    /// The gateway's name among peers.
    pub(crate) const OURS: &'static str = "chatdesk";

    /// One in which was measured for so long.
    pub(crate) fn new(name: impl Into<String>, measured: Duration) -> Self {
        Self {
            name: name.into(),
            peer: None,
            round: None,
            measured_s: rounded(measured.as_secs_f64()),
            offered_per_s: None,
            rates: BTreeMap::new(),
            latency: BTreeMap::new(),
            counts: BTreeMap::new(),
            checks: BTreeMap::new(),
            processes: Vec::new(),
            figures: BTreeMap::new(),
            series: Vec::new(),
            histograms: BTreeMap::new(),
        }
    }

    /// Its name, with the server's and the round.
    pub(crate) fn title(&self) -> String {
        let peer = self.peer.as_ref().map_or_else(String::new, |peer| format!(", {peer}"));
        let round = self.round.map_or_else(String::new, |round| format!(", round {round}"));
        format!("{}{peer}{round}", self.name)
    }

    /// The `round`th time that it was run, from 1.
    pub(crate) fn of_round(mut self, round: u32) -> Self {
        self.round = Some(round);
        self
    }

    /// Of this server.
    pub(crate) fn of_peer(mut self, peer: impl Into<String>) -> Self {
        self.peer = Some(peer.into());
        self
    }

    /// The schedule had so many messages a second.
    pub(crate) fn offered(mut self, per_s: f64) -> Self {
        self.offered_per_s = Some(rounded(per_s));
        self
    }

    /// `count` of something happened while measuring: its rate, as `<what>_per_s`.
    pub(crate) fn rate(self, what: &str, count: u64) -> Self {
        let seconds = self.measured_s;
        let per_s = if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
        self.rate_of(what, per_s)
    }

    /// A rate that is known, as `<what>_per_s`.
    pub(crate) fn rate_of(mut self, what: &str, per_s: f64) -> Self {
        self.rates.insert(format!("{what}_per_s"), rounded(per_s));
        self
    }

    /// How long something took; nothing when it never happened.
    pub(crate) fn latency(mut self, what: &str, latency: &Latency) -> Self {
        let histogram = latency.histogram();
        if !histogram.is_empty() {
            self.latency.insert(what.into(), Took { quantiles: latency.quantiles(), curve: curve(histogram) });
            self.histograms.insert(what.into(), histogram.clone());
        }
        self
    }

    /// How much of something there was.
    pub(crate) fn count(mut self, what: &str, count: u64) -> Self {
        self.counts.insert(what.into(), count);
        self
    }

    /// What may not happen: a struct or map of counts. Each that is not 0 fails the run ([`super::Document::push`]).
    pub(crate) fn check(mut self, place: &str, counts: &impl Serialize) -> Self {
        let value = serde_json::to_value(counts).unwrap_or_default();
        let counts = value.as_object().into_iter().flatten();
        let counts = counts.filter_map(|(what, count)| Some((what.clone(), count.as_u64()?)));
        self.checks.entry(place.into()).or_default().extend(counts);
        self
    }

    /// What a process used between two looks, which are apart as long as was measured; by `messages`, if they are given
    /// and there were some.
    pub(crate) fn process(
        mut self,
        role: Role,
        name: impl Into<String>,
        before: Usage,
        after: Usage,
        messages: Option<u64>,
    ) -> Self {
        let cpu = after.cpu.saturating_sub(before.cpu).as_secs_f64();
        let messages = messages.filter(|messages| *messages > 0);
        self.processes.push(ProcessFigures {
            role,
            name: name.into(),
            cores: if self.measured_s > 0.0 { rounded(cpu / self.measured_s) } else { 0.0 },
            cpu_us_per_message: messages.map(|messages| rounded(cpu * 1e6 / messages as f64)),
            rss_kib: after.rss_kib,
            rss_peak_kib: after.peak_kib,
        });
        self
    }

    /// A number that has no place of its own.
    pub(crate) fn figure(mut self, name: &str, value: f64, unit: &str) -> Self {
        self.figures.insert(name.into(), Figure { value: rounded(value), unit: unit.into() });
        self
    }

    /// What was seen over time: `[seconds, value]`.
    pub(crate) fn series(self, name: &str, unit: &str, points: Vec<(f64, f64)>) -> Self {
        self.series_over(name, unit, &seconds(), points)
    }

    /// What was seen over something else, such as the number of sockets.
    pub(crate) fn series_over(mut self, name: &str, unit: &str, over: &str, points: Vec<(f64, f64)>) -> Self {
        let points = points.into_iter().map(|(at, value)| (rounded(at), rounded(value))).collect();
        self.series.push(Series { name: name.into(), unit: unit.into(), over: over.into(), points });
        self
    }

    /// The process of a role.
    pub(crate) fn process_of(&self, role: Role) -> Option<&ProcessFigures> {
        self.processes.iter().find(|process| process.role == role)
    }
}

impl Role {
    /// In words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Peer => "peer",
            Self::Postgres => "Postgres",
            Self::Generator => "generator",
        }
    }
}

fn seconds() -> String {
    "s".into()
}

fn is_seconds(over: &String) -> bool {
    over == "s"
}

/// Two decimals, and four of what is small: more would be noise.
pub(super) fn rounded(number: f64) -> f64 {
    let digits = if number.abs() >= 1.0 { 100.0 } else { 10_000.0 };
    (number * digits).round() / digits
}

/// Steps of a curve between one halving of the rest and the next.
const STEPS_PER_HALVING: u32 = 4;

/// The values at shares that come ever closer to 1, until there is one value left.
fn curve(histogram: &Histogram<u64>) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    let mut step: u32 = 0;
    loop {
        let rest = 0.5_f64.powf(f64::from(step) / f64::from(STEPS_PER_HALVING));
        let last = rest * (histogram.len() as f64) < 1.0;
        let share = if last { 1.0 } else { 1.0 - rest };
        let millis = histogram.value_at_quantile(share) as f64 / 1000.0;
        points.push(((share * 1e8).round() / 1e8, millis));
        if last {
            return points;
        }
        step += 1;
    }
}
