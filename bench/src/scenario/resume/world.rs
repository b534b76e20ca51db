//! Clients with a conversation each, who all lose their sockets and all come back, while agents write to them.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use protocol::client::{ClientFrame, Pong};
use protocol::codec;
use protocol::frame::{Frame, Ref};
use protocol::id::{ConversationId, DepartmentId};
use protocol::server::Error;
use protocol::value::Answer;

use super::script::{Came, Order, Progress, Script};
use crate::arrive::heard::{ENTRY, GOAWAY, REPLAY, STARTED, STORED, read};
use crate::arrive::log::{Faults, Key, Log, compare};
use crate::arrive::{Door, ERROR, PING, WELCOME, agent_hello, connect};
use crate::engine::{Closed, Io, Kind, Next, SocketId, World};
use crate::record::Latency;

/// Sockets that are opened, and messages that are sent, between two looks at what has come.
const AT_ONCE: usize = 16;
/// Clients that are being prepared at once: how long that takes is not what is measured.
const TOGETHER: usize = 64;
/// The refs of requests. An agent's message has its number's, behind these.
const HELLO: Ref = 1;
pub(super) const START: Ref = 2;
pub(super) const FOLLOW: Ref = 3;
pub(super) const SEND: Ref = 16;
/// The bound of the first wait before connecting again, and of the longest; it doubles with each failure.
const WAIT_FIRST: Duration = Duration::from_millis(250);
const WAIT_MOST: Duration = Duration::from_secs(20);
/// Failures that are told in words; the others are counted.
const TOLD: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Client(usize),
    Agent(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No socket.
    Away,
    /// A socket, and no welcome yet.
    Coming,
    /// Welcomed, and the replay has not ended.
    Catching,
    /// Has everything.
    Whole,
}

#[derive(Debug)]
pub(super) struct Client {
    pub(super) state: State,
    pub(super) socket: Option<SocketId>,
    pub(super) token: Option<String>,
    /// Its department, and its answers to the form, in case it has to say them again.
    pub(super) chosen: (Option<DepartmentId>, Vec<Answer>),
    pub(super) conversation: Option<ConversationId>,
    pub(super) log: Log,
    /// Own entries that are acknowledged, with their places.
    pub(super) told: Vec<(Key, u64)>,
    /// Failures in a row.
    pub(super) failures: u32,
    /// How often it has connected: what is to be done later on a socket is not done on the next.
    pub(super) attempt: u32,
    pub(super) ready: bool,
    /// Whether it was whole once since it came back.
    pub(super) was_whole: bool,
}

/// What is to be done later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Later {
    Connect(usize),
    Hello(usize, u32),
    Follow(usize, u32),
    Start(usize, u32),
    Write(u64),
}

/// All clients and agents.
#[derive(Debug)]
pub(super) struct Returns {
    pub(super) script: Script,
    pub(super) door: Door,
    pub(super) clients: Vec<Client>,
    pub(super) agents: Vec<Option<SocketId>>,
    pub(super) by_conversation: HashMap<ConversationId, usize>,
    /// Who has each socket, by slot.
    who: Vec<Option<Who>>,
    /// What agents wrote into each conversation, with the places that they were told.
    pub(super) written: Vec<Vec<(Key, u64)>>,
    later: BinaryHeap<Reverse<(Instant, Later)>>,
    /// Clients that are being prepared, and the next one.
    pub(super) preparing: usize,
    next: usize,
    /// When agents began, and what they have sent.
    writing: Option<Instant>,
    sent: u64,
    pub(super) acknowledged: u64,
    /// When all were to come back, and who is next.
    pub(super) returned: Option<Instant>,
    back: usize,
    finish: Option<Instant>,
    pub(super) progress: Arc<Progress>,
    pub(super) came: Came,
}

impl Returns {
    /// Nobody is there yet.
    ///
    /// # Errors
    /// No histogram could be made.
    pub(super) fn new(script: Script, progress: &Arc<Progress>) -> Result<Self, String> {
        let client = |_| Client {
            state: State::Away,
            socket: None,
            token: None,
            chosen: (None, Vec::new()),
            conversation: None,
            log: Log::default(),
            told: Vec::new(),
            failures: 0,
            attempt: 0,
            ready: false,
            was_whole: false,
        };
        Ok(Self {
            door: Door::new(script.target, &script.organization.widget_key),
            clients: (0..script.clients).map(client).collect(),
            agents: vec![None; script.agents],
            by_conversation: HashMap::with_capacity(script.clients),
            who: Vec::new(),
            written: vec![Vec::new(); script.clients],
            later: BinaryHeap::new(),
            preparing: 0,
            next: 0,
            writing: None,
            sent: 0,
            acknowledged: 0,
            returned: None,
            back: 0,
            finish: None,
            progress: Arc::clone(progress),
            came: Came {
                welcome: Latency::new()?,
                whole: Latency::new()?,
                took: None,
                again: 0,
                mended: 0,
                failed: 0,
                failures: Vec::new(),
            },
            script,
        })
    }

