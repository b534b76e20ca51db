//! Typing frames carry nothing but on or off, and a gateway may merge those that wait for the same socket: only the
//! newest is sent. Which one was it that arrived?
//!
//! Each visitor goes on and off by the Thue–Morse sequence. An arrival is taken for the oldest frame on its way that says
//! the same, so what is recorded is at least the true latency. If that was wrong because frames were merged, the
//! sequence tells soon: it is overlap-free, no stretch of it goes on repeating itself for longer than its own
//! length, so a receiver that is off by n frames meets a frame that does not fit within n + 1.

use std::ops::Range;

use super::track::Faults;

/// Whether a visitor's frame at `place` says that they are typing.
pub(crate) fn on(place: u64) -> bool {
    place.count_ones() % 2 == 1
}

/// The arrivals of one visitor's typing frames.
#[derive(Debug, Default)]
pub(crate) struct TypingTrack {
    /// The oldest frame that may still arrive.
    next: u64,
    merged: u64,
    missing: u64,
    doubled: u64,
    last: Option<bool>,
}

impl TypingTrack {
    /// A frame arrived, after `sent` were sent: the places that it settles. The last of them is its own, those before
    /// were merged into it. `None`: no frame on its way says this.
    pub(crate) fn arrive(&mut self, says: bool, sent: u64) -> Option<Range<u64>> {
        self.last = Some(says);
        let Some(place) = (self.next..sent).find(|place| on(*place) == says) else {
            self.doubled += 1;
            return None;
        };
        let settled = self.next..place + 1;
        self.merged += place - self.next;
        self.next = place + 1;
        Some(settled)
    }

    /// All of `sent` frames that will arrive have: those that are not settled were merged, if the newest came, and else are
    /// missing. What is sent from now on is not taken for one of them.
    pub(crate) fn settle(&mut self, sent: u64) {
        let unsettled = self.unsettled(sent);
        if unsettled > 0 {
            let newest_came = self.last == Some(on(sent - 1));
            *(if newest_came { &mut self.merged } else { &mut self.missing }) += unsettled;
            self.next = sent;
        }
    }

    /// How many of `sent` frames are not settled.
    pub(crate) fn unsettled(&self, sent: u64) -> u64 {
        sent.saturating_sub(self.next)
    }

    /// What went wrong, and how many frames were merged, once it is settled.
    pub(crate) fn faults(&self) -> (Faults, u64) {
        (Faults { missing: self.missing, doubled: self.doubled, ..Faults::default() }, self.merged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends `sent` frames, of which those in `merged` never arrive and all others do, each right after it was sent.
    fn arrivals(sent: u64, merged: &[u64]) -> (TypingTrack, Vec<u64>) {
        let mut track = TypingTrack::default();
        let mut taken_for = Vec::new();
        for place in (0..sent).filter(|place| !merged.contains(place)) {
            taken_for.push(track.arrive(on(place), place + 1).map_or(u64::MAX, |settled| settled.end - 1));
        }
        track.settle(sent);
        (track, taken_for)
    }

    #[test]
    fn frames_that_all_arrive_are_told_apart() {
        let (track, taken_for) = arrivals(100, &[]);
        assert_eq!(taken_for, (0..100).collect::<Vec<_>>());
        assert_eq!(track.faults(), (Faults::default(), 0));
    }

    #[test]
    fn merged_frames_are_counted_and_the_place_is_found_again() {
        for merged in [vec![10], vec![10, 11], vec![10, 11, 12, 13], vec![20, 40, 41, 60]] {
            let (track, taken_for) = arrivals(120, &merged);
            assert_eq!(track.faults(), (Faults::default(), merged.len() as u64), "{merged:?}");
            let true_places = (0..120).filter(|place| !merged.contains(place));
            // Never taken for one that was sent later, and right again by the end.
            assert!(taken_for.iter().zip(true_places).all(|(taken, truth)| *taken <= truth), "{merged:?}");
            assert_eq!(taken_for.last(), Some(&119), "{merged:?}");
        }
    }

    #[test]
    fn what_is_sent_after_all_was_settled_is_not_taken_for_what_was_merged() {
        // Of the last five, the newest comes only, and is taken for one before.
        let (mut track, _) = arrivals(100, &[95, 96, 97, 98]);
        assert_eq!(track.faults(), (Faults::default(), 4));
        for place in 100..140 {
            assert_eq!(track.arrive(on(place), place + 1), Some(place..place + 1));
        }
        track.settle(140);
        assert_eq!(track.faults(), (Faults::default(), 4));
    }

    #[test]
    fn a_newest_frame_that_never_comes_is_missing_and_one_too_many_is_doubled() {
        let (track, _) = arrivals(100, &[99]);
        assert_eq!(track.faults(), (Faults { missing: 1, ..Faults::default() }, 0));
        let (mut track, _) = arrivals(100, &[]);
        assert_eq!(track.arrive(on(99), 100), None);
        assert_eq!(track.faults().0, Faults { doubled: 1, ..Faults::default() });
    }
}
