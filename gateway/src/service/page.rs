//! How long a page of a list may be.

use protocol::frame::encode;
use protocol::limit;
use serde::Serialize;

/// A page's size as asked for, which its frame's rules have bounded.
pub(super) fn page_limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(limit::PAGE_ENTRIES_DEFAULT)
}

/// The first of `items` that fit a page; `more` when others are left out.
pub(super) fn cut<T: Serialize>(mut items: Vec<T>, bytes: usize, more: &mut bool) -> Vec<T> {
    let fitting = fitting(&items, bytes);
    *more |= fitting < items.len();
    items.truncate(fitting);
    items
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
        let mut more = false;
        assert_eq!(cut(items.to_vec(), 1_000, &mut more).len(), 3);
        assert!(!more);
        assert_eq!(cut(items.to_vec(), 250, &mut more), items[..2]);
        assert!(more);
    }
}
