//! What is read of a gateway's frames about conversations by those who keep their log: enough to prove that nothing is
//! missing, and no more.

use protocol::codec;
use protocol::frame::{Frame, Op};
use protocol::id::ConversationId;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Ops of frames from a gateway.
pub(crate) const GOAWAY: Op = 6;
pub(crate) const STARTED: Op = 17;
pub(crate) const ENTRY: Op = 20;
pub(crate) const STORED: Op = 21;
pub(crate) const REPLAY: Op = 23;

/// An entry by its name, and its place: `entry`, `stored`, and what replays hold.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Named {
    /// Whose log it is in.
    pub(crate) conversation: ConversationId,
    /// Its place, once it is stored.
    pub(crate) seq: Option<u64>,
    /// The sender's name for it.
    pub(crate) client_id: String,
}

/// How a conversation stands.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Stands {
    /// Which.
    pub(crate) conversation: ConversationId,
    /// The newest stored entry's place.
    pub(crate) head: u64,
}

/// `started`.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Started {
    /// How it stands.
    pub(crate) conversation: Stands,
}

/// A page of a replay.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Page {
    /// How the conversation stood when the replay began.
    pub(crate) summary: Stands,
    /// Whether what is held of the log is to be forgotten.
    pub(crate) reset: bool,
    /// What lies behind the cursor, oldest first.
    pub(crate) entries: Vec<Named>,
    /// Whether another page follows.
    pub(crate) more: bool,
}

/// Reads a frame's body.
///
/// # Errors
/// The field that is missing or wrong.
pub(crate) fn read<B: DeserializeOwned>(frame: &Frame<'_>) -> Result<B, String> {
    codec::body(frame)
        .map_err(|error| format!("the gateway sent a frame with op {} that cannot be read: {error}", frame.op))
}

#[cfg(test)]
mod tests {
    use protocol::server::ServerFrame;

    use super::*;

    #[test]
    fn the_ops_are_those_of_the_protocol() {
        let ops = [(GOAWAY, "goaway"), (STARTED, "started"), (ENTRY, "entry"), (STORED, "stored"), (REPLAY, "replay")];
        for (op, name) in ops {
            assert!(ServerFrame::OPS.contains(&(op, name)), "{name}");
        }
    }
}
