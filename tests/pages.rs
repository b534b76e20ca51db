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
    for (path, status) in
        [("/", 302), ("/nothing", 404), ("/console/assets/none.js", 404), ("/widget/../Cargo.toml", 404)]
    {
        assert_eq!(gateway.http("GET", path, &[], None).await.status, status, "{path}");
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
