//! One frame or more of each op, with all their fields and with none that may be left out: what both directions share.

use protocol::client::{ClientFrame, Page};
use protocol::frame::Op;
use protocol::id::*;
use protocol::server::ServerFrame;
use protocol::value::*;
use serde::Serialize;

/// A frame with the text that its vector shows.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) op: Op,
    pub(crate) reference: u32,
    pub(crate) json: String,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn client<B: Serialize + Clone + Into<ClientFrame>>(name: &str, reference: u32, body: B) -> Sample {
    let json = serde_json::to_string(&body).unwrap();
    let frame: ClientFrame = body.into();
    Sample { name: name.into(), op: frame.op(), reference, json, bytes: frame.encode(reference).to_vec() }
}

pub(crate) fn gateway<B: Serialize + Clone + Into<ServerFrame>>(name: &str, reference: u32, body: B) -> Sample {
    let json = serde_json::to_string(&body).unwrap();
    let frame: ServerFrame = body.into();
    Sample { name: name.into(), op: frame.op(), reference, json, bytes: frame.encode(reference).to_vec() }
}

pub(crate) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(last: u16) -> T {
    format!("0198c5a0-7b00-7d3e-9a41-00000000{last:04x}").parse().unwrap()
}

pub(crate) const AT: Millis = 1_755_500_000_000;
/// The greatest integer that every language's numbers hold.
pub(crate) const MOST: u64 = (1 << 53) - 1;

pub(crate) fn conversation() -> ConversationId {
    id(1)
}

pub(crate) fn page() -> Page {
    Page {
        url: Some("https://shop.example/?q=tea".into()),
        title: Some("Tea – Shop".into()),
        referrer: Some("https://search.example/".into()),
    }
}

/// One of each type of attribute, but for what forgets one.
pub(crate) fn attributes() -> Attributes {
    let values = [
        ("balance", Attribute::Number(-12.75)),
        ("cart", Attribute::Integer(3)),
        ("credit", Attribute::Integer(-40_000)),
        ("notes", Attribute::Text(String::new())),
        ("paying", Attribute::Flag(true)),
        ("plan", Attribute::Text("größte".into())),
        ("trial", Attribute::Flag(false)),
        ("visits", Attribute::Integer(MOST.cast_signed())),
    ];
    values.map(|(name, value)| (name.into(), value)).into()
}

pub(crate) fn summary_of_visitor() -> VisitorSummary {
    VisitorSummary { id: id(0xa), name: Some("Ada".into()), email: Some("ada@example.org".into()), verified: true }
}

pub(crate) fn bare_visitor() -> VisitorSummary {
    VisitorSummary { id: id(0xa), name: None, email: None, verified: false }
}

pub(crate) fn file() -> Attachment {
    Attachment {
        id: id(0xf1),
        name: "tea menu.pdf".into(),
        size: 81_920,
        media_type: "application/pdf".into(),
        url: "/files/0198c5a0-7b00-7d3e-9a41-00000000000f/k7tIT0XQm2NTSsQzmjbcu8yd-Zo1Hq4rW9xLpVfGe3A/tea%20menu.pdf"
            .into(),
    }
}
