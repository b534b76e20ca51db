//! Frames of either direction by their JSON, for tests that read values from files.

use protocol::client::ClientFrame;
use protocol::codec;
use protocol::frame::{self, Op, Ref};
use protocol::server::ServerFrame;
use protocol::value::FieldError;
use serde_json::Value;

mod body;

/// Who a frame is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Gateway,
}

/// A frame of either direction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Typed {
    Client(Box<ClientFrame>),
    Gateway(Box<ServerFrame>),
}

/// Why a frame of the right shape is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Unsupported,
    Field(FieldError),
}

impl Side {
    pub(crate) fn ops(self) -> &'static [(Op, &'static str)] {
        match self {
            Self::Client => ClientFrame::OPS,
            Self::Gateway => ServerFrame::OPS,
        }
    }

    /// Gives a frame its type.
    pub(crate) fn decode(self, frame: &frame::Frame<'_>) -> Result<Typed, Refusal> {
        let typed = match self {
            Self::Client => ClientFrame::decode(frame).map(|frame| frame.map(|frame| Typed::Client(frame.into()))),
            Self::Gateway => ServerFrame::decode(frame).map(|frame| frame.map(|frame| Typed::Gateway(frame.into()))),
        };
        typed.ok_or(Refusal::Unsupported)?.map_err(Refusal::Field)
    }

    /// The frame that `body` is the body of, whose fields may stand in any order and break their rules.
    pub(crate) fn typed(self, op: Op, body: &Value) -> Result<Typed, Refusal> {
        let bytes = frame::encode(op, 0, &body::Body { op, json: body });
        let frame = codec::frames(&bytes).next().unwrap().unwrap();
        self.decode(&frame)
    }
}

impl Typed {
    pub(crate) fn encode(&self, reference: Ref) -> Vec<u8> {
        match self {
            Self::Client(frame) => frame.encode(reference).to_vec(),
            Self::Gateway(frame) => frame.encode(reference).to_vec(),
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().filter(|c| !c.is_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}
