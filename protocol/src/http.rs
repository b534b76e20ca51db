//! Bodies of the HTTP API: set-up, for what a socket is not needed. JSON, with the same ids, values and errors.

use serde::{Deserialize, Serialize};

use crate::frame::Error;
use crate::value::{FieldError, Member, Organization, check_email, check_name, check_password};

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
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Login {
    /// The member's address.
    pub email: String,
    /// Their password.
    pub password: String,
}

/// Who is logged in: what sign-up, login and `GET /api/me` answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Me {
    /// The member.
    pub member: Member,
    /// Their organization.
    pub organization: Organization,
}

/// What every failed HTTP request answers, with the status of its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Failure {
    /// What went wrong.
    pub error: Error,
}
