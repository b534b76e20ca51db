//! What can go wrong with the database, by what the caller can do about it.

use std::error::Error;

use deadpool_postgres::{HookError, PoolError, TimeoutType};
use tokio_postgres::error::SqlState;

/// Why storage could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The database could not be reached, was too slow, or is shutting down: the same request may succeed later.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Something that must be unique exists already, or something that is referred to does not; names that thing.
    #[error("{0} is taken or unknown")]
    Conflict(&'static str),
    /// A bug, a row that makes no sense, or a schema that does not fit: trying again will not help.
    #[error("storage fault: {0}")]
    Fault(String),
}

impl From<tokio_postgres::Error> for StorageError {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(what) = conflict(&error) {
            return Self::Conflict(what);
        }
        let reason = describe(&error);
        if is_transient(&error) { Self::Unavailable(reason) } else { Self::Fault(reason) }
    }
}

impl From<PoolError> for StorageError {
    fn from(error: PoolError) -> Self {
        // Not even a connection: whatever the cause, a wrong password included, the request itself was not at fault.
        Self::Unavailable(match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => describe(&error),
            PoolError::Timeout(TimeoutType::Wait) => "no connection became free in time".into(),
            PoolError::Timeout(_) => "connecting took too long".into(),
            other => describe(&other),
        })
    }
}

/// Whether the same statements may succeed later without being changed: the fault is the connection's, the server's
/// or another transaction's.
pub(crate) fn is_transient(error: &tokio_postgres::Error) -> bool {
    let Some(db) = error.as_db_error() else {
        return error.is_closed() || caused_by_io(error);
    };
    // Classes 08 connection, 28 authorization, 40 rollback (serialization, deadlock), 53 resources, 57 intervention
    // (shutdown, statement timeout), 58 system; 25006 a standby after a failover, 55P03 lock not available.
    let code = db.code();
    matches!(code.code().get(..2), Some("08" | "28" | "40" | "53" | "57" | "58"))
        || *code == SqlState::READ_ONLY_SQL_TRANSACTION
        || *code == SqlState::LOCK_NOT_AVAILABLE
}

/// What a broken constraint means to whoever made the request; constraints that only a bug breaks are not among these.
fn conflict(error: &tokio_postgres::Error) -> Option<&'static str> {
    match error.as_db_error()?.constraint()? {
        "accounts_email" => Some("email"),
        "widget_settings_key" => Some("widget_key"),
        "conversations_department" => Some("department"),
        "conversations_visitor" => Some("visitor"),
        "attachments_conversation" => Some("conversation"),
        "members_organization" => Some("organization"),
        "members_account" | "member_sessions_member" | "department_members_member" => Some("member"),
        _ => None,
    }
}

/// An error with its causes on one line.
pub(crate) fn describe(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        // Some errors print their cause themselves.
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}

fn caused_by_io(error: &tokio_postgres::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<std::io::Error>() {
            return true;
        }
        cause = error.source();
    }
    false
}
