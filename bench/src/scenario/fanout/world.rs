//! One thread of those who watch; on the first, also the one who writes.

use std::time::{Duration, Instant};

use protocol::client::{ClientFrame, Cursor, Follow, Pong, Send, Start};
use protocol::codec;
use protocol::frame::{Frame, Op, Ref};
use protocol::id::ConversationId;
use protocol::value::Content;
use tokio::sync::mpsc::UnboundedSender;

use super::cast::{Cast, Counted, Order, Tale};
use super::{GLANCE_EVERY, Of};
use crate::arrive::heard::{ENTRY, Named, Page, REPLAY, STARTED, Stands, Started, read};
use crate::arrive::{Door, ERROR, PING, WELCOME, Welcomed, agent_hello, connect};
use crate::engine::{Closed, Connect, Io, Kind, Next, SocketId, World};
use crate::record::{Latency, Track};
use crate::schedule::{Pacer, Schedule};
use crate::talk::chatdesk::{answers, client_id, place_of};

/// The op of `summary`.
const SUMMARY: Op = 50;
/// Sockets that are opened at once.
const OPENING_AT_ONCE: usize = 64;
/// Messages that are sent before what has come is looked at.
const SENT_AT_ONCE: usize = 8;
/// How often is looked whether all has arrived, after the last message.
const SETTLE_EVERY: Duration = Duration::from_millis(10);
/// The refs of `start` and `follow`; hello has 1.
const START: Ref = 2;
const FOLLOW: Ref = 3;

/// Whose socket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Writer,
    Watcher(usize),
}

/// One thread.
#[derive(Debug)]
pub(super) struct Fanout {
    cast: Cast,
    tales: UnboundedSender<Tale>,
    writer: Option<SocketId>,
    who: Vec<Option<Who>>,
    tracks: Vec<Track>,
    /// What is watched, the visitor's token, and where the log stood.
    watched: Option<(ConversationId, String, u64)>,
    /// The visitor's, until the conversation is there.
    token: Option<String>,
    opened: usize,
    ready: usize,
    load: Option<Load>,
    counted: Counted,
    done: bool,
}

#[derive(Debug)]
struct Load {
    schedule: Schedule,
    start: Instant,
    until: Instant,
    pacer: Pacer,
    next_glance: Instant,
    recent: Latency,
    busy_before: Duration,
}

impl Fanout {
    /// # Errors
    /// No histogram could be made.
    pub(super) fn new(cast: Cast, tales: UnboundedSender<Tale>) -> Result<Self, String> {
        let tracks = (0..cast.watchers).map(|_| Track::default()).collect();
        Ok(Self {
            cast,
            tales,
            writer: None,
            who: Vec::new(),
            tracks,
            watched: None,
            token: None,
            opened: 0,
            ready: 0,
            load: None,
            counted: Counted::new()?,
            done: false,
        })
    }

    fn tell(&self, tale: Tale) {
        // Whoever does not listen any more has ended the run.
        let _ = self.tales.send(tale);
    }

    fn fail(&mut self, why: String) {
        self.tell(Tale::Failed(why));
        self.done = true;
    }

    fn open(&mut self, io: &mut Io, who: Who, connect: &Connect) -> SocketId {
        let socket = io.open(connect);
        if self.who.len() <= socket.slot() {
            self.who.resize(socket.slot() + 1, None);
        }
        if let Some(place) = self.who.get_mut(socket.slot()) {
            *place = Some(who);
        }
        socket
    }

    /// Opens as many watchers as may be under way.
    fn open_some(&mut self, io: &mut Io) {
        while self.opened < self.cast.watchers && self.opened - self.ready < OPENING_AT_ONCE {
            let connect = connect(self.cast.target, (self.cast.first + self.opened) as u64);
            self.open(io, Who::Watcher(self.opened), &connect);
            self.opened += 1;
        }
    }

    fn watches(&mut self, io: &mut Io) {
        self.ready += 1;
        if self.ready == self.cast.watchers {
            self.tell(Tale::Watching);
        } else {
            self.open_some(io);
        }
    }

