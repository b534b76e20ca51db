//! What is told about a visitor.

use serde::{Deserialize, Serialize};

use crate::id::{ConversationId, VisitorId};
use crate::limit;
pub use crate::value::Page;
use crate::value::{Attributes, FieldError, check_attributes, check_email, check_name};

/// Says who the visitor is, to the site that they are on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Identify {
    /// What the site calls them. Unverified, unless `token` says the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// An identity token, signed by the site's server: from now on this browser is the person that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Their telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// What else the site wants noted.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    #[cfg_attr(test, ts(type = "Attributes", optional))]
    pub attributes: Attributes,
}

impl Identify {
    /// The rules of its fields; whether the token is good is the gateway's to say.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        if let Some(id) = &self.external_id {
            check_name("external_id", id)?;
        }
        if self.token.as_ref().is_some_and(|token| token.len() > limit::IDENTITY_TOKEN_BYTES) {
            let rule = format!("must be at most {} bytes", limit::IDENTITY_TOKEN_BYTES);
            return Err(FieldError::new("token", rule));
        }
        check_person(self.name.as_deref(), self.email.as_deref(), self.phone.as_deref())?;
        check_attributes("attributes", &self.attributes)
    }
}

/// Notes what is known of a visitor. What is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Update {
    /// Which visitor: needed from an agent; from a visitor it must be left out, for it is they themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<VisitorId>,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Their telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Attributes to set, each by its name; nil forgets one. Others stay.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    #[cfg_attr(test, ts(type = "Attributes", optional))]
    pub attributes: Attributes,
}

impl Update {
    /// The rules of its fields.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        check_person(self.name.as_deref(), self.email.as_deref(), self.phone.as_deref())?;
        check_attributes("attributes", &self.attributes)
    }
}

fn check_person(name: Option<&str>, email: Option<&str>, phone: Option<&str>) -> Result<(), FieldError> {
    name.map_or(Ok(()), |name| check_name("name", name))?;
    email.map_or(Ok(()), |email| check_email("email", email))?;
    phone.map_or(Ok(()), |phone| check_name("phone", phone))
}

/// Something that happened, in the site's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Track {
    /// What: one line of at most 200 bytes.
    pub name: String,
    /// Its circumstances.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    #[cfg_attr(test, ts(type = "Attributes", optional))]
    pub properties: Attributes,
}

impl Track {
    /// The rules of its fields.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        check_name("name", &self.name)?;
        check_attributes("properties", &self.properties)
    }
}

/// Asks for a conversation as an e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Transcript {
    /// Which conversation: one of the visitor's own.
    pub conversation: ConversationId,
    /// To which address.
    pub email: String,
}

impl Transcript {
    /// The rules of its fields.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        check_email("email", &self.email)
    }
}

/// Asks for all that is known of a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Profile {
    /// Which one.
    pub visitor: VisitorId,
}
