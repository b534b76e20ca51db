use protocol::id::ParticipantId;

use super::waiting::TAKEN_BYTES;
use super::*;

fn frame(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn queue(durable_bytes: usize, latest_keys: usize) -> SendQueue {
    SendQueue::new(1, QueueLimits { durable_bytes, latest_keys, latest_bytes: 100, unstored_bytes: 100 })
}

#[test]
fn control_goes_first_and_of_equal_keys_only_the_newest() {
    let queue = queue(100, 10);
    let key = Key::Typing(ConversationId::generate(), ParticipantId(uuid::Uuid::nil()));
    queue.push_latest(key, Haste::Now, frame("on"));
    queue.push(frame("a"));
    queue.push(frame("b"));
    queue.push_latest(key, Haste::Now, frame("off"));
    queue.push_control(frame("ping"));
    assert_eq!(queue.take_now().frames, [frame("ping"), frame("a"), frame("b"), frame("off")]);
    assert!(queue.take_now().frames.is_empty());
}

#[test]
fn live_frames_wait_for_the_replay_of_their_conversation_only() {
    let queue = queue(100, 10);
    let (replayed, other) = (ConversationId::generate(), ConversationId::generate());
    queue.hold(replayed);
    queue.push_behind_replay(replayed, Haste::Now, frame("live"));
    queue.push_behind_replay(other, Haste::Now, frame("other"));
    queue.push(frame("page"));
    assert_eq!(queue.take_now().frames, [frame("other"), frame("page")]);
    queue.release(replayed);
    assert_eq!(queue.take_now().frames, [frame("live")]);
    queue.push_behind_replay(replayed, Haste::Now, frame("later"));
    assert_eq!(queue.take_now().frames, [frame("later")]);
}

#[test]
fn past_its_bound_the_queue_empties_and_closes_as_slow() {
    let queue = queue(10, 10);
    let held = ConversationId::generate();
    queue.hold(held);
    queue.push_behind_replay(held, Haste::Now, frame("12345"));
    queue.push(frame("12345"));
    assert!(!queue.closing());
    queue.push(frame("6"));
    queue.push(frame("7"));
    let taken = queue.take_now();
    assert!(taken.frames.is_empty());
    assert_eq!(taken.close, Some(CloseCode::Slow));
}

#[test]
fn taking_makes_room_but_not_for_what_is_still_held() {
    let queue = queue(10, 10);
    let held = ConversationId::generate();
    queue.hold(held);
    queue.push_behind_replay(held, Haste::Now, frame("12345"));
    queue.push(frame("12345"));
    let taken = queue.take_now();
    assert_eq!((taken.frames.len(), taken.bytes), (1, 5));
    queue.written(taken.bytes);
    queue.push(frame("12345"));
    assert!(!queue.closing());
    queue.push(frame("6"));
    assert!(queue.closing());
}

#[test]
fn what_was_taken_counts_until_it_is_written() {
    let queue = queue(10, 10);
    queue.push(frame("12345"));
    let taken = queue.take_now();
    queue.push(frame("12345"));
    assert_eq!(queue.held_bytes(), 10);
    queue.written(taken.bytes);
    assert_eq!(queue.held_bytes(), 5);
    queue.push(frame("12345"));
    assert!(!queue.closing());
    let taken = queue.take_now();
    queue.push(frame("6"));
    assert!(queue.closing(), "a reader that takes nothing is slow, wherever its bytes are");
    assert_eq!(queue.held_bytes(), taken.bytes, "what waited is gone");
    queue.written(taken.bytes);
    assert_eq!(queue.held_bytes(), 0);
}

#[test]
fn one_write_takes_a_part_and_the_close_comes_with_the_last() {
    let queue = queue(10 * TAKEN_BYTES, 10);
    let part = Bytes::from(vec![b'x'; TAKEN_BYTES / 3]);
    for _ in 0..5 {
        queue.push(part.clone());
    }
    let long = Bytes::from(vec![b'y'; TAKEN_BYTES + 1]);
    queue.push(long.clone());
    queue.close(CloseCode::Draining);
    let taken = [queue.take_now(), queue.take_now(), queue.take_now()];
    assert_eq!(taken.each_ref().map(|taken| taken.frames.len()), [3, 2, 1]);
    assert_eq!(taken[2].frames, [long]);
    assert_eq!(taken.map(|taken| taken.close), [None, None, Some(CloseCode::Draining)]);
}

#[test]
fn latest_frames_are_bounded_by_bytes_and_passing_ones_dropped_beyond() {
    let queue = queue(100, 10);
    let typing = || Key::Typing(ConversationId::generate(), ParticipantId(uuid::Uuid::nil()));
    let (first, long) = (typing(), Bytes::from(vec![b'x'; 60]));
    queue.push_latest(first, Haste::Now, long.clone());
    queue.push_latest(typing(), Haste::Now, long.clone());
    assert_eq!(queue.held_bytes(), 60);
    queue.push_latest(first, Haste::Now, frame("short"));
    queue.push_latest(typing(), Haste::Now, long.clone());
    assert_eq!(queue.held_bytes(), 65);
    assert!(!queue.closing());
    queue.push_latest(Key::Summary(ConversationId::generate()), Haste::Now, long);
    assert!(queue.closing());
}

#[test]
fn a_frame_that_is_replaced_keeps_its_place() {
    let queue = queue(100, 10);
    let keys = [Key::Summary(ConversationId::generate()), Key::Summary(ConversationId::generate())];
    queue.push_latest(keys[0], Haste::Now, frame("old"));
    queue.push_latest(keys[1], Haste::Now, frame("second"));
    queue.push_latest(keys[0], Haste::Now, frame("new"));
    assert_eq!(queue.take_now().frames, [frame("new"), frame("second")]);
    assert_eq!(queue.held_bytes(), 9);
}

#[test]
fn the_writer_is_woken_by_what_it_waits_for() {
    let woken = std::sync::Arc::new(Woken::default());
    let waker = std::sync::Arc::clone(&woken).into();
    let (context, mut frames) = (Context::from_waker(&waker), Vec::new());
    let times = |times: usize| assert_eq!(woken.0.swap(0, Ordering::Relaxed), times);
    let queue = queue(10, 10);
    assert!(queue.poll_take(&context, &mut frames, 0).is_pending());
    queue.push(frame("1"));
    queue.push(frame("2"));
    times(1);
    assert_eq!(queue.poll_take(&context, &mut frames, 0), Poll::Ready(Some(2)));
    frames.clear();
    // While the system takes no more, frames wake nobody, and a close does.
    assert!(queue.poll_closing(&context).is_pending());
    queue.push(frame("3"));
    times(0);
    queue.push(frame("far too long"));
    times(1);
    assert!(queue.poll_closing(&context).is_ready());
    assert_eq!(queue.close_code(), Some(CloseCode::Slow));
    assert_eq!(queue.poll_take(&context, &mut frames, 2), Poll::Ready(None));
    assert_eq!((frames.len(), queue.held_bytes()), (0, 0));
}

#[derive(Default)]
struct Woken(std::sync::atomic::AtomicUsize);

impl std::task::Wake for Woken {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn too_many_keys_drop_what_is_passing_and_close_for_the_rest() {
    let queue = queue(100, 1);
    queue.push_latest(Key::Summary(ConversationId::generate()), Haste::Now, frame("1"));
    queue.push_latest(
        Key::Typing(ConversationId::generate(), ParticipantId(uuid::Uuid::nil())),
        Haste::Now,
        frame("2"),
    );
    assert!(!queue.closing());
    queue.push_latest(Key::Summary(ConversationId::generate()), Haste::Now, frame("3"));
    assert_eq!(queue.take_now().close, Some(CloseCode::Slow));
}

#[test]
fn pings_without_end_close_the_socket_of_whoever_does_not_read_the_answers() {
    let queue = queue(100, 10);
    for _ in 0..CONTROL_FRAMES {
        queue.push_control(frame("pong"));
    }
    assert!(!queue.closing());
    queue.push_control(frame("pong"));
    assert_eq!(queue.take_now().close, Some(CloseCode::Slow));
}

#[test]
fn what_is_held_waits_for_the_last_of_several_replays() {
    let queue = queue(100, 10);
    let conversation = ConversationId::generate();
    queue.hold(conversation);
    queue.hold(conversation);
    queue.push_behind_replay(conversation, Haste::Now, frame("live"));
    assert!(!queue.abandon(conversation), "the other replay still needs the conversation followed");
    assert!(queue.take_now().frames.is_empty());
    queue.release(conversation);
    assert_eq!(queue.take_now().frames, [frame("live")]);
    queue.hold(conversation);
    queue.push_behind_replay(conversation, Haste::Now, frame("lost"));
    assert!(queue.abandon(conversation));
    assert!(queue.take_now().frames.is_empty());
}

#[tokio::test]
async fn whoever_waits_for_room_goes_on_when_the_socket_has_taken_all_or_closes() {
    let queue = std::sync::Arc::new(queue(100, 10));
    let waiting = || {
        let queue = std::sync::Arc::clone(&queue);
        tokio::spawn(async move { queue.drained().await })
    };
    queue.push(frame("few"));
    waiting().await.unwrap();
    queue.push(frame("a page of a replay"));
    let (first, second) = (waiting(), waiting());
    tokio::task::yield_now().await;
    assert!(!first.is_finished() && !second.is_finished());
    let taken = queue.take_now();
    assert_eq!(taken.frames.len(), 2);
    tokio::task::yield_now().await;
    assert!(!first.is_finished() && !second.is_finished(), "taken is not written");
    queue.written(taken.bytes);
    first.await.and(second.await).unwrap();
    queue.push(frame("a page of a replay"));
    let third = waiting();
    tokio::task::yield_now().await;
    queue.close(CloseCode::Draining);
    third.await.unwrap();
}

#[test]
fn unstored_entries_are_bounded_by_number_and_by_bytes() {
    let queue = queue(100, 10);
    assert!(queue.begin_store(2, 10) && queue.begin_store(2, 10) && !queue.begin_store(2, 10));
    queue.end_store(10);
    assert!(queue.begin_store(2, 100));
    queue.end_store(10);
    assert!(!queue.begin_store(2, 1));
    queue.end_store(100);
    assert!(queue.begin_store(2, 1));
}

#[test]
fn the_first_reason_to_close_counts_and_what_was_queued_before_goes_out() {
    let queue = queue(100, 10);
    queue.push(frame("last words"));
    queue.close(CloseCode::BadFrame);
    queue.close(CloseCode::Silent);
    queue.push(frame("too late"));
    let taken = queue.take_now();
    assert_eq!(taken.frames, [frame("last words")]);
    assert_eq!(taken.close, Some(CloseCode::BadFrame));
}

#[test]
fn of_many_keys_each_keeps_its_place_while_others_are_taken() {
    let queue = SendQueue::new(1, QueueLimits::default());
    let keys: Vec<Key> = (0..100).map(|_| Key::Summary(ConversationId::generate())).collect();
    let numbered = |number: usize, length: usize| Bytes::from(vec![u8::try_from(number).unwrap(); length]);
    let (part, old) = (TAKEN_BYTES / 10, numbered(255, 1));
    for key in &keys {
        queue.push_latest(*key, Haste::Now, old.clone());
    }
    for (number, key) in keys.iter().enumerate().rev() {
        queue.push_latest(*key, Haste::Now, numbered(number, part));
    }
    let first = queue.take_now().frames;
    assert_eq!(first.len(), 10);
    // One that was taken waits anew, behind the others; one that waits is replaced where it is.
    queue.push_latest(keys[0], Haste::Now, numbered(200, part));
    queue.push_latest(keys[50], Haste::Now, numbered(150, part));
    let mut rest = Vec::new();
    loop {
        match queue.take_now().frames {
            frames if frames.is_empty() => break,
            frames => rest.extend(frames),
        }
    }
    let expected: Vec<u8> = (10..100).map(|number| if number == 50 { 150 } else { number }).chain([200]).collect();
    assert_eq!(rest.iter().map(|frame| frame[0]).collect::<Vec<_>>(), expected);
    assert_eq!(queue.held_bytes(), 101 * part, "taken and not written");
}

#[test]
fn what_nobody_waits_for_goes_with_the_next_frame_or_once_it_is_hurried() {
    let woken = std::sync::Arc::new(Woken::default());
    let waker = std::sync::Arc::clone(&woken).into();
    let (context, mut frames) = (Context::from_waker(&waker), Vec::new());
    let times = |times: usize| assert_eq!(woken.0.swap(0, Ordering::Relaxed), times);
    let queue = queue(100, 10);
    let mut take = || {
        let taken = queue.poll_take(&context, &mut frames, 0).is_ready();
        (taken, std::mem::take(&mut frames))
    };
    assert_eq!(take(), (false, vec![]));
    assert!(queue.push_in(Haste::Later, frame("routed")));
    assert!(!queue.push_in(Haste::Later, frame("routed too")), "it is known to wait");
    times(0);
    assert_eq!(take(), (false, vec![]));
    queue.push(frame("stored"));
    times(1);
    assert_eq!(take(), (true, vec![frame("routed"), frame("routed too"), frame("stored")]));
    assert_eq!(take(), (false, vec![]));
    queue.hurry();
    times(0);
    assert!(queue.push_in(Haste::Later, frame("late")));
    queue.hurry();
    times(1);
    assert_eq!(take(), (true, vec![frame("late")]));
    assert!(queue.push_latest(Key::Summary(ConversationId::generate()), Haste::Later, frame("draft")));
    assert!(!queue.push_behind_replay(ConversationId::generate(), Haste::Later, frame("stored elsewhere")));
    assert_eq!(take(), (false, vec![]));
    assert!(!queue.push_latest(Key::Summary(ConversationId::generate()), Haste::Now, frame("typing")));
    times(1);
    assert_eq!(take(), (true, vec![frame("stored elsewhere"), frame("draft"), frame("typing")]));
    assert!(queue.push_behind_replay(ConversationId::generate(), Haste::Later, frame("last")));
    queue.close(CloseCode::Draining);
    assert_eq!(queue.take_now().frames, [frame("last")]);
}
