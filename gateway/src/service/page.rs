//! How long a page of a list may be.

use protocol::limit;
use protocol::value::FieldError;

/// A page's size as asked for.
///
/// # Errors
/// `bad_field` outside 1 to `most`.
pub(super) fn page_limit(asked: Option<u32>, most: u32) -> Result<u32, FieldError> {
    let asked = asked.unwrap_or(limit::PAGE_ENTRIES_DEFAULT);
    if (1..=most).contains(&asked) { Ok(asked) } else { Err(FieldError::new("limit", format!("must be 1 to {most}"))) }
}
