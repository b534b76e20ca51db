use protocol::value::{Form, Organization, Position, WidgetConfig, WidgetSettings};

use super::*;

fn settings() -> WidgetSettings {
    WidgetSettings {
        primary_color: "#3B82F6".into(),
        position: Position::BottomRight,
        bubble_icon: "chat".into(),
        greeting_message: String::new(),
        offline_message: String::new(),
        auto_open: false,
        auto_open_delay: 5,
        show_agent_avatars: true,
        show_typing_indicator: true,
        ..WidgetSettings::default()
    }
}

fn widget(key: &str) -> Arc<Widget> {
    let config = WidgetConfig {
        widget_key: key.into(),
        enabled: true,
        settings: settings(),
        allowed_domains: vec![],
        departments: vec![],
        form: Form::default(),
    };
    Arc::new(Widget { organization: Organization { id: OrganizationId::generate(), name: key.into() }, config })
}

fn key(key: &str) -> Name {
    Name::Key(key.into())
}

#[test]
fn what_was_loaded_is_found_by_both_its_names_while_changes_are_heard_of() {
    let (mut kept, tea) = (Kept::default(), widget("wk_tea"));
    let organization = Name::Organization(tea.organization.id);
    kept.keep(&tea);
    assert_eq!(kept.find(&key("wk_tea")), None, "nothing is kept that may change unheard");
    kept.hear(&Heard::Listening);
    kept.keep(&tea);
    assert_eq!(kept.find(&key("wk_tea")), Some(Arc::clone(&tea)));
    assert_eq!(kept.find(&organization), Some(Arc::clone(&tea)));

    let other = widget("wk_coffee");
    kept.keep(&other);
    kept.hear(&Heard::Changed(tea.organization.id));
    assert_eq!((kept.find(&key("wk_tea")), kept.find(&organization)), (None, None));
    assert!(kept.find(&key("wk_coffee")).is_some(), "others' stay");
    kept.hear(&Heard::Lost);
    assert_eq!((kept.find(&key("wk_coffee")), kept.keys.len()), (None, 0));
    kept.keep(&other);
    assert_eq!(kept.find(&key("wk_coffee")), None);
}

#[test]
fn a_full_cache_makes_room_and_keeps_no_keys_of_what_went() {
    let mut kept = Kept::default();
    kept.hear(&Heard::Listening);
    for n in 0..WIDGETS + 10 {
        kept.keep(&widget(&format!("wk_{n}")));
    }
    assert_eq!((kept.widgets.len(), kept.keys.len()), (WIDGETS, WIDGETS));
    let last = format!("wk_{}", WIDGETS + 9);
    assert!(kept.find(&key(&last)).is_some());
    let again = kept.find(&key(&last)).unwrap();
    kept.keep(&again);
    assert_eq!(kept.widgets.len(), WIDGETS, "what is there already needs no room");
}
