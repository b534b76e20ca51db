use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::*;
use crate::record::{Kind, Record, Side, typing};

fn schedule() -> Schedule {
    Schedule { rate: 100.0, visitors: 1, warmup: Duration::ZERO, measure: Duration::from_secs(1) }
}

/// A run in which all went well, 2 ms a message, but for what `spoil` does before the tally.
fn run(kind: Kind, spoil: impl FnOnce(&mut Record, Instant)) -> Run {
    let schedule = schedule();
    let mut record = Record::new(schedule, kind).unwrap();
    let start = Instant::now();
    record.begin(start);
    for number in 0..schedule.total() {
        let due = start + schedule.due(number);
        let at = due + Duration::from_millis(2);
        record.sent(number, due);
        match kind {
            Kind::Typing => record.typing(0, typing::on(number), at),
            Kind::Text => {
                record.routed(0, number, at);
                record.stored(0, Side::Agent, Some(number), number + 1, at);
                record.stored(0, Side::Visitor, Some(number), number + 1, at);
            }
        }
    }
    spoil(&mut record, start);
    let spent = Spent { cpu: Duration::from_millis(5), rss_kib: 2048, peak_kib: 4096 };
    Run {
        scenario: "relay",
        title: "a run".into(),
        settings: serde_json::json!({"pairs": 1}),
        text: (kind == Kind::Text).then(|| "built in".into()),
        schedule,
        max_late_ms: 5.0,
        tally: record.tally(),
        measured: Measured { time: Duration::from_secs(1), own: Some(spent), gateway: Some(spent), failure: None },
        gateway_name: Some("chatdesk".into()),
    }
}

#[test]
fn a_good_run_holds_and_says_what_was_used() {
    let report = Report::of(run(Kind::Text, |_, _| {}));
    assert!(report.holds, "{:?}", report.failures);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["rates"]["routed_per_s"], 100.0);
    assert_eq!(json["gateway"]["cpu_us_per_message"], 50.0);
    assert_eq!(
        json["counts"],
        serde_json::json!({"scheduled": 100, "sent": 100, "routed": 100, "stored": 100, "merged": 0})
    );
    let table = report.to_string();
    for part in ["p99.9", "offered 100, routed 100 in 1 s, stored 100", "50 µs of CPU", "2.0 MiB", "all of it holds"] {
        assert!(table.contains(part), "{part} is not in\n{table}");
    }
}

#[test]
fn each_fault_fails_the_run_and_is_named() {
    type Spoil = fn(&mut Record, Instant);
    let cases: [(Kind, Spoil, &str); 7] = [
        (Kind::Text, |record, at| record.routed(0, 5, at), "on the way to the agent: 1 doubled"),
        (Kind::Text, |record, at| record.routed(0, 500, at), "on the way to the agent: 1 stray"),
        (Kind::Text, |record, at| record.sent(100, at), "on the way to the agent: 1 missing"),
        (
            Kind::Text,
            |record, at| record.stored(0, Side::Agent, None, 102, at),
            "stored, as the agent was told: 1 with a seq",
        ),
        (Kind::Text, |record, _| record.refused(protocol::code::ErrorCode::RateLimited), "use more --pairs"),
        (Kind::Typing, |record, at| record.typing(0, true, at), "on the way to the agent: 1 doubled"),
        (
            Kind::Text,
            |record, start| (0..2).for_each(|number| record.sent(number, start + Duration::from_secs(1))),
            "the generator was the bottleneck",
        ),
    ];
    for (kind, spoil, said) in cases {
        let report = Report::of(run(kind, spoil));
        assert!(!report.holds && report.failures.iter().any(|failure| failure.contains(said)), "{said}: {report:?}");
        assert!(report.to_string().contains("does NOT hold"));
    }
}

#[test]
fn a_run_that_ended_early_or_merged_too_much_fails() {
    let mut early = run(Kind::Text, |_, _| {});
    early.measured.failure = Some("visitor 3: closed with Some(4001) slow, resume".into());
    assert!(Report::of(early).failures[0].contains("visitor 3"));
    let mut merged = run(Kind::Typing, |_, _| {});
    merged.tally.merged = 1;
    assert!(Report::of(merged).holds);
    let mut merged = run(Kind::Typing, |_, _| {});
    merged.tally.merged = 2;
    assert!(Report::of(merged).failures[0].contains("merged"));
    let mut unsent = run(Kind::Text, |_, _| {});
    unsent.tally.sent = 90;
    assert!(Report::of(unsent).failures[0].contains("10 of 100 messages were never sent"));
}

/// Every key of a document but those below `settings` and `refused`, whose names are options and error codes.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    for (key, inner) in value.as_object().into_iter().flatten() {
        found.insert(key.clone());
        if key != "settings" && key != "refused" {
            keys(inner, found);
        }
    }
}

#[test]
fn the_readme_names_every_field_of_the_json_document() {
    let readme = include_str!("../../README.md");
    let mut found = BTreeSet::new();
    for kind in [Kind::Text, Kind::Typing] {
        keys(&serde_json::to_value(Report::of(run(kind, |_, _| {}))).unwrap(), &mut found);
    }
    let unnamed: Vec<_> = found.iter().filter(|key| !readme.contains(&format!("`{key}`"))).collect();
    assert!(unnamed.is_empty(), "README.md does not name {unnamed:?}");
    assert!(readme.contains(SCHEMA));
}
