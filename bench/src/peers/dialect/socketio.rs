//! Socket.IO (protocol 5) over Engine.IO (4), straight over WebSocket. Texts are JSON; keys come back in the order in which
//! they were sent, so what is looked for has a fixed place.

use std::net::SocketAddr;
use std::sync::Arc;

use super::names::{self, ID_BYTES};
use crate::engine::{Connect, Kind};
use crate::record::typing::on;
use crate::talk::{Dialect, Mark, Message, Out, Share, Side, Who};
use crate::text::Texts;

/// The path of the handshake: no polling before it.
const PATH: &str = "/socket.io/?EIO=4&transport=websocket";
/// The number of the acknowledgement of `join`; those of messages follow.
const JOIN: u64 = 0;

/// A thread's.
#[derive(Debug)]
pub(crate) struct SocketIo {
    target: SocketAddr,
    share: Share,
    conversations: Vec<String>,
    /// What is written, as JSON strings; typing if there is none.
    texts: Option<Arc<Vec<String>>>,
    frame: String,
}

impl SocketIo {
    /// Texts as this dialect writes them.
    pub(crate) fn texts(texts: &Texts) -> Arc<Vec<String>> {
        Arc::new(texts.all().iter().map(|text| serde_json::Value::from(text.as_str()).to_string()).collect())
    }

    /// Of the server at `target`: messages with these texts, or typing without any.
    pub(crate) fn new(target: SocketAddr, share: Share, texts: Option<Arc<Vec<String>>>) -> Self {
        let conversations = (0..share.pairs).map(|pair| names::conversation(share.first + pair)).collect();
        Self { target, share, conversations, texts, frame: String::new() }
    }

    fn join(&self, who: Who, out: &mut Out<'_>) {
        let (name, pairs) = match who {
            Who::Visitor(visitor) => (format!("Visitor {visitor}"), visitor..visitor + 1),
            Who::Agent(agent) => (format!("Agent {agent}"), self.share.pairs_of(agent)),
        };
        let conversations = serde_json::json!(self.conversations[pairs]);
        out.send(who, Kind::Text, format!(r#"42{JOIN}["join","{name}",{conversations}]"#).as_bytes());
    }

    /// The number that a message's acknowledgement has: no other message of its socket's has it.
    fn number(&self, message: Message) -> u64 {
        let (among, of) = match message.from {
            Side::Visitor => (0, 1),
            Side::Agent => {
                let pairs = self.share.pairs_of(self.share.agent_of(message.pair));
                (message.pair - pairs.start, pairs.len())
            }
        };
        JOIN + 1 + message.place * of as u64 + among as u64
    }

    fn acknowledged(&self, who: Who, number: u64, answer: &[u8], out: &mut Out<'_>) {
        let Some(number) = number.checked_sub(JOIN + 1) else { return out.ready(who) };
        if answer.starts_with(br#"[{"error""#) {
            return out.refused("error");
        }
        let (side, pairs) = match who {
            Who::Visitor(visitor) => (Side::Visitor, visitor..visitor + 1),
            Who::Agent(agent) => (Side::Agent, self.share.pairs_of(agent)),
        };
        let of = pairs.len().max(1) as u64;
        out.stored(pairs.start + (number % of) as usize, side, side, number / of);
    }

    fn event(&self, who: Who, event: &[u8], out: &mut Out<'_>) {
        let fields = [br#"["typing",{"conversation":""#.as_slice(), br#"["message",{"conversation":""#.as_slice()];
        let found = fields.iter().find_map(|field| event.strip_prefix(*field)).and_then(|rest| {
            let pair = names::number(rest)?.checked_sub(self.share.first)?;
            let (place, _) = names::digits(rest.get(ID_BYTES..)?.strip_prefix(br#"","n":"#)?)?;
            Some((pair, place))
        });
        let from = match who {
            Who::Visitor(_) => Side::Agent,
            Who::Agent(_) => Side::Visitor,
        };
        match found {
            Some((pair, place)) if pair < self.share.pairs && self.share.who(pair, from.other()) == who => {
                out.arrived(pair, from, Mark::Place(place));
            }
            _ => out.stray(),
        }
    }
}

impl Dialect for SocketIo {
    fn connect(&self, _who: Who) -> Connect {
        Connect { target: self.target, source: None, path: PATH.into(), subprotocol: None, headers: Vec::new() }
    }

    fn opened(&mut self, _who: Who, _out: &mut Out<'_>) {
        // The server speaks first.
    }

    fn write(&mut self, message: Message, out: &mut Out<'_>) {
        let Message { pair, from, place } = message;
        let conversation = &self.conversations[pair];
        self.frame.clear();
        match &self.texts {
            None => {
                let on = on(place);
                self.frame
                    .push_str(&format!(r#"42["typing",{{"conversation":"{conversation}","n":{place},"on":{on}}}]"#));
            }
            Some(texts) => {
                let number = self.number(message);
                let text = &texts[(place as usize).wrapping_add(pair) % texts.len()];
                self.frame.push_str(&format!(
                    r#"42{number}["message",{{"conversation":"{conversation}","n":{place},"text":{text}}}]"#
                ));
            }
        }
        out.send(self.share.who(pair, from), Kind::Text, self.frame.as_bytes());
    }

    fn heard(&mut self, who: Who, payload: &[u8], out: &mut Out<'_>) {
        // The first digit is Engine.IO's: open, ping, message; in a message the second is Socket.IO's: connected, event,
        // acknowledgement.
        match payload {
            [b'0', ..] => out.send(who, Kind::Text, b"40"),
            [b'2', ..] => out.send(who, Kind::Text, b"3"),
            [b'4', b'0', ..] => self.join(who, out),
            [b'4', b'2', event @ ..] => self.event(who, event, out),
            [b'4', b'3', answer @ ..] => match names::digits(answer) {
                Some((number, answer)) => self.acknowledged(who, number, answer, out),
                None => out.stray(),
            },
            other => out.fail(format!("Socket.IO sent {}", String::from_utf8_lossy(other))),
        }
    }
}
