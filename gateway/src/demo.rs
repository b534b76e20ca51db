//! The demo organization: for a first look, on loopback only, since its password is public.

use protocol::value::{
    Department, Form, FormField, FormFieldKind, Position, ProactiveRule, Role, WidgetConfig, WidgetSettings,
};
use storage::{NewMember, NewOrganization, Storage, StorageConfig, StorageError, migrate};

use crate::auth::password::Passwords;

/// The demo's public widget key.
pub const WIDGET_KEY: &str = "wk_demo";
/// Its owner.
pub const OWNER: &str = "owner@demo.test";
/// Its agent.
pub const AGENT: &str = "agent@demo.test";
/// The password of both.
pub const PASSWORD: &str = "chatdesk-demo";

/// Whether an address is one of the demo's, whose password everybody knows.
#[must_use]
pub fn is_member(email: &str) -> bool {
    [OWNER, AGENT].iter().any(|member| email.trim().eq_ignore_ascii_case(member))
}

/// Migrates the database and creates the demo organization in it, if it is not there.
///
/// # Errors
/// What failed, for the operator.
pub async fn create_in(url: &str, pool_size: u16) -> Result<(), String> {
    migrate::run(url).await.map_err(failed)?;
    let config = StorageConfig { pool_size: usize::from(pool_size), ..StorageConfig::new(url) };
    let storage = Storage::connect(config).await.map_err(failed)?;
    create(&storage, &Passwords::new()).await
}

/// Creates whatever of the demo organization is missing. What somebody has changed since stays.
///
/// # Errors
/// What failed, for the operator.
pub async fn create(storage: &Storage, passwords: &Passwords) -> Result<(), String> {
    let hash = || async { passwords.hash(PASSWORD.into()).await.map_err(|error| format!("demo: {error}")) };
    if storage.find_widget(WIDGET_KEY).await.map_err(failed)?.is_none() {
        let new = NewOrganization {
            name: "Kiln & Fern",
            owner_name: "Olivia Marsh",
            email: OWNER,
            password_hash: &hash().await?,
            widget_key: WIDGET_KEY,
        };
        let owner = storage.create_organization(&new).await.map_err(failed)?;
        storage.save_widget_config(owner.organization.id, &config()).await.map_err(failed)?;
    }
    // Asked for apart, so that a start that was cut off in the middle is made good by the next.
    if storage.find_login(AGENT).await.map_err(failed)?.is_none() {
        let widget = storage.find_widget(WIDGET_KEY).await.map_err(failed)?.ok_or("demo: the organization vanished")?;
        let agent = NewMember { name: "Amir Chen", email: AGENT, password_hash: &hash().await?, role: Role::Agent };
        let organization = widget.organization.id;
        let agent = storage.create_member(organization, &agent).await.map_err(failed)?;
        for department in widget.config.departments.iter().filter_map(|department| department.id) {
            storage.set_department_members(organization, department, &[agent.id]).await.map_err(failed)?;
        }
    }
    Ok(())
}

fn failed(error: StorageError) -> String {
    format!("demo: {error}")
}

/// What the widget says first, on a page of its own only: on the others nobody should be spoken to who looks at something
/// else.
fn rules() -> Vec<ProactiveRule> {
    let rule = |id: &str, message: &str| ProactiveRule {
        id: id.into(),
        message: message.into(),
        url: Some("/demo?proactive*".into()),
        ..ProactiveRule::default()
    };
    vec![
        ProactiveRule {
            seconds: Some(3),
            ..rule("looking", "Looking for something in particular? We know every piece in the shop.")
        },
        ProactiveRule { exit_intent: true, ..rule("leaving", "Before you go: shall we set a piece aside for you?") },
        ProactiveRule {
            open: true,
            event: Some("size guide".into()),
            ..rule("sizes", "Not sure about the size? Tell us where it is to stand, and we will help.")
        },
    ]
}

/// A small shop's settings.
fn config() -> WidgetConfig {
    let field = |key: &str, label: &str, kind, required| FormField {
        key: key.into(),
        label: label.into(),
        kind,
        required,
        options: Vec::new(),
    };
    let department = |name: &str| Department { id: None, name: name.into() };
    WidgetConfig {
        widget_key: WIDGET_KEY.into(),
        enabled: true,
        settings: WidgetSettings {
            primary_color: "#2F6F4F".into(),
            position: Position::BottomRight,
            bubble_icon: "chat".into(),
            greeting_message: "Hello! Questions about a piece, a size or your order? We are happy to help.".into(),
            offline_message: "We are away just now. Leave a message and we will answer as soon as we are back.".into(),
            auto_open: false,
            auto_open_delay: 5,
            show_agent_avatars: true,
            show_typing_indicator: true,
            draft_preview: true,
            rules: rules(),
            ..WidgetSettings::default()
        },
        allowed_domains: Vec::new(),
        departments: vec![department("Sales"), department("Orders and repairs")],
        form: Form {
            enabled: true,
            fields: vec![
                field("name", "Your name", FormFieldKind::Text, true),
                field("email", "E-mail", FormFieldKind::Email, true),
                field("order", "Order number, if you have one", FormFieldKind::Text, false),
            ],
        },
    }
}
