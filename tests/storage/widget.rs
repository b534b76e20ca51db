//! The widget's settings page.

use protocol::id::DepartmentId;
use protocol::value::{
    BusinessHours, Department, Form, FormField, FormFieldKind, OpenHours, Position, ProactiveRule, Theme, WidgetConfig,
    WidgetSettings,
};
use storage::{NewConversation, StorageError};

use super::{Shop, shop};

fn department(name: &str) -> Department {
    Department { id: None, name: name.to_owned() }
}

async fn config(shop: &Shop) -> WidgetConfig {
    shop.storage.find_widget_of(shop.organization).await.unwrap().unwrap().config
}

#[tokio::test]
async fn a_new_widget_has_the_defaults() {
    let (_database, shop) = shop().await;
    let widget = shop.storage.find_widget(&shop.widget_key).await.unwrap().unwrap();
    assert_eq!(widget.organization.id, shop.organization);
    assert_eq!(widget.config.check(), Ok(()));
    assert!(widget.config.enabled && !widget.config.form.enabled && widget.config.departments.is_empty());
    assert_eq!(widget.config.settings.primary_color, "#3B82F6");
    let (greeting_message, offline_message) =
        (widget.config.settings.greeting_message.clone(), widget.config.settings.offline_message.clone());
    let defaults = WidgetSettings { greeting_message, offline_message, ..WidgetSettings::default() };
    assert_eq!(widget.config.settings, defaults);
    assert_eq!(shop.storage.find_widget("wk_unknown").await.unwrap(), None);
}

#[tokio::test]
async fn all_of_it_is_kept() {
    let (_database, shop) = shop().await;
    let mut wanted = config(&shop).await;
    wanted.enabled = false;
    wanted.settings.position = Position::BottomLeft;
    wanted.settings.primary_color = "#112233".into();
    wanted.settings.bubble_icon = "wave".into();
    wanted.settings.greeting_message = "Servus".into();
    wanted.settings.offline_message = "Niemand da".into();
    wanted.settings.auto_open = true;
    wanted.settings.auto_open_delay = 30;
    wanted.settings.show_agent_avatars = false;
    wanted.settings.show_typing_indicator = false;
    wanted.settings.draft_preview = true;
    wanted.settings.theme = Theme::Dark;
    wanted.settings.language = Some("ar".into());
    wanted.settings.strings = [("ar".to_owned(), [("header.title".to_owned(), "مرحبا".to_owned())].into())].into();
    (wanted.settings.sounds, wanted.settings.ask_rating, wanted.settings.ask_email_away) = (false, false, false);
    let span = OpenHours { day: 6, from: "09:00".into(), to: "24:00".into() };
    wanted.settings.hours = Some(BusinessHours { time_zone: "Asia/Tokyo".into(), days: vec![span] });
    wanted.settings.rules = vec![ProactiveRule {
        id: "cart".into(),
        message: "Anything missing?".into(),
        open: true,
        url: Some("/cart*".into()),
        seconds: Some(30),
        scroll: Some(50),
        exit_intent: true,
        visits: Some(2),
        returning: Some(false),
        event: Some("cart: filled".into()),
    }];
    wanted.allowed_domains = vec!["shop.example".into(), "*.shop.example".into()];
    wanted.departments = vec![department("Sales"), department("Support")];
    let options = vec!["Tea".into(), "Coffee".into()];
    let topic =
        FormField { key: "topic".into(), label: "Topic".into(), kind: FormFieldKind::Select, required: true, options };
    wanted.form = Form { enabled: true, fields: vec![topic] };
    wanted.widget_key = "wk_ignored".into();
    let saved = shop.storage.save_widget_config(shop.organization, &wanted).await.unwrap();
    assert_eq!(saved, config(&shop).await);
    assert_eq!(saved.widget_key, shop.widget_key);
    assert!(saved.departments.iter().all(|department| department.id.is_some()));
    let without_ids = WidgetConfig {
        widget_key: wanted.widget_key.clone(),
        departments: saved.departments.iter().map(|made| department(&made.name)).collect(),
        ..saved
    };
    assert_eq!(without_ids, wanted);
}

