//! Times: milliseconds on the wire and in the code, `timestamptz(3)` in rows, which holds exactly those.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use protocol::value::Millis;

use crate::error::StorageError;
use crate::pool::Storage;

/// The latest time that [`Millis`] stands for: beyond it JavaScript's numbers lose milliseconds.
const LATEST: Millis = (1 << 53) - 1;

/// A time that people read, to the minute.
const LOCAL_TIMES: &str = "select to_char(t at time zone $1, 'YYYY-MM-DD HH24:MI')
    from unnest($2::timestamptz[]) with ordinality as u (t, place) order by place";

impl Storage {
    /// Times as the clocks of a time zone show them: `2026-03-01 09:30`.
    ///
    /// # Errors
    /// `Fault` for a zone that Postgres does not know.
    pub async fn local_times(&self, time_zone: &str, times: &[Millis]) -> Result<Vec<String>, StorageError> {
        let times: Vec<SystemTime> = times.iter().map(|at| timestamp(*at)).collect();
        let rows = self.look_up_all(LOCAL_TIMES, &[&time_zone, &times]).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}

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
