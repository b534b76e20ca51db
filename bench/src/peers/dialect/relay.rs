//! The relays in Rust: ChatDesk's typing frames, after a login.

use std::net::SocketAddr;

use super::names;
use crate::engine::{Connect, Kind};
use crate::peers::typing::{self, Participant};
use crate::record::typing::on;
use crate::talk::{Dialect, Mark, Message, Out, Share, Side, Who};

/// A thread's.
#[derive(Debug)]
pub(crate) struct Relay {
    target: SocketAddr,
    share: Share,
    conversations: Vec<String>,
    frame: Vec<u8>,
}

impl Relay {
    /// Of the relay at `target`.
    pub(crate) fn new(target: SocketAddr, share: Share) -> Self {
        let conversations = (0..share.pairs).map(|pair| names::conversation(share.first + pair)).collect();
        Self { target, share, conversations, frame: Vec::new() }
    }

    fn pair(&self, conversation: &str) -> Option<usize> {
        let pair = names::number(conversation.as_bytes())?.checked_sub(self.share.first)?;
        (pair < self.share.pairs).then_some(pair)
    }
}

impl Dialect for Relay {
    fn connect(&self, _who: Who) -> Connect {
        Connect { target: self.target, source: None, path: "/".into(), subprotocol: None, headers: Vec::new() }
    }

    fn opened(&mut self, who: Who, out: &mut Out<'_>) {
        let (number, agent, pairs) = match who {
            Who::Visitor(visitor) => (visitor, false, visitor..visitor + 1),
            Who::Agent(agent) => (agent, true, self.share.pairs_of(agent)),
        };
        let id = names::participant(self.share.first + number, agent);
        let participant = Participant { agent, id, name: format!("Number {number}") };
        out.send(who, Kind::Binary, &typing::login(&participant, &self.conversations[pairs]));
    }

    fn write(&mut self, message: Message, out: &mut Out<'_>) {
        self.frame.clear();
        typing::typing(&mut self.frame, &self.conversations[message.pair], on(message.place));
        out.send(self.share.who(message.pair, message.from), Kind::Binary, &self.frame);
    }

    fn heard(&mut self, who: Who, payload: &[u8], out: &mut Out<'_>) {
        let Some((conversation, says)) = typing::read_typing_by(payload) else {
            return if typing::is_welcome(payload) { out.ready(who) } else { out.stray() };
        };
        let from = match who {
            Who::Visitor(_) => Side::Agent,
            Who::Agent(_) => Side::Visitor,
        };
        match self.pair(conversation) {
            Some(pair) if self.share.who(pair, from.other()) == who => out.arrived(pair, from, Mark::Says(says)),
            _ => out.stray(),
        }
    }
}
