//! A conversation between a visitor and an agent: what each of them sees, in which order, and what is stored.

use std::time::Duration;

use protocol::client::{ClientFrame, Follow, Read, Send, Start, Typing};
use protocol::connection::Connection;
use protocol::id::ConversationId;
use protocol::server::{ServerFrame, Stored};
use protocol::value::{Content, ConversationStatus, Entry, EntryKind, ParticipantKind, Seq};
use tests::gateway::TestGateway;
use tokio::time::timeout;

/// How long a frame may be waited for: a test that waits in vain should fail, not hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts a conversation and reads its empty replay.
pub(crate) async fn start(visitor: &mut Connection) -> ConversationId {
    let request = Start { client_id: "start".into(), department: None, answers: vec![] };
    let ServerFrame::Started(started) = visitor.request(&request.into()).await.unwrap() else { panic!("not started") };
    until(visitor, |frame| matches!(frame, ServerFrame::Replay(replay) if !replay.more)).await;
    started.conversation.conversation
}

/// Follows a conversation from the beginning; its entries so far.
pub(crate) async fn follow(socket: &mut Connection, conversation: ConversationId) -> Vec<Entry> {
    let reference = socket.reference();
    socket.send_frame(&ClientFrame::Follow(Follow { conversation, cursor: Some(0) }), reference);
    let mut entries = Vec::new();
    loop {
        if let ServerFrame::Replay(page) = socket.next().await.unwrap().1 {
            entries.extend(page.entries);
            if !page.more {
                return entries;
            }
        }
    }
}

/// A gateway with these flags, and a visitor and an agent in a conversation that is still empty.
pub(crate) async fn talk(flags: &[&str]) -> (TestGateway, Connection, Connection, ConversationId) {
    let gateway = TestGateway::with(flags).await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let mut agent = gateway.agent(&tenant).await;
    let conversation = start(&mut visitor).await;
    follow(&mut agent, conversation).await;
    (gateway, visitor, agent, conversation)
}

/// Reads until a frame has what is waited for.
pub(crate) async fn find<T>(socket: &mut Connection, mut pick: impl FnMut(ServerFrame) -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(found) = pick(socket.next().await.unwrap().1) {
                return found;
            }
        }
    };
    timeout(PATIENCE, waiting).await.expect("what is waited for comes")
}

/// Reads until a frame is what is waited for.
pub(crate) async fn until(socket: &mut Connection, mut wanted: impl FnMut(&ServerFrame) -> bool) -> ServerFrame {
    let waiting = async {
        loop {
            let (_, frame) = socket.next().await.unwrap();
            if wanted(&frame) {
                return frame;
            }
        }
    };
    timeout(PATIENCE, waiting).await.expect("what is waited for comes")
}

