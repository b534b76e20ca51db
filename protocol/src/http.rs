//! Bodies of the HTTP API: set-up, for what a socket is not needed. JSON, with the same ids, values and errors.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::frame::Error;
use crate::id::{ConversationId, MemberId, OrganizationId};
use crate::limit;
use crate::value::{
    FieldError, Member, Millis, Organization, VisitorSummary, check_email, check_name, check_password,
    check_search_language,
};

/// `POST /api/signup`: a new organization and its owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Signup {
    /// The organization's name.
    pub organization: String,
    /// The owner's name.
    pub name: String,
    /// The address they log in with.
    pub email: String,
    /// At least 10 characters.
    pub password: String,
}

impl Signup {
    /// The rules of its fields.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        check_name("organization", &self.organization)?;
        check_name("name", &self.name)?;
        check_email("email", &self.email)?;
        check_password("password", &self.password)
    }
}

/// `POST /api/login`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Login {
    /// The member's address.
    pub email: String,
    /// Their password.
    pub password: String,
    /// Which of their organizations; absent: the one that they have been a member of for longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrganizationId>,
}

/// `POST /api/organization/switch`: ends the session, and begins one with another organization of the same person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SwitchOrganization {
    /// Which.
    pub organization: OrganizationId,
}

/// Who is logged in: what sign-up, login, a switch and `GET /api/me` answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Me {
    /// The member.
    pub member: Member,
    /// The organization that they are logged in to.
    pub organization: Organization,
    /// All organizations that the same person is a member of, this one among them.
    pub organizations: Vec<Organization>,
}

/// `GET|PUT /api/organization/search`: how entries are found by their words. For admins. After a change the words of all
/// entries are made anew, and those that were not reached yet are not found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SearchSettings {
    /// The language that inflected words are found in, besides words as they stand: one of `SEARCH_LANGUAGES`.
    pub language: String,
}

impl SearchSettings {
    /// The rules of its fields.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        check_search_language("language", &self.language)
    }
}

/// `GET|PUT /api/departments/:id/members`: who answers for a department. For admins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DepartmentMembers {
    /// Members of the organization, at most `DEPARTMENT_MEMBERS`, each once.
    pub members: Vec<MemberId>,
}

impl DepartmentMembers {
    /// The rules of its fields.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        if self.members.len() > limit::DEPARTMENT_MEMBERS {
            return Err(FieldError::new("members", format!("must be at most {} members", limit::DEPARTMENT_MEMBERS)));
        }
        let mut seen = HashSet::with_capacity(self.members.len());
        match self.members.iter().position(|member| !seen.insert(member)) {
            Some(again) => Err(FieldError::new(format!("members[{again}]"), "must be named once")),
            None => Ok(()),
        }
    }
}

/// `GET /api/ratings`: how visitors liked their conversations. For admins. `?limit=`, 1 to 100 and 50 when absent, and
/// the previous page's `next` as `?after_at=` and `?after_conversation=`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct RatingsPage {
    /// The newest rating of each conversation, newest first.
    pub ratings: Vec<RatedConversation>,
    /// Where the next page begins; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<RatingPlace>,
    /// How many conversations were rated with each score, from 1 to 5; their sum is how many were rated.
    pub counts: [u64; 5],
    /// The average of all; absent when there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<f64>,
}

/// A conversation's newest rating.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct RatedConversation {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Whose it is.
    pub visitor: VisitorSummary,
    /// Which member's it is now; absent: nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<MemberId>,
    /// 1 (bad) to 5 (good).
    pub score: u8,
    /// In the visitor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// When it was rated.
    pub at: Millis,
}

/// A place among ratings: the last one of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RatingPlace {
    /// When it was rated.
    pub at: Millis,
    /// Its conversation, for those of the same time.
    pub conversation: ConversationId,
}

/// What every failed HTTP request answers, with the status of its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Failure {
    /// What went wrong.
    pub error: Error,
}
