//! One thread's conversations: brings its sockets into them, sends what is due, and ends stretches.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;

use super::lanes::{Glance, Lanes};
use super::out::{Ground, Out};
use super::{Dialect, Plot, Share, Stretch, Tally, Who};
use crate::engine::{Closed, Io, Next, SocketId, World};
use crate::schedule::{Pacer, Schedule};

/// Sockets that are opened at once: enough to keep a server busy, too few to overflow its listener's backlog.
const OPENING_AT_ONCE: usize = 64;
/// Messages that are sent before what has come is looked at: some 4 µs each, so that the last leaves when it is noted to.
const SENT_AT_ONCE: usize = 16;
/// How long before a message its last prelude is, and each before the next.
const PRELUDE_LEAD: Duration = Duration::from_millis(400);
/// How often progress is told.
const GLANCE_EVERY: Duration = Duration::from_secs(1);
/// How often is looked whether all has arrived, after the last message.
const SETTLE_EVERY: Duration = Duration::from_millis(10);
/// How long servers have for their part of the goodbye.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);
/// The close code of a socket that has done what it came for.
const NORMAL: u16 = 1000;

/// What a thread is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    /// Whether stretches from now on have what goes beside messages ([`super::Crew::beside`]).
    Beside(bool),
    /// A stretch begins at this time.
    Begin(Stretch, Instant),
    /// All is done: sockets are closed.
    Close,
}

/// What a thread tells.
#[derive(Debug)]
pub(super) enum Tale {
    /// All of its sockets have introduced themselves.
    Ready,
    /// How the last second went.
    Glance(Glance),
    /// A stretch is over.
    Over(Box<Tally>),
    /// It cannot go on.
    Failed(String),
}

/// One thread's conversations.
#[derive(Debug)]
pub(super) struct Talk<D> {
    dialect: D,
    plot: Plot,
    ground: Ground,
    /// Whose socket stands in a slot.
    who: Vec<Option<Who>>,
    tales: UnboundedSender<Tale>,
    phase: Phase,
    /// Sockets that were opened and are not ready.
    opening: usize,
    opened: usize,
    ready: usize,
}

#[derive(Debug)]
enum Phase {
    Opening,
    Waiting,
    Load(Box<Load>),
    Closing(Instant),
    Done,
}

#[derive(Debug)]
struct Load {
    stretch: Stretch,
    start: Instant,
    pacer: Pacer,
    /// They go ahead of the schedule, each by so long, for what comes before a message.
    ahead: Vec<(Duration, Pacer)>,
    next_glance: Instant,
    /// How long the thread had been at work when the stretch began.
    busy_before: Duration,
}

impl<D: Dialect> Talk<D> {
    /// # Errors
    /// No histogram could be made.
    pub(super) fn new(dialect: D, share: Share, plot: Plot, tales: UnboundedSender<Tale>) -> Result<Self, String> {
        let ground = Ground {
            share,
            visitors: vec![None; share.pairs],
            agents: vec![None; share.agents()],
            lanes: Lanes::new(share, plot)?,
            ready: Vec::new(),
            later: BinaryHeap::new(),
            put_off: 0,
            failure: None,
            beside: true,
        };
        let (who, phase) = (Vec::new(), Phase::Opening);
        Ok(Self { dialect, plot, ground, who, tales, phase, opening: 0, opened: 0, ready: 0 })
    }

    /// The dialect, with what it knows.
    pub(super) fn into_dialect(self) -> D {
        self.dialect
    }

    fn tell(&self, tale: Tale) {
        // Whoever does not listen any more has ended the run.
        let _ = self.tales.send(tale);
    }

    fn fail(&mut self, why: String) {
        self.tell(Tale::Failed(why));
        self.phase = Phase::Done;
    }

