//! The site: visitors who come, look around, chat and leave, and the agents who answer them.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use protocol::client::{ClientFrame, Pong};
use protocol::codec;
use protocol::frame::{Frame, Ref};
use protocol::id::ConversationId;
use protocol::value::Form;

use super::day::Visit;
use super::people::{Talk, Visitor};
use super::script::{Came, Progress, Recent, Script};
use crate::arrive::heard::GOAWAY;
use crate::arrive::log::Log;
use crate::arrive::{Door, PING, agent_hello, connect};
use crate::engine::{Closed, Io, Kind, Next, SocketId, World};
use crate::record::Latency;

/// Things that are done between two looks at what has come.
const AT_ONCE: usize = 16;
/// The first wait before somebody connects again whose socket could not be had; it doubles with each failure.
const WAIT_FIRST: Duration = Duration::from_millis(250);
const WAIT_MOST: Duration = Duration::from_secs(20);
/// Failures that are told in words; the others are counted.
const TOLD: usize = 5;
/// Refs of requests.
pub(super) const HELLO: Ref = 1;
pub(super) const START: Ref = 2;
pub(super) const FOLLOW: Ref = 3;
pub(super) const UPLOAD: Ref = 4;
/// The ref of message 0 of a sender in a conversation; the others have those behind it.
pub(super) const SEND: Ref = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Visitor(u64),
    Agent(usize),
}

/// What is due at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// A visitor connects again.
    Connect(u64),
    /// They ask again, on this socket of theirs.
    Hello(u64, u32),
    Start(u64, u32),
    Follow(u64, u32),
    Upload(u64, u32),
    Resend(u64, u32),
    /// They go on: to the next page, to the first message, or away.
    GoOn(u64),
    /// They write their next message.
    Say(u64),
    /// They leave.
    Leave(u64),
    /// An agent answers, or sends an answer again.
    Answer(u64),
    AnswerAgain(u64, u64),
    AgentFollows(u64),
}

/// All of it, on one thread.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) script: Script,
    pub(super) door: Door,
    pub(super) visitors: HashMap<u64, Visitor>,
    pub(super) talks: HashMap<u64, Talk>,
    pub(super) by_conversation: HashMap<ConversationId, u64>,
    /// Conversations that agents heard of before their visitor did.
    pub(super) early: Vec<ConversationId>,
    pub(super) agents: Vec<Option<SocketId>>,
    who: Vec<Option<Who>>,
    due: BinaryHeap<Reverse<(Instant, Due)>>,
    next: u64,
    pub(super) progress: Arc<Progress>,
    pub(super) came: Came,
}

impl Site {
    /// Nobody is there yet.
    ///
    /// # Errors
    /// No histogram could be made.
    pub(super) fn new(script: Script, progress: &Arc<Progress>) -> Result<Self, String> {
        Ok(Self {
            door: Door::new(script.target, &script.organization.widget_key).with_files(),
            visitors: HashMap::new(),
            talks: HashMap::new(),
            by_conversation: HashMap::new(),
            early: Vec::new(),
            agents: vec![None; script.agents],
            who: Vec::new(),
            due: BinaryHeap::new(),
            next: 0,
            progress: Arc::clone(progress),
            came: Came::new()?,
            script,
        })
    }

    pub(super) fn fail(&mut self, why: String) {
        self.came.failed += 1;
        if self.came.failures.len() < TOLD {
            self.came.failures.push(why);
        }
    }

    pub(super) fn at(&mut self, at: Instant, due: Due) {
        self.due.push(Reverse((at, due)));
    }

    /// Notes how long a message took that was due at `due`: apart, if the network was away meanwhile.
    pub(super) fn note_message(
        &mut self,
        (number, due, now): (u64, Instant, Instant),
        day: fn(&mut Came) -> &mut Latency,
        moment: fn(&mut Recent) -> &mut Latency,
    ) {
        let took = now.saturating_duration_since(due);
        let away = self.talks.get(&number).and_then(|talk| talk.away);
        if away.is_some_and(|(from, until)| from <= now && until.is_none_or(|until| due <= until)) {
            self.came.over_drop.add(took);
        } else {
            self.note(took, day, moment);
        }
    }

