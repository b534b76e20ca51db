//! What Prometheus reads of a gateway, at an address of its own.

use tests::http::request;

use crate::delivery::{stored, talk, text};

#[tokio::test(flavor = "multi_thread")]
async fn the_writers_metrics_are_served_at_their_own_address_only() {
    let (gateway, mut visitor, _agent, conversation) = talk(&["--metrics-addr", "127.0.0.1:0"]).await;
    for n in 1..=3 {
        visitor.request(&text(conversation, &format!("m{n}"), "hello")).await.unwrap();
        stored(&mut visitor, &format!("m{n}")).await;
    }
    let address = gateway.gateway().metrics_address().expect("metrics are served");
    let answer = request(address, "GET", "/metrics", &[], None).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("application/openmetrics-text")));
    let text = String::from_utf8(answer.body).unwrap();
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("chatdesk_writer_{name} ")));
        line.unwrap_or_else(|| panic!("{name} in {text}")).parse::<f64>().unwrap()
    };
    assert_eq!((value("stored_total"), value("rejected_total"), value("held_writes")), (3.0, 0.0, 0.0));
    assert!(value("commit_seconds_count") >= 3.0 && value("commit_seconds_sum") > 0.0);
    assert!(value("batch_writes_sum") >= 3.0, "{text}");
    assert!(text.ends_with("# EOF\n"));

    assert_eq!(gateway.http("GET", "/metrics", &[], None).await.status, 404);
    for path in ["/", "/healthz", "/ws", "/api/me"] {
        assert_eq!(request(address, "GET", path, &[], None).await.status, 404, "{path}");
    }
    gateway.stop().await;
}
