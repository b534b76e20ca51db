//! The document as a page of its own: no script, nothing to load; in light and dark, on a phone, on paper.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::document::Document;
use super::goal::Goal;
use super::phase::{Phase, Took};
use super::plot::{self, About, Picture, escape};
use super::table::{number, words};
use super::versus::{self, Workload};

mod moment;
mod style;

pub(super) use moment::read as when;

/// The page.
pub(crate) fn page(document: &Document) -> String {
    let title = format!("{}: {}", document.scenario, document.title);
    let pictures = plot::pictures(document);
    let mut body = String::new();
    head(&mut body, document);
    if !document.goals.is_empty() {
        // Writing to a String does not fail.
        let _ = write!(body, "<section><h2>Goals</h2>{}</section>", goals(&document.goals));
    }
    let rates = drawn(&pictures, |picture| picture.about == About::Run && picture.name != "goals");
    if !rates.is_empty() {
        let _ = write!(body, "<section><h2>Side by side</h2>{rates}</section>");
    }
    for workload in versus::workloads(&document.phases) {
        let about = About::Workload(workload.name.into());
        let plots = drawn(&pictures, |picture| picture.about == about);
        let name = escape(workload.name);
        let _ =
            write!(body, "<section><h2>{name}: servers beside each other</h2>{}{plots}</section>", peers(&workload));
    }
    for (index, phase) in document.phases.iter().enumerate().filter(|(_, phase)| phase.round.is_none()) {
        let plots = drawn(&pictures, |picture| picture.about == About::Phase(index));
        let title = escape(&phase.title());
        // Of many servers one wants to see a few: the others are folded up.
        let _ = if phase.peer.is_some() {
            write!(
                body,
                "<section><details><summary><h2>{title}</h2></summary>{}{plots}</details></section>",
                details(phase)
            )
        } else {
            write!(body, "<section><h2>{title}</h2>{}{plots}</section>", details(phase))
        };
    }
    let settings = escape(&format!("{:#}", document.settings));
    let _ = write!(
        body,
        "<section><h2>Settings</h2><pre>{settings}</pre></section><footer><p>Messages are sent when a schedule that was fixed \
         beforehand says, however slow the answers are, and latency counts from that intended time; <em>late</em> is the \
         generator's own part of it. Lower is better, but for rates.</p></footer>"
    );
    framed(&title, &body)
}

/// A page around its parts.
pub(super) fn framed(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><title>{}</title>\n\
         <style>{}</style></head>\n<body><main>{body}</main></body></html>\n",
        escape(title),
        style::sheet()
    )
}

fn head(body: &mut String, document: &Document) {
    let (class, verdict) = if document.holds { ("good", "All checks hold") } else { ("bad", "The run has failed") };
    let missed = document.goals.iter().filter(|goal| !goal.holds).count();
    let goals = match (document.goals.len(), missed) {
        (0, _) => String::new(),
        (all, 0) => format!("<span class=\"badge good\">{all} of {all} goals reached</span>"),
        (all, missed) => format!("<span class=\"badge bad\">{} of {all} goals reached</span>", all - missed),
    };
    let _ = write!(
        body,
        "<header><p class=\"brand\">chatdesk-bench</p><h1>{}</h1><p class=\"lead\">{}</p><p>\
         <span class=\"badge {class}\">{verdict}</span>{goals}</p><dl>",
        escape(&document.scenario),
        escape(&document.title)
    );
    let text = document.text.clone();
    let debug = document.versions.is_debug().then(|| "a debug build: its own slowness is in these figures".to_string());
    for (name, value) in [
        ("When", Some(when(document.at_ms))),
        ("Machine", Some(document.machine.line())),
        ("Versions", Some(document.versions.line())),
        ("Texts", text),
        ("Mind", debug),
    ] {
        if let Some(value) = value {
            let _ = write!(body, "<dt>{name}</dt><dd>{}</dd>", escape(&value));
        }
    }
    body.push_str("</dl>");
    for (class, title, lines) in
        [("failures", "What failed", &document.failures), ("notes", "To know", &document.notes)]
    {
        if !lines.is_empty() {
            let items: String = lines.iter().map(|line| format!("<li>{}</li>", escape(line))).collect();
            let _ = write!(body, "<div class=\"{class}\"><h2>{title}</h2><ul>{items}</ul></div>");
        }
    }
    body.push_str("</header>");
}

