//! The two ends of a measured conversation: visitors who send, agents who follow.

use protocol::connection::ConnectionError;
use protocol::id::{ConversationId, ParticipantId};

pub(crate) mod agent;
mod form;
pub(crate) mod login;
pub(crate) mod visitor;

/// How this client introduces itself, for the gateway's log.
const AGENT: &str = concat!("chatdesk-bench/", env!("CARGO_PKG_VERSION"));
/// What stands before a message's number in its `client_id`.
const CLIENT_ID_PREFIX: &str = "bench-";

/// Why a client could not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// The socket could not be had or kept, or a request was refused.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The login request failed underway.
    #[error("login: {0}")]
    Http(#[from] std::io::Error),
    /// The login was answered with something else than a session.
    #[error("login: answered with {0}")]
    Login(String),
    /// The gateway answered a request with a frame that does not answer it.
    #[error("{request} was answered with {answer}")]
    Unanswered {
        /// What was asked.
        request: &'static str,
        /// What came.
        answer: &'static str,
    },
    /// The gateway is about to stop.
    #[error("the gateway said goaway: it is being stopped")]
    Goaway,
}

/// A conversation that is ready to be measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    /// Whose it is, from 0.
    pub(crate) index: usize,
    /// Its id.
    pub(crate) conversation: ConversationId,
    /// The visitor, as its frames name them.
    pub(crate) visitor: ParticipantId,
}

/// The `client_id` of message `number`.
fn client_id(number: u64) -> String {
    format!("{CLIENT_ID_PREFIX}{number}")
}

/// The message that a `client_id` stands for.
fn number_of(client_id: &str) -> Option<u64> {
    client_id.strip_prefix(CLIENT_ID_PREFIX)?.parse().ok()
}