    /// Holds every log against what was acknowledged. Also: how many entries that is.
    pub(super) fn compare(&self) -> (Faults, u64) {
        let mut all = Faults::default();
        let mut entries = 0;
        for (client, written) in self.clients.iter().zip(&self.written) {
            let acknowledged = [client.told.as_slice(), written].concat();
            entries += acknowledged.len() as u64;
            let faults = compare(client.log.entries(), &acknowledged);
            all.missing += faults.missing;
            all.doubled += faults.doubled;
            all.disordered += faults.disordered;
            all.elsewhere += faults.elsewhere;
        }
        (all, entries)
    }

    pub(super) fn fail(&mut self, why: String) {
        self.came.failed += 1;
        if self.came.failures.len() < TOLD {
            self.came.failures.push(why);
        }
    }

    pub(super) fn later(&mut self, io: &Io, wait: Duration, what: Later) {
        self.later.push(Reverse((io.now() + wait, what)));
    }

    pub(super) fn put(&mut self, socket: SocketId, who: Who) {
        if self.who.len() <= socket.slot() {
            self.who.resize(socket.slot() + 1, None);
        }
        if let Some(place) = self.who.get_mut(socket.slot()) {
            *place = Some(who);
        }
    }

    fn refused(&mut self, io: &mut Io, who: Who, frame: &Frame<'_>) -> Result<(), String> {
        let error: Error = read(frame)?;
        if !error.retryable {
            return Err(format!("the gateway refused: {error}"));
        }
        self.came.again += 1;
        let wait = Duration::from_millis(u64::from(error.retry_ms).max(1));
        let attempt = |index: usize| self.clients.get(index).map_or(0, |client| client.attempt);
        let what = match (who, frame.reference) {
            (Who::Client(index), HELLO) if error.conversation.is_none() => Later::Hello(index, attempt(index)),
            (Who::Client(index), HELLO | FOLLOW) => Later::Follow(index, attempt(index)),
            (Who::Client(index), START) => Later::Start(index, attempt(index)),
            (Who::Agent(_), reference) if reference >= SEND => Later::Write(u64::from(reference - SEND)),
            _ => return Err(format!("the gateway refused: {error}")),
        };
        self.later(io, wait, what);
        Ok(())
    }

    fn hear(&mut self, io: &mut Io, socket: SocketId, who: Who, frame: &Frame<'_>) -> Result<(), String> {
        match (frame.op, who) {
            (PING, _) => {
                io.send(socket, Kind::Binary, &ClientFrame::from(Pong {}).encode(frame.reference));
                Ok(())
            }
            (WELCOME, Who::Client(index)) => self.welcomed(io, index, frame),
            (STARTED, Who::Client(index)) => self.started(io, index, frame),
            (REPLAY, Who::Client(index)) => self.replay(io, index, frame),
            (ENTRY, Who::Client(index)) => self.tell_log(io, index, frame, Log::entry),
            (STORED, Who::Client(index)) => self.tell_log(io, index, frame, Log::stored),
            (STORED, Who::Agent(_)) => self.acknowledge(frame),
            (ERROR, _) => self.refused(io, who, frame),
            (GOAWAY, _) => Err("the gateway said goaway: it is being stopped".into()),
            _ => Ok(()),
        }
    }

    fn act(&mut self, io: &mut Io, what: Later) {
        let state = |index: usize, attempt: Option<u32>| {
            let client =
                self.clients.get(index).filter(|client| attempt.is_none_or(|attempt| client.attempt == attempt));
            client.map(|client| client.state)
        };
        match what {
            Later::Connect(index) if state(index, None) == Some(State::Away) => self.come(io, index),
            Later::Hello(index, attempt) if state(index, Some(attempt)) == Some(State::Coming) => self.hello(io, index),
            Later::Follow(index, attempt)
                if matches!(state(index, Some(attempt)), Some(State::Catching | State::Whole)) =>
            {
                self.follow(io, index);
            }
            Later::Start(index, attempt) if state(index, Some(attempt)) == Some(State::Catching) => {
                self.begin(io, index);
            }
            Later::Write(number) => self.write(io, number),
            // The socket that it was for is gone.
            _ => {}
        }
    }