pub(crate) async fn stored(socket: &mut Connection, client_id: &str) -> Stored {
    match until(socket, |frame| matches!(frame, ServerFrame::Stored(stored) if stored.client_id == client_id)).await {
        ServerFrame::Stored(stored) => stored,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn entry(socket: &mut Connection) -> Entry {
    match until(socket, |frame| matches!(frame, ServerFrame::Entry(_))).await {
        ServerFrame::Entry(entry) => entry,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn text(conversation: ConversationId, client_id: &str, text: &str) -> ClientFrame {
    Send { conversation, client_id: client_id.into(), content: Content::text(text) }.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_see_each_message_once_and_in_order() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let mut agent = gateway.agent(&tenant).await;
    let conversation = start(&mut visitor).await;
    let ServerFrame::Summary(summary) = until(&mut agent, |frame| matches!(frame, ServerFrame::Summary(_))).await
    else {
        panic!("the inbox hears of a new conversation")
    };
    assert_eq!((summary.conversation, summary.head), (conversation, 0));
    assert!(follow(&mut agent, conversation).await.is_empty());

    let reply = visitor.request(&text(conversation, "v1", "Is the fern in stock?")).await.unwrap();
    let ServerFrame::Routed(routed) = reply else { panic!("{reply:?}") };
    let seen = entry(&mut agent).await;
    assert_eq!((seen.id, seen.seq, seen.client_id.as_str()), (routed.id, None, "v1"));
    assert_eq!(seen.content, Content::text("Is the fern in stock?"));
    for socket in [&mut visitor, &mut agent] {
        let stored = stored(socket, "v1").await;
        assert_eq!((stored.seq, stored.id), (1, routed.id));
    }

    agent.request(&text(conversation, "a1", "It is!")).await.unwrap();
    let seen = entry(&mut visitor).await;
    assert_eq!((seen.sender.kind, seen.sender.name.as_deref()), (ParticipantKind::Agent, Some("Shop's owner")));
    assert_eq!(stored(&mut visitor, "a1").await.seq, 2);

    let log = gateway.database.entries(conversation).await;
    assert_eq!(log, [(1, "v1".into(), "Is the fern in stock?".into()), (2, "a1".into(), "It is!".into())]);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_senders_order_is_the_logs_order_however_fast() {
    const MESSAGES: Seq = 500;
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut visitor).await;
    for n in 1..=MESSAGES {
        let reference = visitor.reference();
        visitor.send_frame(&text(conversation, &format!("m{n}"), &format!("line {n}")), reference);
    }
    for n in 1..=MESSAGES {
        let ServerFrame::Stored(stored) = until(&mut visitor, |frame| matches!(frame, ServerFrame::Stored(_))).await
        else {
            unreachable!()
        };
        assert_eq!((stored.seq, stored.client_id), (n, format!("m{n}")));
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resend_is_stored_once_and_answered_with_the_same_seq() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, welcome) = gateway.visitor(&tenant).await;
    let conversation = start(&mut visitor).await;
    visitor.request(&text(conversation, "same", "hello")).await.unwrap();
    let first = stored(&mut visitor, "same").await;
    // Another tab of the same visitor, with the text even changed: the key decides.
    let token = welcome.visitor.unwrap().token.unwrap();
    let mut tab = gateway.socket().await;
    tab.hello(tests::gateway::visitor_hello(&tenant.widget_key, Some(&token))).await.unwrap();
    tab.request(&text(conversation, "same", "hello again")).await.unwrap();
    let second = stored(&mut tab, "same").await;
    assert_eq!((first.seq, first.id), (second.seq, second.id));
    assert_eq!(gateway.database.entries(conversation).await, [(1, "same".into(), "hello".into())]);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_twice_with_one_key_starts_once() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    assert_eq!(start(&mut visitor).await, start(&mut visitor).await);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_a_placeholder_to_the_visitor_live_and_replayed() {
    let (gateway, mut visitor, mut agent, conversation) = talk(&[]).await;
    let note = Send { conversation, client_id: "n1".into(), content: Content::note("looks like a regular") };
    agent.request(&note.into()).await.unwrap();

    let live = entry(&mut visitor).await;
    assert_eq!((live.content, live.sender.name), (Content::hidden(), None));
    let settled = stored(&mut visitor, "n1").await;
    assert_eq!((settled.seq, settled.sender.name), (1, None));
    let replayed = follow(&mut visitor, conversation).await;
    assert_eq!(replayed.iter().map(|entry| entry.content.clone()).collect::<Vec<_>>(), [Content::hidden()]);
    assert_eq!(follow(&mut agent, conversation).await[0].content.kind, EntryKind::Note);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_and_receipts_reach_the_other_side_and_receipts_are_kept() {
    let (gateway, mut visitor, mut agent, conversation) = talk(&[]).await;
    visitor.request(&Typing { conversation, on: true, draft: None }.into()).await.unwrap();
    until(
        &mut agent,
        |frame| matches!(frame, ServerFrame::TypingBy(by) if by.on && by.participant.kind == ParticipantKind::Visitor),
    )
    .await;

    visitor.request(&text(conversation, "v1", "hello?")).await.unwrap();
    stored(&mut agent, "v1").await;
    // Nobody has read further than the log goes.
    agent.request(&Read { conversation, seq: (1 << 53) - 1 }.into()).await.unwrap();
    let frame = until(&mut visitor, |frame| matches!(frame, ServerFrame::ReadBy(_))).await;
    assert!(matches!(&frame, ServerFrame::ReadBy(by) if by.seq == 1), "{frame:?}");
    // Written behind: the summary that tells of it comes after the commit.
    until(&mut agent, |frame| matches!(frame, ServerFrame::Summary(summary) if summary.agent_read == 1)).await;
    let reference = agent.reference();
    agent.send_frame(&ClientFrame::Follow(Follow { conversation, cursor: None }), reference);
    let frame = until(&mut agent, |frame| matches!(frame, ServerFrame::Replay(_))).await;
    let ServerFrame::Replay(page) = frame else { unreachable!() };
    assert!(
        page.reset && page.read.iter().any(|read| read.participant.kind == ParticipantKind::Agent && read.seq == 1)
    );
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resolved_conversation_reopens_when_the_visitor_writes() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let mut agent = gateway.agent(&tenant).await;
    let conversation = start(&mut visitor).await;
    let resolve = Content::status(ConversationStatus::Resolved);
    // Without following: the sender hears of its own entry all the same.
    agent.request(&Send { conversation, client_id: "r".into(), content: resolve }.into()).await.unwrap();
    assert_eq!(stored(&mut agent, "r").await.seq, 1);
    until(
        &mut agent,
        |frame| matches!(frame, ServerFrame::Summary(summary) if summary.status == ConversationStatus::Resolved),
    )
    .await;
    visitor.request(&text(conversation, "again", "one more thing")).await.unwrap();
    until(&mut agent, |frame| {
        matches!(frame, ServerFrame::Summary(summary) if summary.status == ConversationStatus::Open && summary.head == 2)
    })
    .await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_are_told_when_agents_come_and_go() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, welcome) = gateway.visitor(&tenant).await;
    assert!(!welcome.visitor.unwrap().availability.online);
    let agent = gateway.agent(&tenant).await;
    let frame = until(&mut visitor, |frame| matches!(frame, ServerFrame::Availability(_))).await;
    let ServerFrame::Availability(availability) = frame else { unreachable!() };
    assert!(availability.online);
    assert_eq!(availability.agents[0].name, "Shop's owner");
    agent.close().await.unwrap();
    until(&mut visitor, |frame| matches!(frame, ServerFrame::Availability(gone) if !gone.online)).await;
    gateway.stop().await;
}
