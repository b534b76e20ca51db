//! What agents do and hear: a summary tells them of a new conversation, they follow it, and answer each message after a while.

use std::time::Duration;

use protocol::client::{ClientFrame, Follow, Send, Unfollow};
use protocol::frame::{Frame, Op};
use protocol::server::Error;
use protocol::value::Content;

use super::day::pause;
use super::world::{Due, FOLLOW, SEND, Site};
use crate::arrive::ERROR;
use crate::arrive::heard::{ENTRY, Named, Page, REPLAY, STORED, Stands, read};
use crate::arrive::log::{Broken, Key, Told, compare};
use crate::engine::{Io, Kind, SocketId};

/// The op of a summary.
const SUMMARY: Op = 50;
/// Conversations that agents hear of before their visitors do: a moment's worth.
const EARLY_MOST: usize = 1_000;
/// Steps of pauses before answers: others than the visitor's own.
const ANSWERS: u64 = 500;
/// Refs of requests that name a conversation, by the visitor's number: follows have even ones, answers odd ones.
const REFS: u32 = 1 << 30;

fn reference(number: u64, kind: u32) -> u32 {
    SEND + (u32::try_from(number % u64::from(REFS)).unwrap_or_default() << 1 | kind)
}

impl Site {
    fn agent_of(&self, number: u64) -> Option<SocketId> {
        let index = usize::try_from(number).unwrap_or_default() % self.agents.len().max(1);
        self.agents.get(index).copied().flatten()
    }

    pub(super) fn agent_hears(&mut self, io: &mut Io, agent: usize, frame: &Frame<'_>) -> Result<(), String> {
        match frame.op {
            SUMMARY => {
                let stands: Stands = read(frame)?;
                match self.by_conversation.get(&stands.conversation).copied() {
                    Some(number) if usize::try_from(number).unwrap_or_default() % self.agents.len() == agent => {
                        self.agent_follows(io, number);
                    }
                    None if agent == 0 && self.early.len() < EARLY_MOST => self.early.push(stands.conversation),
                    _ => {}
                }
            }
            ENTRY | STORED => self.told_agent(io, frame)?,
            REPLAY => self.agent_replayed(io, frame)?,
            ERROR => self.agent_refused(io, frame)?,
            _ => {}
        }
        Ok(())
    }

    pub(super) fn agent_follows(&mut self, io: &mut Io, number: u64) {
        let Some(agent) = self.agent_of(number) else { return };
        let conversation = self.visitors.get(&number).and_then(|visitor| visitor.conversation);
        let (Some(conversation), Some(talk)) = (conversation, self.talks.get_mut(&number)) else { return };
        if std::mem::replace(&mut talk.followed, true) {
            return;
        }
        talk.log.mend();
        let follow = Follow { conversation, cursor: Some(talk.log.cursor()) };
        io.send(agent, Kind::Binary, &ClientFrame::from(follow).encode(reference(number, 0)));
    }

    fn told_agent(&mut self, io: &mut Io, frame: &Frame<'_>) -> Result<(), String> {
        let named: Named = read(frame)?;
        // All agents share a login, and are told of each other's answers.
        let Some(number) = self.by_conversation.get(&named.conversation).copied() else { return Ok(()) };
        let Some(talk) = self.talks.get_mut(&number) else { return Ok(()) };
        let key = Key::of(&named.client_id).ok_or("an entry that nobody sent")?;
        let told = if frame.op == ENTRY { talk.log.entry(&named) } else { talk.log.stored(&named) };
        let told = told.map_err(|Broken(why)| why)?;
        match (frame.op, key) {
            (ENTRY, Key::Own(_)) => self.arrived_at_agent(io, number, key),
            (STORED, Key::Agent(_)) => {
                if !talk.told.iter().any(|(known, _)| *known == key) {
                    talk.told.push((key, named.seq.unwrap_or_default()));
                }
                self.acknowledged(io, number, key);
            }
            _ => {}
        }
        if told == Told::Gap {
            self.came.mended += 1;
            self.mend_at_agent(io, number);
        }
        Ok(())
    }

    fn mend_at_agent(&mut self, io: &mut Io, number: u64) {
        if let Some(talk) = self.talks.get_mut(&number) {
            talk.followed = false;
        }
        self.agent_follows(io, number);
    }

