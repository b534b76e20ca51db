//! What an admin sets of the widget: refused by the name of its field, or told to every visitor.

use protocol::value::{BusinessHours, OpenHours, ProactiveRule, Theme, WidgetSettings};
use serde_json::{Value, json};
use tests::gateway::{TestGateway, cookie};

/// All of it that is optional.
fn full() -> Value {
    json!({
        "theme": "dark",
        "language": "de",
        "strings": {"de": {"header.title": "Frag uns"}, "fr": {"header.title": "Bonjour"}},
        "sounds": false,
        "ask_rating": false,
        "ask_email_away": false,
        "hours": {"time_zone": "Europe/Berlin", "days": [
            {"day": 1, "from": "09:00", "to": "12:30"},
            {"day": 1, "from": "13:00", "to": "24:00"},
        ]},
        "rules": [
            {"id": "cart", "message": "Anything missing?", "url": "/cart*", "seconds": 30, "exit_intent": true},
            {"id": "back", "message": "Good to see you again", "open": true, "returning": true, "visits": 2,
             "scroll": 50, "event": "signup"},
        ],
    })
}

fn merge(config: &mut Value, change: &Value) {
    for (name, value) in change.as_object().unwrap() {
        config["settings"][name] = value.clone();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_saved_is_told_to_visitors() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let saved = gateway.configure(&tenant, |config| merge(config, &full())).await;
    assert_eq!(saved.status, 200, "{}", saved.json());
    let (_visitor, welcome) = gateway.visitor(&tenant).await;
    let visitor = welcome.visitor.unwrap();
    assert_eq!(serde_json::to_value(&visitor.settings).unwrap(), saved.json()["settings"]);
    let WidgetSettings { theme, language, strings, hours, rules, .. } = visitor.settings;
    assert_eq!((theme, language.as_deref()), (Theme::Dark, Some("de")));
    assert_eq!(strings["fr"]["header.title"], "Bonjour");
    let span = |from: &str, to: &str| OpenHours { day: 1, from: from.into(), to: to.into() };
    let days = vec![span("09:00", "12:30"), span("13:00", "24:00")];
    assert_eq!(hours, Some(BusinessHours { time_zone: "Europe/Berlin".into(), days }));
    let cart = ProactiveRule {
        id: "cart".into(),
        message: "Anything missing?".into(),
        url: Some("/cart*".into()),
        seconds: Some(30),
        exit_intent: true,
        ..ProactiveRule::default()
    };
    assert_eq!((&rules[0], rules.len()), (&cart, 2));
    assert!(!visitor.transcripts, "no mail is set up");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_an_older_client_is_taken_and_leaves_the_defaults() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let new = ["theme", "strings", "sounds", "ask_rating", "ask_email_away", "rules"];
    let saved = gateway
        .configure(&tenant, |config| {
            let settings = config["settings"].as_object_mut().unwrap();
            assert!(new.iter().all(|name| settings.remove(*name).is_some()), "{settings:?}");
        })
        .await;
    assert_eq!(saved.status, 200, "{}", saved.json());
    let settings: WidgetSettings = serde_json::from_value(saved.json()["settings"].clone()).unwrap();
    assert!(settings.sounds && settings.ask_rating && settings.ask_email_away && settings.rules.is_empty());
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_broken_rule_is_refused_by_the_name_of_its_field() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let days = |from: &str, to: &str| json!({"time_zone": "UTC", "days": [{"day": 0, "from": from, "to": to}]});
    let zone = |name: &str| json!({"time_zone": name, "days": []});
    let rules = |rule: Value| json!([{"id": "one", "message": "Hello"}, rule]);
    for (change, field, rule) in [
        (json!({"theme": "pink"}), "settings.theme", "is of the wrong type"),
        (json!({"language": "xx"}), "settings.language", "must be one of"),
        (json!({"strings": {"de": {"a": ""}}}), "settings.strings.de.a", "must not be empty"),
        (json!({"hours": days("09:00", "08:00")}), "settings.hours.days[0].to", "must be later than from"),
        (json!({"hours": days("9", "17:00")}), "settings.hours.days[0].from", "must be a time from 00:00 to 23:59"),
        (json!({"hours": zone("Europe/Atlantis")}), "settings.hours.time_zone", "must be a time zone"),
        (json!({"hours": zone("')); --")}), "settings.hours.time_zone", "must be a time zone"),
        (json!({"hours": {"days": []}}), "settings.hours.time_zone", "is required"),
        (json!({"rules": rules(json!({"id": "one", "message": "x"}))}), "settings.rules[1].id", "must be unique"),
        (json!({"rules": rules(json!({"id": "two"}))}), "settings.rules[1].message", "is required"),
        (
            json!({"rules": rules(json!({"id": "b", "message": "x", "scroll": 300}))}),
            "settings.rules[1].scroll",
            "is of",
        ),
        (
            json!({"rules": rules(json!({"id": "b", "message": "x", "visits": 0}))}),
            "settings.rules[1].visits",
            "must be",
        ),
    ] {
        let refused = gateway.configure(&tenant, |config| merge(config, &change)).await;
        let error = refused.json();
        assert_eq!((refused.status, refused.field().as_str()), (422, field), "{change}: {error}");
        assert!(error["error"]["text"].as_str().unwrap().contains(rule), "{error}");
    }
    let kept = gateway.http("GET", "/api/settings/widget", &[("cookie", &cookie(&tenant.token))], None).await.json();
    assert_eq!(kept["settings"]["rules"], json!([]));
    gateway.stop().await;
}

/// All that an admin may make long, as long as it may be: the welcome that carries it is a frame like any other.
#[tokio::test(flavor = "multi_thread")]
async fn the_longest_settings_fit_a_welcome() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let texts =
        |count: usize| (0..count).map(|n| (format!("a{n:02}"), json!("xyz"))).collect::<serde_json::Map<_, _>>();
    // Few bytes a text, so that there are many.
    let strings =
        ["de", "fr", "es", "pt", "it", "nl", "pl", "tr", "ru", "uk", "ja", "zh"].map(|code| (code, texts(200)));
    let strings: Value = strings.into_iter().map(|(code, texts)| (code.to_owned(), Value::Object(texts))).collect();
    let rule =
        |n: usize| json!({"id": format!("r{n}"), "message": "x".repeat(300), "url": "/".repeat(90), "event": "e"});
    let options: Vec<String> = (0..39).map(|n| format!("{n}").repeat(90)).collect();
    let saved = gateway
        .configure(&tenant, |config| {
            config["settings"]["strings"] = strings;
            config["settings"]["rules"] = (0..20).map(rule).collect();
            config["settings"]["greeting_message"] = json!("x".repeat(1_000));
            config["settings"]["offline_message"] = json!("x".repeat(1_000));
            config["settings"]["hours"] = json!({"time_zone": "Europe/Berlin", "days":
                vec![json!({"day": 1, "from": "09:00", "to": "12:30"}); 28]});
            config["departments"] = (0..50).map(|n| json!({"name": format!("{n:02}").repeat(100)})).collect();
            config["form"] = json!({"enabled": true, "fields":
                [{"key": "topic", "label": "Topic", "kind": "select", "required": false, "options": options}]});
        })
        .await;
    assert_eq!(saved.status, 200, "{}", saved.json());
    let (_visitor, welcome) = gateway.visitor(&tenant).await;
    let settings = welcome.visitor.unwrap().settings;
    assert_eq!((settings.rules.len(), settings.strings.len()), (20, 12));
    gateway.stop().await;
}
