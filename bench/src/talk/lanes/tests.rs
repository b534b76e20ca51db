use super::*;
use crate::record::typing;

/// What nobody promises.
const PLAIN: Plot = Plot { answers: false, acknowledged: false, told: false, merges: false, preludes: 0 };
const CHAT: Plot = Plot { acknowledged: true, told: true, ..PLAIN };
const TYPING: Plot = Plot { merges: true, ..PLAIN };

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// 10 messages a second of two pairs: 1 s of warm-up, 2 s of measuring, so 30 in all and 20 that count.
fn lanes(plot: Plot) -> (Lanes, Instant) {
    let share = Share { first: 0, pairs: 2, visitors_per_agent: 1 };
    let mut lanes = Lanes::new(share, plot).unwrap();
    let start = Instant::now();
    let visitors = lanes.count_of_lanes();
    let schedule = Schedule { rate: 10.0, visitors, warmup: Duration::from_secs(1), measure: Duration::from_secs(2) };
    lanes.begin(schedule, start).unwrap();
    (lanes, start)
}

/// Sends and routes and stores every message 5, 10 and 20 ms after it was due.
fn whole_run() -> (Lanes, Instant) {
    let (mut lanes, start) = lanes(CHAT);
    for number in 0..30 {
        let (due, message) = (start + millis(number * 100), lanes.message(number));
        lanes.sent(number, due + millis(5));
        lanes.arrived(message.pair, message.from, Mark::Place(message.place), due + millis(10));
        for at in [Side::Agent, Side::Visitor] {
            lanes.seq(message.pair, at, message.place + 1);
            lanes.stored(message.pair, at, message.from, message.place, due + millis(20));
        }
    }
    (lanes, start)
}

#[test]
fn latency_counts_from_the_intended_time_and_only_while_measuring() {
    let (mut lanes, start) = whole_run();
    assert!(lanes.settled(start + millis(3_100)));
    let tally = lanes.end().unwrap();
    assert_eq!((tally.scheduled, tally.sent, tally.arrived, tally.acknowledged), (30, 30, 30, 30));
    let (routed, stored, late) = (tally.routed.quantiles(), tally.stored.quantiles(), tally.late.quantiles());
    assert_eq!((routed.count, stored.count, late.count), (20, 20, 20));
    let near = |value: f64, wanted: f64| (value - wanted).abs() < wanted / 100.0;
    assert!(near(late.max_ms, 5.0) && near(routed.p50_ms, 10.0) && near(stored.p99_ms, 20.0));
    assert_eq!((tally.routed_while_measuring, tally.stored_while_measuring, tally.in_time), (20, 20, 30));
    assert_eq!([tally.routed_faults, tally.stored_faults, tally.told_faults], [Faults::default(); 3]);
}

#[test]
fn a_stall_is_felt_by_all_that_were_due_during_it() {
    let (mut lanes, start) = lanes(PLAIN);
    for number in 0..20 {
        let message = lanes.message(number);
        lanes.sent(number, start + millis(number * 100));
        lanes.arrived(message.pair, message.from, Mark::Place(message.place), start + millis(2000));
    }
    let tally = lanes.end().unwrap();
    // Due at 1.0, 1.1 … 1.9 s: they waited 1.0, 0.9 … 0.1 s.
    let routed = tally.routed.quantiles();
    assert_eq!(routed.count, 10);
    assert!((routed.mean_ms - 550.0).abs() < 2.0, "{}", routed.mean_ms);
    assert_eq!(tally.routed_while_measuring, 20, "the rate is what arrived in the time, whenever it was due");
}

#[test]
fn what_is_not_everywhere_keeps_a_stretch_from_settling_and_is_missing() {
    let (mut lanes, at) = whole_run();
    lanes.sent(30, at);
    lanes.arrived(0, Side::Visitor, Mark::Place(15), at);
    lanes.stored(0, Side::Agent, Side::Visitor, 15, at);
    assert_eq!((lanes.under_way(), lanes.settled(at)), (1, false), "its sender has no acknowledgement");
    let tally = lanes.end().unwrap();
    let missing = [tally.routed_faults, tally.stored_faults, tally.told_faults].map(|faults| faults.missing);
    assert_eq!(missing, [0, 1, 0]);
}

#[test]
fn what_was_refused_is_missing_and_not_waited_for() {
    let (mut lanes, at) = whole_run();
    lanes.sent(30, at);
    let (soon, late) = (at + Duration::from_secs(3), at + Duration::from_secs(5));
    assert!(!lanes.settled(late), "it may only be slow");
    lanes.refused("overloaded");
    assert!(!lanes.settled(soon), "others may be under way");
    assert!(lanes.settled(late));
    assert_eq!(lanes.end().unwrap().routed_faults.missing, 1);
}

