//! Agents, who write to all conversations all the time, and are told what is stored.

use std::sync::atomic::Ordering;
use std::time::Duration;

use protocol::client::{ClientFrame, Send};
use protocol::frame::{Frame, Ref};
use protocol::value::Content;

use super::world::{Later, Returns, SEND};
use crate::arrive::heard::{Named, read};
use crate::arrive::log::Key;
use crate::engine::{Io, Kind};

/// How often it is looked whether the message before has been acknowledged.
const WAIT: Duration = Duration::from_millis(20);

impl Returns {
    pub(super) fn acknowledge(&mut self, frame: &Frame<'_>) -> Result<(), String> {
        let named: Named = read(frame)?;
        // All agents share a login, and are told of each other's.
        let (Some(key @ Key::Agent(_)), Some(seq)) = (Key::of(&named.client_id), named.seq) else { return Ok(()) };
        let index = self.by_conversation.get(&named.conversation).copied();
        let written =
            index.and_then(|index| self.written.get_mut(index)).ok_or("stored in a conversation of nobody's")?;
        match written.iter().find(|(known, _)| *known == key) {
            Some((_, known)) if *known != seq => Err(format!("{key:?} was stored at {known} and at {seq}")),
            Some(_) => Ok(()),
            None => {
                written.push((key, seq));
                self.acknowledged += 1;
                self.progress.acknowledged.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
        }
    }

    pub(super) fn write(&mut self, io: &mut Io, number: u64) {
        let index = usize::try_from(number).unwrap_or_default() % self.clients.len().max(1);
        let conversation = self.clients.get(index).and_then(|client| client.conversation);
        // What comes behind a message that has to be sent again would overtake it: an outbox is emptied in order.
        let before = number.checked_sub(self.clients.len() as u64).map(Key::Agent);
        let acknowledged = |before: Key| {
            let written = self.written.get(index).into_iter().flatten();
            written.rev().any(|(key, _)| *key == before)
        };
        if before.is_some_and(|before| !acknowledged(before)) {
            return self.later(io, WAIT, Later::Write(number));
        }
        // One conversation's entries come from one agent: so their order is that of their numbers.
        let agent = self.agents.get(index % self.agents.len().max(1)).copied().flatten();
        let (Some(conversation), Some(agent)) = (conversation, agent) else { return };
        let content = Content::text(self.script.texts.of(number));
        let send = Send { conversation, client_id: Key::Agent(number).client_id(), content };
        let reference = SEND + Ref::try_from(number % u64::from(u32::MAX / 2)).unwrap_or_default();
        if !io.send(agent, Kind::Binary, &ClientFrame::from(send).encode(reference)) {
            self.fail("an agent's socket is gone".into());
        }
    }
}
