//! XMPP over WebSocket (RFC 7395): login with a password, then chat messages between accounts. The sender asks for an
//! acknowledgement behind each message (XEP-0198): ejabberd handles what a client sends in order, and has the archive's row
//! from Postgres before it looks at what comes next.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use super::names;
use crate::engine::{Connect, Kind};
use crate::talk::{Dialect, Mark, Message, Out, Share, Side, Who};
use crate::text::Texts;

/// The domain of all accounts, which the server's configuration names as well.
const DOMAIN: &str = "chat.test";
/// All accounts' password.
pub(crate) const PASSWORD: &str = "bench";
/// All sockets' resource.
const RESOURCE: &str = "bench";
/// Opens a stream, before the login and behind it.
const OPEN: &str = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='chat.test' version='1.0'/>";
const BIND: &str = "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
                    <resource>bench</resource></bind></iq>";
const ENABLE: &str = "<enable xmlns='urn:xmpp:sm:3'/>";
const REQUEST: &str = "<r xmlns='urn:xmpp:sm:3'/>";

/// A socket's.
#[derive(Debug, Default)]
struct Stream {
    authenticated: bool,
    /// Stanzas that came since acknowledgements were enabled.
    heard: u32,
    /// How many of ours the server has acknowledged.
    acknowledged: u64,
    /// What has not been acknowledged, in the order of sending.
    waiting: VecDeque<(usize, u64)>,
}

/// A thread's.
#[derive(Debug)]
pub(crate) struct Xmpp {
    target: SocketAddr,
    share: Share,
    /// What is written, with XML's characters escaped.
    texts: Arc<Vec<String>>,
    streams: HashMap<Who, Stream>,
}

/// The account of a run's visitor or agent.
pub(crate) fn account(number: usize, agent: bool) -> String {
    format!("{}{number}", if agent { "agent" } else { "visitor" })
}

impl Xmpp {
    /// Texts as this dialect writes them.
    pub(crate) fn texts(texts: &Texts) -> Arc<Vec<String>> {
        Arc::new(texts.all().iter().map(|text| escaped(text)).collect())
    }

    /// Of the server at `target`.
    pub(crate) fn new(target: SocketAddr, share: Share, texts: Arc<Vec<String>>) -> Self {
        Self { target, share, texts, streams: HashMap::new() }
    }

    /// Visitors are counted through the run; agents by the first pair that they follow.
    fn account(&self, who: Who) -> String {
        match who {
            Who::Visitor(visitor) => account(self.share.first + visitor, false),
            Who::Agent(agent) => account(self.share.first + self.share.pairs_of(agent).start, true),
        }
    }

    fn authenticate(&self, who: Who, out: &mut Out<'_>) {
        let plain = base64(format!("\0{}\0{PASSWORD}", self.account(who)).as_bytes());
        let auth = format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>");
        out.send(who, Kind::Text, auth.as_bytes());
    }

    fn message(&mut self, who: Who, stanza: &str, out: &mut Out<'_>) {
        self.streams.entry(who).or_default().heard += 1;
        let head = stanza.split('>').next().unwrap_or_default();
        let place = attribute(head, " id").and_then(|id| id.parse().ok());
        let (pair, from) = match who {
            Who::Visitor(visitor) => (Some(visitor), Side::Agent),
            Who::Agent(_) => {
                let number = attribute(head, " from").and_then(|from| from.strip_prefix("visitor"));
                let number = number.and_then(|number| names::digits(number.as_bytes()));
                (number.and_then(|(number, _)| (number as usize).checked_sub(self.share.first)), Side::Visitor)
            }
        };
        match (pair, place) {
            (Some(pair), Some(place)) if pair < self.share.pairs && self.share.who(pair, from.other()) == who => {
                out.arrived(pair, from, Mark::Place(place));
            }
            _ => out.stray(),
        }
    }

    fn acknowledged(&mut self, who: Who, handled: u64, out: &mut Out<'_>) {
        let side = match who {
            Who::Visitor(_) => Side::Visitor,
            Who::Agent(_) => Side::Agent,
        };
        let stream = self.streams.entry(who).or_default();
        while stream.acknowledged < handled {
            stream.acknowledged += 1;
            let Some((pair, place)) = stream.waiting.pop_front() else { return out.stray() };
            out.stored(pair, side, side, place);
        }
    }
}

