//! A reader that stalls: it costs the gateway bounded memory, is told why it was closed once it reads on, and has all
//! that it missed when it comes back.

use std::collections::BTreeMap;
use std::sync::Arc;

use gateway::hub::{QueueLimits, SendQueue};
use protocol::client::{ClientFrame, Cursor, Follow, Hello, Start};
use protocol::code::CloseCode;
use protocol::connection::Connection;
use protocol::id::ConversationId;
use protocol::limit;
use protocol::server::ServerFrame;
use protocol::value::{Content, Seq};
use tests::gateway::{TestGateway, agent_hello};
use tests::records::Row;

use crate::delivery::{start, until};

/// Bytes of each text: some of the longest.
const TEXT_BYTES: usize = limit::TEXT_BYTES;
/// More than a socket's buffers and its queue hold together, whatever the system gives a socket.
const MESSAGES_MOST: u64 = 4_000;
/// Texts that are under way at once.
const UNDER_WAY: u64 = 16;

/// The queues of all sockets but those of `known`.
fn queues(gateway: &TestGateway, known: &[u32]) -> Vec<Arc<SendQueue>> {
    let hub = &gateway.gateway().app().hub;
    let mut ids = Vec::new();
    hub.for_each_socket(|queue, _| ids.push(queue.id()));
    ids.iter().filter(|id| !known.contains(id)).filter_map(|id| hub.socket(*id)).collect()
}

/// Sends until `stop`, never more than a few ahead of what is stored. Returns how many were sent.
async fn write_until(visitor: &mut Connection, conversation: ConversationId, mut stop: impl FnMut() -> bool) -> u64 {
    let text = "ö".repeat(TEXT_BYTES / 2);
    let (mut sent, mut stored) = (0, 0);
    while !stop() {
        assert!(sent < MESSAGES_MOST, "the reader is never too slow");
        while sent < stored + UNDER_WAY {
            sent += 1;
            let reference = visitor.reference();
            visitor.send_frame(&crate::delivery::text(conversation, &format!("m{sent}"), &text), reference);
        }
        let frame = until(visitor, |frame| matches!(frame, ServerFrame::Stored(_))).await;
        let ServerFrame::Stored(frame) = frame else { unreachable!() };
        stored = frame.seq;
    }
    while stored < sent {
        let frame = until(visitor, |frame| matches!(frame, ServerFrame::Stored(_))).await;
        let ServerFrame::Stored(frame) = frame else { unreachable!() };
        stored = frame.seq;
    }
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_reader_is_closed_within_bounds_told_why_and_resumes_completely() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut visitor).await;
    let known: Vec<u32> = queues(&gateway, &[]).iter().map(|queue| queue.id()).collect();
    // It follows, and reads no more.
    let mut reader = gateway.agent(&tenant).await;
    let queue = queues(&gateway, &known).pop().expect("the reader's");
    crate::delivery::follow(&mut reader, conversation).await;

    // Observed from the inside at every step, not only at the end.
    let (mut most, bound) = (0, QueueLimits::default());
    let sent = write_until(&mut visitor, conversation, || {
        most = most.max(queue.held_bytes());
        queue.closing()
    })
    .await;
    // Besides, the newest summary of the one conversation, and a ping.
    let everything = bound.durable_bytes + limit::FRAME_BYTES;
    assert!(most > bound.durable_bytes / 2 && most <= everything, "{most} bytes waited for a reader that stalled");
    // The queue is let go of at once; the writer's last write, at most, is still in its hands.
    assert!(queue.held_bytes() < bound.durable_bytes / 4, "{} bytes still wait", queue.held_bytes());

    // Whoever reads at last finds a part of the log without a hole, and the reason.
    let mut pending = Vec::new();
    let mut stored: Seq = 0;
    let code = loop {
        match reader.next().await {
            Ok((_, ServerFrame::Entry(entry))) => pending.push(entry.client_id),
            Ok((_, ServerFrame::Stored(next))) => {
                assert_eq!(next.seq, stored + 1);
                stored = next.seq;
            }
            Ok(_) => {}
            Err(protocol::connection::ConnectionError::Closed { code, .. }) => break code,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(code, Some(CloseCode::Slow.number()));
    assert!(stored < sent, "there was something to miss");
    assert_eq!(pending, (1..=pending.len()).map(|n| format!("m{n}")).collect::<Vec<_>>());

    // It resumes from where it was, by cursor, and has it all.
    let mut back = gateway.socket().await;
    back.hello(agent_hello(&tenant.token)).await.unwrap();
    let reference = back.reference();
    back.send_frame(&ClientFrame::Follow(Follow { conversation, cursor: Some(stored) }), reference);
    let mut missed = Vec::new();
    loop {
        let frame = until(&mut back, |frame| matches!(frame, ServerFrame::Replay(_))).await;
        let ServerFrame::Replay(page) = frame else { unreachable!() };
        assert!(!page.reset);
        missed.extend(page.entries.iter().map(Row::from));
        if !page.more {
            break;
        }
    }
    let client = gateway.database.client().await;
    let log = tests::records::rows(&client, conversation).await;
    assert_eq!(log.len() as u64, sent);
    let from = usize::try_from(stored).unwrap();
    assert!(missed == log[from..], "{} entries of {} were replayed", missed.len(), log.len() - from);
    gateway.stop().await;
}

/// A client that keeps its promises does all that by itself, again and again.
#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_is_read_too_seldom_has_the_whole_log_in_the_end() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut visitor).await;
    let known: Vec<u32> = queues(&gateway, &[]).iter().map(|queue| queue.id()).collect();
    let mut reader = gateway.agent_chat(&tenant);
    reader.follow(conversation);
    reader.until(|chat| chat.log(conversation).is_some_and(|log| log.live())).await.unwrap();
    let queue = queues(&gateway, &known).pop().expect("the reader's");
    let sent = write_until(&mut visitor, conversation, || queue.closing()).await;
    let all = |chat: &protocol::connection::chat::Chat| {
        chat.log(conversation).is_some_and(|log| log.entries().len() as u64 == sent)
    };
    reader.until(all).await.unwrap();
    assert!(reader.sockets() > 1);
    let held: Vec<Row> = reader.log(conversation).unwrap().entries().iter().map(Row::from).collect();
    let client = gateway.database.client().await;
    assert!(held == tests::records::rows(&client, conversation).await, "the logs differ");
    let content = Content::text("ö".repeat(TEXT_BYTES / 2));
    assert!(reader.log(conversation).unwrap().entries().iter().all(|entry| entry.content == content));
    gateway.stop().await;
}

