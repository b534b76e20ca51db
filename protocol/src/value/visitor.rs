//! Visitors, as agents see them, and what is known of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{FieldError, Millis, check_reported};
use crate::id::{ConversationId, VisitorId};

/// The visitor of a conversation, in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct VisitorSummary {
    /// Which visitor.
    pub id: VisitorId,
    /// The name they gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The e-mail address they gave. Only agents get it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the site vouched for who they are, with an identity token.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(as = "Option<bool>"))]
    pub verified: bool,
}

/// A visitor who is on the site right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct LiveVisitor {
    /// Who.
    pub visitor: VisitorSummary,
    /// The page that they are on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// Since when they are here.
    pub since: Millis,
    /// Their newest conversation that is not resolved, as far as the gateway has seen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
}

/// All that is known of a visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct VisitorProfile {
    /// Who.
    pub visitor: VisitorSummary,
    /// The telephone number they gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// What the site calls them: see `identify`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// What the site and its agents noted of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(test, ts(type = "Attributes", optional))]
    pub attributes: Attributes,
    /// The browser that was seen last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<Browser>,
    /// When they first came.
    pub created_at: Millis,
    /// The pages they have seen, newest first: at most 50.
    pub pages: Vec<PageView>,
    /// What the site tracked of them, newest first: at most 50.
    pub events: Vec<TrackedEvent>,
}

/// What a browser shows of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Browser {
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// Its `User-Agent` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// What kind of device it runs on: `desktop`, `mobile`, `tablet`, `bot` or `other`; a later version may know more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_type: Option<String>,
    /// The browser's name and major version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// The operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// The country that its address is in: two letters (ISO 3166-1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The city, in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Where it came from when the session began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    /// When it was last seen.
    pub last_seen_at: Millis,
}

/// The page that a visitor is on, as the browser tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Page {
    /// `location.href`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `document.title`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `document.referrer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
}

impl Page {
    /// The rules of its fields, each named with what stands before it.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self, before: &str) -> Result<(), FieldError> {
        for (field, text) in [("url", &self.url), ("title", &self.title), ("referrer", &self.referrer)] {
            if let Some(text) = text {
                check_reported(&format!("{before}{field}"), text)?;
            }
        }
        Ok(())
    }
}

/// A page that a visitor saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PageView {
    /// When.
    pub at: Millis,
    /// What.
    pub page: Page,
}

/// Something that a site tracked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct TrackedEvent {
    /// When.
    pub at: Millis,
    /// What happened.
    pub name: String,
    /// Its circumstances.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(test, ts(type = "Attributes", optional))]
    pub properties: Attributes,
}

/// Names with their values.
pub type Attributes = BTreeMap<String, Attribute>;

/// A value that a site gives to an attribute or an event's property.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "string | number | boolean | null"))]
pub enum Attribute {
    /// In `update`: forget the attribute.
    Nothing,
    /// Yes or no.
    Flag(bool),
    /// A whole number, between -2^53 and 2^53.
    Integer(i64),
    /// Any other number; finite.
    Number(f64),
    /// Text.
    Text(String),
}

/// The greatest integer, either way, that every language's numbers hold.
const INTEGER_MOST: i64 = (1 << 53) - 1;

impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nothing, Self::Nothing) => true,
            (Self::Flag(a), Self::Flag(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            // By their bits: the values are finite, and equality must be reflexive.
            (Self::Number(a), Self::Number(b)) => a.to_bits() == b.to_bits(),
            (Self::Text(a), Self::Text(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Attribute {}

impl Serialize for Attribute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Integer(integer) => serializer.serialize_i64(*integer),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scalar)
    }
}

struct Scalar;

impl de::Visitor<'_> for Scalar {
    type Value = Attribute;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("text, a number, true, false or nil")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Attribute, E> {
        Ok(Attribute::Nothing)
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Attribute, E> {
        Ok(Attribute::Flag(flag))
    }

    fn visit_i64<E: de::Error>(self, integer: i64) -> Result<Attribute, E> {
        if (-INTEGER_MOST..=INTEGER_MOST).contains(&integer) {
            Ok(Attribute::Integer(integer))
        } else {
            Err(E::custom("an integer must be between -2^53 and 2^53"))
        }
    }

    fn visit_u64<E: de::Error>(self, integer: u64) -> Result<Attribute, E> {
        i64::try_from(integer)
            .map_err(|_| E::custom("an integer must be between -2^53 and 2^53"))
            .and_then(|integer| self.visit_i64(integer))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Attribute, E> {
        if number.is_finite() { Ok(Attribute::Number(number)) } else { Err(E::custom("a number must be finite")) }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Attribute, E> {
        Ok(Attribute::Text(text.to_owned()))
    }
}