    fn agent_replayed(&mut self, io: &mut Io, frame: &Frame<'_>) -> Result<(), String> {
        let replay: Page = read(frame)?;
        let Some(number) = self.by_conversation.get(&replay.summary.conversation).copied() else { return Ok(()) };
        for named in &replay.entries {
            let Some(talk) = self.talks.get_mut(&number) else { return Ok(()) };
            talk.log.replayed(named).map_err(|Broken(why)| why)?;
            if let Some(key @ Key::Own(_)) = Key::of(&named.client_id) {
                self.arrived_at_agent(io, number, key);
            }
        }
        let Some(talk) = self.talks.get_mut(&number) else { return Ok(()) };
        if !replay.more && talk.log.replay_ended() == Told::Gap {
            self.came.mended += 1;
            self.mend_at_agent(io, number);
        }
        Ok(())
    }

    /// A visitor's message has reached an agent, who answers it after a while.
    fn arrived_at_agent(&mut self, io: &Io, number: u64, key: Key) {
        let Some(talk) = self.talks.get_mut(&number) else { return };
        let Key::Own(message) = key else { return };
        if message < talk.seen {
            return;
        }
        talk.seen = message + 1;
        self.arrived(io, number, key);
        self.at(io.now() + pause(number, ANSWERS + message, self.script.think), Due::Answer(number));
    }

    /// A message has reached the other side.
    pub(super) fn arrived(&mut self, io: &Io, number: u64, key: Key) {
        let due = self.talks.get_mut(&number).and_then(|talk| talk.due.remove(&key));
        if let Some(due) = due {
            self.note_message((number, due, io.now()), |came| &mut came.routed, |recent| &mut recent.routed);
        }
    }

    /// Its sender was told that a message is stored.
    pub(super) fn acknowledged(&mut self, io: &Io, number: u64, key: Key) {
        let due = self.talks.get_mut(&number).and_then(|talk| talk.unstored.remove(&key));
        if let Some(due) = due {
            self.note_message((number, due, io.now()), |came| &mut came.stored, |recent| &mut recent.stored);
        }
    }

    /// An answer was due at `due`.
    pub(super) fn answer(&mut self, io: &mut Io, number: u64, due: std::time::Instant) {
        let Some(talk) = self.talks.get_mut(&number) else { return };
        let answer = talk.answered;
        talk.answered += 1;
        let key = Key::Agent(answer);
        talk.due.insert(key, due);
        talk.unstored.insert(key, due);
        talk.log.sends(key);
        self.came.late.add(io.now().saturating_duration_since(due));
        self.count_message();
        self.send_answer(io, number, answer);
    }

    pub(super) fn send_answer(&mut self, io: &mut Io, number: u64, answer: u64) {
        let Some(agent) = self.agent_of(number) else { return };
        let Some(conversation) = self.visitors.get(&number).and_then(|visitor| visitor.conversation) else { return };
        let content = Content::text(self.script.texts.of(number * 7 + answer));
        let send = Send { conversation, client_id: Key::Agent(answer).client_id(), content };
        if !io.send(agent, Kind::Binary, &ClientFrame::from(send).encode(reference(number, 1))) {
            self.fail("an agent's socket is gone".into());
        }
    }

    fn agent_refused(&mut self, io: &Io, frame: &Frame<'_>) -> Result<(), String> {
        let error: Error = read(frame)?;
        let Some(named) = frame.reference.checked_sub(SEND).filter(|_| error.retryable && frame.reference > FOLLOW)
        else {
            return Err(format!("the gateway refused: {error}"));
        };
        self.came.again += 1;
        let (number, kind) = (u64::from(named >> 1), named & 1);
        let at = io.now() + Duration::from_millis(u64::from(error.retry_ms).max(1));
        let Some(talk) = self.talks.get_mut(&number) else { return Ok(()) };
        if kind == 0 {
            talk.followed = false;
            self.at(at, Due::AgentFollows(number));
        } else if let Some(last) = talk.answered.checked_sub(1) {
            self.at(at, Due::AnswerAgain(number, last));
        }
        Ok(())
    }

    /// An agent has no more to do with a conversation whose visitor has left.
    pub(super) fn unfollow(&mut self, io: &mut Io, number: u64) {
        let conversation = self.visitors.get(&number).and_then(|visitor| visitor.conversation);
        if let (Some(agent), Some(conversation)) = (self.agent_of(number), conversation) {
            io.send(agent, Kind::Binary, &ClientFrame::from(Unfollow { conversation }).encode(0));
        }
    }

    /// Holds what visitors had when they left against what was acknowledged.
    pub(super) fn compare(&mut self) {
        for talk in self.talks.values() {
            let Some(kept) = &talk.kept else { continue };
            let faults = compare(&kept.log, &[kept.told.as_slice(), &talk.told].concat());
            self.came.faults.missing += faults.missing;
            self.came.faults.doubled += faults.doubled;
            self.came.faults.disordered += faults.disordered;
            self.came.faults.elsewhere += faults.elsewhere;
        }
    }
}
