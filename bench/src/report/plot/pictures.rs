//! Which plots a document has.

use super::bars::{Bar, Bars, Look};
use super::chart::{Chart, Line};
use super::scale::Scale;
use super::{Drawing, short};
use crate::report::document::Document;
use crate::report::goal::Goal;
use crate::report::hgrm::slug;
use crate::report::phase::{Phase, Series, Took};
use crate::report::table::{number, words};
use crate::report::versus::{self, Workload};

/// What the generator's own lateness is called.
const OWN: &str = "late";
/// Phases that have a rate of the same name are shown beside each other from so many on.
const SEVERAL: usize = 3;
/// How far a bar of a goal goes at most, in times of the goal.
const TIMES_MOST: f64 = 3.0;

/// A plot of a document.
pub(crate) struct Picture {
    /// Its file's name, without ending.
    pub(crate) name: String,
    /// What it belongs to.
    pub(crate) about: About,
    drawing: Drawing,
}

/// What a plot belongs to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum About {
    /// The whole run.
    Run,
    /// Servers beside each other under a workload.
    Workload(String),
    /// The phase with this number.
    Phase(usize),
}

impl Picture {
    /// For a page.
    pub(crate) fn within(&self) -> String {
        self.drawing.within()
    }

    /// For a file.
    pub(crate) fn alone(&self) -> String {
        self.drawing.alone()
    }
}

/// All plots, in the order in which they are to be seen.
pub(crate) fn pictures(document: &Document) -> Vec<Picture> {
    let mut all = Vec::new();
    if !document.goals.is_empty() {
        all.push(Picture { name: "goals".into(), about: About::Run, drawing: goals(&document.goals).draw() });
    }
    for (what, bars) in rates(document) {
        all.push(Picture { name: format!("rates-{}", slug(&what)), about: About::Run, drawing: bars.draw() });
    }
    for workload in versus::workloads(&document.phases) {
        let picture = |kind: &str, drawing| Picture {
            name: format!("{}-{kind}", slug(workload.name)),
            about: About::Workload(workload.name.into()),
            drawing,
        };
        all.push(picture("rate", rate_of(&workload).draw()));
        all.extend(cpu_of(&workload).map(|bars| picture("cpu", bars.draw())));
        all.extend(latency_of(document, &workload).map(|chart| picture("latency", chart.draw())));
    }
    for (index, phase) in document.phases.iter().enumerate().filter(|(_, phase)| phase.round.is_none()) {
        let picture = |kind: &str, drawing| Picture {
            name: slug(&format!("{}-{kind}", phase.title())),
            about: About::Phase(index),
            drawing,
        };
        let took = phase.latency.iter().map(|(name, took)| (words(name), took, name == OWN));
        let title = format!("{}: latency by percentile", phase.title());
        all.extend(by_percentile(title, took).map(|chart| picture("latency", chart.draw())));
        for group in grouped(&phase.series) {
            let name = format!("{}-over-{}", group[0].name, group[0].over);
            all.push(picture(&name, over_time(phase, &group).draw()));
        }
    }
    all
}

/// How far each goal was reached: longer is better, and the mark is the goal.
fn goals(goals: &[Goal]) -> Bars {
    let row = |goal: &Goal| {
        let times = match goal.value {
            Some(value) if goal.at_most => goal.goal / value,
            Some(value) => value / goal.goal,
            None => 0.0,
        };
        // A goal of nothing is reached by nothing.
        let times = if times.is_finite() { times } else { f64::from(u8::from(goal.holds)) * TIMES_MOST };
        let bound = if goal.at_most { "≤" } else { "≥" };
        Bar {
            name: words(&goal.name),
            value: times.min(TIMES_MOST),
            said: format!("{} {bound} {}", goal.value.map_or_else(|| "–".into(), number), number(goal.goal)),
            look: if goal.holds { Look::Good } else { Look::Bad },
        }
    };
    Bars { title: "Goals: beyond the mark is better".into(), rows: goals.iter().map(row).collect(), mark: Some(1.0) }
}

