//! Lists of conversations: a visitor's own, and an agent's, which is proved complete after whatever was missed.

use std::collections::BTreeMap;

use protocol::client::{Assigned, Inbox, InboxPlace, InboxSync, Read, Start, Update};
use protocol::code::ErrorCode;
use protocol::connection::Connection;
use protocol::connection::chat::Chat;
use protocol::id::{ConversationId, DepartmentId};
use protocol::limit;
use protocol::server::ServerFrame;
use protocol::value::{Content, ConversationStatus, Known, Priority, Summary};
use tests::gateway::{Tenant, TestGateway, visitor_hello};

use crate::delivery::{find, start, stored, text, until};
use crate::refusals::refusal;

fn known(summary: &Summary) -> Known {
    Known { conversation: summary.conversation, head: summary.head, agent_read: summary.agent_read }
}

fn place(summary: &Summary) -> InboxPlace {
    InboxPlace { updated_at: summary.updated_at, conversation: summary.conversation }
}

/// Starts so many conversations.
async fn start_many(visitor: &mut Connection, count: usize) -> Vec<ConversationId> {
    let mut conversations = Vec::new();
    for n in 0..count {
        let request = Start { client_id: format!("start-{n}"), department: None, answers: vec![] };
        conversations.push(reply!(visitor, request, Started).conversation.conversation);
    }
    conversations
}

async fn say(socket: &mut Connection, conversation: ConversationId, client_id: &str) {
    socket.request(&text(conversation, client_id, client_id)).await.unwrap();
    stored(socket, client_id).await;
}

async fn page(socket: &mut Connection, request: Inbox) -> (Vec<ConversationId>, Option<InboxPlace>) {
    let page = reply!(socket, request, InboxPage);
    (page.conversations.iter().map(|summary| summary.conversation).collect(), page.next)
}

#[tokio::test(flavor = "multi_thread")]
async fn visitors_list_their_own_conversations() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, welcome) = gateway.visitor(&tenant).await;
    let (mut other, _) = gateway.visitor(&tenant).await;
    start(&mut other).await;
    let mine = start_many(&mut visitor, 5).await;
    say(&mut visitor, mine[0], "newest").await;
    let end = Content::status(ConversationStatus::Resolved);
    let end = protocol::client::Send { conversation: mine[4], client_id: "end".into(), content: end };
    reply!(visitor, end, Routed);
    stored(&mut visitor, "end").await;

    let (all, next) = page(&mut visitor, Inbox::default()).await;
    assert_eq!((all, next), (vec![mine[4], mine[0], mine[3], mine[2], mine[1]], None));
    let resolved = Inbox { status: Some(ConversationStatus::Resolved), ..Inbox::default() };
    assert_eq!(page(&mut visitor, resolved).await, (vec![mine[4]], None));
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let (some, next) = page(&mut visitor, Inbox { after, limit: Some(2), ..Inbox::default() }).await;
        paged.push(some.len());
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, [2, 2, 1]);
    let own = reply!(visitor, Inbox::default(), InboxPage).conversations;
    assert!(own.iter().all(|summary| summary.visitor.id == welcome.visitor.as_ref().unwrap().visitor));
    let error = refusal(&mut visitor, Inbox { limit: Some(101), ..Inbox::default() }).await;
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some("limit")));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_filter_and_count_what_visitors_may_not() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let mut agent = gateway.agent(&tenant).await;
    let mine = start_many(&mut visitor, 4).await;
    for (n, (conversation, content)) in [
        (mine[0], Content::assignment(Some(tenant.owner()))),
        (mine[1], Content::priority(Priority::High)),
        (mine[2], Content::status(ConversationStatus::Resolved)),
    ]
    .into_iter()
    .enumerate()
    {
        let client_id = format!("a{n}");
        reply!(agent, protocol::client::Send { conversation, client_id: client_id.clone(), content }, Routed);
        stored(&mut agent, &client_id).await;
    }
    let of = |member| Inbox { assigned: Some(Assigned { member }), ..Inbox::default() };
    let high = Inbox { priority: Some(Priority::High), ..Inbox::default() };
    let open_nobodys = Inbox { status: Some(ConversationStatus::Open), ..of(None) };
    let unknown = Inbox { department: Some(DepartmentId::generate()), ..Inbox::default() };
    for (request, expected) in [
        (of(Some(tenant.owner())), vec![mine[0]]),
        (of(None), vec![mine[2], mine[1], mine[3]]),
        (open_nobodys, vec![mine[1], mine[3]]),
        (high.clone(), vec![mine[1]]),
        (unknown.clone(), vec![]),
    ] {
        assert_eq!(page(&mut agent, request.clone()).await, (expected, None), "{request:?}");
    }
    let first = reply!(agent, Inbox { limit: Some(1), ..high.clone() }, InboxPage);
    let counts = first.counts.unwrap();
    let (of_status, of_agents) = ([counts.open, counts.pending, counts.resolved], [counts.mine, counts.unassigned]);
    assert_eq!((of_status, of_agents), ([3, 0, 1], [1, 2]), "whatever the page was filtered by");
    let place = Some(place(&first.conversations[0]));
    assert_eq!(reply!(agent, Inbox { after: place, ..Inbox::default() }, InboxPage).counts, None);

    assert_eq!(reply!(visitor, Inbox::default(), InboxPage).counts, None);
    for (request, field) in [(of(None), "assigned"), (high, "priority"), (unknown, "department")] {
        let error = refusal(&mut visitor, request).await;
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some(field)));
    }
    gateway.stop().await;
}

