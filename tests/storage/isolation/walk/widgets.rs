//! Widgets and their settings.

use protocol::value::{Department, Form, Position, WidgetConfig, WidgetSettings};

use super::OWN;
use crate::storage::isolation::filled::Filled;

/// Settings with a department of somebody's.
fn settings(us: &Filled, department: &Filled) -> WidgetConfig {
    WidgetConfig {
        widget_key: us.shop.widget_key.clone(),
        enabled: false,
        settings: WidgetSettings {
            primary_color: "#000000".into(),
            position: Position::BottomLeft,
            bubble_icon: "chat".into(),
            greeting_message: "Probe".into(),
            offline_message: "Probe".into(),
            auto_open: false,
            auto_open_delay: 5,
            show_agent_avatars: true,
            show_typing_indicator: true,
            ..WidgetSettings::default()
        },
        allowed_domains: vec![],
        departments: vec![Department { id: Some(department.department), name: "Probe".into() }],
        form: Form::default(),
    }
}

probes! { |us, them|
    find_widget_of(us.id()) => OWN;
    save_widget_config(us.id(), &settings(us, them)) => "Err(Conflict(\"department\"))";
    save_widget_config(us.id(), &settings(us, us)) => OWN;
}