/// The same rate of several phases.
fn rates(document: &Document) -> Vec<(String, Bars)> {
    let phases = || document.shown().filter(|phase| phase.peer.is_none());
    let mut names: Vec<&String> = phases().flat_map(|phase| phase.rates.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let bars = |name: &String| {
        let rows = phases().filter_map(|phase| {
            let rate = *phase.rates.get(name)?;
            Some(Bar { name: phase.name.clone(), value: rate, said: number(rate), look: Look::Ours })
        });
        let rows: Vec<Bar> = rows.collect();
        let what = words(name.strip_suffix("_per_s").unwrap_or(name));
        (rows.len() >= SEVERAL).then(|| (what.clone(), Bars { title: format!("{what} a second"), rows, mark: None }))
    };
    names.into_iter().filter_map(bars).collect()
}

fn look(peer: &str) -> Look {
    if peer == Phase::OURS { Look::Ours } else { Look::Other }
}

fn rate_of(workload: &Workload<'_>) -> Bars {
    let rows = workload.rows.iter().filter_map(|row| {
        let ratio = row.rate_ratio.filter(|_| row.peer != Phase::OURS);
        let ratio = ratio.map_or_else(String::new, |ratio| format!(" · ours {ratio:.1}×"));
        let rate = row.rate?;
        Some(Bar {
            name: row.peer.into(),
            value: rate,
            said: format!("{}/s{ratio}", number(rate)),
            look: look(row.peer),
        })
    });
    Bars { title: format!("{}: messages a second", workload.name), rows: rows.collect(), mark: None }
}

fn cpu_of(workload: &Workload<'_>) -> Option<Bars> {
    let rows = workload.rows.iter().filter_map(|row| {
        let ratio = row.cpu_ratio.filter(|_| row.peer != Phase::OURS);
        let ratio = ratio.map_or_else(String::new, |ratio| format!(" · ours {ratio:.2}×"));
        let cpu = row.cpu_us?;
        Some(Bar {
            name: row.peer.into(),
            value: cpu,
            said: format!("{} µs{ratio}", number(cpu)),
            look: look(row.peer),
        })
    });
    let rows: Vec<Bar> = rows.collect();
    let title = format!("{}: the server's CPU a message", workload.name);
    (!rows.is_empty()).then_some(Bars { title, rows, mark: None })
}

/// What the servers of a workload took, each by what it is known by.
fn latency_of(document: &Document, workload: &Workload<'_>) -> Option<Chart> {
    let phase =
        |peer: &str| document.shown().find(|phase| phase.name == workload.name && phase.peer.as_deref() == Some(peer));
    let took =
        workload.rows.iter().filter_map(|row| Some((row.peer.to_owned(), versus::took(phase(row.peer)?)?, false)));
    by_percentile(format!("{}: latency by percentile", workload.name), took)
}

/// Latencies by the share of all that took no longer.
fn by_percentile<'a>(title: String, took: impl Iterator<Item = (String, &'a Took, bool)>) -> Option<Chart> {
    let mut steps: f64 = 1.0;
    let mut lines = Vec::new();
    for (name, took, own) in took.filter(|(_, took, _)| took.curve.len() > 1) {
        let count = took.quantiles.count.max(10) as f64;
        steps = steps.max(count.log10());
        // The longest of all stands where one of so many would.
        let points = took.curve.iter().map(|(share, millis)| (share.min(1.0 - 1.0 / count), *millis));
        lines.push(Line { name, points: points.collect(), own });
    }
    let y = Scale::log(lines.iter().flat_map(|line| line.points.iter().map(|(_, millis)| *millis)));
    let (x_name, y_name) = ("share that took at most so long".into(), "ms from the intended time".into());
    (!lines.is_empty()).then_some(Chart { title, lines, x: Scale::Share(steps), x_name, y, y_name })
}

/// Series that can be drawn over the same axes.
fn grouped(series: &[Series]) -> Vec<Vec<&Series>> {
    let mut groups: Vec<Vec<&Series>> = Vec::new();
    for one in series.iter().filter(|series| series.points.len() > 1) {
        match groups.iter_mut().find(|group| group[0].unit == one.unit && group[0].over == one.over) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

fn over_time(phase: &Phase, group: &[&Series]) -> Chart {
    let lines: Vec<Line> = group
        .iter()
        .map(|series| Line { name: words(&series.name), points: series.points.clone(), own: series.name == OWN })
        .collect();
    let all = || lines.iter().flat_map(|line| line.points.iter());
    let (x, y) = (Scale::even(all().map(|(at, _)| *at), false), Scale::even(all().map(|(_, value)| *value), true));
    let (first, rest) = (words(&group[0].name), group.len() - 1);
    let others = if rest > 0 { format!(" and {}", short(rest as f64)) + " more" } else { String::new() };
    let over = if group[0].over == "s" { "time".into() } else { words(&group[0].over) };
    let title = format!("{}: {first}{others} over {over}", phase.title());
    let x_name = if group[0].over == "s" { "seconds".into() } else { words(&group[0].over) };
    Chart { title, lines, x, x_name, y, y_name: group[0].unit.clone() }
}