    /// Opens as many sockets as may be under way: visitors first, agents when all visitors are there.
    fn open_some(&mut self, io: &mut Io) {
        let share = self.ground.share;
        while self.opening < OPENING_AT_ONCE && self.opened < share.pairs + share.agents() {
            let who = match self.opened.checked_sub(share.pairs) {
                None => Who::Visitor(self.opened),
                Some(_) if self.ready < share.pairs => return,
                Some(agent) => Who::Agent(agent),
            };
            let socket = io.open(&self.dialect.connect(who));
            let place = match who {
                Who::Visitor(visitor) => self.ground.visitors.get_mut(visitor),
                Who::Agent(agent) => self.ground.agents.get_mut(agent),
            };
            if let Some(place) = place {
                *place = Some(socket);
            }
            if self.who.len() <= socket.slot() {
                self.who.resize(socket.slot() + 1, None);
            }
            self.who[socket.slot()] = Some(who);
            self.opened += 1;
            self.opening += 1;
        }
    }

    /// Looks at what the dialect has told.
    fn settle(&mut self, io: &mut Io) {
        if let Some(why) = self.ground.failure.take() {
            return self.fail(why);
        }
        if !matches!(self.phase, Phase::Opening) {
            return;
        }
        let come = self.ground.ready.drain(..).count();
        self.ready += come;
        self.opening = self.opening.saturating_sub(come);
        if self.ready == self.ground.share.pairs + self.ground.share.agents() {
            self.phase = Phase::Waiting;
            self.tell(Tale::Ready);
        } else {
            self.open_some(io);
        }
    }

    /// Calls for what was put off until now.
    fn call_later(&mut self, io: &mut Io) -> Option<Instant> {
        while let Some(Reverse((at, _, who))) = self.ground.later.peek().copied() {
            if at > io.now() {
                return Some(at);
            }
            self.ground.later.pop();
            self.dialect.later(who, &mut Out { io, ground: &mut self.ground });
        }
        None
    }

    fn begin(&mut self, io: &Io, stretch: Stretch, start: Instant) -> Result<(), String> {
        let Stretch { rate, warmup, measure, .. } = stretch;
        let schedule = Schedule { rate, visitors: self.ground.lanes.count_of_lanes(), warmup, measure };
        self.ground.lanes.begin(schedule, start)?;
        self.phase = Phase::Load(Box::new(Load {
            stretch,
            start,
            pacer: Pacer::new(schedule),
            ahead: (1..=if self.ground.beside { self.plot.preludes } else { 0 })
                .map(|many| (PRELUDE_LEAD * many, Pacer::new(schedule)))
                .collect(),
            next_glance: start + GLANCE_EVERY,
            busy_before: io.busy(),
        }));
        Ok(())
    }

    /// Sends what is due; says when the next turn shall be. `None`: the stretch is over.
    fn load(&mut self, io: &mut Io, load: &mut Load) -> Result<Option<Instant>, String> {
        let now = io.now();
        let Some(elapsed) = now.checked_duration_since(load.start) else { return Ok(Some(load.start)) };
        let mut next = load.next_glance;
        if now >= load.next_glance {
            let glance = self.ground.lanes.glance()?;
            self.tell(Tale::Glance(glance));
            load.next_glance = now + GLANCE_EVERY;
            next = load.next_glance;
        }
        for (lead, pacer) in &mut load.ahead {
            for number in pacer.take_due(elapsed + *lead, SENT_AT_ONCE) {
                let message = self.ground.lanes.message(number);
                self.dialect.prelude(message, &mut Out { io, ground: &mut self.ground });
            }
            if let Some(wait) = pacer.wait(elapsed + *lead) {
                next = next.min(now + wait);
            }
        }
        for number in load.pacer.take_due(elapsed, SENT_AT_ONCE) {
            self.ground.lanes.sent(number, now);
            let message = self.ground.lanes.message(number);
            self.dialect.write(message, &mut Out { io, ground: &mut self.ground });
        }
        if let Some(wait) = load.pacer.wait(elapsed) {
            return Ok(Some(next.min(now + wait)));
        }
        let end = load.start + load.stretch.warmup + load.stretch.measure;
        if now >= end && (self.ground.lanes.settled(now) || now >= end + load.stretch.drain) {
            let mut tally = self.ground.lanes.end()?;
            let busy = io.busy().saturating_sub(load.busy_before);
            tally.busy = busy.as_secs_f64() / elapsed.as_secs_f64().max(f64::EPSILON);
            self.tell(Tale::Over(Box::new(tally)));
            return Ok(None);
        }
        Ok(Some(next.min(if now < end { end } else { now + SETTLE_EVERY })))
    }

