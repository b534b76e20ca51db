//! What happened to a thread's messages, held against the schedule and against the promises.

use std::time::{Duration, Instant};

use super::{Mark, Plot, Share, Side, Tally};
use crate::record::typing::TypingTrack;
use crate::record::{Faults, Latency, Log, Track};
use crate::schedule::Schedule;

/// How long after the stretch's end a message may arrive (where messages are acknowledged: be acknowledged) and still count as
/// in time, for the capacity search.
const IN_TIME: Duration = Duration::from_millis(100);

/// So long after the last arrival, what has not arrived was merged or is lost.
const QUIET: Duration = Duration::from_secs(1);

/// One sender's messages in one conversation.
#[derive(Debug, Default)]
struct Lane {
    sent: u64,
    /// How many were sent before the stretch began.
    base: u64,
    arrived: Track,
    merged: TypingTrack,
    acknowledged: Track,
    told: Track,
}

/// The log of a conversation, as both sides are told of it.
#[derive(Debug, Default)]
struct Logs {
    visitor: Log,
    agent: Log,
}

/// The record of one thread.
#[derive(Debug)]
pub(super) struct Lanes {
    plot: Plot,
    pairs: usize,
    lanes: Vec<Lane>,
    logs: Vec<Logs>,
    schedule: Schedule,
    start: Instant,
    /// What the stretch came to so far.
    stretch: Tally,
    /// Faults of the stretches before, which the tracks go on counting.
    before: (Faults, Faults, Faults, u64),
    /// Arrived, and acknowledged, since the last look.
    recent: Latency,
    recently_stored: Latency,
    /// When something arrived or was acknowledged last.
    last: Instant,
    /// Whether something was refused, ever: it gets nowhere.
    refused: bool,
    strays: u64,
    /// How many messages have got everywhere, and how many were sent.
    sent: u64,
    whole: u64,
}

/// How the last moments went.
#[derive(Clone, Debug)]
pub(crate) struct Glance {
    /// Latencies of the messages that arrived since the last glance.
    pub(crate) recent: Latency,
    /// Likewise until their senders were told that they are stored.
    pub(crate) stored: Latency,
    /// Messages that were sent and have not got everywhere yet.
    pub(crate) under_way: u64,
}

impl Lanes {
    /// # Errors
    /// No histogram could be made.
    pub(super) fn new(share: Share, plot: Plot) -> Result<Self, String> {
        let lanes = share.pairs * if plot.answers { 2 } else { 1 };
        let none = Schedule { rate: 1.0, visitors: lanes as u64, warmup: Duration::ZERO, measure: Duration::ZERO };
        Ok(Self {
            plot,
            pairs: share.pairs,
            lanes: (0..lanes).map(|_| Lane::default()).collect(),
            logs: (0..share.pairs).map(|_| Logs::default()).collect(),
            schedule: none,
            start: Instant::now(),
            stretch: Tally::new()?,
            before: Default::default(),
            recent: Latency::new()?,
            recently_stored: Latency::new()?,
            last: Instant::now(),
            refused: false,
            strays: 0,
            sent: 0,
            whole: 0,
        })
    }

    /// How many lanes there are.
    pub(super) fn count_of_lanes(&self) -> u64 {
        self.lanes.len() as u64
    }

    /// A stretch begins at `start`.
    ///
    /// # Errors
    /// No histogram could be made.
    pub(super) fn begin(&mut self, schedule: Schedule, start: Instant) -> Result<(), String> {
        self.schedule = schedule;
        self.start = start;
        self.before = self.faults();
        self.stretch = Tally::new()?;
        self.stretch.scheduled = schedule.total();
        for lane in &mut self.lanes {
            lane.base = lane.sent;
        }
        self.recent.clear();
        self.recently_stored.clear();
        Ok(())
    }

    /// Where lane `lane` belongs.
    fn place_of(&self, lane: u64) -> (usize, Side) {
        let lane = usize::try_from(lane).unwrap_or(usize::MAX);
        if lane < self.pairs { (lane, Side::Visitor) } else { (lane - self.pairs, Side::Agent) }
    }

    fn lane_of(&self, pair: usize, from: Side) -> Option<usize> {
        match from {
            _ if pair >= self.pairs => None,
            Side::Visitor => Some(pair),
            Side::Agent => self.plot.answers.then_some(self.pairs + pair),
        }
    }

