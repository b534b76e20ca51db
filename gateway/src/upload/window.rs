//! How many bytes of files may be on their way from one socket. What is in flight stands in the way of its chat frames,
//! so the window grows only while chunks come back without having queued.

use std::time::{Duration, Instant};

/// A turnaround below this is quick, whatever it is made of: nobody notices.
const QUICK: Duration = Duration::from_millis(50);
/// Queueing below this leaves room, up to [`CROWDED`] it leaves some; above, the link is crowded.
const ROOMY: Duration = Duration::from_millis(20);
const CROWDED: Duration = Duration::from_millis(80);
/// Bytes that a roomy link is given more, and one that has some room left.
const STEP: u64 = 8 * 1024;
const SMALL_STEP: u64 = 4 * 1024;
/// What is left of the window on a crowded link, in tenths.
const CROWDED_TENTHS: u64 = 7;

/// The window of one socket, adapted by how long a credit takes to be used.
#[derive(Debug)]
pub struct Window {
    floor: u64,
    cap: u64,
    size: u64,
    /// The least turnaround seen: that of the link when it is empty.
    base: Option<Duration>,
    adapted: Option<Instant>,
}

impl Window {
    /// A window between `floor` and `cap` bytes.
    #[must_use]
    pub fn new(floor: u64, cap: u64) -> Self {
        Self { floor, cap, size: floor, base: None, adapted: None }
    }

    /// Bytes that may be on their way.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The last byte of a credit that was given at `granted` has come. `filled` says whether that credit filled the
    /// window: one that did not says nothing of a larger one.
    pub fn turned_around(&mut self, granted: Instant, filled: bool, now: Instant) {
        let turnaround = now.saturating_duration_since(granted);
        let base = self.base.map_or(turnaround, |base| base.min(turnaround));
        self.base = Some(base);
        // What was on its way before the last change tells of the window before it.
        if self.adapted.is_some_and(|adapted| granted < adapted) {
            return;
        }
        let queueing = turnaround - base;
        let size = if turnaround < QUICK {
            self.size * 2
        } else if queueing < ROOMY {
            self.size + STEP
        } else if queueing < CROWDED {
            self.size + SMALL_STEP
        } else {
            self.size * CROWDED_TENTHS / 10
        };
        let size = size.clamp(self.floor, self.cap);
        if size < self.size || (size > self.size && filled) {
            self.size = size;
            self.adapted = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: u64 = 1024;

    fn after(window: &mut Window, now: &mut Instant, turnarounds: &[u64]) -> u64 {
        for millis in turnarounds {
            let granted = *now;
            *now += Duration::from_millis(*millis);
            window.turned_around(granted, true, *now);
        }
        window.size() / KIB
    }

    #[test]
    fn it_doubles_while_quick_and_ends_at_the_cap() {
        let (mut window, mut now) = (Window::new(16 * KIB, 512 * KIB), Instant::now());
        assert_eq!(after(&mut window, &mut now, &[1]), 32);
        assert_eq!(after(&mut window, &mut now, &[49, 1, 1, 1, 1, 1]), 512);
    }

    #[test]
    fn it_follows_the_queueing_that_it_causes() {
        let (mut window, mut now) = (Window::new(16 * KIB, 512 * KIB), Instant::now());
        assert_eq!(after(&mut window, &mut now, &[150]), 24);
        assert_eq!(after(&mut window, &mut now, &[169]), 32);
        assert_eq!(after(&mut window, &mut now, &[170]), 36);
        assert_eq!(after(&mut window, &mut now, &[229]), 40);
        assert_eq!(after(&mut window, &mut now, &[230]), 28);
        assert_eq!(after(&mut window, &mut now, &[1_000, 1_000, 1_000]), 16);
    }

    #[test]
    fn a_credit_from_before_a_change_or_one_that_fills_nothing_makes_it_no_larger() {
        let mut window = Window::new(16 * KIB, 512 * KIB);
        let start = Instant::now();
        window.turned_around(start, false, start + Duration::from_millis(1));
        assert_eq!(window.size(), 16 * KIB);
        window.turned_around(start, true, start + Duration::from_millis(2));
        window.turned_around(start, true, start + Duration::from_millis(3));
        assert_eq!(window.size(), 32 * KIB);
    }
}
