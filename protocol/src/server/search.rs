//! What was found.

use serde::{Deserialize, Serialize};

use crate::value::{Contact, ContactPlace, SearchHit, SearchPlace};

/// A page of entries that were found by their words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct SearchPage {
    /// The entries, newest first.
    pub hits: Vec<SearchHit>,
    /// Where the next page begins; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<SearchPlace>,
}

/// A page of contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct ContactsPage {
    /// The contacts, those who came last first.
    pub contacts: Vec<Contact>,
    /// Where the next page begins; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<ContactPlace>,
}
