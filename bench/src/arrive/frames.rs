//! What a visitor says to be let in, and what is read of the answer.

use protocol::client::{ClientFrame, Cursor, Hello, HelloRole, Page};
use protocol::codec;
use protocol::frame::{Frame, Op};
use protocol::id::{ConversationId, DepartmentId, VisitorId};
use protocol::value::Form;
use serde::Deserialize;

use crate::engine::Connect;
use crate::target::Target;

/// Ops of frames from a gateway that are looked for before anything is decoded.
pub(crate) const WELCOME: Op = 2;
pub(crate) const PING: Op = 3;
pub(crate) const ERROR: Op = 5;

/// How this client introduces itself, for the gateway's log.
const AGENT: &str = concat!("chatdesk-bench/", env!("CARGO_PKG_VERSION"));
/// The pages of a small shop, with their titles.
const PAGES: [(&str, &str); 6] = [
    ("https://shop.example/", "Fern & Clay"),
    ("https://shop.example/plants", "Plants — Fern & Clay"),
    ("https://shop.example/plants/fiddle-leaf-fig", "Fiddle-leaf fig — Fern & Clay"),
    ("https://shop.example/plants/monstera", "Monstera — Fern & Clay"),
    ("https://shop.example/pots/terracotta-24", "Terracotta pot, 24 cm — Fern & Clay"),
    ("https://shop.example/cart", "Your basket — Fern & Clay"),
];

/// The page that somebody is on who has seen `number` of them.
pub(crate) fn page(number: u64) -> Page {
    let index = usize::try_from(number % PAGES.len() as u64).unwrap_or_default();
    let (url, title) = PAGES.get(index).copied().unwrap_or_default();
    Page { url: Some(url.into()), title: Some(title.into()), referrer: None }
}

/// Where visitors come in, and by which key.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    target: Target,
    widget_key: String,
    features: Vec<String>,
}

impl Door {
    /// The widget of this key, at this gateway.
    pub(crate) fn new(target: Target, widget_key: &str) -> Self {
        Self { target, widget_key: widget_key.to_owned(), features: Vec::new() }
    }

    /// The same, for visitors who send files.
    pub(crate) fn with_files(mut self) -> Self {
        self.features.push("uploads".into());
        self
    }

    /// The same widget at another gateway.
    pub(crate) fn at(&self, target: Target) -> Self {
        Self { target, ..self.clone() }
    }

    /// How visitor `number` connects.
    pub(crate) fn connect(&self, number: u64) -> Connect {
        connect(self.target, number)
    }

    /// The first frame: of a new visitor, or of one who has a token, and logs as far as the cursors say.
    pub(crate) fn hello(&self, token: Option<&str>, resume: Vec<Cursor>) -> Vec<u8> {
        let hello = Hello {
            role: HelloRole::Visitor,
            widget_key: Some(self.widget_key.clone()),
            token: token.map(ToOwned::to_owned),
            features: self.features.clone(),
            agent: Some(AGENT.into()),
            page: Some(page(2)),
            resume,
        };
        ClientFrame::from(hello).encode(1).to_vec()
    }
}

/// An agent's first frame.
pub(crate) fn agent_hello(token: &str) -> Vec<u8> {
    let hello = Hello {
        role: HelloRole::Agent,
        widget_key: None,
        token: Some(token.to_owned()),
        features: Vec::new(),
        agent: Some(AGENT.into()),
        page: None,
        resume: Vec::new(),
    };
    ClientFrame::from(hello).encode(1).to_vec()
}

/// How socket `number` of a run connects.
pub(crate) fn connect(target: Target, number: u64) -> Connect {
    Connect {
        target: target.0,
        source: target.source(usize::try_from(number).unwrap_or_default()),
        path: "/ws".into(),
        subprotocol: Some(protocol::SUBPROTOCOL),
        headers: vec![("user-agent".into(), AGENT.into())],
    }
}

/// What is read of a welcome; the rest is passed over.
#[derive(Debug, Deserialize)]
pub(crate) struct Welcomed {
    visitor: Option<SeenVisitor>,
}

/// What a visitor reads of it.
#[derive(Debug, Deserialize)]
pub(crate) struct SeenVisitor {
    /// Who they are.
    pub(crate) visitor: VisitorId,
    /// The session's token, when it is new.
    pub(crate) token: Option<String>,
    /// What is asked before a conversation.
    pub(crate) form: Form,
    /// Whom one can write to.
    pub(crate) departments: Vec<SeenDepartment>,
    /// The conversation that is open, whose replay follows.
    pub(crate) conversation: Option<SeenConversation>,
}

/// A department, by its id.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct SeenDepartment {
    /// Which.
    pub(crate) id: Option<DepartmentId>,
}

/// A conversation, by its id.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct SeenConversation {
    /// Which.
    pub(crate) conversation: ConversationId,
}

impl Welcomed {
    /// Reads a welcome.
    ///
    /// # Errors
    /// The field that is missing or wrong.
    pub(crate) fn read(frame: &Frame<'_>) -> Result<SeenVisitor, String> {
        let welcome = codec::body::<Self>(frame).map_err(|error| format!("welcome: {error}"))?;
        welcome.visitor.ok_or_else(|| "a visitor's hello was answered with an agent's welcome".into())
    }

    /// Reads the welcome of somebody who has not been here before, with the token that they get.
    ///
    /// # Errors
    /// The field that is missing or wrong.
    pub(crate) fn read_new(frame: &Frame<'_>) -> Result<(SeenVisitor, String), String> {
        let mut visitor = Self::read(frame)?;
        if visitor.conversation.is_some() {
            return Err("a new visitor was welcomed with a conversation".into());
        }
        let token = visitor.token.take().ok_or("a new visitor was welcomed without a token")?;
        Ok((visitor, token))
    }
}

#[cfg(test)]
mod tests {
    use protocol::server::ServerFrame;

    use super::*;

    #[test]
    fn the_ops_are_those_of_the_protocol() {
        for (op, name) in [(WELCOME, "welcome"), (PING, "ping"), (ERROR, "error")] {
            assert!(ServerFrame::OPS.contains(&(op, name)), "{name}");
        }
    }

    #[test]
    fn what_visitors_say_keeps_the_protocols_rules() {
        let door = Door::new("127.0.0.1:80".parse().unwrap(), "wk_demo");
        for message in [door.hello(None, Vec::new()), door.hello(Some("t"), Vec::new()), agent_hello("t")] {
            let frame = codec::frames(&message).next().unwrap().unwrap();
            ClientFrame::decode(&frame).unwrap().unwrap().check().unwrap();
        }
        for number in 0..20 {
            page(number).check("").unwrap();
        }
    }
}
