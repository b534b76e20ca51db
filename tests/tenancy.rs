//! Nothing of one organization, and nothing of one visitor, is seen or touched by another.

use protocol::client::{ClientFrame, Cursor, Follow, History, Inbox, Read, Typing};
use protocol::code::{CloseCode, ErrorCode};
use protocol::frame::Error;
use protocol::id::ConversationId;
use protocol::server::ServerFrame;
use serde_json::json;
use tests::gateway::{TestGateway, cookie, visitor_hello};

use crate::delivery::{start, stored, text, until};
use crate::refusals::refusal;

/// Every request that names a conversation.
fn requests(conversation: ConversationId) -> Vec<ClientFrame> {
    vec![
        text(conversation, "x", "let me in"),
        Follow { conversation, cursor: Some(0) }.into(),
        Follow { conversation, cursor: None }.into(),
        History { conversation, before: 1000, limit: None }.into(),
        Read { conversation, seq: 1 }.into(),
        Typing { conversation, on: true, draft: None }.into(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_conversations_answer_like_missing_ones() {
    let gateway = TestGateway::start().await;
    let (shop, rival) = (gateway.tenant("Shop").await, gateway.tenant("Rival").await);
    let (mut owner, _) = gateway.visitor(&shop).await;
    let conversation = start(&mut owner).await;
    owner.request(&text(conversation, "secret", "my card is 4711")).await.unwrap();
    stored(&mut owner, "secret").await;

    let (mut neighbour, _) = gateway.visitor(&shop).await;
    let (mut stranger, _) = gateway.visitor(&rival).await;
    let mut spy = gateway.agent(&rival).await;
    for socket in [&mut neighbour, &mut stranger, &mut spy] {
        for (foreign, missing) in requests(conversation).into_iter().zip(requests(ConversationId::generate())) {
            let name = foreign.name();
            let (foreign, missing) = (refusal(socket, foreign).await, refusal(socket, missing).await);
            // Each may name the conversation that was asked for, and nothing else may differ.
            let unnamed = |error: &Error| Error { conversation: None, ..error.clone() };
            assert_eq!(unnamed(&foreign), unnamed(&missing), "{name}");
            assert_eq!(foreign.code, ErrorCode::NotFound, "{name}");
        }
    }
    // And what happens there afterwards reaches none of them.
    owner.request(&text(conversation, "later", "still mine")).await.unwrap();
    stored(&mut owner, "later").await;
    for socket in [&mut neighbour, &mut stranger, &mut spy] {
        let reference = socket.reference();
        socket.send_frame(&protocol::client::Ping::default().into(), reference);
        let first = until(socket, |frame| !matches!(frame, ServerFrame::Availability(_))).await;
        assert!(matches!(first, ServerFrame::Pong(_)), "{first:?}");
    }
    assert_eq!(gateway.database.entries(conversation).await.len(), 2);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_to_a_foreign_conversation_in_hello_yields_an_error_and_no_frame() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut owner, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut owner).await;
    let mut thief = gateway.socket().await;
    let mut hello = visitor_hello(&tenant.widget_key, None);
    hello.resume = vec![Cursor { conversation, cursor: Some(0) }];
    thief.hello(hello).await.unwrap();
    let (_, frame) = thief.next().await.unwrap();
    assert!(matches!(&frame, ServerFrame::Error(error) if error.code == ErrorCode::NotFound), "{frame:?}");
    owner.request(&text(conversation, "a", "private")).await.unwrap();
    stored(&mut owner, "a").await;
    // Nor what only passes by: who is typing, and how far they have read.
    owner.request(&Typing { conversation, on: true, draft: None }.into()).await.unwrap();
    let mut agent = gateway.agent(&tenant).await;
    agent.request(&Read { conversation, seq: 1 }.into()).await.unwrap();
    until(&mut owner, |frame| matches!(frame, ServerFrame::ReadBy(_))).await;
    let reference = thief.reference();
    thief.send_frame(&protocol::client::Ping::default().into(), reference);
    let frame = until(&mut thief, |frame| !matches!(frame, ServerFrame::Availability(_))).await;
    assert!(matches!(frame, ServerFrame::Pong(_)), "{frame:?}");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_holds_its_own_organizations_conversations_only() {
    let gateway = TestGateway::start().await;
    let (shop, rival) = (gateway.tenant("Shop").await, gateway.tenant("Rival").await);
    let (mut visitor, _) = gateway.visitor(&shop).await;
    let conversation = start(&mut visitor).await;
    for (tenant, expected) in [(&shop, vec![conversation]), (&rival, vec![])] {
        let mut agent = gateway.agent(tenant).await;
        let ServerFrame::InboxPage(page) = agent.request(&Inbox::default().into()).await.unwrap() else { panic!() };
        assert_eq!(page.conversations.iter().map(|summary| summary.conversation).collect::<Vec<_>>(), expected);
    }
    // And a visitor's their own only.
    let (mut neighbour, _) = gateway.visitor(&shop).await;
    for (socket, expected) in [(&mut visitor, vec![conversation]), (&mut neighbour, vec![])] {
        let ServerFrame::InboxPage(page) = socket.request(&Inbox::default().into()).await.unwrap() else { panic!() };
        assert_eq!(page.conversations.iter().map(|summary| summary.conversation).collect::<Vec<_>>(), expected);
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitors_token_is_good_for_its_own_organization_only() {
    let gateway = TestGateway::start().await;
    let (shop, rival) = (gateway.tenant("Shop").await, gateway.tenant("Rival").await);
    let (_, welcome) = gateway.visitor(&shop).await;
    let token = welcome.visitor.unwrap().token.unwrap();
    let mut socket = gateway.socket().await;
    let error = refusal(&mut socket, visitor_hello(&rival.widget_key, Some(&token))).await;
    assert_eq!(error.code, ErrorCode::Unauthenticated);
    // Nor is it an agent's.
    let mut socket = gateway.socket().await;
    assert_eq!(refusal(&mut socket, tests::gateway::agent_hello(&token)).await.code, ErrorCode::Unauthenticated);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn departments_of_another_organization_are_nobodys() {
    let gateway = TestGateway::start().await;
    let (shop, rival) = (gateway.tenant("Shop").await, gateway.tenant("Rival").await);
    let saved = gateway.configure(&shop, |config| config["departments"] = json!([{"name": "Sales"}])).await;
    let foreign = saved.json()["departments"][0]["id"].clone();
    let stolen =
        gateway.configure(&rival, |config| config["departments"] = json!([{"id": foreign, "name": "Mine"}])).await;
    assert_eq!((stolen.status, stolen.field().as_str()), (422, "departments"));
    let (mut visitor, _) = gateway.visitor(&rival).await;
    let request = protocol::client::Start {
        client_id: "s".into(),
        department: Some(foreign.as_str().unwrap().parse().unwrap()),
        answers: vec![],
    };
    assert_eq!(refusal(&mut visitor, request).await.field.as_deref(), Some("department"));
    let kept = gateway.http("GET", "/api/settings/widget", &[("cookie", &cookie(&shop.token))], None).await.json();
    assert_eq!(kept["departments"][0]["name"], "Sales");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_widget_that_is_switched_off_lets_nobody_in() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    assert_eq!(gateway.configure(&tenant, |config| config["enabled"] = json!(false)).await.status, 200);
    let mut socket = gateway.socket().await;
    assert_eq!(refusal(&mut socket, visitor_hello(&tenant.widget_key, None)).await.code, ErrorCode::NotFound);
    assert_eq!(socket.closed().await.unwrap().0, Some(CloseCode::NoWidget.number()));
    gateway.stop().await;
}
