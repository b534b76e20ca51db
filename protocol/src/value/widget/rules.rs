//! When somebody is there, and when the widget speaks first.

use serde::{Deserialize, Serialize};

/// When somebody is to be expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BusinessHours {
    /// By whose clocks: a name of the IANA time zone database, as `Europe/Berlin`.
    pub time_zone: String,
    /// The spans of a week; none: never.
    pub days: Vec<OpenHours>,
}

/// A span of a day on which somebody is there. A day may have several; a night is two, up to 24:00 and from 00:00.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OpenHours {
    /// The day of the week, 0 (Sunday) to 6.
    pub day: u8,
    /// The first minute, as `HH:MM`.
    pub from: String,
    /// The first minute after, as `HH:MM`; `24:00` for the day's end.
    pub to: String,
}

/// When the widget speaks first, and what it says. All conditions that are there must hold; once for each visitor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ProactiveRule {
    /// Names it: lower-case letters, digits, `_` and `-`, unique among the rules.
    pub id: String,
    /// What it says.
    pub message: String,
    /// Whether the window opens; otherwise the message stands beside the bubble.
    #[serde(default)]
    pub open: bool,
    /// The page's address without its fragment, `*` for any text; one that begins with `/` is held against path and
    /// query alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Seconds on the page, at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// How far down the page was scrolled, at least: percent of it, 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scroll: Option<u8>,
    /// Whether the pointer must have left the page at its top.
    #[serde(default)]
    pub exit_intent: bool,
    /// Visits of the site, this one included, at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visits: Option<u32>,
    /// Whether the visitor must have been on the site before, or must not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returning: Option<bool>,
    /// The name of an event that the site must have tracked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}
