use protocol::server::ServerFrame;
use tokio::sync::mpsc::unbounded_channel;

use super::*;
use crate::record::Faults;
use crate::stage::Organization;
use crate::text::Texts;

fn watching(of: Of) -> (Fanout, ConversationId, Instant) {
    let organization = Organization { widget_key: "wk".into(), token: "t".into() };
    let cast = Cast {
        target: "127.0.0.1:80".parse().unwrap(),
        organization,
        of,
        first: 0,
        watchers: 2,
        writes: true,
        texts: Texts::built_in(),
    };
    let mut fanout = Fanout::new(cast, unbounded_channel().0).unwrap();
    let (conversation, start) = (ConversationId::generate(), Instant::now());
    let schedule = Schedule { rate: 10.0, visitors: 1, warmup: Duration::ZERO, measure: Duration::from_secs(1) };
    fanout.watched = Some((conversation, String::new(), 3));
    fanout.load = Some(Load {
        schedule,
        start,
        until: start,
        pacer: Pacer::new(schedule),
        next_glance: start,
        recent: Latency::new().unwrap(),
        busy_before: Duration::ZERO,
    });
    (fanout, conversation, start)
}

#[test]
fn the_op_is_that_of_the_protocol() {
    assert!(ServerFrame::OPS.contains(&(SUMMARY, "summary")));
}

#[test]
fn a_summary_tells_of_all_that_is_stored_by_then_and_may_not_go_back() {
    let (mut fanout, conversation, start) = watching(Of::Organization);
    let at = |millis: u64| start + Duration::from_millis(millis);
    fanout.seen_head(0, &Stands { conversation, head: 4 }, at(7));
    // Two at once: the first of them was due at 100 ms, the second at 200 ms.
    fanout.seen_head(0, &Stands { conversation, head: 6 }, at(210));
    fanout.seen_head(0, &Stands { conversation, head: 6 }, at(220));
    assert_eq!((fanout.counted.seen_in_all, fanout.counted.pushes), (3, 2));
    let longest = fanout.counted.seen.quantiles().max_ms;
    assert!((longest - 110.0).abs() < 1.0, "{longest}");
    assert_eq!(fanout.counted.faults, Faults::default());
    fanout.seen_head(0, &Stands { conversation, head: 5 }, at(230));
    fanout.seen_head(0, &Stands { conversation: ConversationId::generate(), head: 9 }, at(230));
    assert_eq!(fanout.counted.faults, Faults { disordered: 1, ..Faults::default() });
    assert_eq!(fanout.tracks[1].arrived(), 0, "each watcher sees for itself");
}

#[test]
fn each_watcher_gets_each_message_once() {
    let (mut fanout, _, start) = watching(Of::Conversation);
    for (watcher, place) in [(0, 0), (1, 0), (1, 0), (0, 2)] {
        fanout.seen(watcher, place, start + Duration::from_millis(250));
    }
    assert_eq!((fanout.counted.seen_in_all, fanout.counted.pushes), (3, 4));
    let faults: Vec<_> = fanout.tracks.iter().map(|track| track.faults(3)).collect();
    assert_eq!((faults[0].missing, faults[1].missing, faults[1].doubled), (1, 2, 1));
}