#[test]
fn what_arrives_elsewhere_or_was_never_sent_is_a_stray() {
    let (mut lanes, at) = whole_run();
    lanes.arrived(0, Side::Visitor, Mark::Place(15), at);
    lanes.arrived(7, Side::Visitor, Mark::Place(0), at);
    lanes.arrived(0, Side::Agent, Mark::Place(0), at);
    lanes.stored(1, Side::Agent, Side::Visitor, 15, at);
    assert_eq!(lanes.end().unwrap().routed_faults, Faults { strays: 4, ..Faults::default() });
}

#[test]
fn a_hole_in_a_log_is_told_by_whom_it_was_told_to() {
    let (mut lanes, _) = whole_run();
    lanes.seq(0, Side::Visitor, 16);
    lanes.seq(0, Side::Visitor, 18);
    lanes.head(1, Side::Agent, 40);
    lanes.seq(1, Side::Agent, 41);
    let tally = lanes.end().unwrap();
    assert_eq!((tally.stored_faults.seq_faults, tally.told_faults.seq_faults), (1, 0));
}

#[test]
fn a_merged_typing_frame_counts_with_the_one_that_replaced_it() {
    let (mut lanes, start) = lanes(TYPING);
    for number in 0..30 {
        let (due, message) = (start + millis(number * 100), lanes.message(number));
        lanes.sent(number, due);
        // The first pair's frame at place 6 is replaced by the one at place 7, 200 ms later.
        if number != 12 {
            lanes.arrived(message.pair, message.from, Mark::Says(typing::on(message.place)), due + millis(1));
        }
    }
    assert!(lanes.settled(start + millis(2_901)));
    let tally = lanes.end().unwrap();
    assert_eq!((tally.sent, tally.arrived, tally.merged, tally.in_time), (30, 29, 1, 30));
    let routed = tally.routed.quantiles();
    assert_eq!((routed.count, tally.routed_while_measuring), (20, 19));
    assert!((routed.max_ms - 201.0).abs() < 1.0, "{}", routed.max_ms);
    assert_eq!(tally.routed_faults, Faults::default());
}

#[test]
fn agents_have_lanes_of_their_own_when_they_answer() {
    let (mut lanes, start) = lanes(Plot { answers: true, ..PLAIN });
    let whose: Vec<_> = (0..8).map(|number| lanes.message(number)).map(|one| (one.pair, one.from, one.place)).collect();
    let both = |place| {
        [(0, Side::Visitor, place), (1, Side::Visitor, place), (0, Side::Agent, place), (1, Side::Agent, place)]
    };
    assert_eq!(whose, [both(0), both(1)].concat());
    (0..4).for_each(|number| lanes.sent(number, start));
    lanes.arrived(1, Side::Agent, Mark::Place(0), start);
    assert_eq!(lanes.under_way(), 3);
}

#[test]
fn stretches_follow_each_other_and_what_comes_late_belongs_to_none() {
    let (mut lanes, start) = lanes(PLAIN);
    for number in 0..3 {
        lanes.sent(number, start);
    }
    lanes.arrived(0, Side::Visitor, Mark::Place(0), start);
    assert_eq!(lanes.end().unwrap().routed_faults.missing, 2);
    let schedule = Schedule { rate: 10.0, visitors: 2, warmup: Duration::ZERO, measure: Duration::from_secs(1) };
    let again = start + Duration::from_secs(10);
    lanes.begin(schedule, again).unwrap();
    // The first pair has sent two messages before, the second one.
    assert_eq!([lanes.message(0).place, lanes.message(1).place], [2, 1]);
    lanes.sent(0, again);
    lanes.arrived(0, Side::Visitor, Mark::Place(1), again);
    lanes.arrived(1, Side::Visitor, Mark::Place(0), again);
    lanes.arrived(0, Side::Visitor, Mark::Place(2), again + millis(3));
    let tally = lanes.end().unwrap();
    assert_eq!((tally.sent, tally.arrived, tally.routed.count()), (1, 1, 1));
    assert_eq!(tally.routed_faults, Faults::default(), "late is not lost");
}

#[test]
fn a_glance_tells_of_what_came_since_the_last_and_refusals_are_counted_by_code() {
    let (mut lanes, start) = lanes(PLAIN);
    lanes.sent(0, start);
    lanes.sent(1, start + millis(100));
    lanes.arrived(0, Side::Visitor, Mark::Place(0), start + millis(40));
    let glance = lanes.glance().unwrap();
    assert_eq!((glance.recent.count(), glance.under_way), (1, 1));
    assert!(glance.recent.at(0.99).is_some_and(|p99| (p99 - 40.0).abs() < 0.1));
    assert_eq!(lanes.glance().unwrap().recent.count(), 0);
    ["rate_limited", "rate_limited", "not_found"].iter().for_each(|code| lanes.refused(code));
    let refused = lanes.end().unwrap().refused;
    assert_eq!(refused.into_iter().collect::<Vec<_>>(), [("not_found".into(), 1), ("rate_limited".into(), 2)]);
}
