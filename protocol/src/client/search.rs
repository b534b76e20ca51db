//! What agents look for: entries by their words, and contacts.

use serde::{Deserialize, Serialize};

use crate::limit;
use crate::value::{ContactPlace, FieldError, SearchPlace, check_limit, check_query};

/// Asks for entries by their words, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Search {
    /// The words: all of them, in any form; the last may be a beginning. `"just so"`, `-without`. At most 200 bytes.
    pub query: String,
    /// Only those after this place in the list: the previous page's `next`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<SearchPlace>,
    /// At most so many, 1 to 100; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl Search {
    /// The rules of its fields.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        check_query("query", &self.query)?;
        check_limit(self.limit, limit::FOUND_PAGE)
    }
}

/// Asks for visitors of whom something is known, those who came last first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Contacts {
    /// Only those with words that begin with each of these: of their name, e-mail address, telephone number or external
    /// id. At most 200 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Only those that the site vouched for, or only the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// Only those after this place in the list: the previous page's `next`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ContactPlace>,
    /// At most so many, 1 to 100; 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl Contacts {
    /// The rules of its fields.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        self.query.as_ref().map_or(Ok(()), |query| check_query("query", query))?;
        check_limit(self.limit, limit::FOUND_PAGE)
    }
}
