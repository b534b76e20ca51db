//! The highest rate that a server holds: doubled until a probe fails, then narrowed down between the last that held and the first
//! that did not, and confirmed by a longer one.

use std::time::Duration;

use super::crew::Crew;
use super::measure::{Looks, MERGED_SHARE, Measured, measure};
use super::{Dialect, Stretch, Tally};
use crate::record::Faults;
use crate::report::live;

/// Share of what was due that has to be done by a probe's end.
const DONE_SHARE: f64 = 0.99;
/// The search ends when the lowest failing rate is at most so many times the highest that held.
const PRECISION: f64 = 1.05;
/// How often a rate that was found may turn out not to hold for longer; each time the next is lower, by [`PRECISION`], and past
/// [`SMALL_STEPS`] by one more of it each time: some servers hold for seconds what they hold for no longer.
const CONFIRMATIONS: i32 = 10;
const SMALL_STEPS: i32 = 4;
/// Highest rate that is tried, in messages a second.
const RATE_MOST: f64 = 2_000_000.0;
/// How often a rate is tried: it may fail by bad luck.
const PROBES: usize = 2;
/// Lowest rate that is tried, as a share of the first.
const LEAST_SHARE: f64 = 1.0 / 64.0;

/// What is searched for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Search {
    /// The first rate, in messages a second.
    pub(crate) from: f64,
    /// Before each probe, at its rate.
    pub(crate) warmup: Duration,
    /// How long a probe measures.
    pub(crate) probe: Duration,
    /// How long the rate that was found is measured.
    pub(crate) confirm: Duration,
    /// The longest that is waited after each for all to arrive.
    pub(crate) drain: Duration,
    /// The latency that 99 of 100 have to keep, in milliseconds.
    pub(crate) p99_ms: f64,
    /// How late the generator may send 1 in 100 messages, in milliseconds.
    pub(crate) max_late_ms: f64,
}

/// What came of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The rate held.
    Holds,
    /// It did not: who could not do more, and how that showed.
    Fails(Limit, String),
}

/// Who could not do more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// The server, or what stands behind it.
    Server,
    /// The generator: what was found is a lower bound.
    Generator,
    /// Nobody, at the highest rate that is tried.
    Nobody,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// The highest rate that held, in messages a second.
    pub(crate) rate: f64,
    /// Who could not do more.
    pub(crate) limit: Limit,
    /// Why the next higher rate failed, in words.
    pub(crate) why: String,
    /// The rate that was found, measured once more and for longer; `None` when nothing held.
    pub(crate) measured: Option<Measured>,
}

/// Measures a rate for as long as one that was found, twice if need be, and says whether it holds. One that is only slower than it
/// may be is measured all the same; `None`: the server does not keep up.
///
/// # Errors
/// A socket was lost, or the generator could not go on.
pub(crate) async fn at<D: Dialect>(
    crew: &mut Crew<D>,
    name: &str,
    rate: f64,
    search: &Search,
    max_late_ms: f64,
    looks: Looks<'_>,
) -> Result<Option<(Measured, bool)>, String> {
    let label = format!("{name}: {rate}/s");
    let stretch = Stretch { rate, warmup: search.warmup, measure: search.confirm, drain: search.drain };
    let patient = Search { p99_ms: f64::INFINITY, ..*search };
    let (mut held, mut slow) = (None, None);
    for _ in 0..PROBES {
        let measured = measure(crew, &label, stretch, max_late_ms, looks).await?;
        match judge(&measured.tally, search) {
            Verdict::Holds if measured.failures.is_empty() => return Ok(Some((measured, true))),
            Verdict::Holds => held = Some(measured),
            Verdict::Fails(_, why) => {
                live::say(&format!("{name}: {rate} a second do not hold for longer: {why}"));
                let keeps_up = matches!(judge(&measured.tally, &patient), Verdict::Holds);
                if keeps_up && measured.failures.is_empty() {
                    slow = Some(measured);
                }
            }
        }
    }
    Ok(held.map(|measured| (measured, true)).or(slow.map(|measured| (measured, false))))
}

