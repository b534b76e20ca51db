//! What a session notes of where its browser is and what it is.

use protocol::connection::Options;
use tests::gateway::{Tenant, TestGateway, settings, visitor_hello};

const PHONE: &str = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36";
const DESKTOP: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// A hello from behind a proxy; the session's token.
async fn from(gateway: &TestGateway, tenant: &Tenant, address: &str, agent: &str, token: Option<&str>) -> String {
    let headers = vec![("x-forwarded-for".into(), address.into()), ("user-agent".into(), agent.into())];
    let mut socket = gateway.socket_with(&Options { headers, ..Options::default() }).await;
    let welcome = socket.hello(visitor_hello(&tenant.widget_key, token)).await.unwrap().visitor.unwrap();
    welcome.token.or(token.map(str::to_owned)).unwrap()
}

/// What the one session that there is tells: address, country, city, device, browser, system.
async fn noted(gateway: &TestGateway) -> Vec<Option<String>> {
    let sql = "select host(ip_address), country, city, device_type, browser, os from widget_sessions";
    let row = gateway.database.client().await.query_one(sql, &[]).await.unwrap();
    (0..row.len()).map(|column| row.get(column)).collect()
}

fn texts(texts: [&str; 6]) -> Vec<Option<String>> {
    texts.iter().map(|text| (!text.is_empty()).then(|| (*text).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_notes_the_browser_and_follows_it() {
    let gateway = TestGateway::with(&["--trusted-proxies", "127.0.0.0/8"]).await;
    let tenant = gateway.tenant("Shop").await;
    let token = from(&gateway, &tenant, "89.160.20.112", PHONE, None).await;
    assert_eq!(
        noted(&gateway).await,
        texts(["89.160.20.112", "", "", "mobile", "Chrome Mobile 128", "Android 14"]),
        "without a file nobody knows where that is"
    );
    from(&gateway, &tenant, "192.0.2.7", DESKTOP, Some(&token)).await;
    assert_eq!(noted(&gateway).await, texts(["192.0.2.7", "", "", "desktop", "Firefox 128", "Windows 10"]));
    from(&gateway, &tenant, "192.0.2.7", "nonsense", Some(&token)).await;
    assert_eq!(noted(&gateway).await, texts(["192.0.2.7", "", "", "", "", ""]));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the GeoIP file that tests/geoip/requirements.txt brings: ./check storage"]
async fn a_session_notes_where_its_address_is() {
    let file = std::env::var("CHATDESK_TEST_GEOIP").expect("CHATDESK_TEST_GEOIP names a file with cities");
    let gateway = TestGateway::with(&["--trusted-proxies", "127.0.0.0/8", "--geoip-file", &file]).await;
    let tenant = gateway.tenant("Shop").await;
    let token = from(&gateway, &tenant, "89.160.20.112", PHONE, None).await;
    let phone = ["mobile", "Chrome Mobile 128", "Android 14"];
    let told = |address, country, city| texts([address, country, city, phone[0], phone[1], phone[2]]);
    assert_eq!(noted(&gateway).await, told("89.160.20.112", "SE", "Stockholm"));
    // Where the session goes on; of some addresses only the country is known, of some nothing.
    for (address, country, city) in [
        ("128.232.0.20", "GB", "Cambridge"),
        ("2001:4860:4860::8888", "US", "Mountain View"),
        ("8.8.8.8", "US", ""),
        ("10.1.2.3", "", ""),
        ("203.0.113.7", "", ""),
    ] {
        from(&gateway, &tenant, address, PHONE, Some(&token)).await;
        assert_eq!(noted(&gateway).await, told(address, country, city));
    }
}

#[test]
fn a_file_that_is_missing_or_broken_is_named_before_anything_starts() {
    for file in ["/nowhere/cities.mmdb", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
        let error = settings(&["--geoip-file", file]).check().unwrap_err();
        assert!(error.starts_with(&format!("geoip_file {file}: ")), "{error}");
    }
}
