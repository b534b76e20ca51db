//! Widget sessions: a browser's token and its visitor.

use std::net::IpAddr;

use storage::Browser;

use super::{Shop, shop, token};

const DAY: u64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn a_session_is_resumed_by_its_token() {
    let (database, shop) = shop().await;
    let hash = token();
    let first = Browser {
        ip_address: Some("192.0.2.7".parse::<IpAddr>().unwrap()),
        user_agent: Some("Browser/1"),
        referrer: Some("https://search.example/"),
        current_url: Some("https://shop.example/tea"),
    };
    let made = shop.storage.create_widget_session(shop.organization, &hash, &first).await.unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
    assert!(made.expires_at.abs_diff(now + 30 * DAY) < DAY, "expires at {}", made.expires_at);

    let client = database.client().await;
    client.batch_execute("update widget_sessions set expires_at = now() + interval '1 day'").await.unwrap();
    let next = Browser {
        ip_address: Some("2001:db8::7".parse::<IpAddr>().unwrap()),
        current_url: Some("https://shop.example/coffee"),
        referrer: Some("https://shop.example/tea"),
        user_agent: None,
    };
    let resumed = shop.storage.resume_widget_session(shop.organization, &hash, &next).await.unwrap().unwrap();
    assert_eq!((resumed.id, resumed.visitor, resumed.verified), (made.id, made.visitor, false));
    assert!(resumed.expires_at >= made.expires_at, "its days begin anew");
    let row = "select host(ip_address), user_agent, referrer, current_url from widget_sessions";
    let row = client.query_one(row, &[]).await.unwrap();
    let kept: Vec<&str> = (0..4).map(|column| row.get(column)).collect();
    assert_eq!(kept, ["2001:db8::7", "Browser/1", "https://search.example/", "https://shop.example/coffee"]);
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