fn drawn(pictures: &[Picture], wanted: impl Fn(&Picture) -> bool) -> String {
    let figures: String = pictures
        .iter()
        .filter(|picture| wanted(picture))
        .map(|picture| format!("<figure>{}</figure>", picture.within()))
        .collect();
    if figures.is_empty() { figures } else { format!("<div class=\"plots\">{figures}</div>") }
}

/// How far a goal's bar goes: the mark in its middle is the goal.
fn reached(goal: &Goal) -> String {
    let Some(value) = goal.value else { return String::new() };
    let times = if goal.at_most { goal.goal / value } else { value / goal.goal };
    let times = if times.is_finite() { times } else { 2.0 * f64::from(u8::from(goal.holds)) };
    let class = if goal.holds { "good" } else { "bad" };
    format!(
        "<svg class=\"plot reached\" viewBox=\"0 0 120 14\" aria-hidden=\"true\"><rect class=\"track\" width=\"120\" height=\"8\" \
         y=\"3\" rx=\"2\"/><rect class=\"{class}\" width=\"{:.1}\" height=\"8\" y=\"3\" rx=\"2\"/><path class=\"mark\" \
         d=\"M60 0v14\"/></svg>",
        times.min(2.0) * 60.0
    )
}

pub(super) fn goals(goals: &[Goal]) -> String {
    let row = |goal: &Goal| {
        let (class, verdict) = match &goal.differs {
            _ if goal.holds => ("good", "holds".into()),
            Some(differs) => ("bad", format!("says nothing: {}", escape(differs))),
            None => ("bad", "does not hold".to_owned()),
        };
        let bound = if goal.at_most { "≤" } else { "≥" };
        format!(
            "<tr><th scope=\"row\"><b>{}</b><small>{}</small></th><td class=\"{class}\">{verdict}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{bound} {}</td><td>{}</td><td>{}</td></tr>",
            escape(&words(&goal.name)),
            escape(&goal.row),
            goal.value.map_or_else(|| "–".into(), number),
            number(goal.goal),
            escape(&goal.unit),
            reached(goal)
        )
    };
    let rows: String = goals.iter().map(row).collect();
    table(&["", "", "Measured", "Goal", "", "Mark: the goal"], &rows)
}

fn peers(workload: &Workload<'_>) -> String {
    let row = |row: &versus::Row<'_>| {
        let cell = |value: Option<f64>, unit: &str| {
            let text = value.map_or_else(|| "–".into(), |value| format!("{}{unit}", number(value)));
            format!("<td class=\"n\">{text}</td>")
        };
        let cells = [(row.rate, ""), (row.rate_ratio, "×"), (row.cpu_us, ""), (row.cpu_ratio, "×")];
        let cells = cells.into_iter().chain([(row.p50_ms, ""), (row.p99_ms, ""), (row.rss_mib, "")]);
        let cells: String = cells.map(|(value, unit)| cell(value, unit)).collect();
        let class = if row.peer == Phase::OURS { " class=\"ours\"" } else { "" };
        format!("<tr{class}><th scope=\"row\">{}</th>{cells}</tr>", escape(row.peer))
    };
    let rows: String = workload.rows.iter().map(row).collect();
    let columns = ["", "Messages/s", "Ours by its", "CPU µs a message", "Ours by its", "p50 ms", "p99 ms", "RSS MiB"];
    table(&columns, &rows)
}