    /// Whether everything that was acknowledged is with everybody.
    fn settled(&self) -> bool {
        let complete = |(client, written): (&Client, &Vec<(Key, u64)>)| {
            client.log.cursor() >= (client.told.len() + written.len()) as u64
        };
        self.acknowledged == self.sent && self.clients.iter().zip(&self.written).all(complete)
    }
}

impl World for Returns {
    type Order = Order;

    fn start(&mut self, io: &mut Io) {
        for agent in 0..self.agents.len() {
            let socket = io.open(&connect(self.script.target, (self.script.clients + agent) as u64));
            self.put(socket, Who::Agent(agent));
        }
    }

    fn told(&mut self, io: &mut Io, order: Order) {
        match order {
            Order::Write => self.writing = Some(io.now()),
            Order::Cut => {
                for client in &mut self.clients {
                    if let Some(socket) = client.socket.take() {
                        io.drop_now(socket);
                        if let Some(place) = self.who.get_mut(socket.slot()) {
                            *place = None;
                        }
                    }
                    client.state = State::Away;
                    client.log.cut();
                }
            }
            Order::Return => self.returned = Some(io.now()),
            Order::Finish(until) => self.finish = Some(until),
        }
    }

    fn opened(&mut self, io: &mut Io, socket: SocketId) {
        match self.who.get(socket.slot()).copied().flatten() {
            Some(Who::Client(index)) => self.hello(io, index),
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
        let Some(who) = self.who.get(socket.slot()).copied().flatten() else { return };
        for frame in codec::frames(payload) {
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
        let who = self.who.get_mut(socket.slot()).and_then(Option::take);
        let Some(Who::Client(index)) = who else {
            if who.is_some() {
                self.fail(format!("an agent's socket: {why}"));
            }
            return;
        };
        let Some(client) = self.clients.get_mut(index) else { return };
        client.socket = None;
        client.state = State::Away;
        client.log.cut();
        client.failures += 1;
        let bound = WAIT_MOST.min(WAIT_FIRST * 2_u32.pow((client.failures - 1).min(16)));
        self.came.again += 1;
        if self.returned.is_none() || matches!(why, Closed::Frame(Some(4500..), _)) {
            self.fail(format!("client {index}: {why}"));
            return;
        }
        let (random, _) = uuid::Uuid::new_v4().as_u64_pair();
        let wait = bound.mul_f64((random >> 32) as f64 / f64::from(u32::MAX));
        self.later(io, wait, Later::Connect(index));
    }

    fn turn(&mut self, io: &mut Io) -> Next {
        let now = io.now();
        let mut done = 0;
        while self.preparing < TOGETHER && self.next < self.clients.len() && done < AT_ONCE {
            self.come(io, self.next);
            (self.next, self.preparing, done) = (self.next + 1, self.preparing + 1, done + 1);
        }
        while self.returned.is_some() && self.back < self.clients.len() && done < AT_ONCE {
            self.come(io, self.back);
            (self.back, done) = (self.back + 1, done + 1);
        }
        while done < AT_ONCE
            && let Some(Reverse((at, what))) = self.later.peek().copied()
            && at <= now
        {
            self.later.pop();
            self.act(io, what);
            done += 1;
        }
        let mut next = self.later.peek().map(|Reverse((at, _))| *at);
        if let (Some(began), None) = (self.writing, self.finish) {
            let rate = self.script.rate;
            let due = |number: u64| began + Duration::from_secs_f64(number as f64 / rate);
            while done < AT_ONCE && due(self.sent) <= now {
                self.write(io, self.sent);
                (self.sent, done) = (self.sent + 1, done + 1);
                self.progress.written.fetch_add(1, Ordering::Relaxed);
            }
            let due = due(self.sent);
            next = Some(next.map_or(due, |next| next.min(due)));
        }
        if let Some(until) = self.finish {
            if now >= until || self.settled() {
                return Next::Done;
            }
            // What is waited for comes in frames; a look each so often costs little beside them.
            let look = now + Duration::from_millis(50);
            next = Some(next.map_or(look, |next| next.min(look)));
        }
        if done == AT_ONCE {
            return Next::At(now);
        }
        next.map_or(Next::Idle, Next::At)
    }
}