    fn hear(&mut self, io: &mut Io, socket: SocketId, who: Who, frame: &Frame<'_>) -> Result<(), String> {
        match (frame.op, who) {
            (PING, _) => {
                io.send(socket, Kind::Binary, &ClientFrame::from(Pong {}).encode(frame.reference));
            }
            (ERROR, _) => {
                let error: protocol::server::Error = read(frame)?;
                return Err(format!("the gateway refused: {error}"));
            }
            (WELCOME, Who::Writer) => {
                let (visitor, token) = Welcomed::read_new(frame)?;
                self.token = Some(token);
                let start = Start {
                    client_id: "bench-start".into(),
                    department: visitor.departments.first().and_then(|department| department.id),
                    answers: answers(&visitor.form, 0),
                };
                io.send(socket, Kind::Binary, &ClientFrame::from(start).encode(START));
            }
            (STARTED, Who::Writer) => {
                let started: Started = read(frame)?;
                let token = self.token.take().unwrap_or_default();
                self.tell(Tale::Started(started.conversation.conversation, token, started.conversation.head));
            }
            (WELCOME, Who::Watcher(_)) => match (self.cast.of, &self.watched) {
                (Of::Conversation, Some((conversation, _, before))) => {
                    let follow = Follow { conversation: *conversation, cursor: Some(*before) };
                    io.send(socket, Kind::Binary, &ClientFrame::from(follow).encode(FOLLOW));
                }
                // Tabs follow by the cursor in their hello, and wait for its replay.
                (Of::Tabs, _) => {}
                _ => self.watches(io),
            },
            (REPLAY, Who::Watcher(_)) if !read::<Page>(frame)?.more => self.watches(io),
            (ENTRY, Who::Watcher(watcher)) if self.cast.of != Of::Organization => {
                let entry: Named = read(frame)?;
                match place_of(&entry.client_id) {
                    Some(place) => self.seen(watcher, place, io.now()),
                    None => self.counted.faults.strays += 1,
                }
            }
            (SUMMARY, Who::Watcher(watcher)) if self.cast.of == Of::Organization => {
                self.seen_head(watcher, &read(frame)?, io.now());
            }
            // Acknowledgements, summaries for those who read the messages themselves, and the like.
            _ => {}
        }
        Ok(())
    }

    /// A watcher has message `place`.
    fn seen(&mut self, watcher: usize, place: u64, at: Instant) {
        let Some(track) = self.tracks.get_mut(watcher) else { return };
        self.counted.pushes += 1;
        if track.arrive(place) {
            self.count(place, at);
        }
    }

    /// A watcher has a summary, which holds all that is stored by then.
    fn seen_head(&mut self, watcher: usize, head: &Stands, at: Instant) {
        let Some((.., before)) = self.watched.as_ref().filter(|(watched, ..)| *watched == head.conversation) else {
            return;
        };
        let held = head.head.saturating_sub(*before);
        let Some(track) = self.tracks.get_mut(watcher) else { return };
        let first = track.arrived();
        if held > first {
            self.counted.pushes += 1;
        } else if held < first {
            self.counted.faults.disordered += 1;
        }
        (first..held).for_each(|place| {
            track.arrive(place);
        });
        (first..held).for_each(|place| self.count(place, at));
    }

    fn count(&mut self, place: u64, at: Instant) {
        let Some(Load { schedule, start, recent, .. }) = &mut self.load else { return };
        let elapsed = at.saturating_duration_since(*start);
        let latency = elapsed.saturating_sub(schedule.due(place));
        self.counted.seen_in_all += 1;
        recent.add(latency);
        if schedule.measured(place) {
            self.counted.seen.add(latency);
        }
        if (schedule.warmup..schedule.end()).contains(&elapsed) {
            self.counted.seen_while_measuring += 1;
        }
    }

    fn write(&self, io: &mut Io, place: u64) {
        let (Some((conversation, ..)), Some(writer)) = (&self.watched, self.writer) else { return };
        let content = Content::text(self.cast.texts.of(place));
        let send = Send { conversation: *conversation, client_id: client_id(place), content };
        io.send(writer, Kind::Binary, &ClientFrame::from(send).encode(FOLLOW + 1));
    }