/// A summary that was read beside the log's lane and published later would take a newer one's place.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_name_is_told_behind_what_is_being_stored_and_never_with_an_older_head() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let mut agent = gateway.agent(&tenant).await;
    let conversation = start(&mut visitor).await;
    let told = |frame| match frame {
        ServerFrame::Summary(summary) => Some((summary.head, summary.visitor.name)),
        _ => None,
    };
    assert_eq!(find(&mut agent, told).await, (0, None), "one that is new is told of");
    // The log's row is somebody else's for now: what is stored and what is told wait for it alike.
    let mut client = gateway.database.client().await;
    let holding = client.transaction().await.unwrap();
    let lock = "select 1 from conversations where id = $1 for update";
    holding.query_one(lock, &[&conversation.0]).await.unwrap();
    visitor.request(&text(conversation, "one", "hello")).await.unwrap();
    let update = Update { name: Some("Ada".into()), ..Update::default() };
    reply!(visitor, update, Done);
    holding.rollback().await.unwrap();
    stored(&mut visitor, "one").await;
    loop {
        let (head, name) = find(&mut agent, told).await;
        assert_eq!(head, 1);
        if name.as_deref() == Some("Ada") {
            break;
        }
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_tells_what_is_new_further_or_gone_and_nothing_else() {
    let gateway = TestGateway::start().await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let mut agent = gateway.agent(&tenant).await;
    let mine = start_many(&mut visitor, 4).await;
    say(&mut visitor, mine[3], "first").await;
    let before = reply!(agent, Inbox::default(), InboxPage).conversations;
    let newest = Some(place(&before[0]));
    let all: Vec<Known> = before.iter().map(known).collect();
    let nothing = reply!(agent, InboxSync { known: all.clone(), newest }, InboxChanges);
    assert_eq!((nothing.changed, nothing.gone, nothing.more), (vec![], vec![], false));

    // One goes further, one is read, one is new; and some are not this organization's, or nobody's.
    say(&mut visitor, mine[1], "second").await;
    reply!(agent, Read { conversation: mine[3], seq: 1 }, Done);
    until(&mut agent, |frame| matches!(frame, ServerFrame::Summary(summary) if summary.agent_read == 1)).await;
    let request = Start { client_id: "late".into(), department: None, answers: vec![] };
    let late = reply!(visitor, request, Started).conversation.conversation;
    let (mut stranger, _) = gateway.visitor(&other).await;
    let strangers = [start(&mut stranger).await, ConversationId::generate()];
    let mut asked = all.clone();
    asked.extend(strangers.map(|conversation| Known { conversation, head: 0, agent_read: 0 }));
    let changes = reply!(agent, InboxSync { known: asked, newest }, InboxChanges);
    let changed: Vec<_> = changes.changed.iter().map(|summary| (summary.conversation, summary.head)).collect();
    assert_eq!(changed, [(mine[3], 1), (mine[1], 1), (late, 0)], "those updated first come first");
    let mut gone = changes.gone;
    gone.sort();
    let mut expected = strangers;
    expected.sort();
    assert_eq!((gone.as_slice(), changes.more), (&expected[..], false));
    // Without the newest place, only what is known already.
    let changes = reply!(agent, InboxSync { known: all, newest: None }, InboxChanges);
    assert_eq!(changes.changed.len(), 2);

    let many = vec![Known { conversation: late, head: 0, agent_read: 0 }; limit::SYNC_KNOWN + 1];
    let error = refusal(&mut agent, InboxSync { known: many, newest: None }).await;
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some("known")));
    assert_eq!(refusal(&mut visitor, InboxSync::default()).await.code, ErrorCode::Forbidden);
    gateway.stop().await;
}

