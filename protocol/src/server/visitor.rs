//! What a gateway tells of visitors: to themselves, and to agents.

use serde::{Deserialize, Serialize};

use crate::id::VisitorId;
use crate::value::{LiveVisitor, Summary};

/// Who the visitor is from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Identified {
    /// Who. Another than before when a token was given: forget the logs that were held, they are somebody else's.
    pub visitor: VisitorId,
    /// Whether the site vouched for it.
    pub verified: bool,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their newest conversation that is not resolved. When the visitor is another than before, its `replay` follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Summary>,
}

/// Who is on the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Visitors {
    /// Those who came last, newest first: at most 100.
    pub visitors: Vec<LiveVisitor>,
    /// How many there are in all.
    pub total: u32,
}

/// Somebody left the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct VisitorLeft {
    /// Who.
    pub visitor: VisitorId,
}
