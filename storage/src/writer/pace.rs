//! How fast words are made: they come after whatever somebody waits for, and yet not for ever.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// A lane is pressed when a write has waited so long before its batch began: others were committed all that time.
const WAITED: Duration = Duration::from_millis(5);
/// For how long that counts.
const REMEMBERED: Duration = Duration::from_millis(250);
/// How long one transaction of words should take, roughly.
const TRANSACTION: Duration = Duration::from_millis(40);
/// Rows of the queue that are done in one transaction: each is what one commit added to one organization's logs.
const PARTS: (u32, u32) = (1, 512);
/// How many of them the first one takes.
const FIRST_PARTS: u32 = 16;
/// How long it rests after a transaction, as a multiple of how long that took: two thirds of its time, and while a lane is
/// pressed nineteen of twenty parts.
const REST: u32 = 2;
const REST_PRESSED: u32 = 19;
/// Words that wait for longer are made without any rest, whoever else waits then.
const PATIENCE: Duration = Duration::from_secs(600);

/// Whether the lanes have more to do than they can do at once.
pub(super) struct Press {
    begun: Instant,
    /// Milliseconds after that until which a lane counts as pressed.
    until: AtomicU64,
}

impl Press {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), until: AtomicU64::new(0) }
    }

    /// A batch begins, whose first write has been waiting since then.
    pub(super) fn begin_batch(&self, since: Instant) {
        if since.elapsed() >= WAITED {
            self.until.store(millis(self.begun.elapsed() + REMEMBERED), Ordering::Relaxed);
        }
    }

    pub(super) fn is_on(&self) -> bool {
        millis(self.begun.elapsed()) < self.until.load(Ordering::Relaxed)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// How much the indexer does at a time, and how long it rests in between.
pub(super) struct Pace {
    parts: u32,
    /// Since when something has been waiting all the time; nothing waits: `None`.
    behind_since: Option<Instant>,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { parts: FIRST_PARTS, behind_since: None }
    }

    /// How many parts the next transaction is to take.
    pub(super) fn parts(&self) -> u32 {
        self.parts
    }

    /// Nothing waits any more.
    pub(super) fn caught_up(&mut self) {
        self.behind_since = None;
    }

    /// A transaction took as many parts as it should, and so long: how long to rest before the next.
    pub(super) fn rest(&mut self, took: Duration, pressed: bool, now: Instant) -> Duration {
        let (least, most) = PARTS;
        if took < TRANSACTION / 2 {
            self.parts = (self.parts * 2).min(most);
        } else if took > TRANSACTION * 2 {
            self.parts = (self.parts / 2).max(least);
        }
        let behind_since = *self.behind_since.get_or_insert(now);
        match pressed {
            _ if now.duration_since(behind_since) >= PATIENCE => Duration::ZERO,
            true => took * REST_PRESSED,
            false => took * REST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_take_little_of_the_time_while_a_lane_is_pressed_and_all_of_it_once_they_have_waited_long() {
        let (mut pace, now) = (Pace::new(), Instant::now());
        assert_eq!(pace.rest(TRANSACTION, false, now), TRANSACTION * 2);
        assert_eq!(pace.rest(TRANSACTION, true, now), TRANSACTION * 19);
        assert_eq!(pace.rest(TRANSACTION, true, now + PATIENCE), Duration::ZERO);
        pace.caught_up();
        assert_eq!(pace.rest(TRANSACTION, true, now + PATIENCE), TRANSACTION * 19);
    }

    #[test]
    fn transactions_become_as_long_as_they_should_be() {
        let (mut pace, now) = (Pace::new(), Instant::now());
        let mut parts = Vec::new();
        for took in [TRANSACTION, TRANSACTION / 4, TRANSACTION * 3, TRANSACTION * 3] {
            pace.rest(took, false, now);
            parts.push(pace.parts());
        }
        assert_eq!(parts, [16, 32, 16, 8]);
        (0..20).for_each(|_| _ = pace.rest(TRANSACTION * 3, false, now));
        assert_eq!(pace.parts(), 1);
        (0..20).for_each(|_| _ = pace.rest(Duration::ZERO, false, now));
        assert_eq!(pace.parts(), 512);
    }

    #[test]
    fn a_lane_is_pressed_once_something_waited_for_long() {
        let press = Press::new();
        press.begin_batch(Instant::now());
        assert!(!press.is_on());
        press.begin_batch(Instant::now().checked_sub(WAITED).unwrap());
        assert!(press.is_on());
    }
}