/// Searches for the highest rate that a server holds.
///
/// # Errors
/// A socket was lost, or the generator could not go on.
pub(crate) async fn capacity<D: Dialect>(
    crew: &mut Crew<D>,
    name: &str,
    search: &Search,
    looks: Looks<'_>,
) -> Result<Found, String> {
    let stretch = |rate: f64, measure: Duration| Stretch { rate, warmup: search.warmup, measure, drain: search.drain };
    let mut narrowed = narrow(search.from, async |rate| {
        let label = format!("{name}: {rate:.0}/s?");
        let measured = measure(crew, &label, stretch(rate, search.probe), search.max_late_ms, looks).await?;
        let verdict = judge(&measured.tally, search);
        match &verdict {
            Verdict::Holds => live::say(&format!("{name}: {rate:.0} a second hold")),
            Verdict::Fails(_, why) => live::say(&format!("{name}: {rate:.0} a second do not hold: {why}")),
        }
        Ok(verdict)
    })
    .await?;
    let mut measured = None;
    for steps in 1..=CONFIRMATIONS {
        if narrowed.rate <= 0.0 {
            break;
        }
        let label = format!("{name}: capacity");
        let once = measure(crew, &label, stretch(narrowed.rate, search.confirm), search.max_late_ms, looks).await?;
        match judge(&once.tally, search) {
            Verdict::Holds => {
                measured = Some(once);
                break;
            }
            Verdict::Fails(limit, why) => {
                live::say(&format!("{name}: {:.0} a second do not hold for longer: {why}", narrowed.rate));
                narrowed =
                    Narrowed { rate: narrowed.rate / PRECISION.powi((steps - SMALL_STEPS).max(0) + 1), limit, why };
            }
        }
    }
    let rate = if measured.is_some() { narrowed.rate } else { 0.0 };
    live::say(&format!("{name}: {rate:.0} a second at most ({})", narrowed.limit.words()));
    Ok(Found { rate, limit: narrowed.limit, why: narrowed.why, measured })
}

impl Limit {
    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Server => "the server is the limit",
            Self::Generator => "the generator is the limit",
            Self::Nobody => "no limit was found",
        }
    }
}

/// Where the limit is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Narrowed {
    /// The highest rate that held; 0 if none did.
    pub(crate) rate: f64,
    /// Who could not do more.
    pub(crate) limit: Limit,
    /// How that showed.
    pub(crate) why: String,
}

/// Doubles the rate until a probe fails, or halves it until one holds; then goes on between the two. A probe may fail by bad luck,
/// so each rate has two.
pub(crate) async fn narrow(
    from: f64,
    mut probe: impl AsyncFnMut(f64) -> Result<Verdict, String>,
) -> Result<Narrowed, String> {
    let (mut low, mut high): (f64, Option<f64>) = (0.0, None);
    let (mut limit, mut why) = (Limit::Nobody, String::new());
    let mut rate = from;
    loop {
        let mut verdict = probe(rate).await?;
        for _ in 1..PROBES {
            if verdict == Verdict::Holds {
                break;
            }
            verdict = probe(rate).await?;
        }
        match verdict {
            Verdict::Holds => low = rate,
            Verdict::Fails(who, what) => {
                high = Some(rate);
                (limit, why) = (who, what);
            }
        }
        rate = match high {
            None if low * 2.0 > RATE_MOST => break,
            None => low * 2.0,
            Some(high) if low == 0.0 && high / 2.0 < from * LEAST_SHARE => break,
            Some(high) if low == 0.0 => high / 2.0,
            Some(high) if high / low <= PRECISION => break,
            // In equal ratios, as what is wanted is one.
            Some(high) => (low * high).sqrt(),
        };
    }
    Ok(Narrowed { rate: low, limit, why })
}