fn details(phase: &Phase) -> String {
    let mut text = String::from("<div class=\"figures\">");
    let offered = phase.offered_per_s.map(|rate| ("offered".into(), number(rate), "a second"));
    let rates = phase.rates.iter();
    let rates =
        rates.map(|(name, rate)| (words(name.strip_suffix("_per_s").unwrap_or(name)), number(*rate), "a second"));
    let figures = phase.figures.iter();
    let figures = figures.map(|(name, figure)| (words(name), number(figure.value), figure.unit.as_str()));
    let measured = (phase.measured_s > 0.0).then(|| ("measured for".into(), number(phase.measured_s), "s"));
    for (name, value, unit) in offered.into_iter().chain(rates).chain(figures).chain(measured) {
        let _ = write!(text, "<div><span>{}</span><b>{value}</b><small>{}</small></div>", escape(&name), escape(unit));
    }
    text.push_str("</div>");
    if !phase.latency.is_empty() {
        let rows: String = phase.latency.iter().map(|(name, took)| latency(name, took)).collect();
        text.push_str(&table(&["ms", "Mean", "p50", "p90", "p99", "p99.9", "Max", "Count"], &rows));
    }
    if !phase.processes.is_empty() {
        let row = |process: &super::phase::ProcessFigures| {
            let cpu = process.cpu_us_per_message.map_or_else(|| "–".into(), number);
            let mib = |kib: u64| number((kib as f64 / 102.4).round() / 10.0);
            format!(
                "<tr><th scope=\"row\">{}<small>{}</small></th><td class=\"n\">{}</td><td class=\"n\">{cpu}</td><td class=\"n\">{}</td>\
                 <td class=\"n\">{}</td></tr>",
                process.role.name(),
                escape(&process.name),
                number(process.cores),
                mib(process.rss_kib),
                mib(process.rss_peak_kib)
            )
        };
        let rows: String = phase.processes.iter().map(row).collect();
        text.push_str(&table(&["Process", "Cores", "CPU µs a message", "RSS MiB", "At most MiB"], &rows));
    }
    let counts = phase.counts.iter();
    let counts: String = counts
        .map(|(what, count)| format!("<li>{} <b>{}</b></li>", escape(&words(what)), number(*count as f64)))
        .collect();
    let checks: String = phase.checks.iter().map(|(place, counts)| check(place, counts)).collect();
    for (title, items) in [("Counts", counts), ("Checks", checks)] {
        if !items.is_empty() {
            let _ = write!(text, "<h3>{title}</h3><ul class=\"counts\">{items}</ul>");
        }
    }
    text
}

fn check(place: &str, counts: &BTreeMap<String, u64>) -> String {
    let broken: Vec<_> = counts.iter().filter(|(_, count)| **count > 0).collect();
    let place = escape(&words(place));
    if broken.is_empty() {
        let names: Vec<_> = counts.keys().map(|what| escape(&words(what))).collect();
        let names = if names.is_empty() { "ne".into() } else { format!(" {}", names.join(", ")) };
        return format!("<li><span class=\"good\">✓</span> <b>{place}</b> no{names}</li>");
    }
    let broken: Vec<_> = broken.iter().map(|(what, count)| format!("{count} {}", escape(&words(what)))).collect();
    format!("<li class=\"bad\">✗ <b>{place}</b> {}</li>", broken.join(", "))
}

fn latency(name: &str, took: &Took) -> String {
    let read = &took.quantiles;
    let values = [read.mean_ms, read.p50_ms, read.p90_ms, read.p99_ms, read.p999_ms, read.max_ms];
    let cells: String = values.iter().map(|value| format!("<td class=\"n\">{value:.2}</td>")).collect();
    format!(
        "<tr><th scope=\"row\">{}</th>{cells}<td class=\"n\">{}</td></tr>",
        escape(&words(name)),
        number(read.count as f64)
    )
}

/// A table that scrolls by itself where it is wider than the page.
pub(super) fn table(columns: &[&str], rows: &str) -> String {
    let heads: String = columns.iter().map(|column| format!("<th scope=\"col\">{column}</th>")).collect();
    format!("<div class=\"wide\"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>")
}
