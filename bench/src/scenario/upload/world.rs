//! Visitors who send files, one after the other, each as an entry of its conversation.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use protocol::client::{ClientFrame, Pong, Send, Start};
use protocol::codec;
use protocol::frame::{Frame, Op};
use protocol::id::ConversationId;
use protocol::server::{Error, UploadCredit, UploadDone, UploadReady};
use protocol::value::{Attachment, Content};

use super::file::{File, Sent};
use crate::arrive::heard::{Named, STARTED, STORED, Started, read};
use crate::arrive::{Door, ERROR, PING, WELCOME, Welcomed};
use crate::engine::{Closed, Io, Kind, Next, SocketId, World};
use crate::record::Latency;
use crate::talk::chatdesk::form;

/// Ops of frames from a gateway.
const READY: Op = 65;
const CREDIT: Op = 67;
const DONE: Op = 68;
/// The `client_id` of conversations.
const START: &str = "start";
/// Failures that are told in words; the others are counted.
const TOLD: usize = 5;

/// What the world is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    /// Files begin to be sent; those that are whole from the second time on are measured, until the third.
    Go(Instant, Instant),
    /// No more files are begun; when those under way are stored, or at this time, the world is done.
    Finish(Instant),
}

/// How far it is, for whoever watches.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Clients that could send.
    pub(super) ready: AtomicU64,
    /// Bytes of files that are whole.
    pub(super) bytes: AtomicU64,
    /// Clients that have failed.
    pub(super) failed: AtomicU64,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Came {
    /// From `upload_open` until `upload_done`, and until the entry was stored, of files that were begun while measuring.
    pub(super) whole: Latency,
    pub(super) stored: Latency,
    /// Bytes of files that became whole while measuring.
    pub(super) bytes_measured: u64,
    /// Files that are whole, and entries for them that are stored.
    pub(super) files: u64,
    pub(super) entries: u64,
    /// Each client's last file: where it is to be fetched, and its hash.
    pub(super) fetch: Vec<(String, String)>,
    pub(super) failed: u64,
    pub(super) failures: Vec<String>,
}

#[derive(Debug)]
struct Client {
    file: File,
    socket: Option<SocketId>,
    conversation: Option<ConversationId>,
    number: u64,
    begun: Option<Instant>,
    sent: Option<Sent>,
    /// Whether its entry has yet to be stored.
    unstored: bool,
    url: Option<String>,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Uploads {
    door: Door,
    clients: Vec<Client>,
    /// Whose each socket is, by slot.
    who: Vec<Option<usize>>,
    /// When to measure.
    measure: Option<(Instant, Instant)>,
    finish: Option<Instant>,
    progress: Arc<Progress>,
    pub(super) came: Came,
}

impl Uploads {
    /// A client for each file.
    ///
    /// # Errors
    /// No histogram could be made.
    pub(super) fn new(door: Door, files: Vec<File>, progress: &Arc<Progress>) -> Result<Self, String> {
        let client = |file| Client {
            file,
            socket: None,
            conversation: None,
            number: 0,
            begun: None,
            sent: None,
            unstored: false,
            url: None,
        };
        let came = Came {
            whole: Latency::new()?,
            stored: Latency::new()?,
            bytes_measured: 0,
            files: 0,
            entries: 0,
            fetch: Vec::new(),
            failed: 0,
            failures: Vec::new(),
        };
        let clients = files.into_iter().map(client).collect();
        Ok(Self { door, clients, who: Vec::new(), measure: None, finish: None, progress: Arc::clone(progress), came })
    }

    fn fail(&mut self, why: String) {
        self.came.failed += 1;
        self.progress.failed.fetch_add(1, Ordering::Relaxed);
        if self.came.failures.len() < TOLD {
            self.came.failures.push(why);
        }
    }

    fn measuring(&self, at: Instant) -> bool {
        self.measure.is_some_and(|(from, until)| (from..until).contains(&at))
    }

    /// Begins the client's next file, unless the end has come.
    fn begin(&mut self, io: &mut Io, index: usize) {
        let Some(client) = self.clients.get_mut(index) else { return };
        let (Some(socket), Some(conversation)) = (client.socket, client.conversation) else { return };
        client.begun = None;
        if self.finish.is_some() {
            return;
        }
        client.number += 1;
        client.begun = Some(io.now());
        let open = client.file.open(conversation, format!("file-{}", client.number));
        io.send(socket, Kind::Binary, &open.encode(1));
    }

    fn credit(&mut self, io: &mut Io, index: usize, limit: u64) {
        let Some(Client { file, sent: Some(sent), socket: Some(socket), .. }) = self.clients.get_mut(index) else {
            return;
        };
        file.chunks(sent, limit, |chunk| {
            io.send(*socket, Kind::Binary, &chunk.encode(0));
        });
    }

    fn done(&mut self, io: &mut Io, index: usize, done: UploadDone) -> Result<(), String> {
        let now = io.now();
        let Some(client) = self.clients.get_mut(index) else { return Ok(()) };
        let (Some(begun), Some(conversation), Some(socket)) = (client.begun, client.conversation, client.socket) else {
            return Err("a file became whole that was not sent".into());
        };
        let Attachment { size, url, id, .. } = done.attachment;
        if size != client.file.len() {
            return Err(format!("a file of {} bytes became one of {size}", client.file.len()));
        }
        client.sent = None;
        client.unstored = true;
        client.url = Some(url);
        let mut content = Content::text("");
        content.kind = protocol::value::EntryKind::Attachment;
        content.text = None;
        content.attachment =
            Some(Attachment { id, name: String::new(), size: 0, media_type: String::new(), url: String::new() });
        let send = Send { conversation, client_id: format!("entry-{}", client.number), content };
        io.send(socket, Kind::Binary, &ClientFrame::from(send).encode(2));
        self.came.files += 1;
        self.progress.bytes.fetch_add(size, Ordering::Relaxed);
        if self.measuring(now) {
            self.came.bytes_measured += size;
        }
        if self.measuring(begun) {
            self.came.whole.add(now.saturating_duration_since(begun));
        }
        Ok(())
    }

