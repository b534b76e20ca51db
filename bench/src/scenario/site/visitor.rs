//! What a visitor does and hears.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use protocol::client::{ClientFrame, Cursor, Follow, Send, Start, Typing};
use protocol::frame::{Frame, Op};
use protocol::server::{Error, UploadCredit, UploadDone, UploadReady};
use protocol::value::{Attachment, Content, EntryKind};

use super::day::pause;
use super::people::{Kept, Talk};
use super::world::{Due, FOLLOW, HELLO, SEND, START, Site, UPLOAD};
use crate::arrive::heard::{ENTRY, Named, Page, REPLAY, STARTED, STORED, Started, read};
use crate::arrive::log::{Broken, Key, Told};
use crate::arrive::{ERROR, WELCOME, Welcomed, page};
use crate::engine::{Io, Kind};
use crate::talk::chatdesk::form;

/// Ops of frames from a gateway.
const READY: Op = 65;
const CREDIT: Op = 67;
const DONE: Op = 68;
/// The close code of whoever leaves of their own accord.
const GOODBYE: u16 = 1000;
/// Steps of a visitor's pauses: pages come first, messages behind them.
const MESSAGES: u64 = 100;

impl Site {
    pub(super) fn hello(&mut self, io: &mut Io, number: u64) {
        let Some(visitor) = self.visitors.get(&number) else { return };
        let Some(socket) = visitor.socket else { return };
        let cursor = visitor.conversation;
        let cursor = cursor.map(|conversation| Cursor { conversation, cursor: Some(visitor.log.cursor()) });
        let hello = self.door.hello(visitor.token.as_deref(), cursor.into_iter().collect());
        io.send(socket, Kind::Binary, &hello);
    }

    pub(super) fn visitor_hears(&mut self, io: &mut Io, number: u64, frame: &Frame<'_>) -> Result<(), String> {
        match frame.op {
            WELCOME => self.welcomed(io, number, frame),
            STARTED => self.started(io, number, frame),
            ENTRY | STORED => self.told_visitor(io, number, frame),
            REPLAY => self.replayed(io, number, frame),
            ERROR => self.visitor_refused(io, number, frame),
            READY => {
                let ready: UploadReady = read(frame)?;
                self.credited(io, number, &ready.into());
                Ok(())
            }
            CREDIT => {
                self.credited(io, number, &read::<UploadCredit>(frame)?.into());
                Ok(())
            }
            DONE => self.file_done(io, number, read(frame)?),
            _ => Ok(()),
        }
    }

    fn welcomed(&mut self, io: &mut Io, number: u64, frame: &Frame<'_>) -> Result<(), String> {
        let seen = Welcomed::read(frame)?;
        let Some(visitor) = self.visitors.get_mut(&number) else { return Ok(()) };
        visitor.failures = 0;
        visitor.welcomed = true;
        if seen.token.is_some() {
            visitor.token = seen.token;
        }
        if visitor.page > 0 {
            // Back again: what they were about to do is still to be done, and the replay says what they missed.
            if visitor.conversation.is_some() && seen.conversation.is_none() {
                return Err("welcomed back without their conversation".into());
            }
            if visitor.conversation.is_none() {
                self.go_on(io, number);
            }
            return Ok(());
        }
        visitor.page = 1;
        visitor.form = seen.form;
        let due = self.script.begin + self.script.day.due(number);
        self.came.visits += 1;
        self.came.pages += 1;
        self.progress.came.fetch_add(1, Ordering::Relaxed);
        let took = io.now().saturating_duration_since(due);
        self.note(took, |came| &mut came.welcome, |recent| &mut recent.welcome);
        self.at(io.now() + pause(number, 0, self.script.dwell), Due::GoOn(number));
        Ok(())
    }

    /// To the next page, to the first message, or away.
    pub(super) fn go_on(&mut self, io: &mut Io, number: u64) {
        let Some(visitor) = self.visitors.get_mut(&number) else { return };
        let Some(socket) = visitor.socket.filter(|_| visitor.welcomed) else { return };
        if visitor.page < visitor.visit.pages {
            visitor.page += 1;
            let seen: ClientFrame = page(number + visitor.page).into();
            io.send(socket, Kind::Binary, &seen.encode(0));
            self.came.pages += 1;
            let step = visitor.page;
            self.at(io.now() + pause(number, step, self.script.dwell), Due::GoOn(number));
        } else if visitor.visit.messages > 0 && visitor.conversation.is_none() {
            self.begin(io, number);
        } else if visitor.visit.messages == 0 {
            self.leave(io, number);
        }
    }

