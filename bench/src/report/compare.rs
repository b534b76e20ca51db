//! Two runs beside each other: every figure with its ratio.

use std::collections::BTreeMap;
use std::fmt::{Display, Formatter, Result, Write};

use super::document::Document;
use super::html;
use super::phase::Phase;
use super::plot::escape;
use super::table::{number, words};

/// Two runs.
pub(crate) struct Comparison<'a> {
    before: &'a Document,
    after: &'a Document,
}

/// A figure of both.
#[derive(Debug, PartialEq)]
struct Pair {
    name: String,
    before: Option<f64>,
    after: Option<f64>,
    unit: String,
}

impl Pair {
    /// The second by the first; none where there is nothing to divide by.
    fn ratio(&self) -> Option<f64> {
        Some(self.after? / self.before.filter(|before| *before != 0.0)?)
    }
}

impl<'a> Comparison<'a> {
    /// Of two runs.
    pub(crate) fn of(before: &'a Document, after: &'a Document) -> Self {
        Self { before, after }
    }

    /// What a reader has to know: whether the two can be held against each other at all.
    fn differences(&self) -> Vec<String> {
        let (one, other) = (self.before, self.after);
        let mut differences = Vec::new();
        for (what, one, other) in [
            ("scenarios", one.scenario.clone(), other.scenario.clone()),
            ("machines", one.machine.line(), other.machine.line()),
            ("versions", one.versions.line(), other.versions.line()),
            ("texts", one.text.clone().unwrap_or_default(), other.text.clone().unwrap_or_default()),
        ] {
            if one != other {
                differences.push(format!("the {what} differ: {one} | {other}"));
            }
        }
        let empty = serde_json::Map::new();
        let settings = [one, other].map(|document| document.settings.as_object().unwrap_or(&empty));
        let mut keys: Vec<_> = settings.iter().flat_map(|settings| settings.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        let said = |settings: &serde_json::Map<String, serde_json::Value>, key: &str| {
            settings.get(key).map_or_else(|| "not set".into(), ToString::to_string)
        };
        for key in keys.into_iter().filter(|key| settings[0].get(*key) != settings[1].get(*key)) {
            differences.push(format!("{key}: {} | {}", said(settings[0], key), said(settings[1], key)));
        }
        for (name, document) in [("first", one), ("second", other)] {
            if !document.holds {
                differences.push(format!("the {name} run has failed"));
            }
        }
        differences
    }

    /// Goals, and then the phases of both with their figures.
    fn parts(&self) -> Vec<(String, Vec<Pair>)> {
        let goals = |document: &Document| {
            let told = |goal: &super::goal::Goal| Some((goal.name.clone(), (goal.value?, goal.unit.clone())));
            document.goals.iter().filter_map(told).collect()
        };
        let mut parts = vec![("goals".to_owned(), paired(&goals(self.before), &goals(self.after)))];
        let mut titles: Vec<String> = Vec::new();
        for phase in self.before.shown().chain(self.after.shown()) {
            if !titles.contains(&phase.title()) {
                titles.push(phase.title());
            }
        }
        for title in titles {
            let of = |document: &Document| document.shown().find(|phase| phase.title() == title).map(figures);
            let (before, after) = (of(self.before).unwrap_or_default(), of(self.after).unwrap_or_default());
            parts.push((title, paired(&before, &after)));
        }
        parts.retain(|(_, pairs)| !pairs.is_empty());
        parts
    }

    /// As a page.
    pub(crate) fn page(&self) -> String {
        let title = format!("{} compared", self.before.scenario);
        let mut body = format!("<header><p class=\"brand\">chatdesk-bench compare</p><h1>{}</h1><dl>", escape(&title));
        for (name, document) in [("First", self.before), ("Second", self.after)] {
            let said = format!("{}, {}", html::when(document.at_ms), document.title);
            // Writing to a String does not fail.
            let _ = write!(body, "<dt>{name}</dt><dd>{}</dd>", escape(&said));
        }
        body.push_str("</dl>");
        let differences: String = self.differences().iter().map(|line| format!("<li>{}</li>", escape(line))).collect();
        if !differences.is_empty() {
            let _ = write!(body, "<div class=\"notes\"><h2>What differs</h2><ul>{differences}</ul></div>");
        }
        body.push_str("</header>");
        let cell = |value: Option<f64>, unit: &str| {
            let text = value.map_or_else(|| "–".into(), |value| format!("{}{unit}", number(value)));
            format!("<td class=\"n\">{text}</td>")
        };
        for (title, pairs) in self.parts() {
            let row = |pair: &Pair| {
                let cells = [cell(pair.before, ""), cell(pair.after, ""), cell(pair.ratio(), "×")].concat();
                format!("<tr><th scope=\"row\">{}</th>{cells}<td>{}</td></tr>", escape(&pair.name), escape(&pair.unit))
            };
            let rows: String = pairs.iter().map(row).collect();
            let table = html::table(&["", "First", "Second", "Second by first", ""], &rows);
            let _ = write!(body, "<section><h2>{}</h2>{table}</section>", escape(&title));
        }
        html::framed(&title, &body)
    }
}

type Figures = BTreeMap<String, (f64, String)>;

/// Every figure of a phase by name, with its unit.
fn figures(phase: &Phase) -> Figures {
    let mut figures = Figures::new();
    let mut add = |name: String, value: f64, unit: &str| figures.insert(name, (value, unit.to_owned()));
    for (name, rate) in &phase.rates {
        add(words(name.strip_suffix("_per_s").unwrap_or(name)), *rate, "a second");
    }
    for (name, took) in &phase.latency {
        let read = &took.quantiles;
        for (what, value) in [
            ("p50", read.p50_ms),
            ("p90", read.p90_ms),
            ("p99", read.p99_ms),
            ("p99.9", read.p999_ms),
            ("max", read.max_ms),
        ] {
            add(format!("{} {what}", words(name)), value, "ms");
        }
    }
    for process in &phase.processes {
        let role = process.role.name();
        add(format!("{role} cores"), process.cores, "");
        add(format!("{role} RSS"), (process.rss_kib as f64 / 102.4).round() / 10.0, "MiB");
        if let Some(cpu) = process.cpu_us_per_message {
            add(format!("{role} CPU a message"), cpu, "µs");
        }
    }
    for (name, figure) in &phase.figures {
        add(words(name), figure.value, &figure.unit);
    }
    for (name, count) in &phase.counts {
        add(format!("count of {}", words(name)), *count as f64, "");
    }
    figures
}

fn paired(before: &Figures, after: &Figures) -> Vec<Pair> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let pair = |name: &String| {
        let (one, other) = (before.get(name), after.get(name));
        let unit = one.or(other).map(|(_, unit)| unit.clone()).unwrap_or_default();
        Pair { name: name.clone(), before: one.map(|(value, _)| *value), after: other.map(|(value, _)| *value), unit }
    };
    names.into_iter().map(pair).collect()
}

