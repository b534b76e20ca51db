//! Visitors who come to a site: TCP, handshake, hello, welcome. Then they leave, or stay and answer the gateway's pings.
//! Each is due at a time that is fixed before, however long the others take.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use protocol::client::{ClientFrame, Pong};
use protocol::codec;
use protocol::frame::Frame;
use protocol::server::Error;

use crate::engine::{Closed, Io, Kind, Next, SocketId, World};
use crate::record::Latency;

mod crowd;
mod frames;
pub(crate) mod heard;
pub(crate) mod log;

pub(crate) use crowd::{Crowd, Departed, LOOK};
pub(crate) use frames::{Door, ERROR, PING, WELCOME, Welcomed, agent_hello, connect, page};

/// Sockets that are opened between two looks at what has come: some 30 µs each.
const AT_ONCE: usize = 16;
/// The close code of whoever leaves of their own accord (RFC 6455, 7.4.1).
const GOODBYE: u16 = 1000;
/// One welcome in so many is read whole, so that the generator costs less than what it measures. All are counted, and in a
/// database of the run's own so are the visitors.
const READ_WHOLE: u64 = 16;
/// Failures that are told in words; the others are counted.
const TOLD: usize = 5;

/// When they come, and whether they stay.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// When the first is due.
    pub(crate) begin: Instant,
    /// How many come in a second.
    pub(crate) rate: f64,
    /// How many come in all.
    pub(crate) count: u64,
    /// Those due before this, from the beginning, are not measured.
    pub(crate) warmup: Duration,
    /// How long, after the last was due, to wait for those who have not been welcomed.
    pub(crate) drain: Duration,
    /// Most that may be on their way at once: beyond it, who is due waits until another has been welcomed. Where times are
    /// measured nobody waits, and this is [`u64::MAX`].
    pub(crate) together: u64,
    /// Whether they stay until told to leave.
    pub(crate) stay: bool,
}

impl Plan {
    fn due(&self, number: u64) -> Duration {
        Duration::from_secs_f64(number as f64 / self.rate)
    }

    fn measured(&self, number: u64) -> bool {
        self.due(number) >= self.warmup
    }
}

/// How far all threads are, for whoever watches.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Who has been welcomed.
    pub(crate) welcomed: AtomicU64,
    /// Who has failed.
    pub(crate) failed: AtomicU64,
}

/// What came of them, on one thread.
#[derive(Debug)]
pub(crate) struct Arrived {
    /// From the intended time until the welcome, of those measured.
    pub(crate) welcome: Latency,
    /// From the intended time until the connection was begun: the generator's own part.
    pub(crate) late: Latency,
    /// Who was welcomed.
    pub(crate) welcomed: u64,
    /// Who of those measured was, while they came.
    pub(crate) welcomed_in_time: u64,
    /// Sockets that stayed and were closed by the gateway.
    pub(crate) lost: u64,
    /// Who was not welcomed, or not as told.
    pub(crate) failed: u64,
    /// The first of those, in words.
    pub(crate) failures: Vec<String>,
}

impl Arrived {
    fn new() -> Result<Self, String> {
        Ok(Self {
            welcome: Latency::new()?,
            late: Latency::new()?,
            welcomed: 0,
            welcomed_in_time: 0,
            lost: 0,
            failed: 0,
            failures: Vec::new(),
        })
    }

    /// Adds another thread's.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.welcome.merge(&other.welcome);
        self.late.merge(&other.late);
        self.welcomed += other.welcomed;
        self.welcomed_in_time += other.welcomed_in_time;
        self.lost += other.lost;
        self.failed += other.failed;
        let room = TOLD.saturating_sub(self.failures.len());
        self.failures.extend(other.failures.iter().take(room).cloned());
    }
}

/// The visitors of one thread: each `threads`th, from `thread` on.
#[derive(Debug)]
pub(crate) struct Arrivals {
    door: Door,
    plan: Plan,
    hello: Vec<u8>,
    step: u64,
    next: u64,
    /// Who has each socket, by slot.
    callers: Vec<Option<Caller>>,
    under_way: u64,
    leaving: bool,
    progress: Arc<Progress>,
    /// What has come of them so far.
    pub(crate) arrived: Arrived,
}

#[derive(Clone, Copy, Debug)]
struct Caller {
    number: u64,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Coming,
    Welcomed,
    /// Counted among the failures.
    Failed,
}

/// What the visitors may be told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    /// Those who stayed leave now.
    Leave,
}

impl Arrivals {
    /// Thread `thread` of `threads`.
    ///
    /// # Errors
    /// No histogram could be made.
    pub(crate) fn new(
        door: &Door,
        plan: Plan,
        (thread, threads): (u64, u64),
        progress: &Arc<Progress>,
    ) -> Result<Self, String> {
        Ok(Self {
            door: door.clone(),
            plan,
            hello: door.hello(None, Vec::new()),
            step: threads,
            next: thread,
            callers: Vec::new(),
            under_way: 0,
            leaving: false,
            progress: Arc::clone(progress),
            arrived: Arrived::new()?,
        })
    }

    fn caller(&mut self, socket: SocketId) -> Option<&mut Caller> {
        self.callers.get_mut(socket.slot())?.as_mut()
    }

