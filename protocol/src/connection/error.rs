//! Why there is no connection, or why a chat over it cannot go on.

use tokio_tungstenite::tungstenite;

use crate::codec::CodecError;
use crate::frame::{Error, Op};
use crate::value::FieldError;

/// Why a connection cannot be had, or not be kept, or a request was not granted.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The URL is not `ws://host[:port]/path`, or a header is none.
    #[error("cannot connect to {0}")]
    BadTarget(String),
    /// TCP said no.
    #[error("cannot connect: {0}")]
    Connect(#[source] std::io::Error),
    /// The handshake was answered with another status than 101.
    #[error("the handshake was answered with status {status}: {body}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The answer's body.
        body: String,
    },
    /// The socket failed, in the handshake or later.
    #[error("the socket failed: {0}")]
    Socket(#[source] Box<tungstenite::Error>),
    /// The other side closed the socket, with this code, or none when it just went away.
    #[error("closed with {code:?} {reason}")]
    Closed {
        /// The number of the close frame; see [`crate::code::CloseCode`].
        code: Option<u16>,
        /// The text of the close frame.
        reason: String,
    },
    /// The gateway sent what is no frame.
    #[error("the gateway sent no frame: {0}")]
    BadMessage(#[from] CodecError),
    /// The gateway sent a body that does not fit its op.
    #[error("the gateway sent a bad body for op {op}: {error}")]
    BadBody {
        /// The frame's op.
        op: Op,
        /// What is wrong with it.
        error: FieldError,
    },
    /// The gateway sent a text message.
    #[error("the gateway sent a text message")]
    Text,
    /// A request was answered with an error.
    #[error("{0}")]
    Answer(Error),
}

impl From<tungstenite::Error> for ConnectionError {
    fn from(error: tungstenite::Error) -> Self {
        match error {
            tungstenite::Error::Http(response) => Self::Refused {
                status: response.status().as_u16(),
                body: String::from_utf8_lossy(response.body().as_deref().unwrap_or_default()).into_owned(),
            },
            other => Self::Socket(Box::new(other)),
        }
    }
}

/// Why a chat cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// The gateway closed the socket and does not want this client again.
    #[error("refused: closed with {code} {reason}")]
    Refused {
        /// The close code.
        code: u16,
        /// Its reason.
        reason: String,
    },
    /// The gateway refused a request other than a send for good.
    #[error("refused: {0}")]
    Request(Error),
    /// The gateway answered a request with a frame that does not answer it.
    #[error("{request} was answered with {answer}")]
    Unanswered {
        /// What was asked.
        request: &'static str,
        /// What came.
        answer: &'static str,
    },
    /// The gateway does not speak this protocol, or the target is none.
    #[error(transparent)]
    Connection(ConnectionError),
}
