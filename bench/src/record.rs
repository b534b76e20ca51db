//! What happened: when each message was sent, arrived and was stored, held against the schedule and against the
//! promises (once, in order, none missing, `seq` without gaps).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use protocol::code::ErrorCode;
use serde::Serialize;

use crate::schedule::Schedule;

mod latency;
mod tally;
mod track;
pub(crate) mod typing;

pub(crate) use latency::{Latency, Quantiles};
pub(crate) use tally::Tally;
pub(crate) use track::Faults;
pub(crate) use track::{Log, Track};
use typing::TypingTrack;

/// What visitors send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Messages: routed to the agent, then stored and acknowledged.
    Text,
    /// Typing frames: routed only.
    Typing,
}

/// Which side of a conversation is told something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The visitor, who sent it.
    Visitor,
    /// The agent, who follows.
    Agent,
}

/// One visitor's messages.
#[derive(Debug, Default)]
struct Progress {
    sent: u64,
    routed: Track,
    typing: TypingTrack,
    stored: Track,
    stored_at_agent: Track,
    log: Log,
    log_at_agent: Log,
}

/// Everything that happened in a run so far.
#[derive(Debug)]
pub(crate) struct Record {
    schedule: Schedule,
    kind: Kind,
    start: Instant,
    visitors: Vec<Progress>,
    sent: u64,
    routed_while_measuring: u64,
    stored_while_measuring: u64,
    routed: Latency,
    stored: Latency,
    late: Latency,
    /// Routed since the last look.
    recent: Latency,
    strays: u64,
    refused: BTreeMap<&'static str, u64>,
}

/// How the last moments went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glance {
    /// Messages that arrived since the last glance.
    pub(crate) routed: u64,
    /// Their 99th percentile from the intended time, in milliseconds.
    pub(crate) p99_ms: Option<f64>,
    /// Messages that were sent and have not got everywhere yet, in all.
    pub(crate) under_way: u64,
}

impl Record {
    /// Nothing yet.
    ///
    /// # Errors
    /// No histogram could be made.
    pub(crate) fn new(schedule: Schedule, kind: Kind) -> Result<Self, String> {
        Ok(Self {
            schedule,
            kind,
            start: Instant::now(),
            visitors: (0..schedule.visitors).map(|_| Progress::default()).collect(),
            sent: 0,
            routed_while_measuring: 0,
            stored_while_measuring: 0,
            routed: Latency::new()?,
            stored: Latency::new()?,
            late: Latency::new()?,
            recent: Latency::new()?,
            strays: 0,
            refused: BTreeMap::new(),
        })
    }

    /// The schedule begins at `start`.
    pub(crate) fn begin(&mut self, start: Instant) {
        self.start = start;
    }

    /// From when message `number` was due until `at`.
    fn since_due(&self, number: u64, at: Instant) -> Duration {
        at.saturating_duration_since(self.start).saturating_sub(self.schedule.due(number))
    }

    fn measuring(&self, at: Instant) -> bool {
        (self.schedule.warmup..self.schedule.end()).contains(&at.saturating_duration_since(self.start))
    }

    fn progress(&mut self, visitor: u64) -> Option<&mut Progress> {
        self.visitors.get_mut(usize::try_from(visitor).ok()?)
    }

    /// The generator hands message `number` to its socket.
    pub(crate) fn sent(&mut self, number: u64, at: Instant) {
        let visitor = self.schedule.visitor_of(number);
        if let Some(progress) = self.progress(visitor) {
            progress.sent += 1;
        }
        self.sent += 1;
        if self.schedule.measured(number) {
            let late = self.since_due(number, at);
            self.late.add(late);
        }
    }

    /// Message `number` arrived at the agent, in `visitor`'s conversation.
    pub(crate) fn routed(&mut self, visitor: u64, number: u64, at: Instant) {
        let place = self.schedule.place_of(number);
        let own = self.schedule.visitor_of(number) == visitor;
        match self.progress(visitor).filter(|progress| own && place < progress.sent) {
            None => self.strays += 1,
            Some(progress) => {
                if progress.routed.arrive(place) {
                    self.count_routed(number, at);
                }
            }
        }
    }

