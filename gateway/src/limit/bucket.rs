//! Token buckets without locks: one number says when the bucket will be full, and taking tokens moves that moment on
//! (the generic cell rate algorithm, ITU-T I.371).

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Nanoseconds in a second.
const SECOND: f64 = 1e9;

/// A moment, in nanoseconds since the first that was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// Now.
    #[must_use]
    pub fn now() -> Self {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        Self::default().after(START.elapsed())
    }

    /// So much later.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX)))
    }
}

/// How fast buckets fill, and how much they hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Nanoseconds that a token takes.
    token: f64,
    /// Nanoseconds that an empty bucket takes until it is full.
    full: u64,
}

impl Rate {
    /// So many tokens in a second, and at most `burst` at once; each at least 1.
    #[must_use]
    pub fn per_second(tokens: u32, burst: u32) -> Self {
        Self::every(SECOND / f64::from(tokens.max(1)), burst)
    }

    /// So many tokens in a minute, and at most `burst` at once; each at least 1.
    #[must_use]
    pub fn per_minute(tokens: u32, burst: u32) -> Self {
        Self::every(60.0 * SECOND / f64::from(tokens.max(1)), burst)
    }

    /// So many tokens in an hour, and at most `burst` at once; each at least 1.
    #[must_use]
    pub fn per_hour(tokens: u32, burst: u32) -> Self {
        Self::every(3_600.0 * SECOND / f64::from(tokens.max(1)), burst)
    }

    fn every(token: f64, burst: u32) -> Self {
        let rate = Self { token, full: 0 };
        Self { full: rate.cost(burst.max(1)), ..rate }
    }

    /// Nanoseconds that `tokens` take; as far as the number reaches.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a float's cast stops at the bounds"
    )]
    fn cost(&self, tokens: u32) -> u64 {
        let nanos = f64::from(tokens) * self.token;
        let whole = nanos as u64;
        // Rounded up, without `ceil`, which is a call of a library for many processors.
        whole.saturating_add(u64::from((whole as f64) < nanos))
    }
}

/// A bucket, full when made. Its [`Rate`] is kept elsewhere, for all of a kind have the same.
#[derive(Debug, Default)]
pub struct Bucket {
    /// The moment at which it is full.
    full_at: AtomicU64,
}

impl Bucket {
    /// Takes `tokens`, or none of them.
    ///
    /// # Errors
    /// The milliseconds after which they will be there, as far as nobody else takes them. More than the bucket holds will
    /// never be there.
    pub fn take(&self, rate: &Rate, tokens: u32, now: Moment) -> Result<(), u32> {
        let cost = rate.cost(tokens);
        let latest = now.0.saturating_add(rate.full);
        let taken = |full_at: u64| Some(full_at.max(now.0).saturating_add(cost)).filter(|after| *after <= latest);
        self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).map(|_| ()).map_err(|full_at| {
            let missing = full_at.max(now.0).saturating_add(cost) - latest;
            u32::try_from(missing.div_ceil(1_000_000)).unwrap_or(u32::MAX)
        })
    }

    /// Whether `tokens` are there, without taking them.
    ///
    /// # Errors
    /// The milliseconds after which they will be.
    pub fn has(&self, rate: &Rate, tokens: u32, now: Moment) -> Result<(), u32> {
        let as_it_is = Self { full_at: AtomicU64::new(self.full_at.load(Ordering::Relaxed)) };
        as_it_is.take(rate, tokens, now)
    }

    /// Whether nothing is missing.
    #[must_use]
    pub fn is_full(&self, now: Moment) -> bool {
        self.full_at.load(Ordering::Relaxed) <= now.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(millis: u64) -> Moment {
        Moment::default().after(Duration::from_millis(millis))
    }

    #[test]
    fn a_bucket_gives_its_size_at_once_and_then_its_rate() {
        let (bucket, rate) = (Bucket::default(), Rate::per_second(2, 3));
        for _ in 0..3 {
            assert_eq!(bucket.take(&rate, 1, after(0)), Ok(()));
        }
        assert_eq!(bucket.take(&rate, 1, after(0)), Err(500));
        assert_eq!(bucket.take(&rate, 1, after(499)), Err(1));
        assert_eq!(bucket.take(&rate, 1, after(500)), Ok(()));
        assert!(!bucket.is_full(after(1_999)));
        assert!(bucket.is_full(after(2_000)));
    }

    #[test]
    fn what_is_refused_costs_nothing_and_a_full_bucket_fills_no_further() {
        let (bucket, rate) = (Bucket::default(), Rate::per_second(1_000, 10));
        assert_eq!(bucket.take(&rate, 8, after(0)), Ok(()));
        for _ in 0..5 {
            assert_eq!(bucket.take(&rate, 5, after(0)), Err(3));
        }
        assert_eq!(bucket.take(&rate, 5, after(3)), Ok(()));
        assert_eq!(bucket.take(&rate, 11, after(60_000)), Err(1), "more than it holds");
        assert_eq!(bucket.take(&rate, 10, after(60_000)), Ok(()));
        assert_eq!(bucket.take(&rate, 1, after(60_000)), Err(1));
    }

    #[test]
    fn many_small_tokens_add_up_to_the_rate() {
        let (bucket, rate) = (Bucket::default(), Rate::per_second(128 * 1024 * 1024, 1024 * 1024));
        let mut bytes = 0_u64;
        for moment in 0..1_000 {
            while bucket.take(&rate, 100, after(moment)).is_ok() {
                bytes += 100;
            }
        }
        // Each message's cost is rounded up to a nanosecond.
        let most = 129 * 1024 * 1024;
        assert!(bytes <= most && bytes > most * 99 / 100, "{bytes}");
    }

    #[test]
    fn the_slowest_rate_and_the_greatest_burst_stay_within_the_number() {
        let (bucket, rate) = (Bucket::default(), Rate::per_minute(1, u32::MAX));
        for _ in 0..100 {
            assert_eq!(bucket.take(&rate, 1, Moment::now()), Ok(()));
        }
        let (bucket, rate) = (Bucket::default(), Rate::per_minute(0, 0));
        assert_eq!(bucket.take(&rate, 1, after(0)), Ok(()));
        assert_eq!(bucket.take(&rate, 1, after(0)), Err(60_000));
    }

    #[test]
    fn threads_together_get_no_more_than_the_bucket_holds() {
        let (bucket, rate) = (Bucket::default(), Rate::per_second(1, 1_000));
        let taken: usize = std::thread::scope(|scope| {
            let take = || (0..1_000).filter(|_| bucket.take(&rate, 1, after(0)).is_ok()).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(taken, 1_000);
    }
}
