//! What coming back costs the database, counted on the way to it.

use protocol::client::{Cursor, Hello};
use protocol::connection::Connection;
use protocol::id::ConversationId;
use protocol::server::{Replay, ServerFrame};
use protocol::value::Seq;
use tests::gateway::{Tenant, TestGateway, agent_hello, visitor_hello};
use tests::postgres_line::PostgresLine;
use tokio::task::JoinSet;

use super::{asked, counted, hello};
use crate::delivery::{find, start, stored, text};

/// Those who come back at once.
const VISITORS: usize = 200;
/// What each of them has written.
const WRITTEN: Seq = 3;

/// Somebody who was here.
struct Known {
    token: String,
    conversation: ConversationId,
}

async fn make_known(gateway: &TestGateway, tenant: &Tenant) -> Known {
    let (mut socket, welcome) = hello(gateway, tenant, None).await;
    let conversation = start(&mut socket).await;
    for n in 1..=WRITTEN {
        let reference = socket.reference();
        socket.send_frame(&text(conversation, &format!("m{n}"), &format!("line {n}")), reference);
    }
    stored(&mut socket, &format!("m{WRITTEN}")).await;
    socket.close().await.unwrap();
    Known { token: welcome.visitor.unwrap().token.unwrap(), conversation }
}

/// Comes back; the last page of the replay.
async fn come_back(gateway: &TestGateway, tenant: &Tenant, known: &Known, cursor: Option<Seq>) -> Replay {
    let resume = cursor.map(|seq| Cursor { conversation: known.conversation, cursor: Some(seq) });
    let hello = Hello { resume: resume.into_iter().collect(), ..visitor_hello(&tenant.widget_key, Some(&known.token)) };
    let mut socket = gateway.socket().await;
    let welcome = socket.hello(hello).await.unwrap().visitor.unwrap();
    assert_eq!(welcome.conversation.map(|open| open.conversation), Some(known.conversation));
    last_page(&mut socket).await
}

async fn last_page(socket: &mut Connection) -> Replay {
    find(socket, |frame| match frame {
        ServerFrame::Replay(page) if !page.more => Some(page),
        _ => None,
    })
    .await
}

/// The statements since the count began, but those that pings take: once a second for all sockets.
fn statements(line: &PostgresLine) -> Vec<String> {
    asked(line).into_iter().filter(|sql| !sql.contains("select c.organization_id, c.id, c.head_seq")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_who_come_back_at_once_cost_two_statements_each_at_most() {
    let (gateway, line) = counted(&[]).await;
    let tenant = gateway.tenant("Shop").await;
    let mut known = Vec::new();
    for _ in 0..VISITORS {
        known.push(make_known(&gateway, &tenant).await);
    }
    line.forget();
    let (gateway, tenant) = (std::sync::Arc::new(gateway), std::sync::Arc::new(tenant));
    let mut storm = JoinSet::new();
    for (n, known) in known.into_iter().enumerate() {
        let (gateway, tenant) = (gateway.clone(), tenant.clone());
        // At the head, behind it, without a cursor.
        let cursor = [Some(WRITTEN), Some(1), None][n % 3];
        storm.spawn(async move {
            let replay = come_back(&gateway, &tenant, &known, cursor).await;
            let seqs: Vec<Seq> = replay.entries.iter().filter_map(|entry| entry.seq).collect();
            assert_eq!(seqs, (cursor.unwrap_or(0) + 1..=WRITTEN).collect::<Vec<_>>());
            assert_eq!((replay.reset, replay.summary.head), (cursor.is_none(), WRITTEN));
            assert_eq!(replay.read.len(), 1, "the visitor has read what they wrote");
        });
    }
    storm.join_all().await;
    let ran = statements(&line);
    assert!(ran.len() <= 2 * VISITORS, "{} statements for {VISITORS} visitors", ran.len());
    assert!(ran.len() >= 2, "the line counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_visitor_costs_one_statement_and_an_agent_two() {
    let (gateway, line) = counted(&[]).await;
    let tenant = gateway.tenant("Shop").await;
    hello(&gateway, &tenant, None).await;
    line.forget();
    hello(&gateway, &tenant, None).await;
    assert_eq!(statements(&line).len(), 1, "{:?}", statements(&line));

    gateway.agent(&tenant).await;
    line.forget();
    let mut agent = gateway.socket().await;
    agent.hello(agent_hello(&tenant.token)).await.unwrap();
    assert_eq!(statements(&line).len(), 2, "{:?}", statements(&line));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_conversations_come_back_many_to_a_statement() {
    let (gateway, line) = counted(&[]).await;
    let tenant = gateway.tenant("Shop").await;
    let mut resume = Vec::new();
    for _ in 0..50 {
        let Known { conversation, .. } = make_known(&gateway, &tenant).await;
        resume.push(Cursor { conversation, cursor: Some(WRITTEN) });
    }
    // One of them is behind.
    resume[7].cursor = Some(1);
    line.forget();
    let mut agent = gateway.socket().await;
    agent.hello(Hello { resume: resume.clone(), ..agent_hello(&tenant.token) }).await.unwrap();
    for _ in &resume {
        let replay = last_page(&mut agent).await;
        let behind = replay.summary.conversation == resume[7].conversation;
        assert_eq!(replay.entries.len(), if behind { 2 } else { 0 });
        assert_eq!(replay.read.len(), 1);
    }
    // Who it is, colleagues, what they may see, two parts of 25, and the one that is behind.
    assert_eq!(statements(&line).len(), 6, "{:?}", statements(&line));
}