    /// Notes a latency, for the day and for the moment.
    pub(super) fn note(
        &mut self,
        took: Duration,
        day: fn(&mut Came) -> &mut Latency,
        now: fn(&mut Recent) -> &mut Latency,
    ) {
        day(&mut self.came).add(took);
        let mut recent = self.progress.recent.lock().unwrap_or_else(PoisonError::into_inner);
        now(&mut recent).add(took);
    }

    /// Adds to the messages that were written.
    pub(super) fn count_message(&mut self) {
        self.came.messages += 1;
        self.progress.messages.fetch_add(1, Ordering::Relaxed);
    }

    fn put(&mut self, socket: SocketId, who: Who) {
        if self.who.len() <= socket.slot() {
            self.who.resize(socket.slot() + 1, None);
        }
        if let Some(place) = self.who.get_mut(socket.slot()) {
            *place = Some(who);
        }
    }

    /// A visitor connects, for the first time or again.
    pub(super) fn connect(&mut self, io: &mut Io, number: u64) {
        let socket = io.open(&self.door.connect(number));
        self.put(socket, Who::Visitor(number));
        if let Some(visitor) = self.visitors.get_mut(&number) {
            visitor.socket = Some(socket);
            visitor.welcomed = false;
            visitor.attempt += 1;
        }
    }

    /// The network of a visitor drops: no goodbye, and nothing is heard of what was on its way.
    pub(super) fn drop_network(&mut self, io: &mut Io, number: u64) {
        let Some(visitor) = self.visitors.get_mut(&number) else { return };
        visitor.dropped = true;
        visitor.log.cut();
        if let Some(socket) = visitor.socket.take() {
            io.drop_now(socket);
            if let Some(place) = self.who.get_mut(socket.slot()) {
                *place = None;
            }
        }
        self.came.drops += 1;
        if let Some(talk) = self.talks.get_mut(&number) {
            talk.away = Some((io.now(), None));
        }
        self.at(io.now() + self.script.away, Due::Connect(number));
    }

    fn hear(&mut self, io: &mut Io, socket: SocketId, who: Who, frame: &Frame<'_>) -> Result<(), String> {
        match (frame.op, who) {
            (PING, _) => {
                io.send(socket, Kind::Binary, &ClientFrame::from(Pong {}).encode(frame.reference));
                Ok(())
            }
            (GOAWAY, _) => Err("the gateway said goaway: it is being stopped".into()),
            (_, Who::Visitor(number)) => self.visitor_hears(io, number, frame),
            (_, Who::Agent(agent)) => self.agent_hears(io, agent, frame),
        }
    }

    fn act(&mut self, io: &mut Io, at: Instant, due: Due) {
        let here = |number: u64, attempt: u32| {
            self.visitors.get(&number).is_some_and(|visitor| visitor.attempt == attempt && visitor.socket.is_some())
        };
        match due {
            Due::Connect(number) => self.connect(io, number),
            Due::Hello(number, attempt) if here(number, attempt) => self.hello(io, number),
            Due::Start(number, attempt) if here(number, attempt) => self.begin(io, number),
            Due::Follow(number, attempt) if here(number, attempt) => self.follow(io, number),
            Due::Upload(number, attempt) if here(number, attempt) => self.open_file(io, number),
            Due::Resend(number, attempt) if here(number, attempt) => self.resend(io, number),
            Due::GoOn(number) => self.go_on(io, number),
            Due::Say(number) => self.say(io, number, at),
            Due::Leave(number) => self.leave(io, number),
            Due::Answer(number) => self.answer(io, number, at),
            Due::AnswerAgain(number, answer) => self.send_answer(io, number, answer),
            Due::AgentFollows(number) => self.agent_follows(io, number),
            // The socket that it was for is gone.
            _ => {}
        }
    }

