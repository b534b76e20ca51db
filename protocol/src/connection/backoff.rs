//! How long to wait before connecting again.

use std::time::Duration;

use uuid::Uuid;

/// The longest first wait; that of each further one is twice as long.
const MIN: Duration = Duration::from_millis(50);
/// The longest wait of all.
const MAX: Duration = Duration::from_secs(2);

/// A random wait after so many failures in a row: anything between nothing and a bound, so that the sockets that a
/// gateway lost do not all come back at once.
pub(super) fn backoff(failures: u32) -> Duration {
    let (random, _) = Uuid::new_v4().as_u64_pair();
    // The first 32 bits of a UUIDv4 are all random.
    bound(failures).mul_f64((random >> 32) as f64 / f64::from(u32::MAX))
}

fn bound(failures: u32) -> Duration {
    MAX.min(MIN * 2_u32.pow(failures.saturating_sub(1).min(16)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_to_its_bound_and_is_random() {
        assert_eq!(bound(1), MIN);
        assert_eq!(bound(2), MIN * 2);
        assert_eq!(bound(u32::MAX), MAX);
        let waits: std::collections::HashSet<_> = (0..10).map(|_| backoff(100)).collect();
        assert!(waits.len() > 1 && waits.iter().all(|wait| *wait <= MAX), "{waits:?}");
    }
}