#[tokio::test]
async fn departments_are_made_renamed_reordered_and_deleted() {
    let (_database, shop) = shop().await;
    let mut wanted = config(&shop).await;
    wanted.departments = vec![department("Sales"), department("Support"), department("Press")];
    let first = shop.storage.save_widget_config(shop.organization, &wanted).await.unwrap().departments;
    let visitor = shop.visitor().await;
    let new = NewConversation { visitor, client_id: "c", department: first[0].id, answers: &[] };
    let started = shop.storage.start_conversation(shop.organization, &new).await.unwrap().summary;
    assert_eq!(started.department, first[0].id);

    // Two change names at once, one goes, one comes.
    let (support, press) = (first[1].id, first[2].id);
    wanted.departments = vec![
        Department { id: press, name: "Support".into() },
        department("Returns"),
        Department { id: support, name: "Press".into() },
    ];
    let second = shop.storage.save_widget_config(shop.organization, &wanted).await.unwrap().departments;
    let names: Vec<&str> = second.iter().map(|department| department.name.as_str()).collect();
    assert_eq!(names, ["Support", "Returns", "Press"]);
    assert_eq!((second[0].id, second[2].id), (press, support));
    let kept = shop.storage.find_conversation(shop.organization, started.conversation).await.unwrap().unwrap();
    assert_eq!(kept.department, None);
}

#[tokio::test]
async fn an_unknown_department_changes_nothing() {
    let (database, shop) = shop().await;
    let other = Shop::open(&database.storage().await).await;
    let mut theirs = config(&other).await;
    theirs.departments = vec![department("Sales")];
    let theirs = other.storage.save_widget_config(other.organization, &theirs).await.unwrap();
    for id in [DepartmentId::generate(), theirs.departments[0].id.unwrap()] {
        let before = config(&shop).await;
        let mut wanted = before.clone();
        wanted.settings.greeting_message = "changed".into();
        wanted.departments = vec![Department { id: Some(id), name: "Taken over".into() }];
        let refused = shop.storage.save_widget_config(shop.organization, &wanted).await;
        assert_eq!(refused, Err(StorageError::Conflict("department")));
        assert_eq!(config(&shop).await, before);
    }
    assert_eq!(config(&other).await, theirs);
}

/// Whoever wrote such a row, visitors are let in.
#[tokio::test]
async fn what_makes_no_sense_in_a_row_counts_as_not_set() {
    let (database, shop) = shop().await;
    let client = database.client().await;
    let good = config(&shop).await;
    let long = format!("strings = jsonb_build_object('de', jsonb_build_object('a', repeat('x', {})))", 20_000);
    for change in [
        "business_hours = '7'",
        r#"business_hours = '{"time_zone": "Europe/Berlin", "days": [{"day": 9, "from": "x", "to": "y"}]}'"#,
        r#"business_hours = '"always"'"#,
        "business_hours = 'null'",
        r#"strings = '{"de": 7}'"#,
        r#"strings = '{"xx": {"a": "b"}}'"#,
        &long,
        "language = 'xx'",
        r#"rules = '[{"id": "a"}]'"#,
        r#"rules = '[{"id": "A B", "message": "x"}]'"#,
        "rules = '[7]'",
        "pre_chat_form = '{}'",
        r#"pre_chat_form = '{"enabled": true, "fields": [{"key": "a", "label": "", "kind": "text", "required": true}]}'"#,
    ] {
        client.batch_execute(&format!("update widget_settings set {change}")).await.unwrap();
        assert_eq!(config(&shop).await, good, "{change}");
        shop.storage.save_widget_config(shop.organization, &good).await.unwrap();
    }
    for refused in ["strings = '[]'", "rules = '{}'", "theme = 'pink'", "language = 'english'"] {
        let error = client.batch_execute(&format!("update widget_settings set {refused}")).await.unwrap_err();
        assert_eq!(error.code(), Some(&tokio_postgres::error::SqlState::CHECK_VIOLATION), "{refused}");
    }
}

#[tokio::test]
async fn time_zones_are_those_that_browsers_know_too() {
    let (_database, shop) = shop().await;
    for (name, known) in [
        ("UTC", true),
        ("Europe/Berlin", true),
        ("America/Argentina/Buenos_Aires", true),
        ("Etc/GMT+3", true),
        ("europe/berlin", false),
        ("posix/Europe/Berlin", false),
        ("localtime", false),
        ("CEST", false),
        ("Nowhere/None", false),
        ("", false),
    ] {
        assert_eq!(shop.storage.knows_time_zone(name).await, Ok(known), "{name}");
    }
}
