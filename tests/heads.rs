//! Many conversations at once: resuming them, and noticing what went by unheard.

use std::collections::{BTreeMap, BTreeSet};

use protocol::client::{Cursor, Follow, Hello, Ping, Start};
use protocol::code::ErrorCode;
use protocol::connection::{Connection, Options};
use protocol::id::ConversationId;
use protocol::limit;
use protocol::server::ServerFrame;
use protocol::value::{Content, Head, Seq};
use tests::gateway::{TestGateway, agent_hello};

use crate::delivery::{find, follow, start, stored, text, until};
use crate::refusals::refusal;

/// Entries of each conversation that is resumed: more than one page holds, of some.
fn length(n: usize) -> u64 {
    if n.is_multiple_of(50) { 120 } else { (n % 4) as u64 }
}

async fn fill(visitor: &mut Connection, conversation: ConversationId, n: usize) {
    for m in 1..=length(n) {
        let reference = visitor.reference();
        visitor.send_frame(&text(conversation, &format!("m{m}"), &format!("line {m}")), reference);
    }
    if length(n) > 0 {
        stored(visitor, &format!("m{}", length(n))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_conversations_are_resumed_paged_bounded_and_complete() {
    const MANY: usize = limit::RESUME_CURSORS;
    let flags = ["--start-burst", "10000", "--frame-burst", "1000000", "--byte-burst", "1000000000"];
    let gateway = TestGateway::with(&flags).await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let (mut stranger, _) = gateway.visitor(&other).await;
    let foreign = start(&mut stranger).await;
    let mut cursors = Vec::new();
    for n in 0..MANY - 2 {
        let request = Start { client_id: format!("start-{n}"), department: None, answers: vec![] };
        let conversation = reply!(visitor, request, Started).conversation.conversation;
        fill(&mut visitor, conversation, n).await;
        // Some have all of it, some a part, some nothing yet, and one says nonsense.
        let cursor = if n == 3 { (1 << 53) - 1 } else { length(n).min((n % 3) as u64) };
        cursors.push(Cursor { conversation, cursor: Some(cursor) });
    }
    let missing = ConversationId::generate();
    let strangers: BTreeSet<_> = [foreign, missing].into();
    cursors.extend([foreign, missing].map(|conversation| Cursor { conversation, cursor: Some(0) }));

    let mut agent = gateway.socket().await;
    let hello = Hello { resume: cursors.clone(), ..agent_hello(&tenant.token) };
    let reference = agent.reference() + 1;
    agent.hello(hello).await.unwrap();
    // The socket goes on taking frames meanwhile: its own request is answered before the last replay is.
    let asked = agent.reference();
    agent.send_frame(&Ping::default().into(), asked);
    let (mut logs, mut ended, mut refused) = (BTreeMap::<_, Vec<Seq>>::new(), 0, BTreeSet::new());
    let mut answered_after = None;
    while ended < MANY - 2 || refused.len() < 2 {
        match agent.next().await.unwrap() {
            (got, ServerFrame::Replay(page)) => {
                assert_eq!(got, reference);
                let bytes = ServerFrame::from(page.clone()).encode(got).len();
                assert!(bytes <= limit::FRAME_BYTES && page.entries.len() <= limit::PAGE_ENTRIES as usize);
                let log = logs.entry(page.summary.conversation).or_default();
                log.extend(page.entries.iter().filter_map(|entry| entry.seq));
                ended += usize::from(!page.more);
            }
            (got, ServerFrame::Error(error)) => {
                assert_eq!((got, error.code), (reference, ErrorCode::NotFound));
                assert!(refused.insert(error.conversation.expect("it says which")));
            }
            (got, ServerFrame::Pong(_)) if got == asked => answered_after = Some(ended),
            _ => {}
        }
    }
    assert_eq!(refused, strangers);
    assert!(answered_after.is_some_and(|ended| ended < MANY - 2), "{answered_after:?} replays had ended");
    for (n, cursor) in cursors.iter().take(MANY - 2).enumerate() {
        let from = if n == 3 { length(n).saturating_sub(50) } else { cursor.cursor.unwrap() };
        assert_eq!(logs[&cursor.conversation], (from + 1..=length(n)).collect::<Vec<_>>(), "conversation {n}");
    }
    // All are followed from here on.
    for n in [0, MANY / 2, MANY - 3] {
        let client_id = format!("live-{n}");
        visitor.request(&text(cursors[n].conversation, &client_id, "live")).await.unwrap();
        assert_eq!(stored(&mut agent, &client_id).await.seq, length(n) + 1);
    }

    let mut greedy = gateway.socket().await;
    cursors.push(Cursor { conversation: ConversationId::generate(), cursor: None });
    let error = refusal(&mut greedy, Hello { resume: cursors, ..agent_hello(&tenant.token) }).await;
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some("resume")));
    gateway.stop().await;
}

/// Two gateways on one database that do not hear of each other: nothing tells the first one's clients but the heads.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_gateway_stored_is_noticed_by_the_pings_heads_without_a_disconnect() {
    let first = TestGateway::with(&["--ping-seconds", "1"]).await;
    let tenant = first.tenant("Shop").await;
    let mut visitor = first.visitor_chat(&tenant);
    let conversation = visitor.start(None, vec![]).await.unwrap();
    visitor.send(conversation, Content::text("here"));
    visitor.settle().await.unwrap();

    let data = first.database.folder().to_string_lossy().into_owned();
    let flags = ["--addr", "127.0.0.1:0", "--data", &data, "--database-url", first.database.url()];
    let second = gateway::serve::Gateway::start(tests::gateway::settings(&flags)).await.unwrap();
    let url = format!("ws://{}/ws", second.address());
    let mut agent = Connection::open(&url, &Options::default()).await.unwrap();
    agent.hello(agent_hello(&tenant.token)).await.unwrap();
    assert_eq!(follow(&mut agent, conversation).await.len(), 1);
    agent.request(&text(conversation, "a1", "from elsewhere")).await.unwrap();
    assert_eq!(stored(&mut agent, "a1").await.seq, 2);

    visitor.until(|chat| chat.log(conversation).is_some_and(|log| log.cursor() == 2)).await.unwrap();
    let log = visitor.log(conversation).unwrap();
    assert_eq!(log.entries()[1].content, Content::text("from elsewhere"));
    assert_eq!(visitor.sockets(), 1);
    second.stop().await.unwrap();
    first.stop().await;
}

