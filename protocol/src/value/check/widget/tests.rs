use super::*;
use crate::value::Position;

#[test]
fn domains_are_hosts_and_nothing_else() {
    for good in ["shop.example", "*.shop.example", "localhost", "127.0.0.1", "xn--bcher-kva.example"] {
        assert_eq!(check_domain("d", good), Ok(()), "{good}");
    }
    for bad in ["", "*", "*.", "https://shop.example", "shop.example:80", "shop.example/", "Shop.example", "a..b"] {
        assert!(check_domain("d", bad).is_err(), "{bad}");
    }
}

/// The field and rule that settings break.
fn broken(change: impl FnOnce(&mut WidgetSettings)) -> String {
    let mut settings = WidgetSettings::default();
    change(&mut settings);
    settings.check().unwrap_err().to_string()
}

fn hours(day: u8, from: &str, to: &str) -> BusinessHours {
    BusinessHours { time_zone: "Europe/Berlin".into(), days: vec![OpenHours { day, from: from.into(), to: to.into() }] }
}

#[test]
fn hours_are_spans_of_days() {
    for (from, to) in [("00:00", "24:00"), ("09:00", "17:30"), ("23:59", "24:00"), ("00:00", "00:01")] {
        assert_eq!(hours(6, from, to).check("hours"), Ok(()), "{from} to {to}");
    }
    let of = |days: BusinessHours| broken(|settings| settings.hours = Some(days));
    assert_eq!(of(hours(7, "09:00", "17:00")), "settings.hours.days[0].day: must be 0 (Sunday) to 6");
    for from in ["24:00", "9:00", "09:60", "25:00", "ab:cd", "", "09.00", "+9:00", "09:00 "] {
        let rule = "settings.hours.days[0].from: must be a time from 00:00 to 23:59";
        assert_eq!(of(hours(0, from, "24:00")), rule, "{from}");
    }
    for to in ["24:01", "7:00", "٠٩:٠٠", "é:00"] {
        assert_eq!(of(hours(0, "09:00", to)), "settings.hours.days[0].to: must be a time from 00:01 to 24:00", "{to}");
    }
    for to in ["09:00", "08:59", "00:00"] {
        assert_eq!(of(hours(0, "09:00", to)), "settings.hours.days[0].to: must be later than from", "{to}");
    }
    let zone = |name: &str| of(BusinessHours { time_zone: name.into(), ..hours(0, "09:00", "17:00") });
    for name in ["", "Europe/Berlin; drop table", "\u{e9}", &"x".repeat(201)] {
        assert_eq!(zone(name), "settings.hours.time_zone: must be a time zone as Europe/Berlin", "{name}");
    }
    let mut many = hours(0, "09:00", "17:00");
    many.days = vec![many.days[0].clone(); limit::OPEN_HOURS + 1];
    assert_eq!(of(many), "settings.hours.days: must be at most 28 spans");
}

#[test]
fn texts_have_a_known_language_a_key_and_a_bound() {
    let one = |language: &str, key: &str, text: &str| {
        let texts = [(key.to_owned(), text.to_owned())].into();
        broken(|settings| settings.strings = [(language.to_owned(), texts)].into())
    };
    assert!(one("xx", "a", "b").starts_with("settings.strings.xx: must be one of en, de, "));
    assert!(one("de", "", "b").starts_with("settings.strings.de: must have keys of 1 to 60 letters"));
    assert!(one("de", "a b", "b").starts_with("settings.strings.de: must have keys"));
    assert_eq!(one("de", "a", " "), "settings.strings.de.a: must not be empty");
    assert_eq!(one("de", "a", &"x".repeat(1_001)), "settings.strings.de.a: must be at most 1000 bytes");
    assert!(broken(|settings| settings.language = Some("xx".into())).starts_with("settings.language: must be one of"));

    let of = |count: usize, text: &str| -> WidgetSettings {
        let texts = (0..count).map(|n| (format!("key.{n}"), text.to_owned())).collect();
        WidgetSettings { strings: [("ar".to_owned(), texts)].into(), ..WidgetSettings::default() }
    };
    assert_eq!(of(limit::STRINGS, "text").check(), Ok(()));
    assert_eq!(of(201, "text").check().unwrap_err().to_string(), "settings.strings.ar: must be at most 200 texts");
    assert_eq!(of(17, &"x".repeat(1_000)).check().unwrap_err().field, "settings.strings");
}

#[test]
fn each_broken_rule_names_its_field() {
    let good = ProactiveRule { id: "cart-2".into(), message: "Hello".into(), ..ProactiveRule::default() };
    let of = |rule: ProactiveRule| broken(|settings| settings.rules = vec![good.clone(), rule]);
    let rule = || ProactiveRule { id: "other".into(), ..good.clone() };
    for (broken, expected) in [
        (ProactiveRule { id: "Cart".into(), ..rule() }, "id: must be 1 to 40 lower-case letters, digits, _ or -"),
        (ProactiveRule { id: "cart-2".into(), ..rule() }, "id: must be unique"),
        (ProactiveRule { message: "\n".into(), ..rule() }, "message: must not be empty"),
        (ProactiveRule { message: "x".repeat(1_001), ..rule() }, "message: must be at most 1000 bytes"),
        (ProactiveRule { url: Some(String::new()), ..rule() }, "url: must not be empty"),
        (
            ProactiveRule { url: Some("/a b".into()), ..rule() },
            "url: must be an address without spaces, * for any text",
        ),
        (ProactiveRule { seconds: Some(3_601), ..rule() }, "seconds: must be at most 3600"),
        (ProactiveRule { scroll: Some(0), ..rule() }, "scroll: must be 1 to 100"),
        (ProactiveRule { scroll: Some(101), ..rule() }, "scroll: must be 1 to 100"),
        (ProactiveRule { visits: Some(0), ..rule() }, "visits: must be at least 1"),
        (ProactiveRule { event: Some("a\nb".into()), ..rule() }, "event: must be one line"),
    ] {
        assert_eq!(of(broken), format!("settings.rules[1].{expected}"));
    }
    let many = |count: usize, bytes: usize| -> Vec<ProactiveRule> {
        let rule =
            |n| ProactiveRule { id: format!("rule-{n}"), message: "x".repeat(bytes), ..ProactiveRule::default() };
        (0..count).map(rule).collect()
    };
    assert_eq!(check_rules("rules", &many(20, 400)), Ok(()));
    assert_eq!(check_rules("rules", &many(21, 1)).unwrap_err().rule, "must be at most 20 rules");
    assert_eq!(check_rules("rules", &many(9, 1_000)).unwrap_err().field, "rules");
}

#[test]
fn what_an_older_client_leaves_out_has_a_default() {
    let old = r##"{"primary_color": "#3B82F6", "position": "bottom-right", "bubble_icon": "chat", "greeting_message": "",
        "offline_message": "", "auto_open": false, "auto_open_delay": 5, "show_agent_avatars": true,
        "show_typing_indicator": true}"##;
    let read: WidgetSettings = serde_json::from_str(old).unwrap();
    assert_eq!(read, WidgetSettings { position: Position::BottomRight, ..WidgetSettings::default() });
    assert!(read.sounds && read.ask_rating && read.ask_email_away);
}