    /// A typing frame arrived at the agent, in `visitor`'s conversation.
    pub(crate) fn typing(&mut self, visitor: u64, on: bool, at: Instant) {
        let Some(progress) = self.progress(visitor) else {
            self.strays += 1;
            return;
        };
        let sent = progress.sent;
        let Some(settled) = progress.typing.arrive(on, sent) else { return };
        let newest = settled.end - 1;
        for place in settled {
            let number = self.schedule.number_of(visitor, place);
            if place == newest {
                self.count_routed(number, at);
            } else if self.schedule.measured(number) {
                // What it said was known when the one that replaced it came.
                let latency = self.since_due(number, at);
                self.routed.add(latency);
            }
        }
    }

    fn count_routed(&mut self, number: u64, at: Instant) {
        let latency = self.since_due(number, at);
        self.recent.add(latency);
        if self.schedule.measured(number) {
            self.routed.add(latency);
        }
        if self.measuring(at) {
            self.routed_while_measuring += 1;
        }
    }

    /// The log of `visitor`'s conversation stood at `head` when `side` began to follow it.
    pub(crate) fn followed(&mut self, visitor: u64, side: Side, head: u64) {
        if let Some(progress) = self.progress(visitor) {
            match side {
                Side::Visitor => progress.log.begin(head),
                Side::Agent => progress.log_at_agent.begin(head),
            }
        }
    }

    /// `side` was told that an entry of `visitor`'s conversation is stored under `seq`. `number` is the message, unless
    /// somebody else wrote it.
    pub(crate) fn stored(&mut self, visitor: u64, side: Side, number: Option<u64>, seq: u64, at: Instant) {
        let schedule = self.schedule;
        let Some(progress) = self.progress(visitor) else {
            self.strays += 1;
            return;
        };
        let (log, track) = match side {
            Side::Visitor => (&mut progress.log, &mut progress.stored),
            Side::Agent => (&mut progress.log_at_agent, &mut progress.stored_at_agent),
        };
        log.stored(seq);
        let Some(number) = number else { return };
        let place = schedule.place_of(number);
        if schedule.visitor_of(number) != visitor || place >= progress.sent {
            self.strays += 1;
        } else if track.arrive(place) && side == Side::Visitor {
            if self.schedule.measured(number) {
                let latency = self.since_due(number, at);
                self.stored.add(latency);
            }
            if self.measuring(at) {
                self.stored_while_measuring += 1;
            }
        }
    }

    /// Something came to a socket that does not follow its conversation.
    pub(crate) fn stray(&mut self) {
        self.strays += 1;
    }

    /// A request was answered with an error.
    pub(crate) fn refused(&mut self, code: ErrorCode) {
        *self.refused.entry(code.as_str()).or_default() += 1;
    }

    /// How many messages were sent and have not got everywhere yet.
    pub(crate) fn under_way(&self) -> u64 {
        let left = |progress: &Progress| match self.kind {
            Kind::Typing => progress.typing.unsettled(progress.sent),
            Kind::Text => {
                let arrived = [&progress.routed, &progress.stored, &progress.stored_at_agent].map(Track::arrived);
                progress.sent.saturating_sub(arrived.into_iter().min().unwrap_or_default())
            }
        };
        self.visitors.iter().map(left).sum()
    }

    /// Whether every message of the schedule was sent and has got everywhere.
    pub(crate) fn settled(&self) -> bool {
        self.sent >= self.schedule.total() && self.under_way() == 0
    }

    /// How it went since the last glance.
    pub(crate) fn glance(&mut self) -> Glance {
        let glance =
            Glance { routed: self.recent.quantiles().count, p99_ms: self.recent.at(0.99), under_way: self.under_way() };
        self.recent.clear();
        glance
    }
}

/// The record, where every socket can write to it.
#[derive(Clone, Debug)]
pub(crate) struct Recorder(Arc<Mutex<Record>>);

impl Recorder {
    /// Shares a record.
    pub(crate) fn new(record: Record) -> Self {
        Self(Arc::new(Mutex::new(record)))
    }

    /// Reads or writes it. Short: every socket waits for its turn.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Record) -> T) -> T {
        // Counters and histograms are whole after every step, also if somebody panicked between two.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests;
