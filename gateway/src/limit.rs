//! Rate limits: token buckets, for sockets and for addresses.

use std::net::IpAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use dashmap::DashMap;

use crate::settings::Settings;

/// Addresses remembered before those with full buckets are forgotten.
const ADDRESSES: usize = 100_000;

/// A bucket that fills at a steady rate up to its size; each request takes a token.
#[derive(Debug)]
pub struct Bucket {
    tokens: f64,
    size: f64,
    per_second: f64,
    filled: Instant,
}

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub fn new(size: u32, per_second: f64) -> Self {
        Self { tokens: f64::from(size), size: f64::from(size), per_second, filled: Instant::now() }
    }

    /// Takes a token.
    ///
    /// # Errors
    /// The milliseconds after which there will be one.
    pub fn take(&mut self) -> Result<(), u32> {
        self.take_at(Instant::now())
    }

    fn take_at(&mut self, now: Instant) -> Result<(), u32> {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = now;
        self.tokens = (self.tokens + passed * self.per_second).min(self.size);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let wait = Duration::from_secs_f64((1.0 - self.tokens) / self.per_second.max(f64::MIN_POSITIVE).max(1e-3));
        Err(u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).max(1))
    }

    fn full_at(&self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens + passed * self.per_second >= self.size
    }
}

/// What is limited by address. An IPv6 address counts with its whole /64, which one host has to itself.
struct ByAddress {
    buckets: DashMap<IpAddr, Mutex<Bucket>>,
    per_minute: u32,
}

impl ByAddress {
    fn take(&self, address: IpAddr) -> Result<(), u32> {
        if self.buckets.len() >= ADDRESSES {
            let now = Instant::now();
            self.buckets.retain(|_, bucket| bucket.get_mut().is_ok_and(|bucket| !bucket.full_at(now)));
        }
        let mut bucket = self
            .buckets
            .entry(network_of(address))
            .or_insert_with(|| Mutex::new(Bucket::new(self.per_minute, f64::from(self.per_minute) / 60.0)));
        bucket.get_mut().map_or(Ok(()), Bucket::take)
    }
}

fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
        },
    }
}

/// All limits by address.
pub struct RateLimits {
    sessions: ByAddress,
    logins: ByAddress,
}

impl RateLimits {
    /// Limits as the operator set them.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let by_address = |per_minute: u32| ByAddress { buckets: DashMap::new(), per_minute: per_minute.max(1) };
        Self { sessions: by_address(settings.sessions_per_minute), logins: by_address(settings.logins_per_minute) }
    }

    /// A new visitor session from `address`.
    ///
    /// # Errors
    /// The milliseconds to wait.
    pub fn take_session(&self, address: IpAddr) -> Result<(), u32> {
        self.sessions.take(address)
    }

    /// A login or sign-up from `address`.
    ///
    /// # Errors
    /// The milliseconds to wait.
    pub fn take_login(&self, address: IpAddr) -> Result<(), u32> {
        self.logins.take(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_size_at_once_and_then_its_rate() {
        let mut bucket = Bucket::new(3, 2.0);
        let start = bucket.filled;
        for _ in 0..3 {
            assert_eq!(bucket.take_at(start), Ok(()));
        }
        assert_eq!(bucket.take_at(start), Err(500));
        assert_eq!(bucket.take_at(start + Duration::from_millis(500)), Ok(()));
        assert!(!bucket.full_at(start + Duration::from_secs(1)));
        assert!(bucket.full_at(start + Duration::from_secs(3)));
    }

    #[test]
    fn one_ipv6_host_is_one_address() {
        let of = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
