//! What both relays in Rust speak: ChatDesk's typing frames, byte for byte, and a login that says who is at which end of which
//! conversations. MessagePack `[op, ref, body]`, as in `protocol/SPEC.md`.
//!
//! This is all that a relay has to do: look at the envelope, find the other end, and write the frame that it gets.

use std::collections::HashMap;

use rmp::{decode, encode};

/// `typing`, as ChatDesk numbers it.
const TYPING: u32 = 32;
/// `typing_by`, which the other end gets.
const TYPING_BY: u32 = 33;
/// The relays' own login; the answer has the same op.
const LOGIN: u32 = 1;
/// The most fields of a body that are looked at.
const FIELDS: u32 = 16;
/// Where the visitor's end of a conversation stands, and the agent's.
const ENDS: usize = 2;

/// Who logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Participant {
    /// Whether an agent, else a visitor.
    pub(crate) agent: bool,
    /// An id in letters, as ChatDesk's are.
    pub(crate) id: String,
    /// What the other end is shown.
    pub(crate) name: String,
}

/// What a client sends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request<'a> {
    /// The first frame.
    Login(Participant, Vec<&'a str>),
    /// Somebody is typing, or stopped.
    Typing(&'a str, bool),
}

/// Who is at the ends of which conversation.
#[derive(Debug)]
pub(crate) struct Roll<T> {
    ends: HashMap<String, [Option<T>; ENDS]>,
}

impl<T> Default for Roll<T> {
    fn default() -> Self {
        Self { ends: HashMap::default() }
    }
}

impl<T: Clone> Roll<T> {
    /// `place` is where the participant's end of these conversations is.
    pub(crate) fn join(&mut self, participant: &Participant, conversations: &[&str], place: &T) {
        for conversation in conversations {
            let ends = self.ends.entry((*conversation).to_owned()).or_insert([None, None]);
            ends[usize::from(participant.agent)] = Some(place.clone());
        }
    }

    /// Where the other end of a conversation is.
    pub(crate) fn other(&self, participant: &Participant, conversation: &str) -> Option<&T> {
        self.ends.get(conversation)?[usize::from(!participant.agent)].as_ref()
    }
}

impl<T: PartialEq> Roll<T> {
    /// `place` is gone.
    pub(crate) fn leave(&mut self, place: &T) {
        for end in self.ends.values_mut().flatten() {
            if end.as_ref() == Some(place) {
                *end = None;
            }
        }
    }
}

/// Reads a client's frame; `None` if it is none that a relay knows.
pub(crate) fn read(mut bytes: &[u8]) -> Option<Request<'_>> {
    let rest = &mut bytes;
    if decode::read_array_len(rest).ok()? < 3 {
        return None;
    }
    let op: u32 = decode::read_int(rest).ok()?;
    let _reference: u32 = decode::read_int(rest).ok()?;
    match op {
        TYPING => read_typing(rest),
        LOGIN => read_login(rest),
        _ => None,
    }
}

fn read_typing<'a>(rest: &mut &'a [u8]) -> Option<Request<'a>> {
    let (mut conversation, mut on) = (None, None);
    for _ in 0..fields(rest)? {
        match text(rest)? {
            "conversation" => conversation = Some(text(rest)?),
            "on" => on = Some(decode::read_bool(rest).ok()?),
            _ => return None,
        }
    }
    Some(Request::Typing(conversation?, on?))
}

fn read_login<'a>(rest: &mut &'a [u8]) -> Option<Request<'a>> {
    let (mut agent, mut id, mut name, mut conversations) = (None, None, None, Vec::new());
    for _ in 0..fields(rest)? {
        match text(rest)? {
            "agent" => agent = Some(decode::read_bool(rest).ok()?),
            "id" => id = Some(text(rest)?.to_owned()),
            "name" => name = Some(text(rest)?.to_owned()),
            "conversations" => {
                for _ in 0..decode::read_array_len(rest).ok()? {
                    conversations.push(text(rest)?);
                }
            }
            _ => return None,
        }
    }
    Some(Request::Login(Participant { agent: agent?, id: id?, name: name? }, conversations))
}

fn fields(rest: &mut &[u8]) -> Option<u32> {
    decode::read_map_len(rest).ok().filter(|count| *count <= FIELDS)
}

fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let (text, behind) = decode::read_str_from_slice(*rest).ok()?;
    *rest = behind;
    Some(text)
}

/// Writes a login, as clients do.
pub(crate) fn login(participant: &Participant, conversations: &[String]) -> Vec<u8> {
    let mut out = Vec::new();
    envelope(&mut out, LOGIN, 4);
    field(&mut out, "agent", |out| drop(encode::write_bool(out, participant.agent)));
    field(&mut out, "id", |out| string(out, &participant.id));
    field(&mut out, "name", |out| string(out, &participant.name));
    field(&mut out, "conversations", |out| {
        // Writing into memory cannot fail, here as below.
        let _ = encode::write_array_len(out, conversations.len() as u32);
        conversations.iter().for_each(|conversation| string(out, conversation));
    });
    out
}