impl Dialect for Xmpp {
    fn connect(&self, _who: Who) -> Connect {
        let subprotocol = Some("xmpp");
        Connect { target: self.target, source: None, path: "/ws".into(), subprotocol, headers: Vec::new() }
    }

    fn opened(&mut self, who: Who, out: &mut Out<'_>) {
        out.send(who, Kind::Text, OPEN.as_bytes());
    }

    fn write(&mut self, message: Message, out: &mut Out<'_>) {
        let Message { pair, from, place } = message;
        let (who, to) = (self.share.who(pair, from), self.account(self.share.who(pair, from.other())));
        let text = &self.texts[(place as usize).wrapping_add(pair) % self.texts.len()];
        let stanza = format!(
            "<message xmlns='jabber:client' to='{to}@{DOMAIN}/{RESOURCE}' type='chat' id='{place}'><body>{text}</body></message>"
        );
        out.send(who, Kind::Text, stanza.as_bytes());
        out.send(who, Kind::Text, REQUEST.as_bytes());
        self.streams.entry(who).or_default().waiting.push_back((pair, place));
    }

    fn heard(&mut self, who: Who, payload: &[u8], out: &mut Out<'_>) {
        let stanza = std::str::from_utf8(payload).unwrap_or_default();
        let name = stanza.trim_start_matches('<').split([' ', '>', '/']).next().unwrap_or_default();
        match name {
            "message" => {
                if attribute(stanza.split('>').next().unwrap_or_default(), " type") == Some("error") {
                    return out.refused("error");
                }
                self.message(who, stanza, out);
            }
            "a" => match attribute(stanza, " h").and_then(|handled| handled.parse().ok()) {
                Some(handled) => self.acknowledged(who, handled, out),
                None => out.stray(),
            },
            "r" => {
                let heard = self.streams.entry(who).or_default().heard;
                out.send(who, Kind::Text, format!("<a xmlns='urn:xmpp:sm:3' h='{heard}'/>").as_bytes());
            }
            "open" => {}
            "stream:features" if !self.streams.entry(who).or_default().authenticated => self.authenticate(who, out),
            "success" => {
                self.streams.entry(who).or_default().authenticated = true;
                out.send(who, Kind::Text, OPEN.as_bytes());
            }
            "stream:features" => out.send(who, Kind::Text, BIND.as_bytes()),
            "iq" if attribute(stanza, " type") == Some("result") => out.send(who, Kind::Text, ENABLE.as_bytes()),
            "enabled" => out.ready(who),
            _ => out.fail(format!("ejabberd sent {stanza}")),
        }
    }
}

/// An attribute's value, in a tag that writes it with single quotes.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    loop {
        rest = &rest[rest.find(name)?..];
        let value = rest.strip_prefix(name).and_then(|rest| rest.strip_prefix("='"));
        if let Some(value) = value {
            return value.split('\'').next();
        }
        rest = &rest[name.len()..];
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// RFC 4648, section 4: what SASL wants.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let sum = chunk.iter().chain([0; 2].iter()).take(3).fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        for place in 0..4 {
            let letter = LETTERS[sum >> (18 - 6 * place) & 63];
            text.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sasl_and_xml_want() {
        assert_eq!(base64(b"\0u1\0pw"), "AHUxAHB3");
        assert_eq!((base64(b"f"), base64(b"fo"), base64(b"foo")), ("Zg==".into(), "Zm8=".into(), "Zm9v".into()));
        assert_eq!(escaped("a <b> & c"), "a &lt;b&gt; &amp; c");
    }

    #[test]
    fn attributes_are_found_by_their_whole_name() {
        let head = "<message xml:lang='en' to='agent0@chat.test/x' from='visitor7@chat.test/x' type='chat' id='12'";
        assert_eq!((attribute(head, " id"), attribute(head, " from")), (Some("12"), Some("visitor7@chat.test/x")));
        assert_eq!(attribute(head, " h"), None);
    }
}
