//! Bad input: each kind has its named error or close code, and nothing is lost or left half done.

use std::collections::HashSet;
use std::time::Duration;

use protocol::client::{ClientFrame, Follow, Hello, History, Inbox, Ping, Send, Start};
use protocol::code::{CloseCode, ErrorCode};
use protocol::connection::{Connection, ConnectionError, Options};
use protocol::frame::Error;
use protocol::id::ConversationId;
use protocol::limit;
use protocol::server::ServerFrame;
use protocol::value::{Answer, Content};
use serde_json::{Value, json};
use tests::gateway::{TestGateway, agent_hello, visitor_hello};
use tokio::time::timeout;

use crate::delivery::{start, stored, text, until};

/// What a request is refused with.
pub(crate) async fn refusal(socket: &mut Connection, frame: impl Into<protocol::client::ClientFrame>) -> Error {
    match socket.request(&frame.into()).await {
        Err(ConnectionError::Answer(error)) => error,
        other => panic!("not refused: {other:?}"),
    }
}

async fn close_code(socket: &mut Connection) -> Option<u16> {
    socket.closed().await.unwrap().0
}

async fn next_error(socket: &mut Connection) -> (u32, Error) {
    loop {
        if let (reference, ServerFrame::Error(error)) = socket.next().await.unwrap() {
            return (reference, error);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_frames_close_the_socket() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let cases: &[&[u8]] = &[
        b"\xc1",
        b"\x93\x03\x00",
        b"\x92\x03\x00",
        b"\x93\x03\x00\x90",
        b"\xd4\x01\x00",
        b"\x93\xff\x00\x80",
        b"\xdd\xff\xff\xff\xff",
        b"hello",
    ];
    for case in cases {
        let (mut socket, _) = gateway.visitor(&tenant).await;
        socket.send_bytes(case.to_vec());
        assert_eq!(next_error(&mut socket).await.1.code, ErrorCode::BadFrame, "{case:x?}");
        assert_eq!(close_code(&mut socket).await, Some(CloseCode::BadFrame.number()), "{case:x?}");
    }
    let (mut socket, _) = gateway.visitor(&tenant).await;
    socket.send_text("hello");
    assert_eq!(close_code(&mut socket).await, Some(CloseCode::BadFrame.number()));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_before_a_bad_one_count_and_those_behind_it_do_not() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut visitor).await;
    let mut message = text(conversation, "before", "kept").encode(70).to_vec();
    message.push(0xc1);
    message.extend(text(conversation, "behind", "dropped").encode(71));
    visitor.send_bytes(message);
    assert_eq!(close_code(&mut visitor).await, Some(CloseCode::BadFrame.number()));
    let database = gateway.stop().await;
    assert_eq!(database.entries(conversation).await, [(1, "before".into(), "kept".into())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused_by_size() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut visitor).await;
    let error = refusal(&mut visitor, text(conversation, "t", &"x".repeat(limit::TEXT_BYTES + 1))).await;
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some("content.text")));
    // The largest text is taken.
    visitor.request(&text(conversation, "ok", &"x".repeat(limit::TEXT_BYTES))).await.unwrap();
    assert_eq!(stored(&mut visitor, "ok").await.seq, 1);
    visitor.send_bytes(vec![0; limit::FRAME_BYTES + 1]);
    assert_eq!(close_code(&mut visitor).await, Some(CloseCode::TooLarge.number()));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_op_is_answered_and_the_socket_goes_on() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    // [999, 7, {}], and a server's own op, [20, 8, {}].
    visitor.send_bytes(b"\x93\xcd\x03\xe7\x07\x80\x93\x14\x08\x80".to_vec());
    for reference in [7, 8] {
        let (got, error) = next_error(&mut visitor).await;
        assert_eq!((got, error.code), (reference, ErrorCode::Unsupported));
    }
    start(&mut visitor).await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_fields_are_named() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut visitor).await;
    let mut agent = gateway.agent(&tenant).await;
    let send = |client_id: &str, content| Send { conversation, client_id: client_id.into(), content };
    for (frame, field) in [
        (send("", Content::text("x")).into(), "client_id"),
        (send("a b", Content::text("x")).into(), "client_id"),
        (send("ü", Content::text("x")).into(), "client_id"),
        (send("a", Content::text(" ")).into(), "content.text"),
        (send("a", Content::text("a\0b")).into(), "content.text"),
        (send("a", Content::hidden()).into(), "content.kind"),
        (protocol::client::ClientFrame::History(History { conversation, before: 5, limit: Some(0) }), "limit"),
        (History { conversation, before: 5, limit: Some(101) }.into(), "limit"),
        (Inbox { limit: Some(1000), ..Inbox::default() }.into(), "limit"),
    ] {
        let error = refusal(&mut agent, frame).await;
        assert_eq!((error.code, error.field.as_deref(), error.retryable), (ErrorCode::BadField, Some(field), false));
    }
    // A missing field, a wrong type and a bad id, as another language's client might send them.
    for (message, field) in [
        (&b"\x93\x12\x01\x80"[..], "conversation"),
        (b"\x93\x19\x01\x81\xacconversation\xa3abc", "conversation"),
        (b"\x93\x10\x01\x81\xa9client_id\x07", "client_id"),
    ] {
        visitor.send_bytes(message.to_vec());
        let (reference, error) = next_error(&mut visitor).await;
        assert_eq!((reference, error.code, error.field.as_deref()), (1, ErrorCode::BadField, Some(field)));
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_whose_hello_was_refused_follows_nothing() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let mut stranger = gateway.socket().await;
    assert!(stranger.hello(visitor_hello(&tenant.widget_key, Some("claimed"))).await.is_err());
    let claimed = gateway::hub::Topic::Session(gateway::auth::token::hash("claimed"));
    assert!(!gateway.gateway().app().hub.is_followed(claimed));
    stranger.hello(visitor_hello(&tenant.widget_key, None)).await.unwrap();
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_may_only_say_hello() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let mut socket = gateway.socket().await;
    let error = refusal(&mut socket, text(ConversationId::generate(), "a", "x")).await;
    assert_eq!(error.code, ErrorCode::Unauthenticated);
    socket.request(&protocol::client::Ping::default().into()).await.unwrap();
    socket.hello(visitor_hello(&tenant.widget_key, None)).await.unwrap();
    let error = refusal(&mut socket, visitor_hello(&tenant.widget_key, None)).await;
    assert_eq!(error.code, ErrorCode::Conflict);
    start(&mut socket).await;

    let mut silent = gateway.socket().await;
    let code = timeout(Duration::from_secs(20), close_code(&mut silent)).await.unwrap();
    assert_eq!(code, Some(CloseCode::NoHello.number()));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_tokens_and_keys_are_refused() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let mut agent = gateway.socket().await;
    assert_eq!(refusal(&mut agent, agent_hello("0123456789abcdef")).await.code, ErrorCode::Unauthenticated);
    assert_eq!(close_code(&mut agent).await, Some(CloseCode::Unauthenticated.number()));

    let mut nobody = gateway.socket().await;
    assert_eq!(refusal(&mut nobody, visitor_hello("wk_nothing", None)).await.code, ErrorCode::NotFound);
    assert_eq!(close_code(&mut nobody).await, Some(CloseCode::NoWidget.number()));

    // A visitor's token may have expired: the same socket may begin anew.
    let mut visitor = gateway.socket().await;
    let error = refusal(&mut visitor, visitor_hello(&tenant.widget_key, Some("stale"))).await;
    assert_eq!(error.code, ErrorCode::Unauthenticated);
    visitor.hello(visitor_hello(&tenant.widget_key, None)).await.unwrap();

    let mut keyless = gateway.socket().await;
    let error = refusal(&mut keyless, Hello { widget_key: None, ..visitor_hello("", None) }).await;
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some("widget_key")));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_widget_answers_to_its_organizations_id_as_well() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let mut visitor = gateway.socket().await;
    visitor.hello(visitor_hello(tenant.me["organization"]["id"].as_str().unwrap(), None)).await.unwrap();
    let mut nobody = gateway.socket().await;
    let error = refusal(&mut nobody, visitor_hello(&ConversationId::generate().to_string(), None)).await;
    assert_eq!(error.code, ErrorCode::NotFound);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn origins_are_matched_exactly() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let saved =
        gateway.configure(&tenant, |config| config["allowed_domains"] = serde_json::json!(["shop.example"])).await;
    assert_eq!(saved.status, 200, "{}", saved.json());
    let own = format!("http://{}", gateway.address());
    let from = |origin: &str| Options { origin: Some(origin.into()), ..Options::default() };
    for welcome in ["https://shop.example", own.as_str()] {
        let mut socket = gateway.socket_with(&from(welcome)).await;
        socket.hello(visitor_hello(&tenant.widget_key, None)).await.unwrap();
    }
    for stranger in ["https://shop.example.evil.test", "https://evilshop.example", "null"] {
        let mut socket = gateway.socket_with(&from(stranger)).await;
        let error = refusal(&mut socket, visitor_hello(&tenant.widget_key, None)).await;
        assert_eq!(error.code, ErrorCode::OriginRefused, "{stranger}");
        assert_eq!(close_code(&mut socket).await, Some(CloseCode::OriginRefused.number()));
    }
    // Even an allowed shop's page may not speak as the agent whose browser it runs in.
    let cookie = tests::gateway::cookie(&tenant.token);
    let hello = || Hello { token: None, ..agent_hello("") };
    for (origin, code) in [("https://shop.example", Some(ErrorCode::OriginRefused)), (own.as_str(), None)] {
        let options = Options { headers: vec![("cookie".into(), cookie.clone())], ..from(origin) };
        let mut socket = gateway.socket_with(&options).await;
        match code {
            Some(code) => assert_eq!(refusal(&mut socket, hello()).await.code, code),
            None => assert!(socket.hello(hello()).await.unwrap().agent.is_some()),
        }
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_without_the_subprotocol_are_refused() {
    let gateway = TestGateway::start().await;
    let handshake = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-protocol", "chatdesk.v2, soap"),
    ];
    assert_eq!(gateway.http("GET", "/ws", &handshake, None).await.status, 400);
    assert_eq!(gateway.http("GET", "/ws", &handshake[..4], None).await.status, 400);
    assert_eq!(gateway.http("GET", "/ws", &[], None).await.status, 400);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_are_told_to_wait_and_nothing_of_them_is_lost() {
    let gateway = TestGateway::with(&["--frame-rate", "20", "--frame-burst", "8"]).await;
    let tenant = gateway.tenant("Shop").await;
    let mut visitor = gateway.visitor_chat(&tenant);
    let conversation = visitor.start(None, vec![]).await.unwrap();
    for n in 0..30 {
        visitor.send(conversation, Content::text(format!("line {n}")));
    }
    visitor.settle().await.unwrap();
    let texts: Vec<String> =
        gateway.database.entries(conversation).await.into_iter().map(|(_, _, text)| text).collect();
    assert_eq!(texts.len(), 30);

    let (mut raw, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut raw).await;
    let mut limited = None;
    for n in 0..10 {
        if let Err(ConnectionError::Answer(error)) = raw.request(&text(conversation, &format!("m{n}"), "x")).await {
            limited = Some(error);
            break;
        }
    }
    let error = limited.expect("the sixth is one too many");
    assert!(error.code == ErrorCode::RateLimited && error.retryable && error.retry_ms > 0, "{error:?}");
    gateway.stop().await;
}

/// A visitor decides how long the answers are, and agents list many conversations at once: a page must still be a frame.
#[tokio::test(flavor = "multi_thread")]
async fn long_answers_make_short_inbox_pages_and_nothing_is_left_out() {
    const CONVERSATIONS: usize = 30;
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let story = |n: usize| json!({"key": format!("story_{n}"), "label": "Story", "kind": "textarea", "required": true});
    let fields: Vec<Value> = (0..4).map(story).collect();
    let saved = gateway.configure(&tenant, |config| config["form"] = json!({"enabled": true, "fields": fields})).await;
    assert_eq!(saved.status, 200, "{}", saved.json());
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let answer = |n: usize| Answer { key: format!("story_{n}"), value: "ü".repeat(limit::ANSWER_BYTES / 2) };
    for n in 0..CONVERSATIONS {
        let client_id = format!("start {n}").replace(' ', "-");
        let start = Start { client_id, department: None, answers: (0..4).map(answer).collect() };
        visitor.request(&start.into()).await.unwrap();
    }
    let mut agent = gateway.agent(&tenant).await;
    let (mut seen, mut after) = (HashSet::new(), None);
    loop {
        let request = Inbox { after, limit: Some(100), ..Inbox::default() };
        let ServerFrame::InboxPage(page) = agent.request(&request.into()).await.unwrap() else { panic!() };
        let bytes = ServerFrame::from(page.clone()).encode(u32::MAX).len();
        assert!(bytes <= limit::FRAME_BYTES && !page.conversations.is_empty(), "{bytes}");
        assert!(page.conversations.iter().all(|summary| seen.insert(summary.conversation)), "twice");
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), CONVERSATIONS);
    gateway.stop().await;
}

