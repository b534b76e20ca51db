//! When each message is due. The times are fixed before the first is sent: a slow gateway, or a slow generator, makes
//! messages late, and never makes them fewer.

use std::ops::Range;
use std::time::{Duration, Instant};

/// When messages are due, and who sends them. Message `number`, from 0, is visitor `number % visitors`'s, as their
/// message at place `number / visitors`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    /// Messages a second, of all visitors together.
    pub(crate) rate: f64,
    /// How many send, in turn; at least 1.
    pub(crate) visitors: u64,
    /// Before what is measured: caches fill, pools connect, the database's log grows.
    pub(crate) warmup: Duration,
    /// What is measured.
    pub(crate) measure: Duration,
}

impl Schedule {
    /// How many messages there are.
    pub(crate) fn total(&self) -> u64 {
        self.due_before(self.end())
    }

    /// When the last phase in which messages are sent ends, after the start.
    pub(crate) fn end(&self) -> Duration {
        self.warmup + self.measure
    }

    /// When a message is due, after the start.
    pub(crate) fn due(&self, number: u64) -> Duration {
        Duration::from_secs_f64(number as f64 / self.rate)
    }

    /// How many messages are due before `time`.
    fn due_before(&self, time: Duration) -> u64 {
        let mut number = (time.as_secs_f64() * self.rate).ceil() as u64;
        // What a float's rounding took or gave: `due` decides.
        while number > 0 && self.due(number - 1) >= time {
            number -= 1;
        }
        while self.due(number) < time {
            number += 1;
        }
        number
    }

    /// Whether a message counts: whether it is due while measuring.
    pub(crate) fn measured(&self, number: u64) -> bool {
        (self.warmup..self.end()).contains(&self.due(number))
    }

    /// Whose message it is.
    pub(crate) fn visitor_of(&self, number: u64) -> u64 {
        number % self.visitors
    }

    /// Which of its visitor's messages it is, from 0.
    pub(crate) fn place_of(&self, number: u64) -> u64 {
        number / self.visitors
    }

    /// The message at a visitor's place.
    pub(crate) fn number_of(&self, visitor: u64, place: u64) -> u64 {
        place * self.visitors + visitor
    }
}

/// Goes through a schedule by the clock.
#[derive(Debug)]
pub(crate) struct Pacer {
    schedule: Schedule,
    next: u64,
    total: u64,
}

impl Pacer {
    /// At its beginning.
    pub(crate) fn new(schedule: Schedule) -> Self {
        Self { schedule, next: 0, total: schedule.total() }
    }

    /// Takes the messages that are due by now, at most `most` of them. After a pause there are many: none is left out or
    /// put off.
    pub(crate) fn take_due(&mut self, elapsed: Duration, most: usize) -> Range<u64> {
        let first = self.next;
        let most = self.total.min(first.saturating_add(most as u64));
        while self.next < most && self.schedule.due(self.next) <= elapsed {
            self.next += 1;
        }
        first..self.next
    }

    /// How long until the next is due; `None` after the last.
    pub(crate) fn wait(&self, elapsed: Duration) -> Option<Duration> {
        (self.next < self.total).then(|| self.schedule.due(self.next).saturating_sub(elapsed))
    }

    /// Hands every message to `send` when it is due, until the last, or until `send` says no. Blocks: it wants a thread
    /// of its own, whose sleep is finer (some 60 µs) than the runtime's timers (1 ms).
    pub(crate) fn run(mut self, start: Instant, mut send: impl FnMut(u64) -> bool) {
        let elapsed = || Instant::now().saturating_duration_since(start);
        if let Some(early) = start.checked_duration_since(Instant::now()) {
            std::thread::sleep(early);
        }
        while let Some(wait) = self.wait(elapsed()) {
            std::thread::sleep(wait);
            if !self.take_due(elapsed(), usize::MAX).all(&mut send) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(rate: f64, visitors: u64) -> Schedule {
        Schedule { rate, visitors, warmup: Duration::from_secs(1), measure: Duration::from_secs(2) }
    }

    #[test]
    fn messages_are_evenly_due_and_the_phases_hold_what_the_rate_says() {
        for rate in [1.0, 3.0, 999.9, 1000.0, 65_536.0] {
            let schedule = schedule(rate, 7);
            let total = schedule.total();
            assert_eq!(total, (3.0 * rate).ceil() as u64, "{rate}");
            assert!(schedule.due(total - 1) < schedule.end() && schedule.due(total) >= schedule.end(), "{rate}");
            let measured = (0..total).filter(|number| schedule.measured(*number)).count() as f64;
            assert!((measured - 2.0 * rate).abs() <= 1.0, "{rate}: {measured}");
        }
        assert_eq!(schedule(1000.0, 1).due(1500), Duration::from_millis(1500));
    }

    #[test]
    fn visitors_take_turns() {
        let schedule = schedule(10.0, 3);
        for number in 0..30 {
            let (visitor, place) = (schedule.visitor_of(number), schedule.place_of(number));
            assert!(visitor < 3);
            assert_eq!(schedule.number_of(visitor, place), number);
        }
        assert_eq!((schedule.visitor_of(4), schedule.place_of(4)), (1, 1));
    }

    #[test]
    fn a_pause_puts_nothing_off_and_leaves_nothing_out() {
        let mut pacer = Pacer::new(schedule(1000.0, 1));
        let millis = Duration::from_millis;
        assert_eq!(pacer.take_due(Duration::ZERO, 64), 0..1);
        assert_eq!(pacer.wait(Duration::from_micros(400)), Some(Duration::from_micros(600)));
        assert_eq!(pacer.take_due(millis(500), usize::MAX), 1..501);
        // The next is due when it always was, not a full interval after the pause.
        assert_eq!(pacer.wait(Duration::from_micros(500_900)), Some(Duration::from_micros(100)));
        assert_eq!(pacer.wait(millis(700)), Some(Duration::ZERO));
        assert_eq!(pacer.take_due(millis(10_000), usize::MAX), 501..3000);
        assert_eq!(pacer.wait(millis(10_000)), None);
    }

    #[test]
    fn every_message_is_handed_over_once_and_never_early() {
        let schedule =
            Schedule { rate: 20_000.0, visitors: 2, warmup: Duration::ZERO, measure: Duration::from_millis(20) };
        let start = Instant::now();
        let mut sent = Vec::new();
        Pacer::new(schedule).run(start, |number| {
            assert!(start.elapsed() >= schedule.due(number));
            sent.push(number);
            true
        });
        assert_eq!(sent, (0..400).collect::<Vec<_>>());
        let mut taken = 0;
        Pacer::new(schedule).run(start, |_| {
            taken += 1;
            taken < 3
        });
        assert_eq!(taken, 3);
    }
}
