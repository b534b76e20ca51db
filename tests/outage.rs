//! Postgres goes away and comes back while people write: live frames flow, nothing is acknowledged meanwhile, nothing
//! is lost or out of order afterwards.

use protocol::client::{
    ClientFrame, Follow, History, Identify, Inbox, InboxSync, Profile, Send, SetAvailability, Start, Track, Update,
};
use protocol::code::ErrorCode;
use protocol::id::{MemberId, VisitorId};
use protocol::server::ServerFrame;
use protocol::value::{AgentAvailability, Content, Page};

use crate::delivery::{entry, stored, talk, text};
use crate::refusals::refusal;
use crate::uploads::{PNG, announce};

mod stopped;

#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_is_away_messages_flow_unacknowledged_and_are_stored_after() {
    const MESSAGES: u64 = 50;
    let (gateway, mut visitor, mut agent, conversation) = talk(&[]).await;

    gateway.database.reachable(false).await;
    for n in 1..=MESSAGES {
        let reference = visitor.reference();
        visitor.send_frame(&text(conversation, &format!("m{n}"), &format!("line {n}")), reference);
    }
    visitor.flush().await.unwrap();
    for n in 1..=MESSAGES {
        let live = entry(&mut agent).await;
        assert_eq!((live.client_id, live.seq), (format!("m{n}"), None));
    }
    let down = gateway.http("GET", "/readyz", &[], None).await;
    assert_eq!((down.status, down.json()["reason"].as_str()), (503, Some("the store is unavailable")));
    assert_eq!(gateway.http("GET", "/healthz", &[], None).await.status, 200);
    // What has to read is told to wait; nothing that was sent has been acknowledged.
    let history = protocol::client::History { conversation, before: 10, limit: None };
    let reference = visitor.reference();
    visitor.send_frame(&history.into(), reference);
    loop {
        match visitor.next().await.unwrap() {
            (got, ServerFrame::Error(error)) if got == reference => {
                assert_eq!((error.code.as_str(), error.retryable), ("unavailable", true));
                break;
            }
            (_, ServerFrame::Stored(stored)) => panic!("acknowledged and not stored: {stored:?}"),
            _ => {}
        }
    }

    gateway.database.reachable(true).await;
    for n in 1..=MESSAGES {
        assert_eq!(stored(&mut visitor, &format!("m{n}")).await.seq, n);
    }
    let log = gateway.database.entries(conversation).await;
    assert_eq!(
        log.iter().map(|(.., text)| text.clone()).collect::<Vec<_>>(),
        (1..=MESSAGES).map(|n| format!("line {n}")).collect::<Vec<_>>()
    );
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn past_the_writers_bound_senders_are_told_to_wait_and_nobody_sees_what_was_refused() {
    let flags = ["--write-behind-mb", "1", "--unstored-sends", "100000"];
    let (gateway, mut visitor, mut agent, conversation) = talk(&flags).await;
    gateway.database.reachable(false).await;
    let long = "x".repeat(10_000);
    let mut taken = 0;
    let refused = loop {
        match visitor.request(&text(conversation, &format!("m{}", taken + 1), &long)).await {
            Ok(_) => taken += 1,
            Err(protocol::connection::ConnectionError::Answer(error)) => break error,
            Err(other) => panic!("{other}"),
        }
        assert!(taken < 200, "there is no bound");
    };
    assert_eq!((refused.code.as_str(), refused.retryable), ("unavailable", true));
    // Half of it is any one organization's at most.
    assert!(refused.retry_ms > 0 && taken > 40, "{taken}");
    for n in 1..=taken {
        assert_eq!(entry(&mut agent).await.client_id, format!("m{n}"));
    }
    gateway.database.reachable(true).await;
    assert_eq!(stored(&mut visitor, &format!("m{taken}")).await.seq, taken);
    visitor.request(&text(conversation, &format!("m{}", taken + 1), &long)).await.unwrap();
    assert_eq!(entry(&mut agent).await.client_id, format!("m{}", taken + 1));
    assert_eq!(stored(&mut visitor, &format!("m{}", taken + 1)).await.seq, taken + 1);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_is_away_whatever_has_to_ask_it_is_told_to_wait_and_the_sockets_stay() {
    let (gateway, mut visitor, mut agent, conversation) = talk(&[]).await;
    gateway.database.reachable(false).await;
    let named = |name: &str| Some(name.to_owned());
    let of_visitor: Vec<ClientFrame> = vec![
        Start { client_id: "more".into(), department: None, answers: vec![] }.into(),
        Identify { name: named("Ada"), ..Identify::default() }.into(),
        Update { name: named("Ada"), ..Update::default() }.into(),
        Inbox::default().into(),
        History { conversation, before: 9, limit: None }.into(),
        Follow { conversation, cursor: Some(0) }.into(),
        announce(conversation, "u1", PNG).into(),
    ];
    let given = Content::assignment(Some(MemberId::generate()));
    let of_agent: Vec<ClientFrame> = vec![
        Inbox::default().into(),
        InboxSync::default().into(),
        Profile { visitor: VisitorId::generate() }.into(),
        Update { visitor: Some(VisitorId::generate()), name: named("Ada"), ..Update::default() }.into(),
        SetAvailability { availability: AgentAvailability::Away }.into(),
        Send { conversation, client_id: "a".into(), content: given }.into(),
    ];
    for (socket, frames) in [(&mut visitor, &of_visitor), (&mut agent, &of_agent)] {
        for frame in frames {
            let error = refusal(socket, frame.clone()).await;
            let name = frame.name();
            assert_eq!((error.code, error.retryable), (ErrorCode::Unavailable, true), "{name}: {error}");
            assert!(error.retry_ms > 0, "{name}");
        }
    }
    // What is only written behind is taken.
    let page = Page { url: named("https://shop.example/"), title: None, referrer: None };
    reply!(visitor, ClientFrame::Page(page), Done);
    reply!(visitor, Track { name: "waited".into(), properties: Default::default() }, Done);
    gateway.database.reachable(true).await;
    reply!(agent, Inbox::default(), InboxPage);
    let named = reply!(visitor, of_visitor[1].clone(), Identified);
    let profile = reply!(agent, Profile { visitor: named.visitor }, VisitorProfile);
    assert_eq!(profile.visitor.name.as_deref(), Some("Ada"));
    gateway.stop().await;
}
