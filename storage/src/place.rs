//! Places in lists that are in the order of a time and an id, newest first: how pages go on.

use std::time::SystemTime;

use protocol::value::Millis;
use uuid::Uuid;

use crate::time::timestamp;

/// The place that a page begins after; without one, a place before all others. Both halves are given to Postgres as they
/// are: in an expression around them, or as null, a comparison is not one that an index can be searched with behind
/// row-level security.
pub(crate) fn after(place: Option<(Millis, Uuid)>) -> (SystemTime, Uuid) {
    let (at, id) = place.unwrap_or((Millis::MAX, Uuid::max()));
    (timestamp(at), id)
}

/// One row more than a page holds tells whether there are more.
pub(crate) fn one_more(limit: u32) -> i64 {
    i64::from(limit) + 1
}

/// Takes that row away, and says whether it was there.
pub(crate) fn cut<T>(rows: &[T], limit: u32) -> (&[T], bool) {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    (rows.get(..most).unwrap_or(rows), rows.len() > most)
}
