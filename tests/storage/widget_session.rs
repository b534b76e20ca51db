//! Widget sessions: a browser's token and its visitor.

use std::net::IpAddr;

use protocol::id::ConversationId;
use storage::{Browser, DeviceType, StorageError};
use tests::database::TestDatabase;

use super::{Shop, shop, token};

const DAY: u64 = 24 * 60 * 60 * 1000;

/// All that a session tells of where its browser is.
async fn told(database: &TestDatabase) -> Vec<Option<String>> {
    let sql = "select host(ip_address), country, city, user_agent, device_type, browser, os, referrer, current_url
         from widget_sessions";
    let row = database.client().await.query_one(sql, &[]).await.unwrap();
    (0..row.len()).map(|column| row.get(column)).collect()
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<Option<String>> {
    texts.iter().map(|text| (!text.is_empty()).then(|| (*text).to_owned())).collect()
}

#[tokio::test]
async fn a_session_is_resumed_by_its_token() {
    let (database, shop) = shop().await;
    let hash = token();
    let first = Browser {
        ip_address: Some("192.0.2.7".parse::<IpAddr>().unwrap()),
        country: Some("SE"),
        city: Some("Linköping"),
        user_agent: Some("Browser/1"),
        device_type: Some(DeviceType::Tablet),
        browser: Some("Browser 1"),
        os: Some("System 2"),
        referrer: Some("https://search.example/"),
        current_url: Some("https://shop.example/tea"),
    };
    let made = shop.storage.create_widget_session(shop.organization, &hash, &first).await.unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
    assert!(made.expires_at.abs_diff(now + 30 * DAY) < DAY, "expires at {}", made.expires_at);
    let (search, tea) = ("https://search.example/", "https://shop.example/tea");
    let all = ["192.0.2.7", "SE", "Linköping", "Browser/1", "tablet", "Browser 1", "System 2", search, tea];
    assert_eq!(told(&database).await, texts(all));

    // Elsewhere, where nobody knows the city, with a browser that does not say what it is.
    let client = database.client().await;
    client.batch_execute("update widget_sessions set expires_at = now() + interval '1 day'").await.unwrap();
    let coffee = "https://shop.example/coffee";
    let next = Browser {
        ip_address: Some("2001:db8::7".parse::<IpAddr>().unwrap()),
        country: Some("NO"),
        current_url: Some(coffee),
        referrer: Some("https://shop.example/tea"),
        ..Browser::default()
    };
    let resumed = shop.storage.resume_widget_session(shop.organization, &hash, &next).await.unwrap().unwrap();
    assert_eq!((resumed.id, resumed.visitor, resumed.verified), (made.id, made.visitor, false));
    assert!(resumed.expires_at >= made.expires_at, "its days begin anew");
    let moved = ["2001:db8::7", "NO", "", "Browser/1", "tablet", "Browser 1", "System 2", search, coffee];
    assert_eq!(told(&database).await, texts(moved));

    // With another browser: what the former one told does not stay beside it.
    let other = Browser { user_agent: Some("Thing"), device_type: Some(DeviceType::Other), ..Browser::default() };
    shop.storage.resume_widget_session(shop.organization, &hash, &other).await.unwrap().unwrap();
    assert_eq!(told(&database).await, texts(["2001:db8::7", "NO", "", "Thing", "other", "", "", search, coffee]));
}

#[tokio::test]
async fn a_resumed_session_brings_the_newest_conversation_that_is_not_resolved() {
    let (database, shop) = shop().await;
    let (hash, browser) = (token(), Browser::default());
    let made = shop.storage.create_widget_session(shop.organization, &hash, &browser).await.unwrap();
    let resume =
        || async { shop.storage.resume_widget_session(shop.organization, &hash, &browser).await.unwrap().unwrap() };
    assert_eq!((made.conversation.clone(), resume().await.conversation), (None, None));
    let (first, second) =
        (shop.conversation_of(made.visitor, "1").await, shop.conversation_of(made.visitor, "2").await);
    shop.conversation().await;
    let client = database.client().await;
    client
        .execute("update conversations set created_at = now() + interval '1 s' where id = $1", &[&second.0])
        .await
        .unwrap();
    for (resolved, open) in [(None, Some(second)), (Some(second), Some(first)), (Some(first), None)] {
        let resolved = resolved.map(|id: ConversationId| id.0);
        client.execute("update conversations set status = 'resolved' where id = $1", &[&resolved]).await.unwrap();
        let found = resume().await.conversation;
        assert_eq!(found.as_ref().map(|summary| summary.conversation), open);
        let alone = shop.storage.open_conversation_of(shop.organization, made.visitor).await.unwrap();
        assert_eq!(found, alone, "as it is read alone");
    }
}

#[tokio::test]
async fn an_organization_that_is_being_deleted_lets_nobody_in() {
    let (database, shop) = shop().await;
    let (hash, browser) = (token(), Browser::default());
    shop.storage.create_widget_session(shop.organization, &hash, &browser).await.unwrap();
    database.client().await.batch_execute("update organizations set deleted_at = now()").await.unwrap();
    assert_eq!(shop.storage.resume_widget_session(shop.organization, &hash, &browser).await.unwrap(), None);
    let refused = shop.storage.create_widget_session(shop.organization, &token(), &browser).await;
    assert_eq!(refused, Err(StorageError::Conflict("organization")));
    assert_eq!(shop.storage.find_widget(&shop.widget_key).await.unwrap(), None);
    let visitors = database.client().await.query_one("select count(*) from visitors", &[]).await.unwrap();
    assert_eq!(visitors.get::<_, i64>(0), 1, "nobody was made");
}

#[tokio::test]
async fn a_wrong_foreign_or_expired_token_finds_nothing() {
    let (database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let (hash, browser) = (token(), Browser::default());
    shop.storage.create_widget_session(shop.organization, &hash, &browser).await.unwrap();
    assert_eq!(shop.storage.resume_widget_session(shop.organization, &token(), &browser).await.unwrap(), None);
    assert_eq!(shop.storage.resume_widget_session(other.organization, &hash, &browser).await.unwrap(), None);
    let expire = "update widget_sessions set expires_at = now()";
    database.client().await.batch_execute(expire).await.unwrap();
    assert_eq!(shop.storage.resume_widget_session(shop.organization, &hash, &browser).await.unwrap(), None);
}
