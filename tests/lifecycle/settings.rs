//! `chatdesk widget`: what has no page in the console is set all the same.

use protocol::client::Identify;
use serde_json::{Value, json};
use tests::gateway::TestGateway;
use tests::identity::token;

use super::command::{chatdesk, complaint, said};

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_shown_and_replaced_and_visitors_are_told() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    // So that a hello keeps the widget in memory.
    gateway.visitor(&tenant).await;
    let mut document: Value =
        serde_json::from_str(&said(&chatdesk(&gateway, &["widget", "show", &tenant.widget_key]).await)).unwrap();
    assert_eq!(document["settings"]["theme"], "auto");
    document["settings"]["theme"] = json!("dark");
    document["settings"]["hours"] = json!({"time_zone": "Europe/Berlin", "days": []});
    let file = gateway.database.folder().join("widget.json");
    let from = file.to_string_lossy().into_owned();
    std::fs::write(&file, document.to_string()).unwrap();
    let set = ["widget", "set", &tenant.widget_key, "--from", &from];
    let shown: Value = serde_json::from_str(&said(&chatdesk(&gateway, &set).await)).unwrap();
    assert_eq!(shown["settings"], document["settings"]);
    // The running gateway hears of it.
    loop {
        let (_visitor, welcome) = gateway.visitor(&tenant).await;
        let settings = serde_json::to_value(welcome.visitor.unwrap().settings).unwrap();
        if settings == document["settings"] {
            break;
        }
    }

    for (change, complaint_) in [
        (
            json!({"hours": {"time_zone": "Europe/Atlantis", "days": []}}),
            "settings.hours.time_zone must be a time zone",
        ),
        (json!({"theme": "pink"}), "settings.theme"),
        (json!({"rules": [{"id": "a"}]}), "settings.rules[0]"),
    ] {
        let mut wrong = document.clone();
        let changed = change.as_object().unwrap().iter().next().unwrap();
        wrong["settings"][changed.0] = changed.1.clone();
        std::fs::write(&file, wrong.to_string()).unwrap();
        let said = complaint(&chatdesk(&gateway, &set).await);
        assert!(said.contains(complaint_), "{said}");
    }
    std::fs::write(&file, "{").unwrap();
    assert!(complaint(&chatdesk(&gateway, &set).await).contains("widget.json"));
    assert!(complaint(&chatdesk(&gateway, &["widget", "show", "wk_none"]).await).contains("there is no widget"));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_that_is_shown_signs_tokens_that_are_good() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let shown = said(&chatdesk(&gateway, &["widget", "secret", &tenant.widget_key]).await);
    let pairs = shown.trim().as_bytes().chunks_exact(2);
    let secret: Vec<u8> =
        pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect();
    assert_eq!(secret.len(), 32);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let signed = token(&secret, &json!({"alg": "HS256"}), &json!({"sub": "shop-7", "exp": now + 600}));
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let known = reply!(visitor, Identify { token: Some(signed), ..Identify::default() }, Identified);
    assert!(known.verified);
    gateway.stop().await;
}