/// Writes the answer to a login.
pub(crate) fn welcome() -> Vec<u8> {
    let mut out = Vec::new();
    envelope(&mut out, LOGIN, 0);
    out
}

/// Writes what the sender of a typing frame sends.
pub(crate) fn typing(out: &mut Vec<u8>, conversation: &str, on: bool) {
    envelope(out, TYPING, 2);
    field(out, "conversation", |out| string(out, conversation));
    field(out, "on", |out| drop(encode::write_bool(out, on)));
}

/// Writes what the other end gets.
pub(crate) fn typing_by(out: &mut Vec<u8>, conversation: &str, by: &Participant, on: bool) {
    envelope(out, TYPING_BY, 3);
    field(out, "conversation", |out| string(out, conversation));
    field(out, "participant", |out| {
        let _ = encode::write_map_len(out, 3);
        field(out, "kind", |out| string(out, if by.agent { "agent" } else { "visitor" }));
        field(out, "id", |out| string(out, &by.id));
        field(out, "name", |out| string(out, &by.name));
    });
    field(out, "on", |out| drop(encode::write_bool(out, on)));
}

/// Reads what an end gets: a conversation and whether the other types. `None` for anything else.
pub(crate) fn read_typing_by(mut bytes: &[u8]) -> Option<(&str, bool)> {
    let rest = &mut bytes;
    let head = (decode::read_array_len(rest).ok()?, decode::read_int::<u32, _>(rest).ok()?);
    let _reference: u32 = decode::read_int(rest).ok()?;
    if head != (3, TYPING_BY) || fields(rest)? != 3 || text(rest)? != "conversation" {
        return None;
    }
    let conversation = text(rest)?;
    // The last byte says it: `on` stands at the end.
    match bytes.last()? {
        0xc2 => Some((conversation, false)),
        0xc3 => Some((conversation, true)),
        _ => None,
    }
}

/// Whether this answers a login.
pub(crate) fn is_welcome(bytes: &[u8]) -> bool {
    bytes == welcome()
}

fn envelope(out: &mut Vec<u8>, op: u32, fields: u32) {
    let _ = encode::write_array_len(out, 3);
    let _ = encode::write_uint(out, op.into());
    let _ = encode::write_uint(out, 0);
    let _ = encode::write_map_len(out, fields);
}

fn field(out: &mut Vec<u8>, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
    string(out, name);
    value(out);
}

fn string(out: &mut Vec<u8>, text: &str) {
    let _ = encode::write_str(out, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Participant {
        Participant { agent: false, id: "0198c5a0-7b00-7d3e-9a41-00000000000a".into(), name: "Ada".into() }
    }

    #[test]
    fn what_is_written_is_read() {
        let conversations = ["a".to_owned(), "b".to_owned()];
        assert_eq!(read(&login(&ada(), &conversations)), Some(Request::Login(ada(), vec!["a", "b"])));
        let mut frame = Vec::new();
        typing(&mut frame, "a", true);
        assert_eq!(read(&frame), Some(Request::Typing("a", true)));
        frame.clear();
        typing_by(&mut frame, "a", &ada(), false);
        assert_eq!(read_typing_by(&frame), Some(("a", false)));
        assert_eq!(read_typing_by(&welcome()), None);
        assert!(is_welcome(&welcome()));
    }

    #[test]
    fn frames_are_those_of_chatdesk() {
        let conversation = "0198c5a0-7b00-7d3e-9a41-000000000001";
        let mut frame = Vec::new();
        typing(&mut frame, conversation, true);
        let theirs = protocol::client::Typing { conversation: conversation.parse().unwrap(), on: true, draft: None };
        let theirs = protocol::client::ClientFrame::Typing(theirs).encode(0);
        assert_eq!(frame, theirs);
    }

    #[test]
    fn the_other_end_is_found() {
        let (ada, grace) = (ada(), Participant { agent: true, ..ada() });
        let mut roll = Roll::default();
        roll.join(&ada, &["a"], &1);
        assert_eq!(roll.other(&ada, "a"), None);
        roll.join(&grace, &["a", "b"], &2);
        assert_eq!(
            (roll.other(&ada, "a"), roll.other(&grace, "a"), roll.other(&grace, "b")),
            (Some(&2), Some(&1), None)
        );
        roll.leave(&2);
        assert_eq!((roll.other(&ada, "a"), roll.other(&grace, "a")), (None, Some(&1)));
    }
}
