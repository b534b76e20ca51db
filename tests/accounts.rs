//! Sign-up, login, cookies and the settings page, over HTTP.

use protocol::client::Ping;
use protocol::code::CloseCode;
use serde_json::{Value, json};
use tests::gateway::{TestGateway, agent_hello, cookie};

fn signup(email: &str) -> Value {
    json!({"organization": "Shop", "name": "Ada", "email": email, "password": "correct horse"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_lasts_until_logout() {
    let gateway = TestGateway::start().await;
    let made = gateway.http("POST", "/api/signup", &[], Some(&signup("ada@shop.example"))).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["member"]["role"], "owner");
    let set = made.header("set-cookie").unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict") && !set.contains("Secure"), "{set}");

    let body = json!({"email": "ADA@shop.example", "password": "correct horse"});
    let login = gateway.http("POST", "/api/login", &[], Some(&body)).await;
    assert_eq!((login.status, &login.json()), (200, &made.json()));
    let token = login.cookie("chatdesk_agent").unwrap().to_owned();
    let me = || async { gateway.http("GET", "/api/me", &[("cookie", &cookie(&token))], None).await };
    assert_eq!(me().await.json(), made.json());
    let out = gateway.http("POST", "/api/logout", &[("cookie", &cookie(&token))], None).await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!((me().await.status, me().await.code().as_str()), (401, "unauthenticated"));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_closes_what_the_login_had_opened_and_nothing_else() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let body = json!({"email": "owner@shop.example", "password": "correct horse"});
    let other = gateway.http("POST", "/api/login", &[], Some(&body)).await;
    let mut elsewhere = gateway.socket().await;
    elsewhere.hello(agent_hello(other.cookie("chatdesk_agent").unwrap())).await.unwrap();
    let mut here = gateway.agent(&tenant).await;
    gateway.http("POST", "/api/logout", &[("cookie", &cookie(&tenant.token))], None).await;
    assert_eq!(here.closed().await.unwrap().0, Some(CloseCode::Unauthenticated.number()));
    elsewhere.request(&Ping::default().into()).await.unwrap();
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_are_secure_behind_tls() {
    let gateway = TestGateway::with(&["--public-url", "https://chat.example"]).await;
    let headers = [("origin", "https://chat.example")];
    let made = gateway.http("POST", "/api/signup", &headers, Some(&signup("ada@shop.example"))).await;
    assert_eq!(made.status, 201);
    assert!(made.header("set-cookie").unwrap().contains("; Secure"));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_logins_are_told_nothing() {
    let gateway = TestGateway::start().await;
    gateway.tenant("Shop").await;
    let mut answers = Vec::new();
    for body in [
        json!({"email": "owner@shop.example", "password": "wrong horse battery"}),
        json!({"email": "nobody@shop.example", "password": "correct horse"}),
        json!({"email": "x\u{0}", "password": "correct horse"}),
        json!({"email": "owner@shop.example", "password": "x".repeat(100_000)}),
    ] {
        let answer = gateway.http("POST", "/api/login", &[], Some(&body)).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "unauthenticated"));
        answers.push(answer.body);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_bodies_name_the_field_and_leave_nothing() {
    let gateway = TestGateway::start().await;
    for (key, value, field) in [
        ("organization", json!(""), "organization"),
        ("name", json!("two\nlines"), "name"),
        ("email", json!("ada"), "email"),
        ("password", json!("short"), "password"),
        ("email", json!(7), "email"),
    ] {
        let mut body = signup("ada@shop.example");
        body[key] = value;
        let answer = gateway.http("POST", "/api/signup", &[], Some(&body)).await;
        assert_eq!((answer.status, answer.code().as_str(), answer.field().as_str()), (422, "bad_field", field));
    }
    let mut body = signup("ada@shop.example");
    body.as_object_mut().unwrap().remove("name");
    assert_eq!(gateway.http("POST", "/api/signup", &[], Some(&body)).await.field(), "name");
    assert_eq!(gateway.http("POST", "/api/signup", &[], Some(&signup("ada@shop.example"))).await.status, 201);
    let again = gateway.http("POST", "/api/signup", &[], Some(&signup("Ada@Shop.example"))).await;
    assert_eq!((again.status, again.field().as_str()), (409, "email"));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_sites_page_cannot_use_the_cookie() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let login = cookie(&tenant.token);
    let own = format!("http://{}", gateway.address());
    let config = gateway.http("GET", "/api/settings/widget", &[("cookie", &login)], None).await.json();
    for (headers, status, code) in [
        (vec![("cookie", login.as_str()), ("origin", "https://evil.test")], 403, "origin_refused"),
        (vec![("cookie", login.as_str()), ("origin", "null")], 403, "origin_refused"),
        (vec![("cookie", login.as_str()), ("origin", own.as_str()), ("content-type", "text/plain")], 400, "bad_frame"),
        (vec![("cookie", login.as_str()), ("origin", own.as_str())], 200, ""),
    ] {
        let answer = gateway.http("PUT", "/api/settings/widget", &headers, Some(&config)).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{headers:?}");
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_one_document_all_or_nothing() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let saved = gateway
        .configure(&tenant, |config| {
            config["settings"]["primary_color"] = json!("#ff8800");
            config["allowed_domains"] = json!(["shop.example", "*.shop.example"]);
            config["departments"] = json!([{"name": "Sales"}, {"name": "Support"}]);
            config["form"] = json!({"enabled": true, "fields": [
                {"key": "name", "label": "Your name", "kind": "text", "required": true},
                {"key": "topic", "label": "Topic", "kind": "select", "required": false, "options": ["Order", "Other"]},
            ]});
        })
        .await;
    assert_eq!(saved.status, 200, "{}", saved.json());
    assert!(saved.json()["departments"][1]["id"].is_string());
    let read = || async {
        gateway.http("GET", "/api/settings/widget", &[("cookie", &cookie(&tenant.token))], None).await.json()
    };
    assert_eq!(read().await, saved.json());

    // The second department's name is bad: nothing of the change may stay.
    let bad = gateway
        .configure(&tenant, |config| {
            config["settings"]["primary_color"] = json!("#000000");
            config["departments"][1]["name"] = json!("");
        })
        .await;
    assert_eq!((bad.status, bad.field().as_str()), (422, "departments[1].name"));
    assert_eq!(read().await, saved.json());

    // Reordered, renamed, one removed, one added.
    let kept = saved.json()["departments"][1]["id"].clone();
    let changed = gateway
        .configure(&tenant, |config| config["departments"] = json!([{"name": "Returns"}, {"id": kept, "name": "Help"}]))
        .await;
    assert_eq!(changed.status, 200, "{}", changed.json());
    assert_eq!(changed.json()["departments"][0]["name"], "Returns");
    assert_eq!(changed.json()["departments"][1], json!({"id": kept, "name": "Help"}));

    let (_, welcome) = gateway.visitor(&tenant).await;
    let welcome = welcome.visitor.unwrap();
    assert_eq!((welcome.settings.primary_color.as_str(), welcome.form.fields.len()), ("#ff8800", 2));
    assert_eq!(welcome.departments[1].name, "Help");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_logins_from_one_address_wait() {
    let gateway = TestGateway::with(&["--logins-per-minute", "3"]).await;
    let body = json!({"email": "nobody@shop.example", "password": "correct horse"});
    let mut last = None;
    for _ in 0..4 {
        last = Some(gateway.http("POST", "/api/login", &[], Some(&body)).await);
    }
    let last = last.unwrap();
    assert_eq!((last.status, last.code().as_str()), (429, "rate_limited"));
    assert!(last.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().unwrap() > 0));
    gateway.stop().await;
}
