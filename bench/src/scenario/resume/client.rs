//! One client: comes in, starts its conversation, keeps its log, and finds out when it is whole.

use std::sync::atomic::Ordering;

use protocol::client::{ClientFrame, Cursor, Follow, Send, Start};
use protocol::frame::Frame;
use protocol::value::Content;

use super::world::{FOLLOW, Returns, SEND, START, State, Who};
use crate::arrive::Welcomed;
use crate::arrive::heard::{Named, Page, STORED, Started, read};
use crate::arrive::log::{Broken, Key, Log, Told};
use crate::engine::{Io, Kind};
use crate::talk::chatdesk::form;

impl Returns {
    pub(super) fn come(&mut self, io: &mut Io, index: usize) {
        let socket = io.open(&self.door.connect(index as u64));
        self.put(socket, Who::Client(index));
        if let Some(client) = self.clients.get_mut(index) {
            client.socket = Some(socket);
            client.state = State::Coming;
            client.attempt += 1;
        }
    }

    pub(super) fn hello(&mut self, io: &mut Io, index: usize) {
        let Some(client) = self.clients.get(index) else { return };
        let Some(socket) = client.socket else { return };
        let cursor = client.conversation.map(|conversation| Cursor { conversation, cursor: Some(client.log.cursor()) });
        let hello = self.door.hello(client.token.as_deref(), cursor.into_iter().collect());
        io.send(socket, Kind::Binary, &hello);
    }

    pub(super) fn begin(&self, io: &mut Io, index: usize) {
        let Some(client) = self.clients.get(index) else { return };
        if let Some(socket) = client.socket {
            let (department, answers) = client.chosen.clone();
            let start = Start { client_id: "start".into(), department, answers };
            io.send(socket, Kind::Binary, &ClientFrame::from(start).encode(START));
        }
    }

    pub(super) fn follow(&mut self, io: &mut Io, index: usize) {
        let Some(client) = self.clients.get_mut(index) else { return };
        let (Some(socket), Some(conversation)) = (client.socket, client.conversation) else { return };
        client.log.mend();
        let follow = Follow { conversation, cursor: Some(client.log.cursor()) };
        io.send(socket, Kind::Binary, &ClientFrame::from(follow).encode(FOLLOW));
    }

    pub(super) fn welcomed(&mut self, io: &mut Io, index: usize, frame: &Frame<'_>) -> Result<(), String> {
        let seen = Welcomed::read(frame)?;
        let Some(client) = self.clients.get_mut(index) else { return Ok(()) };
        client.failures = 0;
        let Some(conversation) = client.conversation else {
            client.token = Some(seen.token.ok_or("a new visitor was welcomed without a token")?);
            client.state = State::Catching;
            let department = seen.departments.first().and_then(|department| department.id);
            client.chosen = (department, form::answers(&seen.form, index));
            self.begin(io, index);
            return Ok(());
        };
        if seen.token.is_some() {
            client.token = seen.token;
        }
        if seen.conversation.map(|open| open.conversation) != Some(conversation) {
            return Err("a client who came back was welcomed with another conversation than its own".into());
        }
        client.state = State::Catching;
        self.progress.welcomed.fetch_add(1, Ordering::Relaxed);
        if let Some(returned) = self.returned {
            self.came.welcome.add(io.now().saturating_duration_since(returned));
        }
        Ok(())
    }

    pub(super) fn started(&mut self, io: &mut Io, index: usize, frame: &Frame<'_>) -> Result<(), String> {
        let started: Started = read(frame)?;
        let conversation = started.conversation.conversation;
        self.by_conversation.insert(conversation, index);
        let Some(client) = self.clients.get_mut(index) else { return Ok(()) };
        client.conversation = Some(conversation);
        client.log.mend();
        let Some(socket) = client.socket else { return Ok(()) };
        for number in 0..self.script.entries {
            let key = Key::Own(number);
            client.log.sends(key);
            let content = Content::text(self.script.texts.of(number + index as u64));
            let send = Send { conversation, client_id: key.client_id(), content };
            io.send(socket, Kind::Binary, &ClientFrame::from(send).encode(SEND));
        }
        Ok(())
    }

    /// A client may be ready now, or whole again.
    pub(super) fn look(&mut self, io: &Io, index: usize) {
        let Some(client) = self.clients.get_mut(index) else { return };
        if client.log.replaying || client.state != State::Catching && client.state != State::Whole {
            return;
        }
        client.state = State::Whole;
        if !client.ready
            && client.told.len() as u64 == self.script.entries
            && client.log.cursor() >= self.script.entries
        {
            client.ready = true;
            self.preparing -= 1;
            self.progress.ready.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(returned) = self.returned
            && !client.was_whole
        {
            client.was_whole = true;
            let took = io.now().saturating_duration_since(returned);
            self.came.whole.add(took);
            if self.progress.whole.fetch_add(1, Ordering::Relaxed) + 1 == self.script.clients as u64 {
                self.came.took = Some(took);
            }
        }
    }

    pub(super) fn tell_log(
        &mut self,
        io: &mut Io,
        index: usize,
        frame: &Frame<'_>,
        tell: impl FnOnce(&mut Log, &Named) -> Result<Told, Broken>,
    ) -> Result<(), String> {
        let named: Named = read(frame)?;
        let Some(client) = self.clients.get_mut(index) else { return Ok(()) };
        if client.conversation != Some(named.conversation) {
            return Err("an entry of somebody else's conversation".into());
        }
        if frame.op == STORED
            && let (Some(key @ Key::Own(_)), Some(seq)) = (Key::of(&named.client_id), named.seq)
            && !client.told.iter().any(|(known, _)| *known == key)
        {
            client.told.push((key, seq));
        }
        match tell(&mut client.log, &named).map_err(|Broken(why)| why)? {
            Told::Fits => self.look(io, index),
            Told::Gap => {
                self.came.mended += 1;
                self.follow(io, index);
            }
        }
        Ok(())
    }

    pub(super) fn replay(&mut self, io: &mut Io, index: usize, frame: &Frame<'_>) -> Result<(), String> {
        let page: Page = read(frame)?;
        let Some(client) = self.clients.get_mut(index) else { return Ok(()) };
        if client.conversation != Some(page.summary.conversation) {
            return Err("a replay of somebody else's conversation".into());
        }
        if page.reset && client.log.cursor() > 0 {
            return Err(format!("a replay from {} was answered with a reset", client.log.cursor()));
        }
        for named in &page.entries {
            client.log.replayed(named).map_err(|Broken(why)| why)?;
        }
        if page.more {
            return Ok(());
        }
        if client.log.cursor() < page.summary.head {
            return Err(format!("a replay ended at {} and the log at {}", client.log.cursor(), page.summary.head));
        }
        match client.log.replay_ended() {
            Told::Fits => self.look(io, index),
            Told::Gap => {
                self.came.mended += 1;
                self.follow(io, index);
            }
        }
        Ok(())
    }
}
