//! NATS' own protocol, in binary WebSocket messages: a subject for each end of each conversation. What is published is the frame that
//! ChatDesk's gateway makes for the other end, and its place behind it.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::names;
use crate::engine::{Connect, Kind};
use crate::peers::typing::{self, Participant};
use crate::record::typing::on;
use crate::talk::{Dialect, Mark, Message, Out, Share, Side, Who};

/// What a client says first: no answers to what went well, no headers.
const CONNECT: &str =
    r#"CONNECT {"verbose":false,"pedantic":false,"headers":false,"lang":"bench","version":"1","protocol":1}"#;
/// Ends each line, and each payload.
const END: &[u8] = b"\r\n";
/// Bytes of the place, behind the frame.
const PLACE_BYTES: usize = 8;

/// A thread's.
#[derive(Debug)]
pub(crate) struct Nats {
    target: SocketAddr,
    share: Share,
    conversations: Vec<String>,
    /// What came of an operation that is not whole.
    partial: HashMap<Who, Vec<u8>>,
    payload: Vec<u8>,
    operation: Vec<u8>,
}

impl Nats {
    /// Of the server at `target`.
    pub(crate) fn new(target: SocketAddr, share: Share) -> Self {
        let conversations = (0..share.pairs).map(|pair| names::conversation(share.first + pair)).collect();
        Self { target, share, conversations, partial: HashMap::new(), payload: Vec::new(), operation: Vec::new() }
    }

    /// One operation of the server; says how many bytes it had, or `None` while it is not whole.
    fn operation(&mut self, who: Who, bytes: &[u8], out: &mut Out<'_>) -> Option<usize> {
        let end = bytes.windows(END.len()).position(|part| part == END)?;
        let (line, begin) = (&bytes[..end], end + END.len());
        if let Some(fields) = line.strip_prefix(b"MSG ") {
            let fields = std::str::from_utf8(fields).unwrap_or_default();
            let mut fields = fields.split(' ').skip(1).map(str::parse::<usize>);
            let (Some(Ok(pair)), Some(Ok(length))) = (fields.next(), fields.next()) else {
                out.fail(format!("nats-server sent {}", String::from_utf8_lossy(line)));
                return None;
            };
            let payload = bytes.get(begin..begin + length)?;
            bytes.get(begin + length..begin + length + END.len())?;
            self.arrived(who, pair, payload, out);
            return Some(begin + length + END.len());
        }
        match line {
            b"PING" => out.send(who, Kind::Binary, b"PONG\r\n"),
            b"PONG" => out.ready(who),
            _ if line.starts_with(b"INFO ") => {}
            _ => out.fail(format!("nats-server sent {}", String::from_utf8_lossy(line))),
        }
        Some(begin)
    }

    fn arrived(&self, who: Who, pair: usize, payload: &[u8], out: &mut Out<'_>) {
        let from = match who {
            Who::Visitor(_) => Side::Agent,
            Who::Agent(_) => Side::Visitor,
        };
        let place = payload.last_chunk::<PLACE_BYTES>().map(|place| u64::from_be_bytes(*place));
        let frame = payload.get(..payload.len().saturating_sub(PLACE_BYTES)).and_then(typing::read_typing_by);
        let conversation = self.conversations.get(pair);
        match (place, frame) {
            (Some(place), Some((named, _)))
                if conversation.is_some_and(|own| own == named) && self.share.who(pair, from.other()) == who =>
            {
                out.arrived(pair, from, Mark::Place(place));
            }
            _ => out.stray(),
        }
    }
}

/// Where what goes to an end of a conversation is published.
fn subject(conversation: &str, to: Side) -> String {
    match to {
        Side::Visitor => format!("visitor.{conversation}"),
        Side::Agent => format!("agent.{conversation}"),
    }
}

impl Dialect for Nats {
    fn connect(&self, _who: Who) -> Connect {
        Connect { target: self.target, source: None, path: "/".into(), subprotocol: None, headers: Vec::new() }
    }

    fn opened(&mut self, who: Who, out: &mut Out<'_>) {
        let (side, pairs) = match who {
            Who::Visitor(visitor) => (Side::Visitor, visitor..visitor + 1),
            Who::Agent(agent) => (Side::Agent, self.share.pairs_of(agent)),
        };
        let mut hello = format!("{CONNECT}\r\n");
        for pair in pairs {
            // A subscription's number is its pair's.
            hello.push_str(&format!("SUB {} {pair}\r\n", subject(&self.conversations[pair], side)));
        }
        // The answer to this comes behind all of the above.
        hello.push_str("PING\r\n");
        out.send(who, Kind::Binary, hello.as_bytes());
    }

    fn write(&mut self, message: Message, out: &mut Out<'_>) {
        let Message { pair, from, place } = message;
        let agent = from == Side::Agent;
        let conversation = &self.conversations[pair];
        let id = names::participant(self.share.first + pair, agent);
        let by = Participant { agent, id, name: "Number".into() };
        self.payload.clear();
        typing::typing_by(&mut self.payload, conversation, &by, on(place));
        self.payload.extend_from_slice(&place.to_be_bytes());
        self.operation.clear();
        let head = format!("PUB {} {}\r\n", subject(conversation, from.other()), self.payload.len());
        self.operation.extend_from_slice(head.as_bytes());
        self.operation.extend_from_slice(&self.payload);
        self.operation.extend_from_slice(END);
        out.send(self.share.who(pair, from), Kind::Binary, &self.operation);
    }

    fn heard(&mut self, who: Who, payload: &[u8], out: &mut Out<'_>) {
        let before = self.partial.remove(&who);
        let whole = before.map(|mut before| {
            before.extend_from_slice(payload);
            before
        });
        let mut rest = whole.as_deref().unwrap_or(payload);
        while let Some(length) = self.operation(who, rest, out) {
            rest = &rest[length..];
        }
        if !rest.is_empty() {
            self.partial.insert(who, rest.to_vec());
        }
    }
}