    fn fail(&mut self, why: String) {
        self.arrived.failed += 1;
        self.progress.failed.fetch_add(1, Ordering::Relaxed);
        if self.arrived.failures.len() < TOLD {
            self.arrived.failures.push(why);
        }
    }

    fn come(&mut self, io: &mut Io) {
        let number = self.next;
        self.next += self.step;
        self.under_way += 1;
        if self.plan.measured(number) {
            self.arrived.late.add(io.now().saturating_duration_since(self.plan.begin + self.plan.due(number)));
        }
        let socket = io.open(&self.door.connect(number));
        if self.callers.len() <= socket.slot() {
            self.callers.resize(socket.slot() + 1, None);
        }
        if let Some(caller) = self.callers.get_mut(socket.slot()) {
            *caller = Some(Caller { number, state: State::Coming });
        }
    }

    fn welcome(&mut self, io: &mut Io, socket: SocketId, frame: &Frame<'_>) {
        let (now, plan) = (io.now(), self.plan);
        let Some(caller) = self.caller(socket) else { return };
        let number = caller.number;
        if std::mem::replace(&mut caller.state, State::Welcomed) != State::Coming {
            self.fail(format!("visitor {number} was welcomed out of turn"));
            return;
        }
        if number % READ_WHOLE == 0
            && let Err(why) = Welcomed::read_new(frame)
        {
            self.fail(format!("visitor {number}: {why}"));
        }
        self.under_way -= 1;
        self.arrived.welcomed += 1;
        self.progress.welcomed.fetch_add(1, Ordering::Relaxed);
        if plan.measured(number) {
            self.arrived.welcome.add(now.saturating_duration_since(plan.begin + plan.due(number)));
            if now <= plan.begin + plan.due(plan.count) {
                self.arrived.welcomed_in_time += 1;
            }
        }
        if !plan.stay {
            io.close(socket, GOODBYE);
        }
    }

    fn refused(&mut self, io: &mut Io, socket: SocketId, said: &str) {
        let Some(caller) = self.caller(socket) else { return };
        let number = caller.number;
        if std::mem::replace(&mut caller.state, State::Failed) == State::Coming {
            self.under_way -= 1;
        }
        self.fail(format!("visitor {number} was refused: {said}"));
        io.close(socket, GOODBYE);
    }

    fn give_up(&mut self) {
        let coming = self.callers.iter().flatten().filter(|caller| caller.state == State::Coming);
        for number in coming.map(|caller| caller.number) {
            self.arrived.failed += 1;
            if self.arrived.failures.len() < TOLD {
                self.arrived.failures.push(format!("visitor {number} was not welcomed in time"));
            }
        }
    }
}

impl World for Arrivals {
    type Order = Order;

    fn start(&mut self, _io: &mut Io) {}

    fn told(&mut self, _io: &mut Io, order: Order) {
        match order {
            Order::Leave => self.leaving = true,
        }
    }

    fn opened(&mut self, io: &mut Io, socket: SocketId) {
        io.send(socket, Kind::Binary, &self.hello);
    }

    fn message(&mut self, io: &mut Io, socket: SocketId, payload: &[u8]) {
        for frame in codec::frames(payload) {
            match frame {
                Ok(frame) if frame.op == WELCOME => self.welcome(io, socket, &frame),
                Ok(frame) if frame.op == PING => {
                    io.send(socket, Kind::Binary, &ClientFrame::from(Pong {}).encode(frame.reference));
                }
                Ok(frame) if frame.op == ERROR => {
                    let said =
                        codec::body::<Error>(&frame).map_or_else(|bad| bad.to_string(), |error| error.to_string());
                    self.refused(io, socket, &said);
                }
                // Who is there to answer, and the like: nothing that a visitor who only looks around has to act upon.
                Ok(_) => {}
                Err(error) => self.fail(format!("the gateway sent no frame: {error}")),
            }
        }
    }

    fn closed(&mut self, _io: &mut Io, socket: SocketId, why: Closed) {
        let caller = self.callers.get_mut(socket.slot()).and_then(Option::take);
        let Some(Caller { number, state }) = caller else { return };
        if state == State::Coming {
            self.under_way -= 1;
            self.fail(format!("visitor {number}: {why}"));
        } else if state == State::Welcomed && self.plan.stay && !self.leaving {
            self.arrived.lost += 1;
            self.fail(format!("visitor {number}, who stayed: {why}"));
        }
    }

    fn turn(&mut self, io: &mut Io) -> Next {
        let elapsed = io.now().saturating_duration_since(self.plan.begin);
        let mut begun = 0;
        while self.next < self.plan.count && self.plan.due(self.next) <= elapsed {
            if self.under_way >= self.plan.together {
                return Next::Idle;
            }
            if begun == AT_ONCE {
                return Next::At(io.now());
            }
            self.come(io);
            begun += 1;
        }
        if self.next < self.plan.count {
            return Next::At(self.plan.begin + self.plan.due(self.next));
        }
        if self.plan.stay && !self.leaving {
            return Next::Idle;
        }
        if self.under_way == 0 && (self.plan.stay || io.sockets() == 0) {
            return Next::Done;
        }
        let last = self.plan.begin + self.plan.due(self.plan.count) + self.plan.drain;
        if io.now() >= last {
            self.give_up();
            return Next::Done;
        }
        Next::At(last)
    }
}
