//! Kinds of entries: who may send which, what the gateway fills in, and what they do to the conversation.

use protocol::client::{Follow, History, Inbox, Send};
use protocol::code::ErrorCode;
use protocol::connection::Connection;
use protocol::id::{AttachmentId, ConversationId, MemberId};
use protocol::server::{Replay, ServerFrame};
use protocol::value::{
    Assignment, Attachment, Content, ConversationStatus, Entry, EntryKind, ParticipantKind, Priority, Rating, Summary,
};
use tests::gateway::{TestGateway, agent_hello};

use crate::delivery::{entry, find, start, stored, talk, text};
use crate::refusals::refusal;

fn send(conversation: ConversationId, client_id: &str, content: Content) -> Send {
    Send { conversation, client_id: client_id.into(), content }
}

/// The next summary that is as far as `head`.
async fn summary(socket: &mut Connection, head: u64) -> Summary {
    find(socket, |frame| match frame {
        ServerFrame::Summary(summary) if summary.head == head => Some(summary),
        _ => None,
    })
    .await
}

async fn replayed(socket: &mut Connection, conversation: ConversationId) -> Replay {
    reply!(socket, Follow { conversation, cursor: Some(0) }, Replay)
}

fn some_file() -> Attachment {
    let id = AttachmentId::generate();
    Attachment { id, name: String::new(), size: 0, media_type: String::new(), url: String::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_sends_the_kinds_that_are_its_own() {
    use ConversationStatus::{Open, Pending, Resolved, Snoozed};
    let (gateway, mut visitor, mut agent, conversation) = talk(&[]).await;
    let note = || Content::note("a regular");
    let give = || Content::assignment(None);
    let rate = || Content::rating(4, Some("quick".into()));
    let (taken, forbidden, snoozed) = (None, Some((ErrorCode::Forbidden, None)), Some("content.status"));
    let bad = |field| Some((ErrorCode::BadField, field));
    for (n, (content, of_visitor, of_agent)) in [
        (Content::text("hello"), taken, taken),
        (note(), forbidden, taken),
        (give(), forbidden, taken),
        (rate(), taken, forbidden),
        (Content::status(Resolved), taken, taken),
        (Content::priority(Priority::High), forbidden, taken),
        (Content::status(Open), forbidden, taken),
        (Content::status(Pending), forbidden, taken),
        (Content::status(Snoozed), bad(snoozed), bad(snoozed)),
        (Content::attachment(some_file()), bad(Some("content.attachment.id")), bad(Some("content.attachment.id"))),
    ]
    .into_iter()
    .enumerate()
    {
        for (side, socket, expected) in [("v", &mut visitor, of_visitor), ("a", &mut agent, of_agent)] {
            let client_id = format!("{side}{n}");
            let send = send(conversation, &client_id, content.clone());
            match expected {
                None => {
                    reply!(socket, send, Routed);
                    stored(socket, &client_id).await;
                }
                Some((code, field)) => {
                    let error = refusal(socket, send).await;
                    // Of two faults either may be named first.
                    assert!(error.code == code || error.code == ErrorCode::Forbidden, "{client_id}: {error:?}");
                    if error.code == ErrorCode::BadField {
                        assert_eq!(error.field.as_deref(), field, "{client_id}: {error:?}");
                    }
                }
            }
        }
    }
    let kinds: Vec<String> = gateway.database.entries(conversation).await.into_iter().map(|(_, id, _)| id).collect();
    assert_eq!(kinds, ["v0", "a0", "a1", "a2", "v3", "v4", "a4", "a5", "a6", "a7"]);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_has_its_own_fields_and_no_others() {
    let (gateway, mut visitor, mut agent, conversation) = talk(&[]).await;
    let rated = |score, comment: Option<&str>| Content::rating(score, comment.map(Into::into));
    for (content, field) in [
        (rated(0, None), "content.rating.score"),
        (rated(6, None), "content.rating.score"),
        (rated(3, Some("  ")), "content.rating.comment"),
        (rated(3, Some(&"x".repeat(2_001))), "content.rating.comment"),
        (Content { rating: None, ..rated(3, None) }, "content.rating"),
        (Content { text: Some("and".into()), ..rated(3, None) }, "content.text"),
        (Content { rating: Some(Rating { score: 3, comment: None }), ..Content::text("x") }, "content.rating"),
    ] {
        let error = refusal(&mut visitor, send(conversation, "a", content)).await;
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some(field)));
    }
    for (content, field) in [
        (Content { assignment: None, ..Content::assignment(None) }, "content.assignment"),
        (Content { assignment: Some(Assignment::default()), ..Content::note("x") }, "content.assignment"),
        (Content { status: None, ..Content::status(ConversationStatus::Open) }, "content.status"),
        (Content { attachment: Some(some_file()), ..Content::text("x") }, "content.attachment"),
    ] {
        let error = refusal(&mut agent, send(conversation, "a", content)).await;
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some(field)));
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_given_to_members_of_its_organization_under_their_own_names() {
    let gateway = TestGateway::start().await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let (grace, _) = gateway.colleague(&tenant, "Grace").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let mut agent = gateway.agent(&tenant).await;
    let conversation = start(&mut visitor).await;
    let mut give = Content::assignment(Some(grace));
    // Whatever a sender calls them.
    give.assignment.as_mut().unwrap().name = Some("Mallory".into());
    reply!(agent, send(conversation, "a1", give), Routed);
    let seen = entry(&mut visitor).await;
    let assignment = Assignment { member: Some(grace), name: Some("Grace".into()) };
    assert_eq!(seen.content.assignment.as_ref(), Some(&assignment));
    assert_eq!(summary(&mut agent, 1).await.assignee, Some(grace));
    // For the visitor the entry tells it; whose the conversation is, is the agents' business.
    let page = replayed(&mut visitor, conversation).await;
    assert_eq!((page.summary.assignee, page.entries[0].content.assignment.as_ref()), (None, Some(&assignment)));

    for stranger in [other.owner(), MemberId::generate()] {
        let error = refusal(&mut agent, send(conversation, "a2", Content::assignment(Some(stranger)))).await;
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some("content.assignment.member")));
    }
    reply!(agent, send(conversation, "a3", Content::assignment(None)), Routed);
    assert_eq!(summary(&mut agent, 2).await.assignee, None);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_urgent_a_conversation_is_no_visitor_learns() {
    let (gateway, mut visitor, mut agent, conversation) = talk(&[]).await;
    reply!(agent, send(conversation, "p1", Content::priority(Priority::Urgent)), Routed);
    let told = summary(&mut agent, 1).await;
    assert_eq!(told.priority, Priority::Urgent);
    let hidden = |entry: &Entry| {
        assert_eq!((&entry.content, entry.client_id.as_str()), (&Content::hidden(), "p1"));
        assert_eq!(entry.sender.name, None);
    };
    hidden(&entry(&mut visitor).await);
    let page = replayed(&mut visitor, conversation).await;
    hidden(&page.entries[0]);
    assert_eq!((page.summary.head, page.summary.priority), (1, Priority::None));
    hidden(&reply!(visitor, History { conversation, before: 2, limit: None }, HistoryPage).entries[0]);
    assert_eq!(reply!(visitor, Inbox::default(), InboxPage).conversations[0].priority, Priority::None);

    let page = replayed(&mut agent, conversation).await;
    assert_eq!((page.entries[0].content.kind, page.summary.priority), (EntryKind::Priority, Priority::Urgent));
    assert_eq!(page.entries[0].content.priority, Some(Priority::Urgent));
    reply!(agent, send(conversation, "p2", Content::priority(Priority::None)), Routed);
    assert_eq!(summary(&mut agent, 2).await.priority, Priority::None);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_rating_counts_and_opens_nothing() {
    let (gateway, mut visitor, mut agent, conversation) = talk(&[]).await;
    reply!(visitor, send(conversation, "r1", Content::rating(2, Some("slow".into()))), Routed);
    let seen = entry(&mut agent).await;
    assert_eq!(seen.content, Content::rating(2, Some("slow".into())));
    assert_eq!(summary(&mut agent, 1).await.rating, Some(2));
    // The visitor ends the conversation and rates it once more: ended it stays.
    reply!(visitor, send(conversation, "end", Content::status(ConversationStatus::Resolved)), Routed);
    assert_eq!(entry(&mut agent).await.sender.kind, ParticipantKind::Visitor);
    assert_eq!(summary(&mut agent, 2).await.status, ConversationStatus::Resolved);
    reply!(visitor, send(conversation, "r2", Content::rating(5, None)), Routed);
    let rated = summary(&mut agent, 3).await;
    assert_eq!((rated.rating, rated.status), (Some(5), ConversationStatus::Resolved));
    visitor.request(&text(conversation, "again", "One more thing")).await.unwrap();
    assert_eq!(summary(&mut agent, 4).await.status, ConversationStatus::Open);
    let own = replayed(&mut visitor, conversation).await;
    assert_eq!((own.summary.rating, own.summary.status), (Some(5), ConversationStatus::Open));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_foreign_conversation_not_even_the_kinds_show() {
    let gateway = TestGateway::start().await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let (mut owner, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut owner).await;
    let (mut stranger, _) = gateway.visitor(&tenant).await;
    let (mut abroad, _) = gateway.visitor(&other).await;
    let mut agent = gateway.agent(&other).await;
    let contents = [
        Content::text("x"),
        Content::note("x"),
        Content::attachment(some_file()),
        Content::status(ConversationStatus::Resolved),
        Content::assignment(Some(tenant.owner())),
        Content::rating(1, None),
        Content::priority(Priority::High),
    ];
    for content in contents {
        for socket in [&mut stranger, &mut abroad, &mut agent] {
            let foreign = refusal(socket, send(conversation, "x", content.clone())).await;
            let missing = refusal(socket, send(ConversationId::generate(), "x", content.clone())).await;
            assert_eq!((foreign.code, &foreign.text), (ErrorCode::NotFound, &missing.text), "{content:?}");
        }
    }
    assert!(gateway.database.entries(conversation).await.is_empty());
    gateway.stop().await;
}

/// Every kind is in the log of whoever comes later, each side with its own view.
#[tokio::test(flavor = "multi_thread")]
async fn all_kinds_are_replayed() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let mut agent = gateway.agent(&tenant).await;
    let conversation = start(&mut visitor).await;
    let of_agent = [
        Content::text("hello"),
        Content::note("a regular"),
        Content::assignment(Some(tenant.owner())),
        Content::status(ConversationStatus::Pending),
    ];
    for (n, content) in of_agent.iter().enumerate() {
        reply!(agent, send(conversation, &format!("a{n}"), content.clone()), Routed);
        stored(&mut agent, &format!("a{n}")).await;
    }
    reply!(visitor, send(conversation, "v", Content::rating(3, None)), Routed);
    stored(&mut visitor, "v").await;
    let mut late = gateway.socket().await;
    late.hello(agent_hello(&tenant.token)).await.unwrap();
    let kinds = |entries: &[Entry]| entries.iter().map(|entry| format!("{:?}", entry.content.kind)).collect::<Vec<_>>();
    let page = replayed(&mut late, conversation).await;
    assert_eq!(kinds(&page.entries), ["Text", "Note", "Assignment", "Status", "Rating"]);
    assert_eq!(page.entries[2].content.assignment.as_ref().unwrap().name.as_deref(), Some("Shop's owner"));
    let page = replayed(&mut visitor, conversation).await;
    assert_eq!(kinds(&page.entries), ["Text", "Hidden", "Assignment", "Status", "Rating"]);
    gateway.stop().await;
}