async fn next_heads(socket: &mut Connection) -> Vec<Head> {
    find(socket, |frame| match frame {
        ServerFrame::Ping(ping) => Some(ping.heads),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_carry_the_heads_of_what_is_followed_and_nothing_else() {
    let gateway = TestGateway::with(&["--ping-seconds", "1"]).await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut visitor).await;
    let options = Options { answer_pings: false, ..Options::default() };
    let mut agent = gateway.socket_with(&options).await;
    agent.hello(agent_hello(&tenant.token)).await.unwrap();
    assert_eq!(next_heads(&mut agent).await, []);
    follow(&mut agent, conversation).await;
    visitor.request(&text(conversation, "v1", "one")).await.unwrap();
    stored(&mut agent, "v1").await;
    // The one that was under way may still be without it.
    let heads = async |socket: &mut Connection, wanted: &[Head]| while next_heads(socket).await != wanted {};
    heads(&mut agent, &[Head { conversation, head: 1 }]).await;
    reply!(agent, protocol::client::Unfollow { conversation }, Done);
    heads(&mut agent, &[]).await;

    // Without the database the heartbeat goes on.
    reply!(agent, Follow { conversation, cursor: Some(1) }, Replay);
    heads(&mut agent, &[Head { conversation, head: 1 }]).await;
    gateway.database.reachable(false).await;
    heads(&mut agent, &[]).await;
    gateway.database.reachable(true).await;
    heads(&mut agent, &[Head { conversation, head: 1 }]).await;
    until(&mut agent, |frame| matches!(frame, ServerFrame::Ping(_))).await;
    gateway.stop().await;
}