    fn close(&mut self, io: &mut Io) {
        let share = self.ground.share;
        let all = (0..share.pairs).map(Who::Visitor).chain((0..share.agents()).map(Who::Agent));
        for who in all {
            self.dialect.goodbye(who, &mut Out { io, ground: &mut self.ground });
            if let Some(socket) = self.ground.socket(who) {
                io.close(socket, NORMAL);
            }
        }
        self.phase = Phase::Closing(io.now() + CLOSE_PATIENCE);
    }

    fn whose(&self, socket: SocketId) -> Option<Who> {
        self.who.get(socket.slot()).copied().flatten()
    }

    fn name(&self, who: Who) -> String {
        let share = self.ground.share;
        match who {
            Who::Visitor(visitor) => format!("visitor {}", share.first + visitor),
            Who::Agent(agent) => format!("agent of visitor {}", share.first + agent * share.visitors_per_agent),
        }
    }
}

impl<D: Dialect> World for Talk<D> {
    type Order = Order;

    fn start(&mut self, io: &mut Io) {
        self.open_some(io);
    }

    fn told(&mut self, io: &mut Io, order: Order) {
        match order {
            Order::Begin(stretch, start) => {
                if let Err(why) = self.begin(io, stretch, start) {
                    self.fail(why);
                }
            }
            Order::Beside(beside) => self.ground.beside = beside,
            Order::Close => self.close(io),
        }
    }

    fn opened(&mut self, io: &mut Io, socket: SocketId) {
        if let Some(who) = self.whose(socket) {
            self.dialect.opened(who, &mut Out { io, ground: &mut self.ground });
        }
    }

    fn message(&mut self, io: &mut Io, socket: SocketId, payload: &[u8]) {
        if let Some(who) = self.whose(socket) {
            self.dialect.heard(who, payload, &mut Out { io, ground: &mut self.ground });
        }
    }

    fn closed(&mut self, _io: &mut Io, socket: SocketId, why: Closed) {
        let who = self.whose(socket);
        if let Some(place) = self.who.get_mut(socket.slot()) {
            *place = None;
        }
        if let (Some(who), false) = (who, matches!(self.phase, Phase::Closing(_) | Phase::Done)) {
            let name = self.name(who);
            self.fail(format!("{name}: {why}"));
        }
    }

    fn turn(&mut self, io: &mut Io) -> Next {
        self.settle(io);
        let later = self.call_later(io);
        let next = match std::mem::replace(&mut self.phase, Phase::Waiting) {
            Phase::Done => return Next::Done,
            Phase::Closing(patience) => {
                if io.sockets() == 0 || io.now() >= patience {
                    return Next::Done;
                }
                self.phase = Phase::Closing(patience);
                Some(patience)
            }
            Phase::Load(mut load) => match self.load(io, &mut load) {
                Ok(None) => None,
                Ok(next) => {
                    self.phase = Phase::Load(load);
                    next
                }
                Err(why) => {
                    self.fail(why);
                    return Next::Done;
                }
            },
            waits @ (Phase::Opening | Phase::Waiting) => {
                self.phase = waits;
                None
            }
        };
        match (next, later) {
            (Some(next), Some(later)) => Next::At(next.min(later)),
            (Some(at), None) | (None, Some(at)) => Next::At(at),
            (None, None) => Next::Idle,
        }
    }
}