    fn stored(&mut self, io: &mut Io, index: usize, named: &Named) {
        let Some(client) = self.clients.get_mut(index) else { return };
        if !client.unstored || named.client_id != format!("entry-{}", client.number) {
            return;
        }
        client.unstored = false;
        self.came.entries += 1;
        if let Some(begun) = client.begun
            && self.measuring(begun)
        {
            self.came.stored.add(io.now().saturating_duration_since(begun));
        }
        self.begin(io, index);
    }

    fn hear(&mut self, io: &mut Io, socket: SocketId, index: usize, frame: &Frame<'_>) -> Result<(), String> {
        match frame.op {
            PING => {
                io.send(socket, Kind::Binary, &ClientFrame::from(Pong {}).encode(frame.reference));
            }
            WELCOME => {
                let (seen, _) = Welcomed::read_new(frame)?;
                let answers = form::answers(&seen.form, index);
                let department = seen.departments.first().and_then(|department| department.id);
                let start = Start { client_id: START.into(), department, answers };
                io.send(socket, Kind::Binary, &ClientFrame::from(start).encode(1));
            }
            STARTED => {
                let started: Started = read(frame)?;
                if let Some(client) = self.clients.get_mut(index) {
                    client.conversation = Some(started.conversation.conversation);
                    self.progress.ready.fetch_add(1, Ordering::Relaxed);
                }
            }
            READY => {
                let ready: UploadReady = read(frame)?;
                if let Some(client) = self.clients.get_mut(index) {
                    client.sent = Some(Sent::from(ready.upload, ready.offset));
                }
                self.credit(io, index, ready.offset + u64::from(ready.credit));
            }
            CREDIT => {
                let credit: UploadCredit = read(frame)?;
                let own = self.clients.get(index).and_then(|client| client.sent);
                if own.is_some_and(|sent| sent.upload == credit.upload) {
                    self.credit(io, index, credit.offset + u64::from(credit.credit));
                }
            }
            DONE => self.done(io, index, read(frame)?)?,
            STORED => self.stored(io, index, &read(frame)?),
            ERROR => return Err(format!("the gateway refused: {}", read::<Error>(frame)?)),
            _ => {}
        }
        Ok(())
    }

    fn settled(&self) -> bool {
        self.clients.iter().all(|client| client.begun.is_none() || client.socket.is_none())
    }
}

impl World for Uploads {
    type Order = Order;

    fn start(&mut self, io: &mut Io) {
        for index in 0..self.clients.len() {
            let socket = io.open(&self.door.connect(index as u64));
            if self.who.len() <= socket.slot() {
                self.who.resize(socket.slot() + 1, None);
            }
            self.who[socket.slot()] = Some(index);
            self.clients[index].socket = Some(socket);
        }
    }

    fn told(&mut self, io: &mut Io, order: Order) {
        match order {
            Order::Go(from, until) => {
                self.measure = Some((from, until));
                for index in 0..self.clients.len() {
                    self.begin(io, index);
                }
            }
            Order::Finish(until) => self.finish = Some(until),
        }
    }

    fn opened(&mut self, io: &mut Io, socket: SocketId) {
        io.send(socket, Kind::Binary, &self.door.hello(None, Vec::new()));
    }

    fn message(&mut self, io: &mut Io, socket: SocketId, payload: &[u8]) {
        let Some(index) = self.who.get(socket.slot()).copied().flatten() else { return };
        for frame in codec::frames(payload) {
            let heard = match frame {
                Ok(frame) => self.hear(io, socket, index, &frame),
                Err(error) => Err(format!("the gateway sent no frame: {error}")),
            };
            if let Err(why) = heard {
                self.fail(format!("client {index}: {why}"));
            }
        }
    }

    fn closed(&mut self, _io: &mut Io, socket: SocketId, why: Closed) {
        if let Some(index) = self.who.get_mut(socket.slot()).and_then(Option::take) {
            if let Some(client) = self.clients.get_mut(index) {
                client.socket = None;
            }
            self.fail(format!("client {index}: {why}"));
        }
    }

    fn turn(&mut self, io: &mut Io) -> Next {
        let Some(until) = self.finish else { return Next::Idle };
        if self.settled() || io.now() >= until {
            let unsettled = self.clients.iter().filter(|client| client.begun.is_some()).count();
            if unsettled > 0 {
                self.fail(format!("{unsettled} files were not whole and stored in the end"));
            }
            let files =
                self.clients.iter().filter_map(|client| Some((client.url.clone()?, client.file.sha256.clone())));
            self.came.fetch = files.collect();
            return Next::Done;
        }
        Next::At(until.min(io.now() + Duration::from_millis(50)))
    }
}

#[cfg(test)]
mod tests {
    use protocol::server::ServerFrame;

    use super::*;

    #[test]
    fn the_ops_are_those_of_the_protocol() {
        for (op, name) in [(READY, "upload_ready"), (CREDIT, "upload_credit"), (DONE, "upload_done")] {
            assert!(ServerFrame::OPS.contains(&(op, name)), "{name}");
        }
    }
}
