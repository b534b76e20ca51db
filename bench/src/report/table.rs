//! The document as a person reads it on a terminal.

use std::fmt::{Display, Formatter, Result};

use super::document::Document;
use super::phase::{Phase, ProcessFigures};
use super::versus::{self, Workload};

/// Columns of the widest name.
const NAME: usize = 26;

impl Display for Document {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "\n{}: {}", self.scenario, self.title)?;
        if let Some(text) = &self.text {
            writeln!(f, "texts {text}")?;
        }
        writeln!(f, "{}", self.versions.line())?;
        writeln!(f, "{}", self.machine.line())?;
        if self.versions.is_debug() {
            writeln!(f, "a debug build: its own slowness is in these figures")?;
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for phase in self.shown() {
            details(f, phase)?;
        }
        for workload in versus::workloads(&self.phases) {
            peers(f, &workload)?;
        }
        if !self.goals.is_empty() {
            writeln!(f, "\ngoals")?;
        }
        for goal in &self.goals {
            let bound = if goal.at_most { "≤" } else { "≥" };
            let verdict = match &goal.differs {
                _ if goal.holds => "holds".into(),
                Some(differs) => format!("says nothing: {differs}"),
                None => "does NOT hold".to_owned(),
            };
            writeln!(
                f,
                "  {:<32}{:>12} {bound} {:<9} {:<40} {verdict}",
                goal.name,
                goal.value.map_or_else(|| "–".into(), number),
                number(goal.goal),
                goal.unit
            )?;
        }
        write!(f, "\n{}", if self.holds { "all checks hold" } else { "the run has FAILED" })?;
        match self.goals.iter().filter(|goal| !goal.holds).count() {
            0 => writeln!(f),
            1 => writeln!(f, "; 1 goal missed"),
            missed => writeln!(f, "; {missed} goals missed"),
        }
    }
}

fn details(f: &mut Formatter<'_>, phase: &Phase) -> Result {
    write!(f, "\n{}", phase.title())?;
    if phase.measured_s > 0.0 {
        write!(f, ", {} s", number(phase.measured_s))?;
    }
    if let Some(offered) = phase.offered_per_s {
        write!(f, ", offered {} a second", number(offered))?;
    }
    writeln!(f)?;
    for (name, rate) in &phase.rates {
        writeln!(f, "  {:<NAME$}{:>12} a second", words(name.strip_suffix("_per_s").unwrap_or(name)), number(*rate))?;
    }
    if !phase.latency.is_empty() {
        write!(f, "  {:<NAME$}", "ms")?;
        for column in ["mean", "p50", "p90", "p99", "p99.9", "max", "count"] {
            write!(f, "{column:>10}")?;
        }
        writeln!(f)?;
    }
    for (name, took) in &phase.latency {
        let read = &took.quantiles;
        write!(f, "  {:<NAME$}", words(name))?;
        for value in [read.mean_ms, read.p50_ms, read.p90_ms, read.p99_ms, read.p999_ms, read.max_ms] {
            write!(f, "{value:>10.2}")?;
        }
        writeln!(f, "{:>10}", read.count)?;
    }
    for (name, figure) in &phase.figures {
        writeln!(f, "  {:<NAME$}{:>12} {}", words(name), number(figure.value), figure.unit)?;
    }
    for process in &phase.processes {
        spent(f, process)?;
    }
    if !phase.counts.is_empty() {
        let counts: Vec<_> = phase.counts.iter().map(|(what, count)| format!("{count} {}", words(what))).collect();
        writeln!(f, "  {:<NAME$}{}", "counts", counts.join(", "))?;
    }
    for (place, counts) in &phase.checks {
        let broken: Vec<_> = counts.iter().filter(|(_, count)| **count > 0).collect();
        let broken: Vec<_> = broken.iter().map(|(what, count)| format!("{count} {}", words(what))).collect();
        let names: Vec<_> = counts.keys().map(|what| words(what)).collect();
        let said = match (broken.is_empty(), names.is_empty()) {
            (false, _) => format!("BROKEN: {}", broken.join(", ")),
            (true, false) => format!("holds: no {}", names.join(", ")),
            (true, true) => "holds: none".into(),
        };
        writeln!(f, "  {:<NAME$}{said}", format!("check {}", words(place)))?;
    }
    Ok(())
}

fn spent(f: &mut Formatter<'_>, process: &ProcessFigures) -> Result {
    write!(f, "  {:<NAME$}{}: {} cores", process.role.name(), process.name, number(process.cores))?;
    if let Some(cpu) = process.cpu_us_per_message {
        write!(f, ", {} µs of CPU a message", number(cpu))?;
    }
    let mebibytes = |kib: u64| kib as f64 / 1024.0;
    writeln!(f, ", {:.1} MiB resident, at most {:.1}", mebibytes(process.rss_kib), mebibytes(process.rss_peak_kib))
}

/// Servers of one workload beside each other.
fn peers(f: &mut Formatter<'_>, workload: &Workload<'_>) -> Result {
    writeln!(f, "\n{}: servers beside each other", workload.name)?;
    write!(f, "  {:<NAME$}", "")?;
    for column in ["a second", "ours/its", "µs CPU/msg", "ours/its", "p50 ms", "p99 ms", "MiB"] {
        write!(f, "{column:>12}")?;
    }
    writeln!(f)?;
    for row in &workload.rows {
        write!(f, "  {:<NAME$}", row.peer)?;
        for value in [row.rate, row.rate_ratio, row.cpu_us, row.cpu_ratio, row.p50_ms, row.p99_ms, row.rss_mib] {
            write!(f, "{:>12}", value.map_or_else(|| "–".into(), number))?;
        }
        writeln!(f)?;
    }
    Ok(())
}

/// A name of the JSON, in words.
pub(super) fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// A number as it is read: thousands apart, no more decimals than it needs.
pub(super) fn number(value: f64) -> String {
    let decimals = match value.abs() {
        whole if whole.fract() == 0.0 || whole >= 1000.0 => 0,
        large if large >= 100.0 => 1,
        some if some >= 0.1 => 2,
        _ => 4,
    };
    let text = format!("{value:.decimals$}");
    let text = if decimals > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut apart = String::from(sign);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            apart.push(',');
        }
        apart.push(digit);
    }
    if rest.is_empty() { apart } else { format!("{apart}.{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_long_as_they_need_to_be() {
        for (value, read) in [
            (0.0, "0"),
            (1234567.8, "1,234,568"),
            (-1500.0, "-1,500"),
            (999.5, "999.5"),
            (12.345, "12.35"),
            (0.0123, "0.0123"),
            (41.3, "41.3"),
            (20.0, "20"),
        ] {
            assert_eq!(number(value), read);
        }
    }
}
