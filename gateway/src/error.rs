//! From storage's errors to the wire's: what a client may know. The details go to the log.

use protocol::code::ErrorCode;
use protocol::frame::Error;
use storage::StorageError;

/// How long a client waits before it asks again while the store is away, in milliseconds.
pub const UNAVAILABLE_RETRY_MS: u32 = 1_000;

/// The answer to a request that the store could not serve.
#[must_use]
pub fn from_storage(error: StorageError) -> Error {
    match error {
        StorageError::Unavailable(reason) => {
            tracing::warn!(%reason, "the store is unavailable");
            unavailable()
        }
        StorageError::Conflict(what) => {
            let mut error = Error::new(ErrorCode::Conflict, format!("{what} exists already, or is not yours"));
            error.field = Some(what.to_owned());
            error
        }
        StorageError::Fault(reason) => {
            tracing::error!(%reason, "the store refused a statement");
            Error::new(ErrorCode::Internal, "something went wrong here; it has been logged")
        }
    }
}

/// The store cannot take or answer this now.
#[must_use]
pub fn unavailable() -> Error {
    Error::new(ErrorCode::Unavailable, "the store is unavailable; try again").retry_after(UNAVAILABLE_RETRY_MS)
}

/// There is no such thing, or it is not the asker's: one answer for both.
#[must_use]
pub fn not_found(what: &str) -> Error {
    Error::new(ErrorCode::NotFound, format!("there is no such {what}"))
}

/// The session may not do this.
#[must_use]
pub fn forbidden(text: &str) -> Error {
    Error::new(ErrorCode::Forbidden, text)
}

/// Asked too often.
#[must_use]
pub fn rate_limited(retry_ms: u32) -> Error {
    Error::new(ErrorCode::RateLimited, "too many requests").retry_after(retry_ms.max(1))
}
