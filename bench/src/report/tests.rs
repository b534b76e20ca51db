use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::document::SCHEMA;
use super::*;
use crate::process::Usage;
use crate::record::Latency;

/// Something that may not become markup.
const HOSTILE: &str = "</title><script>alert('1')</script>&\"";

fn latency() -> Latency {
    let mut latency = Latency::new().unwrap();
    (1..=1000).for_each(|tenth| latency.add(Duration::from_micros(tenth * 100)));
    latency
}

fn phase(name: &str) -> Phase {
    let usage = |cpu, rss_kib| Usage { cpu: Duration::from_millis(cpu), rss_kib, peak_kib: 4096 };
    Phase::new(name, Duration::from_secs(2))
        .offered(50.0)
        .rate("routed", 100)
        .latency("routed", &latency())
        .count("sent", 120)
        .check("routed", &serde_json::json!({ "missing": 0, "doubled": 0 }))
        .process(Role::Gateway, "chatdesk", usage(10, 1024), usage(15, 2048), Some(100))
}

/// A run in which all went well, but for what `spoil` does.
fn run(spoil: impl FnOnce(&mut Document)) -> Document {
    let mut document = Document::new("chat", format!("a run {HOSTILE}"), &serde_json::json!({"pairs": 1})).unwrap();
    document.text = Some("built in".into());
    document.versions.gateway = Some("0.1.0".into());
    document.versions.postgres = Some("15.8".into());
    document.versions.peers.insert("nats".into(), "2.10".into());
    document.notes.push(format!("mind this {HOSTILE}"));
    document.push(phase("real").figure("session", 4.2, "KiB").series("p99", "ms", vec![(1.0, 2.0), (2.0, 3.0)]));
    document.push(phase("20:1").of_peer("chatdesk"));
    document.push(phase("20:1").of_peer("nats").rate("routed", 50));
    document.push(phase("20:1").of_peer("nats").of_round(1));
    document.push(phase("memory").series_over("memory", "KiB", "sockets", vec![(100.0, 5.0), (200.0, 4.0)]));
    document.goal(&goal::CHAT_RATE, 25_000.0);
    document.goal(&goal::CHAT_ACK_P99_MS, 15.5);
    spoil(&mut document);
    document.end();
    document
}

#[test]
fn the_table_tells_rates_latencies_processes_goals_and_ratios() {
    let document = run(|_| {});
    assert!(document.holds, "{:?}", document.failures);
    let table = document.to_string();
    for line in [
        "real, 2 s, offered 50 a second",
        "  routed                              50 a second",
        "  ms                              mean       p50       p90       p99     p99.9       max     count",
        "  routed                         50.05     50.02     90.05     99.01     99.90    100.03      1000",
        "  session                            4.2 KiB",
        "  gateway                   chatdesk: 0.0025 cores, 50 µs of CPU a message, 2.0 MiB resident, at most 4.0",
        "  check routed              holds: no doubled, missing",
        "  nats                                25           2          50           1       50.02       99.01           2",
        "  chat_rate                             25,000 ≥ 20,000    messages/s                               holds",
        "  chat_ack_p99_ms                         15.5 ≤ 15        ms at 5,000/s                            does NOT hold",
        "all checks hold; 1 goal missed",
    ] {
        assert!(table.lines().any(|found| found.starts_with(line)), "{line:?} is not in\n{table}");
    }
    assert!(!table.contains("round 1"), "what another phase sums up stands in the JSON only\n{table}");
}

#[test]
fn a_check_that_is_not_0_fails_the_run_by_itself_and_a_missed_goal_does_not() {
    let broken = |document: &mut Document| {
        document.push(
            Phase::new("later", Duration::ZERO).check("stored_at_others", &serde_json::json!({ "seq_faults": 3 })),
        );
    };
    let document = run(broken);
    assert!(!document.holds && document.goals.iter().any(|goal| !goal.holds));
    assert_eq!(document.failures, ["later, stored at others: 3 seq faults"]);
    let table = document.to_string();
    assert!(table.contains("BROKEN: 3 seq faults") && table.contains("the run has FAILED"), "{table}");
}

#[test]
fn the_json_is_read_back_as_it_was_written() {
    let document = run(|document| document.fail("why"));
    let written = serde_json::to_value(&document).unwrap();
    let read: Document = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), written);
    assert_eq!(written["phases"][0]["rates"]["routed_per_s"], 50.0);
    assert_eq!(written["phases"][0]["latency"]["routed"]["p99_ms"].as_f64().map(f64::round), Some(99.0));
    let curve = written["phases"][0]["latency"]["routed"]["curve"].as_array().unwrap();
    assert!(curve.len() > 20 && curve[0][0] == 0.0 && curve.last().unwrap()[0] == 1.0, "{curve:?}");
}

#[test]
fn a_page_has_plots_and_nothing_that_runs() {
    for document in [run(|_| {}), run(|document| document.fail(HOSTILE))] {
        let page = html::page(&document);
        assert!(!page.contains("<script") && !page.contains("alert('1')") && !page.contains("http"), "{page}");
        for part in ["latency by percentile", "over sockets", "over time", "messages a second", "Goals"] {
            assert!(page.contains(part), "{part}");
        }
        assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
        assert!(!page.contains("NaN") && !page.contains("inf\""));
    }
}

#[test]
fn plots_are_files_with_names_of_their_own() {
    let names: Vec<String> = plots(&run(|_| {})).map(|(name, _)| name).collect();
    for name in [
        "goals",
        "20-1-rate",
        "20-1-cpu",
        "20-1-latency",
        "real-latency",
        "real-p99-over-s",
        "memory-memory-over-sockets",
    ] {
        assert!(names.iter().any(|found| found == name), "{name} is not among {names:?}");
    }
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    for (name, svg) in plots(&run(|_| {})) {
        assert!(svg.starts_with("<svg xmlns=") && svg.contains("prefers-color-scheme:dark"), "{name}");
    }
}

/// What keys stand in objects whose names are a scenario's own: options, codes, what was counted.
const NAMED_BY_SCENARIOS: [&str; 6] = ["settings", "rates", "counts", "checks", "figures", "peers"];

/// Every key of a document but those that scenarios name.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    value.as_array().into_iter().flatten().for_each(|inner| keys(inner, found));
    for (key, inner) in value.as_object().into_iter().flatten() {
        found.insert(key.clone());
        match key.as_str() {
            "latency" => inner.as_object().into_iter().flatten().for_each(|(_, took)| keys(took, found)),
            "figures" => inner.as_object().into_iter().flatten().for_each(|(_, figure)| keys(figure, found)),
            key if NAMED_BY_SCENARIOS.contains(&key) => {}
            _ => keys(inner, found),
        }
    }
}

#[test]
fn the_readme_names_every_field_and_every_goal() {
    let readme = include_str!("../../README.md");
    let mut found = BTreeSet::new();
    keys(&serde_json::to_value(run(|document| document.fail("why"))).unwrap(), &mut found);
    found.extend(goal::names().map(str::to_owned));
    let unnamed: Vec<_> = found.iter().filter(|key| !readme.contains(&format!("`{key}`"))).collect();
    assert!(unnamed.is_empty(), "README.md does not name {unnamed:?}");
    assert!(readme.contains(SCHEMA));
}
