use super::*;

/// 10 messages a second of two visitors: 1 s of warm-up, 2 s of measuring, so 30 in all and 20 that count.
fn record(kind: Kind) -> (Record, Instant) {
    let schedule =
        Schedule { rate: 10.0, visitors: 2, warmup: Duration::from_secs(1), measure: Duration::from_secs(2) };
    let mut record = Record::new(schedule, kind).unwrap();
    let start = Instant::now();
    record.begin(start);
    (record, start)
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Sends and routes and stores every message 5, 10 and 20 ms after it was due.
fn whole_run() -> Record {
    let (mut record, start) = record(Kind::Text);
    for number in 0..30 {
        let (due, visitor, seq) = (start + millis(number * 100), number % 2, number / 2 + 1);
        record.sent(number, due + millis(5));
        record.routed(visitor, number, due + millis(10));
        record.stored(visitor, Side::Agent, Some(number), seq, due + millis(20));
        record.stored(visitor, Side::Visitor, Some(number), seq, due + millis(20));
    }
    record
}

#[test]
fn latency_counts_from_the_intended_time_and_only_while_measuring() {
    let record = whole_run();
    assert!(record.settled());
    let tally = record.tally();
    assert_eq!((tally.sent, tally.arrived, tally.acknowledged), (30, 30, 30));
    assert_eq!((tally.routed.count, tally.late.count), (20, 20));
    let near = |value: f64, wanted: f64| (value - wanted).abs() < wanted / 100.0;
    assert!(near(tally.late.max_ms, 5.0) && near(tally.routed.p50_ms, 10.0));
    assert!(tally.stored.is_some_and(|stored| stored.count == 20 && near(stored.p99_ms, 20.0)));
    assert_eq!((tally.routed_while_measuring, tally.stored_while_measuring), (20, 20));
    let faults = [tally.routed_faults, tally.stored_faults, tally.stored_at_agent_faults];
    assert_eq!(faults, [Faults::default(); 3]);
}

#[test]
fn a_stall_is_felt_by_all_that_were_due_during_it() {
    let (mut record, start) = record(Kind::Text);
    let end_of_stall = start + millis(2000);
    for number in 0..20 {
        record.sent(number, start + millis(number * 100));
        record.routed(number % 2, number, end_of_stall);
    }
    let tally = record.tally();
    // Due at 1.0, 1.1 … 1.9 s: they waited 1.0, 0.9 … 0.1 s.
    assert_eq!(tally.routed.count, 10);
    assert!((tally.routed.mean_ms - 550.0).abs() < 2.0, "{}", tally.routed.mean_ms);
    assert_eq!(tally.routed_while_measuring, 20, "the rate is what arrived in the time, whenever it was due");
}

#[test]
fn what_is_not_stored_or_not_routed_keeps_the_run_from_settling_and_is_missing() {
    let mut record = whole_run();
    let at = Instant::now();
    record.sent(30, at);
    assert_eq!((record.under_way(), record.settled()), (1, false));
    record.routed(0, 30, at);
    record.stored(0, Side::Agent, Some(30), 16, at);
    assert_eq!(record.under_way(), 1, "its sender has no acknowledgement");
    let tally = record.tally();
    let missing = [tally.routed_faults, tally.stored_faults, tally.stored_at_agent_faults].map(|faults| faults.missing);
    assert_eq!(missing, [0, 1, 0]);
}

#[test]
fn what_arrives_elsewhere_or_was_never_sent_is_a_stray() {
    let mut record = whole_run();
    let at = Instant::now();
    record.routed(1, 0, at);
    record.routed(0, 30, at);
    record.routed(7, 0, at);
    record.stored(1, Side::Agent, Some(0), 16, at);
    assert_eq!(record.tally().routed_faults, Faults { strays: 4, ..Faults::default() });
}

#[test]
fn others_entries_take_their_seq_and_a_hole_is_told() {
    let mut record = whole_run();
    let at = Instant::now();
    record.stored(0, Side::Visitor, None, 16, at);
    assert_eq!(record.tally().stored_faults, Faults::default());
    record.stored(0, Side::Visitor, None, 18, at);
    assert_eq!(record.tally().stored_faults, Faults { seq_faults: 1, ..Faults::default() });
    record.followed(1, Side::Agent, 40);
    record.stored(1, Side::Agent, None, 41, at);
    assert_eq!(record.tally().stored_at_agent_faults, Faults::default(), "it began at 40");
}

#[test]
fn a_merged_typing_frame_counts_with_the_one_that_replaced_it() {
    let (mut record, start) = record(Kind::Typing);
    let due = |number: u64| start + millis(number * 100);
    for number in 0..30 {
        record.sent(number, due(number));
        // Visitor 0's frame at place 6 is replaced by the one at place 7, 200 ms later.
        if number != 12 {
            record.typing(number % 2, typing::on(number / 2), due(number) + millis(1));
        }
    }
    assert!(record.settled());
    let tally = record.tally();
    assert_eq!((tally.sent, tally.arrived, tally.merged), (30, 29, 1));
    assert_eq!((tally.routed.count, tally.routed_while_measuring), (20, 19));
    assert!((tally.routed.max_ms - 201.0).abs() < 1.0, "{}", tally.routed.max_ms);
    assert!(tally.stored.is_none());
    assert_eq!(tally.routed_faults, Faults::default());
}

#[test]
fn a_glance_tells_of_what_came_since_the_last() {
    let (mut record, start) = record(Kind::Text);
    record.sent(0, start);
    record.sent(1, start + millis(100));
    record.routed(0, 0, start + millis(40));
    let glance = record.glance();
    assert_eq!((glance.routed, glance.under_way), (1, 2));
    assert!(glance.p99_ms.is_some_and(|p99| (p99 - 40.0).abs() < 0.1));
    let glance = record.glance();
    assert_eq!((glance.routed, glance.p99_ms), (0, None));
}

#[test]
fn refusals_are_counted_by_code() {
    let (mut record, _) = record(Kind::Text);
    record.refused(ErrorCode::RateLimited);
    record.refused(ErrorCode::RateLimited);
    record.refused(ErrorCode::NotFound);
    assert_eq!(record.tally().refused, BTreeMap::from([("rate_limited", 2), ("not_found", 1)]));
}
