//! Visitors on a site: what is noted of them, what they look at and do, and the agents who watch.

use std::time::Duration;

use protocol::client::{Hello, Identify, Profile, Track, Typing, Unwatch, Update, Watch, Watched};
use protocol::code::ErrorCode;
use protocol::connection::Connection;
use protocol::id::VisitorId;
use protocol::server::{ServerFrame, Visitors};
use protocol::value::{Attribute, Attributes, LiveVisitor, Page, VisitorProfile};
use serde_json::json;
use tests::gateway::{Tenant, TestGateway, visitor_hello};
use tokio::time::timeout;

use crate::delivery::{entry, find, follow, start, talk, text, until};
use crate::refusals::refusal;

const WATCH: Watch = Watch { what: Watched::Visitors };
const UNWATCH: Unwatch = Unwatch { what: Watched::Visitors };
/// How long what is written behind may take to be read.
const PATIENCE: Duration = Duration::from_secs(30);

fn page(url: &str) -> Page {
    Page { url: Some(url.into()), title: Some(format!("Title of {url}")), referrer: None }
}

fn attributes(pairs: &[(&str, Attribute)]) -> Attributes {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// A new visitor who begins on a page.
async fn visitor_on(gateway: &TestGateway, tenant: &Tenant, url: &str) -> (Connection, VisitorId, String) {
    let mut socket = gateway.socket().await;
    let hello = Hello { page: Some(page(url)), ..visitor_hello(&tenant.widget_key, None) };
    let welcome = socket.hello(hello).await.unwrap().visitor.unwrap();
    (socket, welcome.visitor, welcome.token.unwrap())
}

async fn live(watcher: &mut Connection, visitor: VisitorId) -> LiveVisitor {
    find(watcher, |frame| match frame {
        ServerFrame::LiveVisitor(live) if live.visitor.id == visitor => Some(live),
        _ => None,
    })
    .await
}

async fn left(watcher: &mut Connection) -> VisitorId {
    find(watcher, |frame| match frame {
        ServerFrame::VisitorLeft(left) => Some(left.visitor),
        _ => None,
    })
    .await
}

/// The profile, once it has what was written behind.
async fn profile(agent: &mut Connection, visitor: VisitorId, has: impl Fn(&VisitorProfile) -> bool) -> VisitorProfile {
    timeout(PATIENCE, async {
        loop {
            let profile = reply!(agent, Profile { visitor }, VisitorProfile);
            if has(&profile) {
                return profile;
            }
        }
    })
    .await
    .expect("what was told is written")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_on_the_site_is_watched() {
    let gateway = TestGateway::start().await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let (mut first, first_id, token) = visitor_on(&gateway, &tenant, "https://shop.example/").await;
    let (mut agent, mut abroad) = (gateway.agent(&tenant).await, gateway.agent(&other).await);
    let Visitors { visitors, total } = reply!(agent, WATCH, Visitors);
    assert_eq!((visitors.len(), total), (1, 1));
    assert_eq!((visitors[0].visitor.id, visitors[0].page.as_ref()), (first_id, Some(&page("https://shop.example/"))));
    assert_eq!(reply!(abroad, WATCH, Visitors), Visitors { visitors: vec![], total: 0 });

    let (second, second_id, _) = visitor_on(&gateway, &tenant, "https://shop.example/b").await;
    assert_eq!(live(&mut agent, second_id).await.page, Some(page("https://shop.example/b")));
    reply!(first, page("https://shop.example/cart"), Done);
    assert_eq!(live(&mut agent, first_id).await.page, Some(page("https://shop.example/cart")));
    let word = Identify { name: Some("Ada".into()), ..Identify::default() };
    reply!(first, word, Identified);
    let known = live(&mut agent, first_id).await;
    assert_eq!((known.visitor.name.as_deref(), known.page), (Some("Ada"), Some(page("https://shop.example/cart"))));
    let conversation = start(&mut first).await;
    // Told with the conversation's summary, which may come behind what the start told of the visitor.
    let begun = |frame| match frame {
        ServerFrame::LiveVisitor(live) if live.visitor.id == first_id => live.conversation,
        _ => None,
    };
    assert_eq!(find(&mut agent, begun).await, conversation);
    let Visitors { visitors, total } = reply!(agent, WATCH, Visitors);
    assert_eq!(total, 2);
    assert_eq!(visitors.iter().map(|live| live.visitor.id).collect::<Vec<_>>(), [second_id, first_id], "newest first");

    // Somebody is there until their last socket goes.
    let mut tab = gateway.socket().await;
    tab.hello(visitor_hello(&tenant.widget_key, Some(&token))).await.unwrap();
    first.close().await.unwrap();
    second.close().await.unwrap();
    assert_eq!(left(&mut agent).await, second_id);
    tab.close().await.unwrap();
    assert_eq!(left(&mut agent).await, first_id);
    assert_eq!(reply!(agent, WATCH, Visitors).total, 0);

    // Whoever stopped watching is told no more; what comes to the other organization's is only its own.
    reply!(agent, UNWATCH, Done);
    let (_third, ..) = visitor_on(&gateway, &tenant, "https://shop.example/c").await;
    let (_fourth, fourth_id, _) = visitor_on(&gateway, &other, "https://other.example/").await;
    assert_eq!(live(&mut abroad, fourth_id).await.visitor.id, fourth_id);
    let reference = agent.reference();
    agent.send_frame(&protocol::client::Ping::default().into(), reference);
    until(&mut agent, |frame| {
        assert!(!matches!(frame, ServerFrame::LiveVisitor(_)), "{frame:?}");
        matches!(frame, ServerFrame::Pong(_))
    })
    .await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_events_are_in_the_profile_newest_first() {
    let gateway = TestGateway::start().await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let (mut visitor, id, _) = visitor_on(&gateway, &tenant, "https://shop.example/").await;
    let mut agent = gateway.agent(&tenant).await;
    reply!(visitor, page("https://shop.example/ferns"), Done);
    let bought = attributes(&[("sku", Attribute::Text("fern-3".into())), ("price", Attribute::Number(12.5))]);
    reply!(visitor, Track { name: "viewed".into(), properties: Attributes::new() }, Done);
    reply!(visitor, Track { name: "bought".into(), properties: bought.clone() }, Done);
    let profile = profile(&mut agent, id, |profile| profile.pages.len() == 2 && profile.events.len() == 2).await;
    let urls: Vec<_> = profile.pages.iter().filter_map(|view| view.page.url.as_deref()).collect();
    assert_eq!(urls, ["https://shop.example/ferns", "https://shop.example/"]);
    assert_eq!(profile.events[0].properties, bought);
    assert_eq!(profile.events.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(), ["bought", "viewed"]);
    assert_eq!(profile.browser.unwrap().ip_address.as_deref(), Some("127.0.0.1"));

    for (frame, field) in [
        (Track { name: " ".into(), properties: Attributes::new() }.into(), "name"),
        (Track { name: "x".repeat(201), properties: Attributes::new() }.into(), "name"),
        (protocol::client::ClientFrame::Page(page(&"x".repeat(2_001))), "url"),
    ] {
        let error = refusal(&mut visitor, frame).await;
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some(field)));
    }
    let mut abroad = gateway.agent(&other).await;
    let missing = refusal(&mut abroad, Profile { visitor: VisitorId::generate() }).await;
    let foreign = refusal(&mut abroad, Profile { visitor: id }).await;
    assert_eq!((foreign.code, foreign.text), (ErrorCode::NotFound, missing.text));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_a_visitor_is_updated_by_them_and_by_agents() {
    let gateway = TestGateway::start().await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let (mut visitor, id, _) = visitor_on(&gateway, &tenant, "https://shop.example/").await;
    let mut agent = gateway.agent(&tenant).await;
    let conversation = start(&mut visitor).await;
    follow(&mut agent, conversation).await;
    let own = Update { name: Some("Ada".into()), email: Some("ada@home.example".into()), ..Update::default() };
    reply!(visitor, own, Done);
    let seen = find(&mut agent, |frame| match frame {
        ServerFrame::Summary(summary) if summary.visitor.name.is_some() => Some(summary.visitor),
        _ => None,
    })
    .await;
    assert_eq!(seen.email.as_deref(), Some("ada@home.example"));
    visitor.request(&text(conversation, "v1", "hello")).await.unwrap();
    assert_eq!(entry(&mut agent).await.sender.name.as_deref(), Some("Ada"));

    // Attributes are merged, and nil takes one away; what is left out stays.
    let set =
        |pairs: &[(&str, Attribute)], visitor| Update { visitor, attributes: attributes(pairs), ..Update::default() };
    let plan = Attribute::Text("gold".into());
    reply!(visitor, set(&[("plan", plan.clone()), ("visits", Attribute::Integer(3))], None), Done);
    reply!(agent, set(&[("visits", Attribute::Nothing), ("vip", Attribute::Flag(true))], Some(id)), Done);
    let noted = reply!(agent, Profile { visitor: id }, VisitorProfile);
    assert_eq!(noted.attributes, attributes(&[("plan", plan), ("vip", Attribute::Flag(true))]));
    assert_eq!(noted.visitor.name.as_deref(), Some("Ada"));
    let names: Vec<String> = (0..49).map(|n| format!("more {n}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), Attribute::Integer(1))).collect();
    let error = refusal(&mut visitor, set(&many, None)).await;
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some("attributes")));
    assert_eq!(reply!(agent, Profile { visitor: id }, VisitorProfile).attributes.len(), 2, "all or nothing");

    for (socket, update, field) in [
        (&mut visitor, Update { visitor: Some(id), ..Update::default() }, "visitor"),
        (&mut agent, Update::default(), "visitor"),
    ] {
        let error = refusal(socket, update).await;
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some(field)));
    }
    for (email, phone, field) in [(Some("nobody"), None, "email"), (None, Some("two\nlines"), "phone")] {
        let update = Update { email: email.map(Into::into), phone: phone.map(Into::into), ..Update::default() };
        assert_eq!(refusal(&mut visitor, update).await.field.as_deref(), Some(field));
    }
    let mut abroad = gateway.agent(&other).await;
    for stranger in [id, VisitorId::generate()] {
        let update = Update { visitor: Some(stranger), name: Some("Mallory".into()), ..Update::default() };
        assert_eq!(refusal(&mut abroad, update).await.code, ErrorCode::NotFound);
    }
    assert_eq!(reply!(agent, Profile { visitor: id }, VisitorProfile).visitor.name.as_deref(), Some("Ada"));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lists_show_already_is_not_told_again() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, id, _) = visitor_on(&gateway, &tenant, "https://shop.example/").await;
    let mut agent = gateway.agent(&tenant).await;
    let conversation = start(&mut visitor).await;
    // That it began is told on its own, and would show the name if it came late.
    until(&mut agent, |frame| matches!(frame, ServerFrame::Summary(told) if told.conversation == conversation)).await;
    let named = |name: &str| Update { name: Some(name.into()), ..Update::default() };
    let (ada, nobody_else) = (named("Ada"), Update { visitor: Some(id), ..named("Ada") });
    let same = Identify { name: Some("Ada".into()), ..Identify::default() };
    reply!(visitor, ada.clone(), Done);
    until(&mut agent, |frame| matches!(frame, ServerFrame::Summary(told) if told.visitor.name.is_some())).await;
    reply!(agent, WATCH, Visitors);

    // The same again, by themselves, by an agent, and as the page says who they are.
    for round in 0_u32..5 {
        reply!(visitor, ada.clone(), Done);
        reply!(agent, nobody_else.clone(), Done);
        reply!(visitor, same.clone(), Identified);
        let more = Update { phone: Some(format!("{round}")), ..Update::default() };
        reply!(visitor, more, Done);
        // Commits of one conversation are told in their order, so what comes next shows what came before it.
        visitor.request(&text(conversation, &format!("v{round}"), "hello")).await.unwrap();
        let mut told = Vec::new();
        until(&mut agent, |frame| {
            assert!(!matches!(frame, ServerFrame::LiveVisitor(live) if live.visitor.id == id), "{frame:?}");
            let ServerFrame::Summary(summary) = frame else { return false };
            told.push(summary.head);
            summary.head > u64::from(round)
        })
        .await;
        assert_eq!(told, [u64::from(round) + 1]);
    }
    reply!(visitor, named("Ada Byron"), Done);
    assert_eq!(live(&mut agent, id).await.visitor.name.as_deref(), Some("Ada Byron"));
    until(
        &mut agent,
        |frame| matches!(frame, ServerFrame::Summary(told) if told.visitor.name.as_deref() == Some("Ada Byron")),
    )
    .await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_one_side_is_forbidden_to_the_other() {
    let (gateway, mut visitor, mut agent, _) = talk(&[]).await;
    let visitor_id = VisitorId::generate();
    for frame in [Profile { visitor: visitor_id }.into(), WATCH.into(), protocol::client::ClientFrame::Unwatch(UNWATCH)]
    {
        let name = frame.name();
        assert_eq!(refusal(&mut visitor, frame).await.code, ErrorCode::Forbidden, "{name}");
    }
    let track = Track { name: "x".into(), properties: Attributes::new() };
    for frame in [track.into(), protocol::client::ClientFrame::Page(page("https://shop.example/"))] {
        let name = frame.name();
        assert_eq!(refusal(&mut agent, frame).await.code, ErrorCode::Forbidden, "{name}");
    }
    gateway.stop().await;
}