    pub(super) fn begin(&mut self, io: &mut Io, number: u64) {
        let Some(visitor) = self.visitors.get(&number) else { return };
        if let Some(socket) = visitor.socket {
            let start = Start {
                client_id: "start".into(),
                department: None,
                answers: form::answers(&visitor.form, number as usize),
            };
            io.send(socket, Kind::Binary, &ClientFrame::from(start).encode(START));
        }
    }

    fn started(&mut self, io: &mut Io, number: u64, frame: &Frame<'_>) -> Result<(), String> {
        let started: Started = read(frame)?;
        let conversation = started.conversation.conversation;
        let Some(visitor) = self.visitors.get_mut(&number) else { return Ok(()) };
        if visitor.conversation.replace(conversation).is_some() {
            return Ok(());
        }
        visitor.log.mend();
        self.by_conversation.insert(conversation, number);
        self.talks.insert(number, Talk::default());
        self.came.chats += 1;
        if let Some(place) = self.early.iter().position(|early| *early == conversation) {
            self.early.swap_remove(place);
            self.agent_follows(io, number);
        }
        self.at(io.now() + pause(number, MESSAGES, self.script.dwell), Due::Say(number));
        Ok(())
    }

    /// They write their next message, which was due at `due`.
    pub(super) fn say(&mut self, io: &mut Io, number: u64, due: Instant) {
        let Some(visitor) = self.visitors.get_mut(&number) else { return };
        let Some(talk) = self.talks.get_mut(&number) else { return };
        let message = visitor.said;
        visitor.said += 1;
        let key = Key::Own(message);
        talk.due.insert(key, due);
        talk.unstored.insert(key, due);
        visitor.log.sends(key);
        self.came.late.add(io.now().saturating_duration_since(due));
        if visitor.visit.file == Some(message) {
            self.open_file(io, number);
        } else {
            self.send_own(io, number, message);
        }
        self.count_message();
        if self.visitors.get(&number).is_some_and(|visitor| visitor.visit.drop == Some(message) && !visitor.dropped) {
            self.drop_network(io, number);
        }
    }

    fn send_own(&mut self, io: &mut Io, number: u64, message: u64) {
        let Some(visitor) = self.visitors.get_mut(&number) else { return };
        let (Some(socket), Some(conversation)) = (visitor.socket, visitor.conversation) else { return };
        let typing: ClientFrame = Typing { conversation, on: true, draft: None }.into();
        io.send(socket, Kind::Binary, &typing.encode(0));
        let content = Content::text(self.script.texts.of(number + message));
        let send = Send { conversation, client_id: Key::Own(message).client_id(), content };
        io.send(socket, Kind::Binary, &ClientFrame::from(send).encode(SEND));
    }

    /// Sends what has not been stored once more: the outbox, after a replay or a refusal.
    pub(super) fn resend(&mut self, io: &mut Io, number: u64) {
        let Some(visitor) = self.visitors.get_mut(&number) else { return };
        let last =
            visitor.said.checked_sub(1).filter(|last| !visitor.told.iter().any(|(key, _)| *key == Key::Own(*last)));
        let Some(message) = last else { return };
        visitor.log.sends(Key::Own(message));
        if visitor.visit.file == Some(message) {
            self.open_file(io, number);
        } else {
            self.send_own(io, number, message);
        }
    }

