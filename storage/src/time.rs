//! Times: milliseconds on the wire and in the code, `timestamptz(3)` in rows, which holds exactly those.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use protocol::value::Millis;

/// The latest time that [`Millis`] stands for: beyond it JavaScript's numbers lose milliseconds.
const LATEST: Millis = (1 << 53) - 1;

/// The wall clock.
pub(crate) fn now() -> Millis {
    millis(SystemTime::now())
}

/// A time as a row holds it.
pub(crate) fn timestamp(at: Millis) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(at.min(LATEST))
}

/// A row's time as the code holds it; times before 1970 count as 1970.
pub(crate) fn millis(at: SystemTime) -> Millis {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(LATEST)
}