/// The list as it would be fetched anew.
async fn fetched(gateway: &TestGateway, tenant: &Tenant) -> BTreeMap<ConversationId, Summary> {
    let mut fresh = gateway.agent_chat(tenant);
    fresh.list_inbox().await.unwrap();
    fresh.summaries().clone()
}

/// More conversations than one request may name, and more changes than one answer may hold.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_complete_after_a_sync_of_many_bounded_steps() {
    const FIRST: usize = 520;
    const LATER: usize = 230;
    let flags = ["--start-burst", "10000", "--unstored-sends", "10000"];
    let gateway = TestGateway::with(&flags).await;
    let tenant = gateway.tenant("Shop").await;
    let mut socket = gateway.socket().await;
    socket.hello(visitor_hello(&tenant.widget_key, None)).await.unwrap();
    let conversations = start_many(&mut socket, FIRST).await;
    let mut agent: Chat = gateway.agent_chat(&tenant);
    agent.list_inbox().await.unwrap();
    assert_eq!(agent.summaries().len(), FIRST);
    agent.disconnect();

    let (mut later, _) = gateway.visitor(&tenant).await;
    start_many(&mut later, LATER).await;
    for (n, conversation) in conversations.iter().enumerate().filter(|(n, _)| n % 3 == 0) {
        say(&mut socket, *conversation, &format!("m{n}")).await;
    }
    let steps = agent.sync_inbox().await.unwrap();
    assert!(steps > 4, "{steps} answers held {} changes", LATER + FIRST.div_ceil(3));
    assert_eq!(*agent.summaries(), fetched(&gateway, &tenant).await);
    assert!(agent.sync_inbox().await.unwrap() <= 3, "nothing is left to be told");
    gateway.stop().await;
}

/// While pushes come in between, and a colleague's work as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_sync_in_the_middle_of_changes_ends_with_the_list_as_it_is() {
    let gateway = TestGateway::with(&["--start-burst", "1000"]).await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversations = start_many(&mut visitor, 150).await;
    let mut agent = gateway.agent_chat(&tenant);
    agent.list_inbox().await.unwrap();
    agent.disconnect();
    let writing = async {
        for (n, conversation) in conversations.iter().enumerate() {
            say(&mut visitor, *conversation, &format!("m{n}")).await;
        }
        say(&mut visitor, conversations[7], "last").await;
    };
    let syncing = async {
        loop {
            agent.sync_inbox().await.unwrap();
            if agent.summaries()[&conversations[7]].head == 2 {
                break;
            }
        }
    };
    tokio::join!(writing, syncing);
    agent.sync_inbox().await.unwrap();
    assert_eq!(*agent.summaries(), fetched(&gateway, &tenant).await);
    let mut watching = gateway.agent(&tenant).await;
    say(&mut visitor, conversations[0], "pushed").await;
    let pushed = find(&mut watching, |frame| match frame {
        ServerFrame::Summary(summary) => Some(summary.head),
        _ => None,
    })
    .await;
    assert_eq!(pushed, 2);
    gateway.stop().await;
}
