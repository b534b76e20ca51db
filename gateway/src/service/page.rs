//! How long a page of a list may be.

use protocol::frame::encode;
use protocol::limit;
use protocol::value::FieldError;
use serde::Serialize;

/// A page's size as asked for.
///
/// # Errors
/// `bad_field` outside 1 to `most`.
pub(super) fn page_limit(asked: Option<u32>, most: u32) -> Result<u32, FieldError> {
    let asked = asked.unwrap_or(limit::PAGE_ENTRIES_DEFAULT);
    if (1..=most).contains(&asked) { Ok(asked) } else { Err(FieldError::new("limit", format!("must be 1 to {most}"))) }
}

/// How many of the first of `items` fit a frame that has `bytes` for them: a frame is bounded, and senders decide how long
/// their texts are. At least one, which always fits.
pub(super) fn fitting<T: Serialize>(items: &[T], bytes: usize) -> usize {
    let mut held = 0;
    let fits = |item: &&T| {
        held += encode(0, 0, *item).len();
        held <= bytes
    };
    items.iter().take_while(fits).count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_before_it_is_too_long_and_holds_at_least_one() {
        let items = ["a".repeat(100), "b".repeat(100), "c".repeat(100)];
        assert_eq!(fitting(&items, 250), 2);
        assert_eq!(fitting(&items, 1_000), 3);
        assert_eq!(fitting(&items, 10), 1);
    }

    #[test]
    fn sizes_are_held_to_their_bounds() {
        assert_eq!(page_limit(None, 100), Ok(limit::PAGE_ENTRIES_DEFAULT));
        assert_eq!(page_limit(Some(100), 100), Ok(100));
        assert!(page_limit(Some(101), 100).is_err() && page_limit(Some(0), 100).is_err());
    }
}
