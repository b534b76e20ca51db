//! The widget's settings page.

use protocol::id::DepartmentId;
use protocol::value::{Department, Form, FormField, FormFieldKind, Position, WidgetConfig};
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
    assert_eq!(widget.config.settings.auto_open_delay, 5);
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
