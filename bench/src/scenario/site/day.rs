//! A day: when visitors come, and what each of them does. Everything follows from a visitor's number, so that a run can be
//! repeated.

use std::time::Duration;

/// How many come in each hour of a day, by the others: few at night, most in the late morning, at noon and in the evening.
const HOURS: [f64; 24] = [
    1.2, 0.8, 0.6, 0.5, 0.5, 0.7, 1.4, 2.8, 4.6, 6.2, 7.0, 7.0, 7.6, 6.6, 6.0, 5.8, 5.8, 5.6, 5.6, 6.4, 7.4, 7.0, 4.6,
    2.4,
];
/// Longest pause, by the mean one: nobody is waited for for ever.
const PAUSE_MOST: f64 = 4.0;
/// Most pages of a visit; the mean is about half.
const PAGES_MOST: u64 = 6;
/// Most messages of somebody who chats, from two on.
const MESSAGES_MOST: u64 = 6;

/// The day, shortened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day {
    length: Duration,
    visits: u64,
}

/// What one visitor does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    /// Pages that they see, the first included.
    pub(super) pages: u64,
    /// Messages that they write; 0: they only look around.
    pub(super) messages: u64,
    /// Which of the messages is a file.
    pub(super) file: Option<u64>,
    /// After which of the messages their network drops.
    pub(super) drop: Option<u64>,
}

/// How many visitors of 100 do what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shares {
    /// Chat.
    pub(super) chat: f64,
    /// Of those, send a file.
    pub(super) files: f64,
    /// Of those, lose their network once.
    pub(super) drops: f64,
}

impl Day {
    /// One of this length, with so many visits.
    pub(super) fn new(length: Duration, visits: u64) -> Self {
        Self { length, visits }
    }

    /// When a visitor is due, after the day's begin.
    pub(super) fn due(&self, number: u64) -> Duration {
        let all: f64 = HOURS.iter().sum();
        let mut rest = number as f64 / self.visits.max(1) as f64 * all;
        let hour = self.length / 24;
        for (index, weight) in (0_u32..).zip(HOURS) {
            if rest < weight {
                return hour * index + hour.mul_f64(rest / weight);
            }
            rest -= weight;
        }
        self.length
    }
}

impl Visit {
    /// What visitor `number` does.
    pub(super) fn of(number: u64, shares: &Shares) -> Self {
        let pages = 1 + mixed(number, 1) % PAGES_MOST;
        if share(number, 2) >= shares.chat / 100.0 {
            return Self { pages, messages: 0, file: None, drop: None };
        }
        let messages = 2 + mixed(number, 3) % (MESSAGES_MOST - 1);
        let one_of =
            |salt: u64, part: f64| (share(number, salt) < part / 100.0).then(|| mixed(number, salt + 1) % messages);
        Self { pages, messages, file: one_of(4, shares.files), drop: one_of(6, shares.drops) }
    }
}

/// How long somebody pauses before step `step` of theirs: some shortly, few for long.
pub(super) fn pause(number: u64, step: u64, mean: Duration) -> Duration {
    // Exponential, by its inverse.
    let rest = 1.0 - share(number, 1_000 + step);
    mean.mul_f64((-rest.max(f64::MIN_POSITIVE).ln()).min(PAUSE_MOST))
}

/// A number between 0 and 1 that follows from two.
fn share(number: u64, salt: u64) -> f64 {
    (mixed(number, salt) >> 11) as f64 / (1_u64 << 53) as f64
}

/// SplitMix64's finish.
fn mixed(number: u64, salt: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ salt.wrapping_mul(0xd1b5_4a32_d192_ed03);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visitors_come_by_the_hours_and_all_within_the_day() {
        let day = Day::new(Duration::from_secs(240), 10_000);
        let dues: Vec<Duration> = (0..10_000).map(|number| day.due(number)).collect();
        assert!(dues.is_sorted() && dues[0].is_zero() && dues[9_999] < Duration::from_secs(240));
        let in_hour = |hour: u64| dues.iter().filter(|due| due.as_secs() / 10 == hour).count() as f64;
        let all: f64 = HOURS.iter().sum();
        for (hour, weight) in (0..).zip(HOURS) {
            assert!((in_hour(hour) - weight / all * 10_000.0).abs() <= 2.0, "hour {hour}");
        }
    }

    #[test]
    fn shares_hold_over_many_visitors_and_each_does_the_same_again() {
        let shares = Shares { chat: 5.0, files: 20.0, drops: 10.0 };
        let visits: Vec<Visit> = (0..100_000).map(|number| Visit::of(number, &shares)).collect();
        let part = |of: fn(&Visit) -> bool| visits.iter().filter(|visit| of(visit)).count() as f64 / 100_000.0;
        assert!((part(|visit| visit.messages > 0) - 0.05).abs() < 0.003);
        assert!((part(|visit| visit.file.is_some()) - 0.01).abs() < 0.002);
        assert!((part(|visit| visit.drop.is_some()) - 0.005).abs() < 0.002);
        assert!(visits.iter().all(|visit| (1..=PAGES_MOST).contains(&visit.pages) && visit.messages <= MESSAGES_MOST));
        assert_eq!(Visit::of(77, &shares), visits[77]);
    }

    #[test]
    fn pauses_have_their_mean_and_a_bound() {
        let mean = Duration::from_secs(2);
        let pauses: Vec<Duration> = (0..20_000).map(|number| pause(number, 3, mean)).collect();
        let sum: Duration = pauses.iter().sum();
        assert!((sum.as_secs_f64() / 20_000.0 - 2.0).abs() < 0.1);
        assert!(pauses.iter().all(|pause| *pause <= mean.mul_f64(PAUSE_MOST)));
    }
}