    fn told_visitor(&mut self, io: &mut Io, number: u64, frame: &Frame<'_>) -> Result<(), String> {
        let named: Named = read(frame)?;
        let Some(visitor) = self.visitors.get_mut(&number) else { return Ok(()) };
        if visitor.conversation != Some(named.conversation) {
            return Err("an entry of somebody else's conversation".into());
        }
        let told = if frame.op == ENTRY { visitor.log.entry(&named) } else { visitor.log.stored(&named) };
        let told = told.map_err(|Broken(why)| why)?;
        let key = Key::of(&named.client_id);
        match (frame.op, key) {
            (ENTRY, Some(key @ Key::Agent(_))) => self.arrived(io, number, key),
            (STORED, Some(key @ Key::Own(_))) => self.own_stored(io, number, key, named.seq.unwrap_or_default()),
            _ => {}
        }
        match told {
            Told::Fits => self.look(io, number),
            Told::Gap => {
                self.came.mended += 1;
                self.follow(io, number);
            }
        }
        Ok(())
    }

    fn own_stored(&mut self, io: &Io, number: u64, key: Key, seq: u64) {
        let Some(visitor) = self.visitors.get_mut(&number) else { return };
        if !visitor.told.iter().any(|(known, _)| *known == key) {
            visitor.told.push((key, seq));
        }
        self.acknowledged(io, number, key);
    }

    pub(super) fn follow(&mut self, io: &mut Io, number: u64) {
        let Some(visitor) = self.visitors.get_mut(&number) else { return };
        let (Some(socket), Some(conversation)) = (visitor.socket, visitor.conversation) else { return };
        visitor.log.mend();
        let follow = Follow { conversation, cursor: Some(visitor.log.cursor()) };
        io.send(socket, Kind::Binary, &ClientFrame::from(follow).encode(FOLLOW));
    }

    fn replayed(&mut self, io: &mut Io, number: u64, frame: &Frame<'_>) -> Result<(), String> {
        let replay: Page = read(frame)?;
        for named in &replay.entries {
            let Some(visitor) = self.visitors.get_mut(&number) else { return Ok(()) };
            visitor.log.replayed(named).map_err(|Broken(why)| why)?;
            match (Key::of(&named.client_id), named.seq) {
                (Some(key @ Key::Agent(_)), _) => self.arrived(io, number, key),
                (Some(key @ Key::Own(_)), Some(seq)) => self.own_stored(io, number, key, seq),
                _ => {}
            }
        }
        let Some(visitor) = self.visitors.get_mut(&number) else { return Ok(()) };
        if replay.more {
            return Ok(());
        }
        if visitor.log.cursor() < replay.summary.head {
            return Err(format!("a replay ended at {} and the log at {}", visitor.log.cursor(), replay.summary.head));
        }
        match visitor.log.replay_ended() {
            Told::Gap => {
                self.came.mended += 1;
                self.follow(io, number);
            }
            Told::Fits => {
                if self.visitors.get(&number).is_some_and(|visitor| visitor.attempt > 1) {
                    if let Some((_, until @ None)) = self.talks.get_mut(&number).and_then(|talk| talk.away.as_mut()) {
                        *until = Some(io.now());
                    }
                    self.resend(io, number);
                }
                self.look(io, number);
            }
        }
        Ok(())
    }

    /// Whether every message is answered and stored: then the next is written, or they leave.
    fn look(&mut self, io: &mut Io, number: u64) {
        let Some(visitor) = self.visitors.get_mut(&number) else { return };
        if visitor.log.replaying || visitor.leaving || visitor.log.cursor() < 2 * visitor.said || visitor.said == 0 {
            return;
        }
        if visitor.said > visitor.asked {
            visitor.asked = visitor.said;
            let wait = pause(number, MESSAGES + visitor.said, self.script.dwell);
            if visitor.said < visitor.visit.messages {
                self.at(io.now() + wait, Due::Say(number));
            } else {
                self.at(io.now() + wait, Due::Leave(number));
            }
        }
    }

    pub(super) fn leave(&mut self, io: &mut Io, number: u64) {
        let Some(visitor) = self.visitors.get_mut(&number) else { return };
        let Some(socket) = visitor.socket.filter(|_| visitor.welcomed) else {
            // They leave when they are back.
            return self.at(io.now() + Duration::from_millis(200), Due::Leave(number));
        };
        visitor.leaving = true;
        io.close(socket, GOODBYE);
        self.unfollow(io, number);
    }