    /// What message `number` of the stretch is: whose, and its place within its lane.
    pub(super) fn message(&self, number: u64) -> super::Message {
        let lane = self.schedule.visitor_of(number);
        let (pair, from) = self.place_of(lane);
        let base = self.lanes.get(usize::try_from(lane).unwrap_or(usize::MAX)).map_or(0, |lane| lane.base);
        super::Message { pair, from, place: base + self.schedule.place_of(number) }
    }

    /// The number, within the stretch, of a lane's message at `place`; `None`: an earlier stretch's.
    fn number_of(&self, lane: usize, base: u64, place: u64) -> Option<u64> {
        Some(self.schedule.number_of(lane as u64, place.checked_sub(base)?))
    }

    fn since_due(&self, number: u64, at: Instant) -> Duration {
        at.saturating_duration_since(self.start).saturating_sub(self.schedule.due(number))
    }

    fn measuring(&self, at: Instant) -> bool {
        (self.schedule.warmup..self.schedule.end()).contains(&at.saturating_duration_since(self.start))
    }

    fn in_time(&self, at: Instant) -> bool {
        at.saturating_duration_since(self.start) <= self.schedule.end() + IN_TIME
    }

    /// Message `number` of the stretch is handed to its socket.
    pub(super) fn sent(&mut self, number: u64, at: Instant) {
        let lane = self.schedule.visitor_of(number);
        if let Some(lane) = self.lanes.get_mut(usize::try_from(lane).unwrap_or(usize::MAX)) {
            lane.sent += 1;
        }
        self.sent += 1;
        self.stretch.sent += 1;
        if self.schedule.measured(number) {
            let late = self.since_due(number, at);
            self.stretch.late.add(late);
        }
    }

    pub(super) fn arrived(&mut self, pair: usize, from: Side, mark: Mark, at: Instant) {
        let Some(index) = self.lane_of(pair, from) else { return self.stray() };
        let Some(lane) = self.lanes.get_mut(index) else { return };
        self.last = at;
        let (base, first, last) = match mark {
            Mark::Place(place) if place >= lane.sent => return self.stray(),
            Mark::Place(place) => {
                if !lane.arrived.arrive(place) {
                    return;
                }
                (lane.base, place, place)
            }
            Mark::Says(says) => {
                let Some(settled) = lane.merged.arrive(says, lane.sent) else { return };
                (lane.base, settled.start, settled.end - 1)
            }
        };
        for place in first..=last {
            self.count_arrived(index, base, place, place == last, at);
        }
        if !self.plot.acknowledged {
            self.whole += last + 1 - first;
        }
    }

    /// `newest`: it came itself. What it replaced was known when it came.
    fn count_arrived(&mut self, lane: usize, base: u64, place: u64, newest: bool, at: Instant) {
        let Some(number) = self.number_of(lane, base, place) else { return };
        let latency = self.since_due(number, at);
        let (measured, measuring, in_time) = (self.schedule.measured(number), self.measuring(at), self.in_time(at));
        if measured {
            self.stretch.routed.add(latency);
        }
        if in_time && !self.plot.acknowledged {
            self.stretch.in_time += 1;
        }
        if newest {
            self.recent.add(latency);
            self.stretch.arrived += 1;
            self.stretch.routed_while_measuring += u64::from(measuring);
        }
    }

    pub(super) fn stored(&mut self, pair: usize, at: Side, from: Side, place: u64, now: Instant) {
        let Some(index) = self.lane_of(pair, from) else { return self.stray() };
        let Some(lane) = self.lanes.get_mut(index) else { return };
        if place >= lane.sent {
            return self.stray();
        }
        if at != from {
            lane.told.arrive(place);
            return;
        }
        if !lane.acknowledged.arrive(place) {
            return;
        }
        self.last = now;
        let base = lane.base;
        self.whole += 1;
        let Some(number) = self.number_of(index, base, place) else { return };
        self.stretch.acknowledged += 1;
        self.stretch.in_time += u64::from(self.in_time(now));
        let latency = self.since_due(number, now);
        self.recently_stored.add(latency);
        if self.schedule.measured(number) {
            self.stretch.stored.add(latency);
        }
        self.stretch.stored_while_measuring += u64::from(self.measuring(now));
    }