    /// Somebody new is due.
    fn arrive(&mut self, io: &mut Io) {
        let number = self.next;
        self.next += 1;
        let due = self.script.begin + self.script.day.due(number);
        self.came.late.add(io.now().saturating_duration_since(due));
        let visitor = Visitor {
            visit: Visit::of(number, &self.script.shares),
            socket: None,
            attempt: 0,
            failures: 0,
            welcomed: false,
            token: None,
            conversation: None,
            log: Log::default(),
            page: 0,
            said: 0,
            told: Vec::new(),
            dropped: false,
            sent: None,
            leaving: false,
            form: Form::default(),
            asked: 0,
        };
        self.visitors.insert(number, visitor);
        self.connect(io, number);
    }

    fn over(&mut self, io: &Io) -> bool {
        if self.next < self.script.visits {
            return false;
        }
        let quiet = self.visitors.is_empty() && self.talks.values().all(|talk| talk.unstored.is_empty());
        if quiet || io.now() >= self.script.end {
            self.came.unfinished = self.visitors.len() as u64;
            self.compare();
            return true;
        }
        false
    }
}

impl World for Site {
    type Order = ();

    fn start(&mut self, io: &mut Io) {
        for agent in 0..self.agents.len() {
            let socket = io.open(&connect(self.script.target, self.script.visits + agent as u64));
            self.put(socket, Who::Agent(agent));
        }
    }

    fn told(&mut self, _io: &mut Io, (): ()) {}

    fn opened(&mut self, io: &mut Io, socket: SocketId) {
        match self.who.get(socket.slot()).copied().flatten() {
            Some(Who::Visitor(number)) => self.hello(io, number),
            Some(Who::Agent(agent)) => {
                if let Some(place) = self.agents.get_mut(agent) {
                    *place = Some(socket);
                }
                io.send(socket, Kind::Binary, &agent_hello(&self.script.organization.token));
            }
            None => {}
        }
    }

    fn message(&mut self, io: &mut Io, socket: SocketId, payload: &[u8]) {
        for frame in codec::frames(payload) {
            // A frame may have ended it.
            let Some(who) = self.who.get(socket.slot()).copied().flatten() else { return };
            let heard = match frame {
                Ok(frame) => self.hear(io, socket, who, &frame),
                Err(error) => Err(format!("the gateway sent no frame: {error}")),
            };
            if let Err(why) = heard {
                self.fail(format!("{who:?}: {why}"));
            }
        }
    }

    fn closed(&mut self, io: &mut Io, socket: SocketId, why: Closed) {
        let number = match self.who.get_mut(socket.slot()).and_then(Option::take) {
            Some(Who::Visitor(number)) => number,
            Some(Who::Agent(_)) => return self.fail(format!("an agent's socket: {why}")),
            None => return,
        };
        let Some(visitor) = self.visitors.get_mut(&number) else { return };
        if visitor.leaving {
            return self.gone(number);
        }
        visitor.socket = None;
        visitor.log.cut();
        visitor.failures += 1;
        let wait = WAIT_MOST.min(WAIT_FIRST * 2_u32.pow((visitor.failures - 1).min(16)));
        self.came.again += 1;
        if matches!(why, Closed::Frame(Some(4500..), _)) {
            self.fail(format!("visitor {number}: {why}"));
            return self.gone(number);
        }
        let (random, _) = uuid::Uuid::new_v4().as_u64_pair();
        let wait = wait.mul_f64((random >> 32) as f64 / f64::from(u32::MAX));
        self.at(io.now() + wait, Due::Connect(number));
    }

    fn turn(&mut self, io: &mut Io) -> Next {
        if self.over(io) {
            return Next::Done;
        }
        let now = io.now();
        for _ in 0..AT_ONCE {
            let arrival = (self.next < self.script.visits).then(|| self.script.begin + self.script.day.due(self.next));
            let due = self.due.peek().map(|Reverse((at, _))| *at);
            match (arrival, due) {
                (Some(arrival), _) if arrival <= now => self.arrive(io),
                (_, Some(due)) if due <= now => {
                    if let Some(Reverse((at, due))) = self.due.pop() {
                        self.act(io, at, due);
                    }
                }
                (arrival, due) => {
                    let next = arrival.into_iter().chain(due).min().unwrap_or(self.script.end);
                    // The end shows in frames, too: a look each so often costs little beside them.
                    return Next::At(next.min(now + Duration::from_millis(100)));
                }
            }
        }
        Next::At(now)
    }
}