    /// A visitor has left: what they held is kept, to be compared.
    pub(super) fn gone(&mut self, number: u64) {
        if let Some(visitor) = self.visitors.remove(&number) {
            self.progress.left.fetch_add(1, Ordering::Relaxed);
            if let Some(talk) = self.talks.get_mut(&number) {
                talk.kept = Some(Kept { log: visitor.log.entries().to_vec(), told: visitor.told });
            }
        }
    }

    fn visitor_refused(&mut self, io: &mut Io, number: u64, frame: &Frame<'_>) -> Result<(), String> {
        let error: Error = read(frame)?;
        if !error.retryable {
            return Err(format!("the gateway refused: {error}"));
        }
        self.came.again += 1;
        let Some(attempt) = self.visitors.get(&number).map(|visitor| visitor.attempt) else { return Ok(()) };
        let due = match frame.reference {
            HELLO if error.conversation.is_none() => Due::Hello(number, attempt),
            HELLO | FOLLOW => Due::Follow(number, attempt),
            START => Due::Start(number, attempt),
            UPLOAD => Due::Upload(number, attempt),
            0 if error.upload.is_some() => Due::Upload(number, attempt),
            SEND => Due::Resend(number, attempt),
            _ => return Ok(()),
        };
        self.at(io.now() + Duration::from_millis(u64::from(error.retry_ms).max(1)), due);
        Ok(())
    }

    pub(super) fn open_file(&mut self, io: &mut Io, number: u64) {
        let Some(visitor) = self.visitors.get_mut(&number) else { return };
        let (Some(socket), Some(conversation)) = (visitor.socket, visitor.conversation) else { return };
        visitor.sent = None;
        let open = self.script.file.open(conversation, "file".into());
        io.send(socket, Kind::Binary, &open.encode(UPLOAD));
    }

    fn credited(&mut self, io: &mut Io, number: u64, credit: &Credit) {
        let Some(visitor) = self.visitors.get_mut(&number) else { return };
        let Some(socket) = visitor.socket else { return };
        if credit.opens {
            visitor.sent = Some(crate::scenario::upload::file::Sent::from(credit.upload, credit.offset));
        }
        if let Some(sent) = visitor.sent.as_mut().filter(|sent| sent.upload == credit.upload) {
            self.script.file.chunks(sent, credit.limit, |chunk| {
                io.send(socket, Kind::Binary, &chunk.encode(0));
            });
        }
    }

    fn file_done(&mut self, io: &mut Io, number: u64, done: UploadDone) -> Result<(), String> {
        let Some(visitor) = self.visitors.get_mut(&number) else { return Ok(()) };
        let (Some(socket), Some(conversation), Some(message)) =
            (visitor.socket, visitor.conversation, visitor.visit.file)
        else {
            return Err("a file became whole that was not sent".into());
        };
        let Attachment { id, size, .. } = done.attachment;
        if size != self.script.file.len() {
            return Err(format!("a file of {} bytes became one of {size}", self.script.file.len()));
        }
        let attachment = Attachment { id, name: String::new(), size: 0, media_type: String::new(), url: String::new() };
        let content =
            Content { kind: EntryKind::Attachment, text: None, attachment: Some(attachment), ..Content::text("") };
        let key = Key::Own(message);
        let send = Send { conversation, client_id: key.client_id(), content };
        io.send(socket, Kind::Binary, &ClientFrame::from(send).encode(SEND));
        if let Some(due) = self.talks.get(&number).and_then(|talk| talk.unstored.get(&key)) {
            self.came.file.add(io.now().saturating_duration_since(*due));
            self.came.files += 1;
        }
        Ok(())
    }
}

/// What may be sent of a file.
struct Credit {
    upload: protocol::id::AttachmentId,
    offset: u64,
    limit: u64,
    /// Whether it answers `upload_open`.
    opens: bool,
}

impl From<UploadReady> for Credit {
    fn from(ready: UploadReady) -> Self {
        let UploadReady { upload, offset, credit, .. } = ready;
        Self { upload, offset, limit: offset + u64::from(credit), opens: true }
    }
}

impl From<UploadCredit> for Credit {
    fn from(given: UploadCredit) -> Self {
        let UploadCredit { upload, offset, credit } = given;
        Self { upload, offset, limit: offset + u64::from(credit), opens: false }
    }
}
