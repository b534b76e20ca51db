//! What an admin sets and a widget obeys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::DepartmentId;

mod rules;

pub use rules::{BusinessHours, OpenHours, ProactiveRule};

/// The languages that the widget speaks, by their ISO 639-1 codes.
pub const LANGUAGES: [&str; 16] =
    ["en", "de", "fr", "es", "pt", "it", "nl", "pl", "tr", "ru", "uk", "ja", "zh", "ko", "ar", "he"];

/// What a site says in the place of the widget's own texts: by language, by the text's key.
pub type Strings = BTreeMap<String, BTreeMap<String, String>>;

/// The corner of the page that the bubble sits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// The default.
    BottomRight,
    /// The other one.
    BottomLeft,
}

/// Whether the window is light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the visitor's system is set.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// How a widget looks and behaves: what every visitor's browser is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WidgetSettings {
    /// `#RRGGBB`.
    pub primary_color: String,
    /// Where the bubble sits.
    pub position: Position,
    /// The bubble's icon: `chat`, `help` or `wave`.
    pub bubble_icon: String,
    /// The line that greets a visitor at the top of an empty conversation.
    pub greeting_message: String,
    /// What to say when no agent is online.
    pub offline_message: String,
    /// Whether the window opens by itself.
    pub auto_open: bool,
    /// After how many seconds it does.
    pub auto_open_delay: u32,
    /// Whether agents' avatars are shown.
    pub show_agent_avatars: bool,
    /// Whether the visitor sees that an agent is typing.
    pub show_typing_indicator: bool,
    /// Whether agents see what a visitor types before it is sent: the widget sends drafts.
    #[serde(default)]
    pub draft_preview: bool,
    /// Whether the window is light or dark.
    #[serde(default)]
    pub theme: Theme,
    /// The language that the widget speaks, one of the 16; absent: the visitor's browser decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub language: Option<String>,
    /// Texts in the place of the widget's own, by language and key.
    #[serde(default)]
    #[cfg_attr(test, ts(type = "Strings"))]
    pub strings: Strings,
    /// Whether a message makes a sound.
    #[serde(default = "yes")]
    pub sounds: bool,
    /// Whether a rating is asked for when a conversation ends.
    #[serde(default = "yes")]
    pub ask_rating: bool,
    /// Whether the form asks for an e-mail address while nobody is there, though it does not otherwise.
    #[serde(default = "yes")]
    pub ask_email_away: bool,
    /// When somebody is to be expected; absent: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub hours: Option<BusinessHours>,
    /// When the widget speaks first, and what it says.
    #[serde(default)]
    pub rules: Vec<ProactiveRule>,
}

/// For what is on unless it is said to be off.
fn yes() -> bool {
    true
}

impl Default for WidgetSettings {
    /// Those of a widget that nobody has set up.
    fn default() -> Self {
        Self {
            primary_color: "#3B82F6".into(),
            position: Position::BottomRight,
            bubble_icon: "chat".into(),
            greeting_message: String::new(),
            offline_message: String::new(),
            auto_open: false,
            auto_open_delay: 5,
            show_agent_avatars: true,
            show_typing_indicator: true,
            draft_preview: false,
            theme: Theme::Auto,
            language: None,
            strings: Strings::new(),
            sounds: true,
            ask_rating: true,
            ask_email_away: true,
            hours: None,
            rules: Vec::new(),
        }
    }
}

/// A department that a visitor may choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Department {
    /// Which one. Absent in a `PUT` for one that is to be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub id: Option<DepartmentId>,
    /// Its name.
    pub name: String,
}

/// The form before a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Form {
    /// Whether it is asked at all.
    pub enabled: bool,
    /// Its fields, in order. The keys `name`, `email` and `phone` also fill in who the visitor is.
    pub fields: Vec<FormField>,
}

/// One field of the pre-chat form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FormField {
    /// Names the answer: lower-case letters, digits and `_`, unique in the form.
    pub key: String,
    /// What the visitor reads.
    pub label: String,
    /// What may be answered.
    pub kind: FormFieldKind,
    /// Whether an answer is needed.
    pub required: bool,
    /// What may be chosen, for `select`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Vec<String>>", optional))]
    pub options: Vec<String>,
}

/// What a field of the pre-chat form takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FormFieldKind {
    /// One line.
    Text,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// One of `options`.
    Select,
    /// `true` or `false`; a required one must be `true`.
    Checkbox,
    /// Several lines.
    Textarea,
}

/// Everything on the widget's settings page, read and replaced as one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WidgetConfig {
    /// The public key in the site's snippet. Read-only: ignored in a `PUT`.
    #[serde(default)]
    pub widget_key: String,
    /// Whether the widget answers at all.
    pub enabled: bool,
    /// Its looks and behaviour.
    pub settings: WidgetSettings,
    /// Hosts that may embed it, exactly (`shop.example`) or with subdomains (`*.shop.example`); empty means any.
    pub allowed_domains: Vec<String>,
    /// The departments, in order. One that is left out is deleted; its conversations keep going without one.
    pub departments: Vec<Department>,
    /// The pre-chat form.
    pub form: Form,
}
