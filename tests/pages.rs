//! What is served to browsers: pages, scripts, health.

use tests::gateway::{TestGateway, cookie};

#[tokio::test(flavor = "multi_thread")]
async fn pages_have_their_types_policies_and_caching() {
    let gateway = TestGateway::with(&["--demo"]).await;
    for (path, kind, policy, cache) in [
        ("/demo", "text/html", "require-trusted-types-for 'script'", "no-cache"),
        ("/console", "text/html", "frame-ancestors 'none'", "no-cache"),
        ("/console/c/some-conversation", "text/html", "frame-ancestors 'none'", "no-cache"),
        ("/preview/wk_demo", "text/html", "frame-ancestors 'self'", "no-cache"),
        ("/popout/wk_demo", "text/html", "frame-ancestors 'none'", "no-cache"),
        ("/popout/wk_demo", "text/html", "require-trusted-types-for 'script'", "no-cache"),
        ("/popout.js", "text/javascript", "", "no-cache"),
        ("/popout.css", "text/css", "", "no-cache"),
        ("/demo/gallery", "text/html", "require-trusted-types-for 'script'", "no-cache"),
        ("/demo/gallery.css", "text/css", "", "no-cache"),
        ("/demo/gallery/gallery.js", "text/javascript", "", "no-cache"),
        ("/shim/intercom.js", "text/javascript", "", "max-age=300"),
        ("/widget.js", "text/javascript", "", "max-age=300"),
    ] {
        let answer = gateway.http("GET", path, &[], None).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("content-type").unwrap().starts_with(kind), "{path}");
        assert!(answer.header("content-security-policy").unwrap_or_default().contains(policy), "{path}");
        assert!(answer.header("cache-control").unwrap().contains(cache), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(!answer.body.is_empty());
    }
    assert_eq!(gateway.http("GET", "/widget.js", &[], None).await.header("access-control-allow-origin"), Some("*"));
    for path in ["/widget.js", "/shim/crisp.js"] {
        let script = gateway.http("GET", path, &[], None).await;
        assert_eq!(script.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(script.header("cross-origin-resource-policy"), Some("cross-origin"), "{path}");
    }
    // A window that a page of another origin opened, and goes on talking with.
    let popout = gateway.http("GET", "/popout/wk_demo", &[], None).await;
    assert_eq!(popout.header("cross-origin-opener-policy"), Some("unsafe-none"));
    for (path, status) in [
        ("/", 302),
        ("/nothing", 404),
        ("/console/assets/none.js", 404),
        ("/widget/../Cargo.toml", 404),
        ("/shim/../widget.js", 404),
        ("/demo/gallery/../../Cargo.toml", 404),
        ("/popout", 404),
        ("/shim/none.js", 404),
    ] {
        assert_eq!(gateway.http("GET", path, &[], None).await.status, status, "{path}");
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_browser_has_is_not_sent_again() {
    let gateway = TestGateway::start().await;
    for path in ["/widget.js", "/popout/wk_any", "/shim/tawk.js"] {
        let first = gateway.http("GET", path, &[], None).await;
        let tag = first.header("etag").unwrap().to_owned();
        assert_eq!(first.header("vary"), Some("accept-encoding"));
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
            let again = gateway.http("GET", path, &[("if-none-match", &known)], None).await;
            assert_eq!((again.status, again.body.len()), (304, 0), "{path} {known}");
            for name in ["etag", "cache-control", "vary"] {
                assert_eq!(again.header(name), first.header(name), "{path} {name}");
            }
        }
        let other = gateway.http("GET", path, &[("if-none-match", "\"other\"")], None).await;
        assert_eq!((other.status, other.body == first.body), (200, true), "{path}");
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_demo_mode_there_is_no_demo_even_where_there_was_one() {
    let body = serde_json::json!({"email": "owner@demo.test", "password": "chatdesk-demo"});
    let demo = TestGateway::with(&["--demo"]).await;
    let login = demo.http("POST", "/api/login", &[], Some(&body)).await;
    assert_eq!(login.status, 200);
    let kept = cookie(login.cookie("chatdesk_agent").unwrap());
    let gateway = TestGateway::on(demo.stop().await, &[]).await;
    assert_eq!(gateway.http("GET", "/demo", &[], None).await.status, 404);
    assert_eq!(gateway.http("POST", "/api/login", &[], Some(&body)).await.status, 401);
    assert_eq!(gateway.http("GET", "/api/me", &[("cookie", &kept)], None).await.status, 401);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_alive_and_readiness_says_why_not() {
    let gateway = TestGateway::start().await;
    assert_eq!(gateway.http("GET", "/healthz", &[], None).await.status, 200);
    assert_eq!(gateway.http("GET", "/readyz", &[], None).await.json()["status"], "ready");
    gateway.gateway().app().drain();
    let draining = gateway.http("GET", "/readyz", &[], None).await;
    assert_eq!((draining.status, draining.json()["reason"].as_str()), (503, Some("draining")));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_and_large_bodies_are_refused() {
    let gateway = TestGateway::start().await;
    assert_eq!(gateway.http("DELETE", "/api/settings/widget", &[], None).await.code(), "unsupported");
    let large = serde_json::json!({"email": "x".repeat(300 * 1024), "password": ""});
    assert_eq!(gateway.http("POST", "/api/login", &[], Some(&large)).await.code(), "too_large");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_page_that_may_embed_the_widget_hands_a_session_to_a_window() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let key = tenant.widget_key.clone();
    let status = async |query: &str| gateway.http("GET", &format!("/popout/{query}"), &[], None).await.status;
    assert_eq!(status(&format!("{key}?from=https://anywhere.example")).await, 200);
    let saved =
        gateway.configure(&tenant, |config| config["allowed_domains"] = serde_json::json!(["shop.example"])).await;
    assert_eq!(saved.status, 200);
    let own = format!("{key}?from=http://{}", gateway.address());
    for welcome in [key.clone(), format!("{key}?from="), format!("{key}?from=https%3A%2F%2Fshop.example"), own] {
        assert_eq!(status(&welcome).await, 200, "{welcome}");
    }
    for stranger in ["https://evil.example", "https%3A%2F%2Fevil.example", "null", "https://shop.example.evil.test"] {
        assert_eq!(status(&format!("{key}?from={stranger}")).await, 403, "{stranger}");
    }
    assert_eq!(status(&format!("{key}?from=https://evil.example&from=https://shop.example")).await, 403);
    // Ways around that the page's script would read as the same key.
    let spelled = key.replacen('w', "%77", 1);
    for detour in [spelled, format!("/{key}"), format!("{key}/"), format!("wk_none/{key}")] {
        assert_eq!(status(&format!("{detour}?from=https://evil.example")).await, 404, "{detour}");
    }
    gateway.stop().await;
}