/// However much a resume brings, no more of it waits in the gateway than its reader has room for soon.
#[tokio::test(flavor = "multi_thread")]
async fn a_resume_of_far_more_than_a_queue_holds_is_paced_by_its_reader() {
    const CONVERSATIONS: usize = 200;
    const EACH: Seq = 5;
    /// Looks at the queue while nobody reads.
    const LOOKS: usize = 20_000;
    let plenty = ["--start-burst", "1000", "--byte-burst", "1000000000", "--byte-rate", "1000000000"];
    let gateway = TestGateway::with(&plenty).await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let long = "ö".repeat(TEXT_BYTES / 2);
    let mut cursors = Vec::new();
    for n in 0..CONVERSATIONS {
        let request = Start { client_id: format!("start-{n}"), department: None, answers: vec![] };
        let conversation = reply!(visitor, request, Started).conversation.conversation;
        for m in 1..=EACH {
            let reference = visitor.reference();
            visitor.send_frame(&crate::delivery::text(conversation, &format!("m{m}"), &long), reference);
        }
        crate::delivery::stored(&mut visitor, &format!("m{EACH}")).await;
        cursors.push(Cursor { conversation, cursor: Some(0) });
    }
    let known: Vec<u32> = queues(&gateway, &[]).iter().map(|queue| queue.id()).collect();
    let mut reader = gateway.socket().await;
    let queue = queues(&gateway, &known).pop().expect("the reader's");
    reader.hello(Hello { resume: cursors, ..agent_hello(&tenant.token) }).await.unwrap();
    let mut most = 0;
    for _ in 0..LOOKS {
        most = most.max(queue.held_bytes());
        tokio::task::yield_now().await;
    }
    let mut logs: BTreeMap<ConversationId, Vec<Seq>> = BTreeMap::new();
    while logs.values().map(Vec::len).sum::<usize>() < CONVERSATIONS * EACH as usize {
        most = most.max(queue.held_bytes());
        if let (_, ServerFrame::Replay(page)) = reader.next().await.expect("nobody is closed for what was asked for") {
            let seqs = page.entries.iter().filter_map(|entry| entry.seq);
            logs.entry(page.summary.conversation).or_default().extend(seqs);
        }
    }
    assert!(logs.values().all(|seqs| *seqs == (1..=EACH).collect::<Vec<_>>()));
    assert!(most > 0 && most <= QueueLimits::default().durable_bytes / 2, "{most} bytes waited at once");
    gateway.stop().await;
}