/// Requests that cost the gateway more than their sender are bounded, and cost nobody else anything.
#[tokio::test(flavor = "multi_thread")]
async fn floods_of_pings_and_follows_end_with_the_socket_that_sends_them() {
    let gateway = TestGateway::with(&["--frame-burst", "4294967295"]).await;
    let tenant = gateway.tenant("Shop").await;
    let (mut flooder, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut flooder).await;
    flooder.request(&text(conversation, "a", "hello")).await.unwrap();
    stored(&mut flooder, "a").await;
    // Many follows at once: each is answered, and live frames flow afterwards.
    for _ in 0..500 {
        let reference = flooder.reference();
        flooder.send_frame(&Follow { conversation, cursor: Some(0) }.into(), reference);
    }
    for _ in 0..500 {
        until(&mut flooder, |frame| matches!(frame, ServerFrame::Replay(page) if !page.more)).await;
    }
    let mut agent = gateway.agent(&tenant).await;
    agent.request(&text(conversation, "b", "still there?")).await.unwrap();
    assert_eq!(stored(&mut flooder, "b").await.seq, 2);
    // Pings whose answers are not read.
    let pings: Vec<u8> = (1..2_000_u32).flat_map(|n| ClientFrame::from(Ping::default()).encode(n)).collect();
    let closed = loop {
        flooder.send_bytes(pings.clone());
        if let Err(error) = flooder.flush().await {
            break error;
        }
    };
    assert!(matches!(closed, ConnectionError::Closed { .. } | ConnectionError::Socket(_)), "{closed}");
    agent.request(&Ping::default().into()).await.unwrap();
    gateway.stop().await;
}
