//! How long something took: a histogram, and what is read from it.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest latency that is told apart, in microseconds: 10 minutes, longer than a drain may take.
const HIGHEST_MICROS: u64 = 600_000_000;
/// Decimal digits that are kept.
const DIGITS: u8 = 3;

/// Latencies, in microseconds.
#[derive(Clone, Debug)]
pub(crate) struct Latency(Histogram<u64>);

/// What a reader wants to know of latencies, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Quantiles {
    /// How many were measured.
    pub(crate) count: u64,
    /// The mean.
    pub(crate) mean_ms: f64,
    /// Half were at most this.
    pub(crate) p50_ms: f64,
    /// 90 of 100.
    pub(crate) p90_ms: f64,
    /// 99 of 100.
    pub(crate) p99_ms: f64,
    /// 999 of 1,000.
    pub(crate) p999_ms: f64,
    /// The longest.
    pub(crate) max_ms: f64,
}

impl Latency {
    /// None yet.
    ///
    /// # Errors
    /// The bounds are none that a histogram can have.
    pub(crate) fn new() -> Result<Self, String> {
        let histogram = Histogram::new_with_bounds(1, HIGHEST_MICROS, DIGITS);
        histogram.map(Self).map_err(|error| format!("histogram: {error}"))
    }

    /// Adds one.
    pub(crate) fn add(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.0.saturating_record(micros);
    }

    /// Adds all of another's.
    pub(crate) fn merge(&mut self, other: &Self) {
        // Both have the same bounds, so nothing of the other's is out of range.
        let _ = self.0.add(&other.0);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The histogram, in microseconds.
    pub(crate) fn histogram(&self) -> &Histogram<u64> {
        &self.0
    }

    /// The latency that `share` (0 to 1) of all did not exceed, in milliseconds; `None` if there are none.
    pub(crate) fn at(&self, share: f64) -> Option<f64> {
        (!self.0.is_empty()).then(|| millis(self.0.value_at_quantile(share)))
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.0.reset();
    }

    /// What they come to.
    pub(crate) fn quantiles(&self) -> Quantiles {
        let at = |share: f64| millis(self.0.value_at_quantile(share));
        Quantiles {
            count: self.0.len(),
            mean_ms: self.0.mean().round() / 1000.0,
            p50_ms: at(0.5),
            p90_ms: at(0.9),
            p99_ms: at(0.99),
            p999_ms: at(0.999),
            max_ms: millis(self.0.max()),
        }
    }
}

/// Latencies travel between processes as the values that occurred and how often, `[[microseconds, count], …]`.
impl Serialize for Latency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter_recorded().map(|step| (step.value_iterated_to(), step.count_at_value())))
    }
}

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut latency = Self::new().map_err(D::Error::custom)?;
        for (value, count) in Vec::<(u64, u64)>::deserialize(deserializer)? {
            latency.0.saturating_record_n(value, count);
        }
        Ok(latency)
    }
}

fn millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_read_in_milliseconds() {
        let mut latency = Latency::new().unwrap();
        assert_eq!(latency.at(0.99), None);
        for millis in 1..=1000 {
            latency.add(Duration::from_millis(millis));
        }
        let read = latency.quantiles();
        assert_eq!(read.count, 1000);
        // Three digits are kept, so a value may stand for its neighbours.
        let near = |value: f64, wanted: f64| (value - wanted).abs() <= wanted / 1000.0;
        for (value, wanted) in [
            (read.p50_ms, 500.0),
            (read.p90_ms, 900.0),
            (read.p99_ms, 990.0),
            (read.p999_ms, 999.0),
            (read.max_ms, 1000.0),
        ] {
            assert!(near(value, wanted), "{value} for {wanted}");
        }
        assert!(near(read.mean_ms, 500.5), "{}", read.mean_ms);
        latency.clear();
        assert_eq!(latency.quantiles().count, 0);
        latency.add(Duration::from_secs(100_000));
        assert_eq!(latency.quantiles().count, 1, "what is beyond all bounds still counts");
    }
}