/// What a visitor is about to say is for agents, and only where the organization wants it.
#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_shown_to_agents_where_the_organization_wants_them() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    for wanted in [false, true] {
        let saved = gateway.configure(&tenant, |config| config["settings"]["draft_preview"] = json!(wanted)).await;
        assert_eq!(saved.status, 200, "{}", saved.json());
        let (mut visitor, welcome) = gateway.visitor(&tenant).await;
        let welcome = welcome.visitor.unwrap();
        assert_eq!(welcome.settings.draft_preview, wanted);
        let mut agent = gateway.agent(&tenant).await;
        let conversation = start(&mut visitor).await;
        follow(&mut agent, conversation).await;
        let mut tab = gateway.socket().await;
        tab.hello(visitor_hello(&tenant.widget_key, welcome.token.as_deref())).await.unwrap();
        follow(&mut tab, conversation).await;
        let typing = |draft: Option<&str>| Typing { conversation, on: true, draft: draft.map(Into::into) };
        let draft = async |socket: &mut Connection| {
            find(socket, |frame| match frame {
                ServerFrame::TypingBy(by) => Some(by.draft),
                _ => None,
            })
            .await
        };
        reply!(visitor, typing(Some("Do you ha")), Done);
        assert_eq!(draft(&mut agent).await, wanted.then(|| "Do you ha".to_owned()));
        assert_eq!(draft(&mut tab).await, None);
        // An agent's is nobody's business.
        reply!(agent, typing(Some("We do not")), Done);
        assert_eq!(draft(&mut visitor).await, None);
        let error = refusal(&mut visitor, typing(Some(&"x".repeat(2_001)))).await;
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some("draft")));
    }
    gateway.stop().await;
}