    fn log(&mut self, pair: usize, at: Side) -> Option<&mut Log> {
        let logs = self.logs.get_mut(pair)?;
        Some(match at {
            Side::Visitor => &mut logs.visitor,
            Side::Agent => &mut logs.agent,
        })
    }

    pub(super) fn head(&mut self, pair: usize, at: Side, head: u64) {
        if let Some(log) = self.log(pair, at) {
            log.begin(head);
        }
    }

    pub(super) fn seq(&mut self, pair: usize, at: Side, seq: u64) {
        match self.log(pair, at) {
            Some(log) => log.stored(seq),
            None => self.stray(),
        }
    }

    pub(super) fn stray(&mut self) {
        self.strays += 1;
    }

    pub(super) fn refused(&mut self, code: &str) {
        *self.stretch.refused.entry(code.to_owned()).or_default() += 1;
        self.refused = true;
    }

    pub(super) fn count(&mut self, what: &'static str) {
        *self.stretch.beside.entry(what.to_owned()).or_default() += 1;
    }

    /// How many messages were sent and have not got everywhere yet.
    pub(super) fn under_way(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.under_way(self.plot)).sum()
    }

    /// Whether all that was sent has got everywhere. Of what may be merged the last may never come, and what was refused never
    /// comes: then it is settled when nothing has come for long.
    pub(super) fn settled(&self, now: Instant) -> bool {
        let may_stay_away = self.plot.merges || self.refused;
        let quiet = may_stay_away && now.saturating_duration_since(self.last) > QUIET;
        // The sum over all lanes is asked for when it can be 0 only.
        quiet || (self.whole >= self.sent && self.under_way() == 0)
    }

    /// How it went since the last glance.
    ///
    /// # Errors
    /// No histogram could be made.
    pub(super) fn glance(&mut self) -> Result<Glance, String> {
        let recent = std::mem::replace(&mut self.recent, Latency::new()?);
        let stored = std::mem::replace(&mut self.recently_stored, Latency::new()?);
        Ok(Glance { recent, stored, under_way: self.under_way() })
    }

    /// What went wrong since the beginning: on the way, as senders were told, as others were told; and how many were merged.
    fn faults(&self) -> (Faults, Faults, Faults, u64) {
        let mut routed = Faults { strays: self.strays, ..Faults::default() };
        let (mut stored, mut told, mut merged) = (Faults::default(), Faults::default(), 0);
        for lane in &self.lanes {
            if self.plot.merges {
                let (faults, replaced) = lane.merged.faults();
                routed += faults;
                merged += replaced;
            } else {
                routed += lane.arrived.faults(lane.sent);
            }
            if self.plot.acknowledged {
                stored += lane.acknowledged.faults(lane.sent);
            }
            if self.plot.told {
                told += lane.told.faults(lane.sent);
            }
        }
        for logs in &self.logs {
            stored.seq_faults += logs.visitor.faults();
            told.seq_faults += logs.agent.faults();
        }
        (routed, stored, told, merged)
    }

    /// What the stretch came to, if nothing more arrives.
    ///
    /// # Errors
    /// No histogram could be made.
    pub(super) fn end(&mut self) -> Result<Tally, String> {
        if self.plot.merges {
            self.lanes.iter_mut().for_each(|lane| lane.merged.settle(lane.sent));
            self.whole = self.sent;
        }
        let mut tally = std::mem::replace(&mut self.stretch, Tally::new()?);
        let (routed, stored, told, merged) = self.faults();
        let before = self.before;
        tally.routed_faults = routed - before.0;
        tally.stored_faults = stored - before.1;
        tally.told_faults = told - before.2;
        tally.merged = merged.saturating_sub(before.3);
        tally.merges = self.plot.merges;
        tally.acknowledges = self.plot.acknowledged;
        tally.tells = self.plot.told;
        Ok(tally)
    }
}

impl Lane {
    fn under_way(&self, plot: Plot) -> u64 {
        if plot.merges {
            return self.merged.unsettled(self.sent);
        }
        let mut arrived = self.arrived.arrived();
        if plot.acknowledged {
            arrived = arrived.min(self.acknowledged.arrived());
        }
        if plot.told {
            arrived = arrived.min(self.told.arrived());
        }
        self.sent.saturating_sub(arrived)
    }
}

#[cfg(test)]
mod tests;
