//! Who a visitor is: by their own word, which opens nothing, or by the site's, which makes the session theirs.

use std::time::{SystemTime, UNIX_EPOCH};

use protocol::client::{Follow, History, Identify, Inbox, Profile};
use protocol::code::{CloseCode, ErrorCode};
use protocol::connection::Connection;
use protocol::id::ConversationId;
use protocol::server::{Identified, ServerFrame, Welcome};
use protocol::value::Attribute;
use serde_json::{Value, json};
use tests::gateway::{Tenant, TestGateway, visitor_hello};
use tests::identity::token;

use crate::delivery::{find, start, stored, text};
use crate::refusals::refusal;

/// Longest that an identity token may be good for, in seconds.
const EXPIRY_MOST: u64 = 24 * 60 * 60;

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn by(token: impl Into<String>) -> Identify {
    Identify { token: Some(token.into()), ..Identify::default() }
}

fn claims(subject: &str) -> Value {
    json!({"sub": subject, "exp": now() + 600, "name": "Ada", "email": "ada@home.example"})
}

fn good(secret: &[u8], subject: &str) -> Identify {
    by(token(secret, &json!({"alg": "HS256", "typ": "JWT"}), &claims(subject)))
}

/// A browser's second socket: the same session.
async fn tab(gateway: &TestGateway, tenant: &Tenant, welcome: &Welcome) -> (Connection, Welcome) {
    let session = welcome.visitor.as_ref().unwrap().token.as_deref();
    let mut tab = gateway.socket().await;
    let welcome = tab.hello(visitor_hello(&tenant.widget_key, session)).await.unwrap();
    (tab, welcome)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitors_own_word_is_noted_and_proves_nothing() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, welcome) = gateway.visitor(&tenant).await;
    let own = welcome.visitor.unwrap().visitor;
    start(&mut visitor).await;
    let mut agent = gateway.agent(&tenant).await;
    let attributes = [("plan".to_owned(), Attribute::Text("gold".into()))].into();
    let word = Identify {
        external_id: Some("shop-7".into()),
        name: Some("Ada".into()),
        email: Some("ada@home.example".into()),
        phone: Some("+49 30 1234".into()),
        attributes,
        ..Identify::default()
    };
    let Identified { visitor: named, verified, name, .. } = reply!(visitor, word.clone(), Identified);
    assert_eq!((named, verified, name.as_deref()), (own, false, Some("Ada")));
    let seen = find(&mut agent, |frame| match frame {
        ServerFrame::Summary(summary) if summary.visitor.name.is_some() => Some(summary.visitor),
        _ => None,
    })
    .await;
    assert_eq!((seen.email.as_deref(), seen.verified), (Some("ada@home.example"), false));
    let profile = reply!(agent, Profile { visitor: own }, VisitorProfile);
    assert_eq!((profile.external_id.as_deref(), profile.phone.as_deref()), (Some("shop-7"), Some("+49 30 1234")));
    assert_eq!(profile.attributes, word.attributes);

    // Whoever else says so is somebody else.
    let (mut other, welcome) = gateway.visitor(&tenant).await;
    assert_eq!(reply!(other, word.clone(), Identified).visitor, welcome.visitor.unwrap().visitor);
    assert_eq!(refusal(&mut agent, word).await.code, ErrorCode::Forbidden);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sites_word_makes_the_session_somebody_elses_and_the_two_stay_apart() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let secret = gateway.database.identity_secret(&tenant).await;
    let (mut visitor, welcome) = gateway.visitor(&tenant).await;
    let anonymous = welcome.visitor.as_ref().unwrap().visitor;
    let before = start(&mut visitor).await;
    visitor.request(&text(before, "v1", "who am I?")).await.unwrap();
    stored(&mut visitor, "v1").await;
    let (mut other_tab, _) = tab(&gateway, &tenant, &welcome).await;

    let known = reply!(visitor, good(&secret, "shop-7"), Identified);
    assert!(known.visitor != anonymous && known.verified && known.conversation.is_none(), "{known:?}");
    assert_eq!(known.name.as_deref(), Some("Ada"));
    assert_eq!(other_tab.closed().await.unwrap().0, Some(CloseCode::Identified.number()));
    // What was the anonymous visitor's is as if it were not there.
    for frame in [
        Follow { conversation: before, cursor: Some(0) }.into(),
        History { conversation: before, before: 9, limit: None }.into(),
        text(before, "v2", "still there?"),
    ] {
        assert_eq!(refusal(&mut visitor, frame).await.code, ErrorCode::NotFound);
    }
    let after = start(&mut visitor).await;
    visitor.request(&text(after, "v1", "known now")).await.unwrap();
    stored(&mut visitor, "v1").await;
    let (_, back) = tab(&gateway, &tenant, &welcome).await;
    let back = back.visitor.unwrap();
    assert_eq!((back.visitor, back.verified, back.name.as_deref()), (known.visitor, true, Some("Ada")));

    // Another browser of the same person: the conversation is theirs there, too, and is replayed.
    let (mut elsewhere, _) = gateway.visitor(&tenant).await;
    let reference = elsewhere.reference();
    elsewhere.send_frame(&good(&secret, "shop-7").into(), reference);
    let (got, frame) = elsewhere.next().await.unwrap();
    let ServerFrame::Identified(same) = frame else { panic!("{frame:?}") };
    assert_eq!((got, same.visitor), (reference, known.visitor));
    assert_eq!(same.conversation.map(|open| open.conversation), Some(after));
    let (got, frame) = elsewhere.next().await.unwrap();
    let ServerFrame::Replay(page) = frame else { panic!("{frame:?}") };
    assert_eq!((got, page.summary.conversation, page.entries.len(), page.reset), (reference, after, 1, true));
    // The same person again, on the same socket: nothing changes, nothing is replayed.
    assert_eq!(reply!(elsewhere, good(&secret, "shop-7"), Identified).visitor, known.visitor);
    gateway.stop().await;
}

