//! What is known of visitors.

use protocol::id::VisitorId;
use protocol::limit;
use protocol::value::{Attribute, Attributes, Page, VisitorProfile};
use storage::{Browser, DeviceType, StorageError, VisitorUpdate, Write, Writer, WriterConfig};

use super::visit::note;
use super::{Shop, shop, token};

/// Notes these attributes and nothing else.
pub(super) fn update(attributes: &Attributes) -> VisitorUpdate<'_> {
    VisitorUpdate { name: None, email: None, phone: None, external_id: None, attributes, own_word: true }
}

/// Notes nothing at all.
pub(super) fn nothing() -> VisitorUpdate<'static> {
    static NONE: Attributes = Attributes::new();
    update(&NONE)
}

fn text(text: &str) -> Attribute {
    Attribute::Text(text.to_owned())
}

fn attributes<const N: usize>(pairs: [(&str, Attribute); N]) -> Attributes {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

async fn profile(shop: &Shop, visitor: VisitorId) -> VisitorProfile {
    shop.storage.visitor_profile(shop.organization, visitor).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_is_left_out_stays_and_nothing_forgets() {
    let (_database, shop) = shop().await;
    let visitor = shop.visitor().await;
    let first =
        attributes([("plan", text("free")), ("seats", Attribute::Integer(3)), ("trial", Attribute::Flag(true))]);
    let noted =
        VisitorUpdate { name: Some("Ada"), email: Some("ada@home.example"), external_id: Some("7"), ..update(&first) };
    let summary = shop.storage.update_visitor(shop.organization, visitor, &noted).await.unwrap().unwrap().visitor;
    assert_eq!((summary.id, summary.name.as_deref(), summary.verified), (visitor, Some("Ada"), false));
    let second = attributes([("plan", text("paid")), ("trial", Attribute::Nothing), ("never", Attribute::Nothing)]);
    let noted = VisitorUpdate { phone: Some("123"), ..update(&second) };
    shop.storage.update_visitor(shop.organization, visitor, &noted).await.unwrap().unwrap();
    let profile = profile(&shop, visitor).await;
    assert_eq!(profile.attributes, attributes([("plan", text("paid")), ("seats", Attribute::Integer(3))]));
    assert_eq!((profile.visitor, profile.phone.as_deref()), (summary, Some("123")));
    assert_eq!(profile.external_id.as_deref(), Some("7"));
}

#[tokio::test]
async fn whether_they_appear_otherwise_is_told() {
    let (_database, shop) = shop().await;
    let visitor = shop.visitor().await;
    let changed = async |update: VisitorUpdate<'_>| {
        shop.storage.update_visitor(shop.organization, visitor, &update).await.unwrap().unwrap().changed
    };
    assert!(!changed(nothing()).await);
    let known = VisitorUpdate { name: Some("Ada"), email: Some("ada@home.example"), ..nothing() };
    assert!(changed(known).await);
    assert!(!changed(known).await, "the same again");
    assert!(!changed(VisitorUpdate { name: Some("Ada"), ..nothing() }).await);
    let plan = attributes([("plan", text("free"))]);
    let more = VisitorUpdate { phone: Some("123"), external_id: Some("7"), ..update(&plan) };
    assert!(!changed(more).await, "lists show none of that");
    assert!(changed(VisitorUpdate { name: Some("Ada Byron"), ..known }).await);
    assert!(changed(VisitorUpdate { email: Some("ada@work.example"), ..nothing() }).await);

    // Of two who say the same at once one changes it.
    for round in 0..25 {
        let name = format!("Ada the {round}th");
        let same = VisitorUpdate { name: Some(&name), ..nothing() };
        let (one, other) = tokio::join!(changed(same), changed(same));
        assert!(one != other);
    }
}

#[tokio::test]
async fn values_come_back_as_they_were() {
    let (_database, shop) = shop().await;
    let visitor = shop.visitor().await;
    let numbers = [0.1, -1.5, 1e16, 1e300, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, 9_007_199_254_740_993.5];
    let mut wanted: Attributes =
        numbers.iter().enumerate().map(|(n, number)| (format!("n{n}"), Attribute::Number(*number))).collect();
    wanted.extend(attributes([
        ("most", Attribute::Integer((1 << 53) - 1)),
        ("least", Attribute::Integer(1 - (1 << 53))),
        ("empty", text("")),
        ("words", text("Grüße \"quoted\" \\ 👋")),
        ("no", Attribute::Flag(false)),
    ]));
    shop.storage.update_visitor(shop.organization, visitor, &update(&wanted)).await.unwrap().unwrap();
    assert_eq!(profile(&shop, visitor).await.attributes, wanted);
}

#[tokio::test]
async fn too_many_attributes_are_refused_and_nothing_is_noted() {
    let (_database, shop) = shop().await;
    let visitor = shop.visitor().await;
    let note = async |attributes: &Attributes| {
        let update = VisitorUpdate { name: Some("Ada"), ..update(attributes) };
        shop.storage.update_visitor(shop.organization, visitor, &update).await
    };
    let mut many: Attributes =
        (0..limit::ATTRIBUTES).map(|number| (format!("a{number}"), Attribute::Integer(0))).collect();
    many.insert("one more".into(), Attribute::Integer(0));
    assert_eq!(note(&many).await, Err(StorageError::Conflict("attributes")));
    assert_eq!(profile(&shop, visitor).await.visitor.name, None);
    many.remove("one more");
    assert!(note(&many).await.unwrap().is_some());
    assert_eq!(note(&attributes([("one more", text("x"))])).await, Err(StorageError::Conflict("attributes")));
    // In the place of another it fits.
    let swap = attributes([("one more", text("x")), ("a0", Attribute::Nothing)]);
    assert!(note(&swap).await.unwrap().is_some());
    // Few may be too long as well, though each update kept the rule.
    let other = shop.visitor().await;
    let long = |name: char| -> Attributes {
        (0..10).map(|number| (format!("{name}{number}"), text(&"x".repeat(limit::ATTRIBUTE_BYTES)))).collect()
    };
    let note = async |attributes: Attributes| {
        shop.storage.update_visitor(shop.organization, other, &update(&attributes)).await
    };
    assert!(note(long('a')).await.unwrap().is_some());
    assert_eq!(note(long('b')).await, Err(StorageError::Conflict("attributes")));
}

#[tokio::test]
async fn two_updates_at_once_are_both_noted() {
    let (_database, shop) = shop().await;
    let visitor = shop.visitor().await;
    for round in 0..25 {
        let (one, other) = (format!("one-{round}"), format!("other-{round}"));
        let (one, other) = (attributes([(&one, text("x"))]), attributes([(&other, text("x"))]));
        let (one, other) = (update(&one), update(&other));
        let (first, second) = tokio::join!(
            shop.storage.update_visitor(shop.organization, visitor, &one),
            shop.storage.update_visitor(shop.organization, visitor, &other),
        );
        assert!(first.unwrap().is_some() && second.unwrap().is_some());
    }
    assert_eq!(profile(&shop, visitor).await.attributes.len(), 50);
}

#[tokio::test]
async fn another_organizations_visitor_looks_missing() {
    let (_database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let visitor = shop.visitor().await;
    let noted = VisitorUpdate { name: Some("Eve"), ..nothing() };
    for (organization, visitor) in [(other.organization, visitor), (shop.organization, VisitorId::generate())] {
        assert_eq!(shop.storage.update_visitor(organization, visitor, &noted).await, Ok(None));
        assert_eq!(shop.storage.visitor_profile(organization, visitor).await, Ok(None));
    }
    assert_eq!(profile(&shop, visitor).await.visitor.name, None);
}

#[tokio::test]
async fn a_profile_shows_the_newest_pages_and_events_and_the_last_browser() {
    let (database, shop) = shop().await;
    let browser = Browser {
        ip_address: Some("192.0.2.7".parse().unwrap()),
        user_agent: Some("Browser/1"),
        referrer: Some("https://search.example/"),
        country: Some("SE"),
        city: Some("Linköping"),
        device_type: Some(DeviceType::Mobile),
        browser: Some("Firefox 128"),
        os: Some("Android 14"),
        ..Browser::default()
    };
    let session = shop.storage.create_widget_session(shop.organization, &token(), &browser).await.unwrap();
    let neighbour = shop.session().await;
    let (writer, _announced) = Writer::start(database.config(), WriterConfig::default());
    for number in 0..60 {
        let mut view = shop.page_view(&session, &format!("https://shop.example/{number}"));
        view.at += number;
        note(&writer, Write::PageView(view));
        let mut event = shop.event(session.visitor, &number.to_string());
        event.at += number;
        event.properties = attributes([("price", Attribute::Number(2.5))]);
        note(&writer, Write::Event(event));
        note(&writer, Write::PageView(shop.page_view(&neighbour, "https://shop.example/elsewhere")));
    }
    writer.close(std::time::Duration::from_secs(10)).await.unwrap();
    let profile = profile(&shop, session.visitor).await;
    let urls: Vec<_> = profile.pages.iter().map(|view| view.page.url.clone().unwrap()).collect();
    assert_eq!(urls, (10..60).rev().map(|number| format!("https://shop.example/{number}")).collect::<Vec<_>>());
    let names: Vec<_> = profile.events.iter().map(|event| event.name.clone()).collect();
    assert_eq!(names, (10..60).rev().map(|number: u64| number.to_string()).collect::<Vec<_>>());
    assert_eq!(profile.events[0].properties, attributes([("price", Attribute::Number(2.5))]));
    let seen = profile.browser.unwrap();
    assert_eq!((seen.ip_address.as_deref(), seen.user_agent.as_deref()), (Some("192.0.2.7"), Some("Browser/1")));
    assert_eq!(seen.referrer.as_deref(), Some("https://search.example/"));
    assert_eq!((seen.country.as_deref(), seen.city.as_deref()), (Some("SE"), Some("Linköping")));
    assert_eq!(seen.device_type.as_deref(), Some("mobile"));
    assert_eq!((seen.browser.as_deref(), seen.os.as_deref()), (Some("Firefox 128"), Some("Android 14")));
    assert!(seen.last_seen_at >= profile.created_at);
}

#[tokio::test]
async fn a_profile_fits_a_frame_whatever_the_pages_are() {
    let (database, shop) = shop().await;
    let session = shop.session().await;
    let (writer, _announced) = Writer::start(database.config(), WriterConfig::default());
    let long = || Some("x".repeat(limit::ANSWER_BYTES));
    for number in 0..20 {
        let mut view = shop.page_view(&session, "");
        (view.at, view.page) = (number, Page { url: long(), title: long(), referrer: long() });
        note(&writer, Write::PageView(view));
    }
    writer.close(std::time::Duration::from_secs(10)).await.unwrap();
    let pages = profile(&shop, session.visitor).await.pages;
    assert_eq!(pages.iter().map(|view| view.at).collect::<Vec<_>>(), [19, 18, 17]);
}