    /// Sends what is due; says when the next turn shall be.
    fn play(&mut self, io: &mut Io, load: &mut Load) -> Result<Option<Instant>, String> {
        let now = io.now();
        let Some(elapsed) = now.checked_duration_since(load.start) else { return Ok(Some(load.start)) };
        if now >= load.next_glance {
            let recent = std::mem::replace(&mut load.recent, Latency::new()?);
            self.tell(Tale::Glance(recent));
            load.next_glance = now + GLANCE_EVERY;
        }
        if self.cast.writes {
            for place in load.pacer.take_due(elapsed, SENT_AT_ONCE) {
                self.counted.sent += 1;
                if load.schedule.measured(place) {
                    self.counted.late.add(elapsed.saturating_sub(load.schedule.due(place)));
                }
                self.write(io, place);
            }
            if let Some(wait) = load.pacer.wait(elapsed) {
                return Ok(Some(load.next_glance.min(now + wait)));
            }
        }
        let end = load.start + load.schedule.end();
        if now < end {
            return Ok(Some(load.next_glance.min(end)));
        }
        let total = load.schedule.total();
        let all = self.tracks.iter().all(|track| track.arrived() >= total);
        if !all && now < load.until {
            return Ok(Some(load.next_glance.min(now + SETTLE_EVERY)));
        }
        for track in &self.tracks {
            self.counted.faults += track.faults(total);
        }
        let busy = io.busy().saturating_sub(load.busy_before);
        self.counted.busy = busy.as_secs_f64() / elapsed.as_secs_f64().max(f64::EPSILON);
        self.tell(Tale::Over(Box::new(self.counted.clone())));
        Ok(None)
    }
}

impl World for Fanout {
    type Order = Order;

    fn start(&mut self, io: &mut Io) {
        if self.cast.writes {
            // An address of its own, behind those of all watchers.
            let connect = connect(self.cast.target, (self.cast.first + self.cast.watchers) as u64);
            self.writer = Some(self.open(io, Who::Writer, &connect));
        }
    }

    fn told(&mut self, io: &mut Io, order: Order) {
        match order {
            Order::Watch { conversation, token, before } => {
                self.watched = Some((conversation, token, before));
                self.open_some(io);
            }
            Order::Begin { schedule, start, drain } => match Latency::new() {
                Ok(recent) => {
                    self.load = Some(Load {
                        schedule,
                        start,
                        until: start + schedule.end() + drain,
                        pacer: Pacer::new(schedule),
                        next_glance: start + GLANCE_EVERY,
                        recent,
                        busy_before: io.busy(),
                    });
                }
                Err(why) => self.fail(why),
            },
        }
    }

    fn opened(&mut self, io: &mut Io, socket: SocketId) {
        let door = Door::new(self.cast.target, &self.cast.organization.widget_key);
        let who = self.who.get(socket.slot()).copied().flatten();
        let hello = match (who, self.cast.of, &self.watched) {
            (Some(Who::Writer), ..) => door.hello(None, Vec::new()),
            (_, Of::Tabs, Some((conversation, token, before))) => {
                let cursor = Cursor { conversation: *conversation, cursor: Some(*before) };
                door.hello(Some(token), vec![cursor])
            }
            _ => agent_hello(&self.cast.organization.token),
        };
        io.send(socket, Kind::Binary, &hello);
    }

    fn message(&mut self, io: &mut Io, socket: SocketId, payload: &[u8]) {
        let Some(who) = self.who.get(socket.slot()).copied().flatten() else { return };
        for frame in codec::frames(payload) {
            let heard = match frame {
                Ok(frame) => self.hear(io, socket, who, &frame),
                Err(error) => Err(format!("the gateway sent no frame: {error}")),
            };
            if let Err(why) = heard {
                return self.fail(format!("{who:?}: {why}"));
            }
        }
    }

    fn closed(&mut self, _io: &mut Io, socket: SocketId, why: Closed) {
        let who = self.who.get_mut(socket.slot()).and_then(Option::take);
        if !self.done {
            self.fail(format!("{who:?}: {why}"));
        }
    }

    fn turn(&mut self, io: &mut Io) -> Next {
        if self.done {
            return Next::Done;
        }
        let Some(mut load) = self.load.take() else { return Next::Idle };
        let next = self.play(io, &mut load);
        self.load = Some(load);
        match next {
            Ok(Some(at)) => Next::At(at),
            Ok(None) => Next::Done,
            Err(why) => {
                self.fail(why);
                Next::Done
            }
        }
    }
}

#[cfg(test)]
mod tests;
