//! How much may come from whom: what the gateway announces, whom a bucket is shared with, and what happens to those who
//! go on regardless.

use protocol::client::{ClientFrame, Follow, Ping, Start, Watch, Watched};
use protocol::code::{CloseCode, ErrorCode};
use protocol::connection::{Connection, ConnectionError, Options};
use protocol::frame::Error;
use protocol::id::ConversationId;
use protocol::server::{Scope, ServerFrame, Throttle};
use protocol::value::Content;
use tests::gateway::{TestGateway, agent_hello, visitor_hello};

use crate::delivery::{find, start, text};
use crate::refusals::refusal;

mod address;
mod order;
mod visits;

fn ping() -> ClientFrame {
    Ping::default().into()
}

/// Sends pings until one is refused. Returns how many were answered before, the error, and the throttle.
async fn exhaust(socket: &mut Connection, most: u32) -> (u32, Error, Throttle) {
    for answered in 0..most {
        match socket.request(&ping()).await {
            Ok(_) => {}
            Err(ConnectionError::Answer(error)) => {
                let throttle = find(socket, |frame| match frame {
                    ServerFrame::Throttle(throttle) => Some(throttle),
                    _ => None,
                })
                .await;
                return (answered, error, throttle);
            }
            Err(other) => panic!("{other}"),
        }
    }
    panic!("{most} frames were taken")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_limit_that_a_client_needs_is_announced_as_it_is_set() {
    let flags = [
        ["--frame-rate", "21"],
        ["--frame-burst", "22"],
        ["--byte-rate", "230000"],
        ["--byte-burst", "240000"],
        ["--start-rate", "25"],
        ["--start-burst", "26"],
        ["--unstored-sends", "27"],
        ["--unstored-bytes", "28"],
        ["--queue-bytes", "290000"],
        ["--followed", "30"],
        ["--ping-seconds", "31"],
        ["--silence-seconds", "32"],
    ];
    let gateway = TestGateway::with(&flags.concat()).await;
    let tenant = gateway.tenant("Shop").await;
    let (_visitor, welcome) = gateway.visitor(&tenant).await;
    let mut agent = gateway.socket().await;
    let limits = agent.hello(agent_hello(&tenant.token)).await.unwrap().limits;
    assert_eq!(welcome.limits, limits);
    assert_eq!((limits.frame_rate, limits.frame_burst), (21, 22));
    assert_eq!((limits.byte_rate, limits.byte_burst), (230_000, 240_000));
    assert_eq!((limits.start_rate, limits.start_burst), (25, 26));
    assert_eq!((limits.unstored_sends, limits.unstored_bytes), (27, 28));
    assert_eq!((limits.queue_bytes, limits.followed), (290_000, 30));
    assert_eq!((limits.ping_ms, limits.silence_ms), (31_000, 32_000));
    assert_eq!(limits.resume_cursors as usize, protocol::limit::RESUME_CURSORS);
    assert_eq!((limits.frame_bytes, limits.text_bytes), (65_536, 16_384));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_sockets_of_a_session_share_its_bucket_and_others_have_their_own() {
    let gateway = TestGateway::with(&["--frame-rate", "1", "--frame-burst", "20"]).await;
    let tenant = gateway.tenant("Shop").await;
    let (mut first, welcome) = gateway.visitor(&tenant).await;
    let token = welcome.visitor.unwrap().token;
    let mut second = gateway.socket().await;
    second.hello(visitor_hello(&tenant.widget_key, token.as_deref())).await.unwrap();
    let (answered, error, throttle) = exhaust(&mut first, 30).await;
    assert!((10..=20).contains(&answered), "{answered}");
    assert!(error.code == ErrorCode::RateLimited && error.retryable, "{error:?}");
    // A frame a second: the next one is due within that.
    assert!(
        (1..=1_000).contains(&error.retry_ms) && (1..=1_000).contains(&throttle.retry_ms),
        "{error:?} {throttle:?}"
    );
    assert_eq!(throttle.scope, Scope::Session);
    // On a busy machine a token or two may have come meanwhile.
    assert!(exhaust(&mut second, 8).await.0 < 8);
    // Another visitor at the same address, and an agent.
    let (mut other, _) = gateway.visitor(&tenant).await;
    other.request(&ping()).await.unwrap();
    gateway.agent(&tenant).await.request(&ping()).await.unwrap();
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_are_counted_like_frames() {
    let gateway = TestGateway::with(&["--byte-rate", "1", "--byte-burst", "65536"]).await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut visitor).await;
    let long = "x".repeat(10_000);
    let mut taken = 0;
    let error = loop {
        match visitor.request(&text(conversation, &format!("m{taken}"), &long)).await {
            Ok(_) => taken += 1,
            Err(ConnectionError::Answer(error)) => break error,
            Err(other) => panic!("{other}"),
        }
        assert!(taken < 10, "there is no bound");
    };
    assert_eq!((taken, error.code), (6, ErrorCode::RateLimited));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_and_an_organization_have_buckets_too_and_say_whose_it_is() {
    for (scope, flags) in [
        (Scope::Address, ["--address-frame-rate", "1", "--address-frame-burst", "40"]),
        (Scope::Organization, ["--organization-frame-rate", "1", "--organization-frame-burst", "40"]),
    ] {
        let gateway = TestGateway::with(&flags).await;
        let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
        let (mut first, _) = gateway.visitor(&tenant).await;
        let (mut second, _) = gateway.visitor(&tenant).await;
        let (mut abroad, _) = gateway.visitor(&other).await;
        let elsewhere = Options { local_address: Some("127.0.0.9".parse().unwrap()), ..Options::default() };
        let mut remote = gateway.socket_with(&elsewhere).await;
        remote.hello(visitor_hello(&tenant.widget_key, None)).await.unwrap();
        let (_, _, throttle) = exhaust(&mut first, 60).await;
        assert_eq!(throttle.scope, scope);
        assert!(exhaust(&mut second, 8).await.0 < 8);
        // By address the other organization at it, by organization the other address: both suffer from one, not two.
        let (limited, free) =
            if scope == Scope::Address { (&mut abroad, &mut remote) } else { (&mut remote, &mut abroad) };
        assert!(exhaust(limited, 8).await.0 < 8, "{scope:?}");
        free.request(&ping()).await.unwrap();
        gateway.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_on_against_a_limit_is_closed_and_only_that_one() {
    let flags = ["--frame-rate", "1", "--frame-burst", "10", "--refusal-burst", "20", "--refusal-rate", "1"];
    let gateway = TestGateway::with(&flags).await;
    let tenant = gateway.tenant("Shop").await;
    let (mut other, _) = gateway.visitor(&tenant).await;
    let (mut deaf, _) = gateway.visitor(&tenant).await;
    for _ in 0..100 {
        let reference = deaf.reference();
        deaf.send_frame(&ping(), reference);
    }
    let (mut pongs, mut refused, mut throttles) = (0, 0, 0);
    let code = loop {
        match deaf.next().await {
            Ok((_, ServerFrame::Pong(_))) => pongs += 1,
            Ok((_, ServerFrame::Error(error))) => {
                assert_eq!(error.code, ErrorCode::RateLimited);
                refused += 1;
            }
            Ok((_, ServerFrame::Throttle(_))) => throttles += 1,
            Ok(_) => {}
            Err(ConnectionError::Closed { code, .. }) => break code,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(code, Some(CloseCode::RateLimited.number()));
    assert!((5..=15).contains(&pongs) && (15..=30).contains(&refused), "{pongs} answered, {refused} refused");
    assert!((1..=3).contains(&throttles), "told {throttles} times, not each time");
    other.request(&ping()).await.unwrap();
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_is_throttled_again_and_again_gets_everything_through() {
    let flags = ["--frame-rate", "100", "--frame-burst", "5", "--refusal-burst", "30", "--refusal-rate", "1"];
    let gateway = TestGateway::with(&flags).await;
    let tenant = gateway.tenant("Shop").await;
    let mut visitor = gateway.visitor_chat(&tenant);
    let conversation = visitor.start(None, vec![]).await.unwrap();
    let texts: Vec<String> = (0..60).map(|n| format!("line {n}")).collect();
    for text in &texts {
        visitor.send(conversation, Content::text(text));
    }
    visitor.settle().await.unwrap();
    let stored: Vec<String> = gateway.database.entries(conversation).await.into_iter().map(|(.., text)| text).collect();
    let (mut sorted, mut expected) = (stored.clone(), texts.clone());
    sorted.sort();
    expected.sort();
    assert_eq!(sorted, expected);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_conversations_has_a_bucket_of_its_own() {
    let gateway = TestGateway::with(&["--start-rate", "1", "--start-burst", "3"]).await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let request = |n: u32| Start { client_id: format!("start-{n}"), department: None, answers: vec![] };
    let mut first = None;
    for n in 0..3 {
        let started = reply!(visitor, request(n), Started).conversation.conversation;
        first.get_or_insert(started);
    }
    let error = refusal(&mut visitor, request(3)).await;
    assert!(error.code == ErrorCode::RateLimited && (1_000..=60_000).contains(&error.retry_ms), "{error:?}");
    let conversation: ConversationId = first.unwrap();
    visitor.request(&text(conversation, "v1", "all else goes on")).await.unwrap();
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_are_limited_by_address_but_for_those_that_are_not() {
    for (unlimited, open) in [("192.0.2.0/24", 3), ("127.0.0.0/8", 8)] {
        let gateway = TestGateway::with(&["--sockets-per-address", "3", "--unlimited", unlimited]).await;
        let mut sockets = Vec::new();
        let mut refused = None;
        for _ in 0..8 {
            match Connection::open(&gateway.ws(), &Options::default()).await {
                Ok(socket) => sockets.push(socket),
                Err(error) => refused = Some(error),
            }
        }
        assert_eq!(sockets.len(), open, "{unlimited}");
        if open == 3 {
            assert!(matches!(refused, Some(ConnectionError::Refused { status: 429, .. })), "{refused:?}");
            let elsewhere = Options { local_address: Some("127.0.0.9".parse().unwrap()), ..Options::default() };
            sockets.push(gateway.socket_with(&elsewhere).await);
            // A place that is given back can be had again; the gateway notices the end a moment later.
            sockets.remove(0).close().await.unwrap();
            while Connection::open(&gateway.ws(), &Options::default()).await.is_err() {}
        }
        gateway.stop().await;
    }
}

/// Load comes from one address, or a few: an operator may lift what counts by it, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn unlimited_networks_keep_the_limits_of_sessions_and_organizations() {
    let flags = [
        ["--unlimited", "127.0.0.0/8"],
        ["--address-frame-burst", "5"],
        ["--address-frame-rate", "1"],
        ["--sessions-per-minute", "1"],
        ["--frame-burst", "30"],
        ["--frame-rate", "1"],
    ];
    let gateway = TestGateway::with(&flags.concat()).await;
    let tenant = gateway.tenant("Shop").await;
    for _ in 0..3 {
        let (mut visitor, _) = gateway.visitor(&tenant).await;
        let (answered, _, throttle) = exhaust(&mut visitor, 40).await;
        assert!(answered > 20 && throttle.scope == Scope::Session, "{answered} {throttle:?}");
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_follows_as_many_conversations_as_was_announced() {
    let gateway = TestGateway::with(&["--followed", "2"]).await;
    let tenant = gateway.tenant("Shop").await;
    let mut agent = gateway.agent(&tenant).await;
    agent.request(&Watch { what: Watched::Visitors }.into()).await.unwrap();
    for n in 1..=3 {
        let (mut visitor, welcome) = gateway.visitor(&tenant).await;
        assert_eq!(welcome.limits.followed, 2);
        let conversation = start(&mut visitor).await;
        let followed = agent.request(&Follow { conversation, cursor: Some(0) }.into()).await;
        let refused = followed.err().map(|error| error.to_string());
        assert_eq!(refused.is_some_and(|error| error.contains("2 followed at once")), n == 3, "{n}");
    }
}