/// Two tabs load at once, and each says who its visitor is.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_tabs_that_become_the_same_person_at_once_one_stays() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let secret = gateway.database.identity_secret(&tenant).await;
    for round in 0..10 {
        let (first, welcome) = gateway.visitor(&tenant).await;
        let (second, _) = tab(&gateway, &tenant, &welcome).await;
        let who = format!("shop-{round}");
        // Whether a tab has become that person, and what closed it if it was closed.
        let become_it = async |mut tab: Connection| {
            let identified = tab.request(&good(&secret, &who).into()).await;
            (matches!(identified, Ok(ServerFrame::Identified(_))), tab)
        };
        let tabs = tokio::join!(become_it(first), become_it(second));
        let mut stayed = 0;
        for (identified, mut tab) in [tabs.0, tabs.1] {
            // A request that waits for Postgres, so that a close that is on its way has come.
            stayed += usize::from(identified && tab.request(&Inbox::default().into()).await.is_ok());
        }
        assert!(stayed > 0, "round {round}: they closed each other");
    }
    // One that comes later stands for that person already: it says so again, and neither is closed.
    let (mut first, welcome) = gateway.visitor(&tenant).await;
    assert!(reply!(first, good(&secret, "shop"), Identified).verified);
    let (mut later, greeted) = tab(&gateway, &tenant, &welcome).await;
    assert!(greeted.visitor.unwrap().verified);
    assert!(reply!(later, good(&secret, "shop"), Identified).verified);
    reply!(first, Inbox::default(), InboxPage);
    reply!(later, Inbox::default(), InboxPage);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_not_good_change_nothing() {
    let gateway = TestGateway::start().await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let secret = gateway.database.identity_secret(&tenant).await;
    let foreign = gateway.database.identity_secret(&other).await;
    let (mut visitor, welcome) = gateway.visitor(&tenant).await;
    let header = json!({"alg": "HS256"});
    let with = |change: Value| {
        let mut claims = claims("shop-7");
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        token(&secret, &header, &claims)
    };
    let fine = token(&secret, &header, &claims("shop-7"));
    let (unsigned, _) = fine.rsplit_once('.').unwrap();
    for bad in [
        token(&foreign, &header, &claims("shop-7")),
        token(&[], &header, &claims("shop-7")),
        token(&secret, &json!({"alg": "none"}), &claims("shop-7")),
        token(&secret, &json!({"alg": "hs256"}), &claims("shop-7")),
        token(&secret, &json!({"alg": "HS512"}), &claims("shop-7")),
        token(&secret, &json!({}), &claims("shop-7")),
        token(&secret, &header, &json!([])),
        token(&secret, &header, &json!({"sub": "shop-7"})),
        token(&secret, &header, &json!({"exp": now() + 60})),
        with(json!({"exp": now() - 1})),
        with(json!({"exp": now() + EXPIRY_MOST + 600})),
        with(json!({"exp": "tomorrow"})),
        with(json!({"sub": ""})),
        with(json!({"sub": 7})),
        with(json!({"sub": "x".repeat(201)})),
        with(json!({"name": "two\nlines"})),
        format!("{unsigned}."),
        unsigned.to_owned(),
        format!("{fine}.{fine}"),
        "not a token".into(),
        String::new(),
    ] {
        let error = refusal(&mut visitor, by(bad.as_str())).await;
        assert_eq!((error.code, error.retryable), (ErrorCode::Unauthenticated, false), "{bad}: {error}");
    }
    let mismatch = Identify { external_id: Some("shop-8".into()), ..by(fine.as_str()) };
    let error = refusal(&mut visitor, mismatch).await;
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some("external_id")));
    let long = refusal(&mut visitor, by("x".repeat(protocol::limit::IDENTITY_TOKEN_BYTES + 1))).await;
    assert_eq!((long.code, long.field.as_deref()), (ErrorCode::BadField, Some("token")));
    let still = reply!(visitor, Identify::default(), Identified);
    assert_eq!((still.visitor, still.verified), (welcome.visitor.unwrap().visitor, false));

    // And good ones are good at their bounds.
    let known = reply!(visitor, by(with(json!({"exp": now() + EXPIRY_MOST - 60, "aud": ["x"]}))), Identified);
    assert!(known.verified);
    let same = Identify { external_id: Some("shop-7".into()), ..Identify::default() };
    assert!(reply!(visitor, same, Identified).verified);
    let another = Identify { external_id: Some("shop-8".into()), ..Identify::default() };
    assert_eq!(refusal(&mut visitor, another).await.code, ErrorCode::Forbidden);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_that_is_identified_goes_on_as_the_person_that_it_is() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let secret = gateway.database.identity_secret(&tenant).await;
    let mut first = gateway.visitor_chat(&tenant);
    first.identify(good(&secret, "shop-7")).await.unwrap();
    let conversation = first.start(None, vec![]).await.unwrap();
    first.send(conversation, protocol::value::Content::text("from here"));
    first.settle().await.unwrap();

    let mut second = gateway.visitor_chat(&tenant);
    let anonymous: ConversationId = second.start(None, vec![]).await.unwrap();
    let known = second.identify(good(&secret, "shop-7")).await.unwrap();
    assert_eq!(known.conversation.map(|open| open.conversation), Some(conversation));
    second.until(|chat| chat.log(conversation).is_some_and(|log| log.cursor() == 1)).await.unwrap();
    assert!(second.log(anonymous).is_none());
    second.send(conversation, protocol::value::Content::text("from there"));
    second.settle().await.unwrap();
    second.disconnect();
    second.until(|chat| chat.sockets() == 2 && chat.log(conversation).is_some_and(|log| log.live())).await.unwrap();
    first.until(|chat| chat.log(conversation).is_some_and(|log| log.cursor() == 2)).await.unwrap();
    let texts: Vec<_> = gateway.database.entries(conversation).await.into_iter().map(|(.., text)| text).collect();
    assert_eq!(texts, ["from here", "from there"]);
    gateway.stop().await;
}