/// Whether a rate held.
fn judge(tally: &Tally, search: &Search) -> Verdict {
    let late = tally.late.at(0.99).unwrap_or_default();
    if late > search.max_late_ms {
        return Verdict::Fails(
            Limit::Generator,
            format!("the generator sent 1 in 100 messages {late:.1} ms late or later"),
        );
    }
    let done = tally.in_time as f64 / tally.scheduled.max(1) as f64;
    let merged = tally.merged as f64 / tally.sent.max(1) as f64;
    let p99 = tally.routed.at(0.99).unwrap_or_default().max(tally.stored.at(0.99).unwrap_or_default());
    let clean =
        [tally.routed_faults, tally.stored_faults, tally.told_faults].iter().all(|faults| *faults == Faults::default());
    let refused: u64 = tally.refused.values().sum();
    let why = if done < DONE_SHARE {
        format!("{:.1}% of the messages were done in time", done * 100.0)
    } else if p99 > search.p99_ms {
        format!("p99 was {p99:.0} ms")
    } else if merged > MERGED_SHARE {
        format!("{:.1}% were merged", merged * 100.0)
    } else if refused > 0 {
        format!("{refused} were refused")
    } else if !clean {
        "messages were lost, doubled or out of order".into()
    } else {
        return Verdict::Holds;
    };
    Verdict::Fails(Limit::Server, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches a server that holds `capacity` messages a second; returns what was found and what was tried.
    async fn search(from: f64, capacity: f64) -> (Narrowed, Vec<f64>) {
        let mut tried = Vec::new();
        let narrowed = narrow(from, async |rate| {
            tried.push(rate);
            Ok(if rate <= capacity { Verdict::Holds } else { Verdict::Fails(Limit::Server, "p99".into()) })
        });
        let narrowed = narrowed.await.unwrap();
        (narrowed, tried)
    }

    #[tokio::test]
    async fn a_known_capacity_is_found_to_within_five_percent_from_above_and_below() {
        for capacity in [1_000.0, 1_900.0, 20_000.0, 115_000.0, 1_000_000.0] {
            for from in [500.0, 4_000.0, 16_000.0] {
                let (found, tried) = search(from, capacity).await;
                assert!(
                    found.rate <= capacity && found.rate * PRECISION >= capacity,
                    "{capacity} from {from}: {found:?}"
                );
                assert_eq!(found.limit, Limit::Server);
                assert!(tried.len() <= 24, "{capacity} from {from}: {} probes", tried.len());
            }
        }
    }

    #[tokio::test]
    async fn without_a_limit_the_search_ends_and_without_any_rate_that_holds_too() {
        let (found, _) = search(1_000.0, f64::INFINITY).await;
        assert_eq!(found.limit, Limit::Nobody);
        assert!(found.rate * 2.0 > RATE_MOST);
        let (found, tried) = search(1_000.0, 0.0).await;
        assert_eq!((found.rate, found.limit), (0.0, Limit::Server));
        assert!(tried.len() <= 16);
    }

    #[tokio::test]
    async fn one_failure_by_bad_luck_does_not_count_and_the_generators_limit_is_told() {
        let mut probes = 0;
        let found = narrow(1_000.0, async |rate| {
            probes += 1;
            Ok(match rate {
                _ if rate > 3_000.0 => Verdict::Fails(Limit::Generator, "late".into()),
                _ if probes == 1 => Verdict::Fails(Limit::Server, "bad luck".into()),
                _ => Verdict::Holds,
            })
        });
        let found = found.await.unwrap();
        assert!(found.rate > 2_800.0 && found.limit == Limit::Generator, "{found:?}");
    }

    #[test]
    fn a_probe_is_judged_by_every_promise() {
        let second = Duration::from_secs(1);
        let (probe, confirm, drain) = (second, second, second);
        let search =
            Search { from: 1.0, warmup: Duration::ZERO, probe, confirm, drain, p99_ms: 100.0, max_late_ms: 5.0 };
        let good = || {
            let mut tally = Tally::new().unwrap();
            (tally.scheduled, tally.sent, tally.in_time) = (1_000, 1_000, 995);
            for _ in 0..1_000 {
                tally.routed.add(Duration::from_millis(2));
                tally.late.add(Duration::from_micros(60));
            }
            tally
        };
        assert_eq!(judge(&good(), &search), Verdict::Holds);
        type Spoil = fn(&mut Tally);
        let spoilt: [(Spoil, Limit); 7] = [
            (|tally| tally.in_time = 980, Limit::Server),
            (|tally| (0..20).for_each(|_| tally.routed.add(Duration::from_millis(150))), Limit::Server),
            (|tally| (0..20).for_each(|_| tally.stored.add(Duration::from_millis(150))), Limit::Server),
            (|tally| tally.merged = 51, Limit::Server),
            (|tally| tally.routed_faults.missing = 1, Limit::Server),
            (|tally| tally.refused.extend([("unavailable".to_owned(), 1)]), Limit::Server),
            (|tally| (0..20).for_each(|_| tally.late.add(Duration::from_millis(6))), Limit::Generator),
        ];
        for (index, (spoil, limit)) in spoilt.into_iter().enumerate() {
            let mut tally = good();
            spoil(&mut tally);
            assert!(matches!(judge(&tally, &search), Verdict::Fails(who, _) if who == limit), "case {index}");
        }
    }
}