impl Display for Comparison<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (name, document) in [("first ", self.before), ("second", self.after)] {
            writeln!(f, "{name}  {}: {}, {}", document.scenario, document.title, html::when(document.at_ms))?;
        }
        for difference in self.differences() {
            writeln!(f, "note: {difference}")?;
        }
        for (title, pairs) in self.parts() {
            writeln!(f, "\n{:<36}{:>14}{:>14}{:>10}", title, "first", "second", "ratio")?;
            for pair in pairs {
                let said = |value: Option<f64>| value.map_or_else(|| "–".into(), number);
                let ratio = pair.ratio().map_or_else(|| "–".into(), |ratio| format!("{}×", number(ratio)));
                let (before, after) = (said(pair.before), said(pair.after));
                writeln!(f, "  {:<34}{before:>14}{after:>14}{ratio:>10}  {}", pair.name, pair.unit)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::report::goal;

    fn run(rate: f64, cores: usize) -> Document {
        let mut document = Document::new("chat", "a run", &serde_json::json!({"rate": rate, "threads": 1})).unwrap();
        document.machine.cores = cores;
        document.push(Phase::new("real", Duration::from_secs(1)).rate_of("stored", rate).count("lost", 0));
        document.goal(&goal::CHAT_RATE, rate);
        document
    }

    #[test]
    fn ratios_goals_and_what_differs_are_told() {
        let (before, mut after) = (run(10_000.0, 2), run(25_000.0, 4));
        after.fail("something");
        after.push(Phase::new("new", Duration::from_secs(1)).figure("size", 3.0, "KiB"));
        let comparison = Comparison::of(&before, &after);
        let said = comparison.to_string();
        for part in [
            "the machines differ: 2 cores",
            "rate: 10000.0 | 25000.0",
            "the second run has failed",
            "2.5×",
            "chat_rate",
        ] {
            assert!(said.contains(part), "{part} is not in\n{said}");
        }
        assert!(!said.contains("threads") && !said.contains("versions differ"), "{said}");
        let parts = comparison.parts();
        assert_eq!(parts.iter().map(|(title, _)| title.as_str()).collect::<Vec<_>>(), ["goals", "real", "new"]);
        let lost = parts[1].1.iter().find(|pair| pair.name == "count of lost").unwrap();
        assert_eq!((lost.before, lost.ratio()), (Some(0.0), None));
        assert_eq!((parts[2].1[0].before, parts[2].1[0].after), (None, Some(3.0)));
        assert!(comparison.page().contains("2.5×"));
    }
}
