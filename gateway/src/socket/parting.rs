//! How a socket ends: what was said is written, a goodbye behind it, and the peer is given time to read both.

use std::sync::Arc;
use std::time::Duration;

use protocol::code::CloseCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::ReadHalf;
use tokio::time::{Instant, sleep, sleep_until};

use super::frame::{CloseFrame, write_goodbye};
use super::output::Output;
use super::{Fault, Talker};
use crate::hub::SendQueue;

/// How long a closing socket may take to read what is left for it.
const CLOSE_LINGER: Duration = Duration::from_secs(5);
/// How long one may that was too slow: it was not reading, and should learn why once it does. It costs no more than
/// the message that it is in the middle of by then.
const SLOW_LINGER: Duration = Duration::from_secs(30);
/// How long a peer that has been sent all, and was not too slow, may take to say goodbye as well.
const PARTING: Duration = Duration::from_secs(1);

/// Bytes that a peer may still send once its socket is closing. Whoever sends more does not listen.
const UNHEARD_BYTES: usize = 1024 * 1024;
/// Bytes of them that are read at once.
const READ_BYTES: usize = 2 * 1024;

/// Why a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Its queue is closing: what is left in it is written first.
    Closing,
    /// The same, because the peer broke the protocol.
    Fault(Fault),
    /// The peer closed the WebSocket.
    Goodbye(Option<u16>),
    /// The connection is over.
    Left,
}

/// Ends a socket whose talker has gone.
pub(super) async fn part<T: Talker>(mut stream: TcpStream, queue: Arc<SendQueue>, mut output: Output, ending: Ending) {
    // Whoever left on their own is given as long as others to have read it.
    queue.close(CloseCode::Fault);
    let code = queue.close_code().unwrap_or(CloseCode::Fault);
    let slow = code == CloseCode::Slow;
    if slow {
        output.drop_unsent();
    }
    let too_late = Instant::now() + if slow { SLOW_LINGER } else { CLOSE_LINGER };
    let (mut reader, mut writer) = stream.split();
    let mut unheard = 0;
    let say = async {
        // The peer may be gone already, which is just as well.
        let _ = match ending {
            Ending::Closing => output.finish::<T>(&mut writer, &queue, close_frame(code)).await,
            Ending::Fault(fault) => output.finish::<T>(&mut writer, &queue, T::close_frame(fault)).await,
            Ending::Goodbye(code) => {
                let mut goodbye = Vec::new();
                write_goodbye(&mut goodbye, code);
                output.end(&mut writer, &goodbye).await
            }
            Ending::Left => Ok(()),
        };
        // Nothing more will come.
        writer.shutdown().await.is_ok()
    };
    let said = tokio::select! {
        said = say => said,
        () = flooded(&mut reader, &mut unheard) => {
            tracing::debug!(socket = queue.id(), "a closing socket was dropped: its peer goes on sending");
            false
        }
        () = sleep_until(too_late) => {
            tracing::debug!(socket = queue.id(), "a closing socket was dropped unread");
            false
        }
    };
    queue.written(output.taken());
    drop(output);
    if said {
        // A connection that is closed with bytes unread is reset, and a reset may overtake what the peer has not read yet.
        tokio::select! {
            () = over(&mut reader, &mut unheard) => {}
            () = sleep(PARTING), if !slow => {}
            () = sleep_until(too_late) => {}
        }
    }
}

/// The close frame of one of our own codes.
pub(super) fn close_frame(code: CloseCode) -> CloseFrame {
    CloseFrame { code: code.number(), reason: code.reason() }
}

/// Resolves when the peer goes on sending though its socket is closing. What it sends is not kept, lest it waits for room
/// before it reads.
async fn flooded(reader: &mut ReadHalf<'_>, unheard: &mut usize) {
    over(reader, unheard).await;
    if *unheard <= UNHEARD_BYTES {
        // It has said all, and may still read.
        std::future::pending().await
    }
}

/// Resolves when the peer has said all, or too much.
async fn over(reader: &mut ReadHalf<'_>, unheard: &mut usize) {
    // Not on the stack of a task that waits for most of its time.
    let mut buffer = vec![0; READ_BYTES];
    while *unheard <= UNHEARD_BYTES
        && let Ok(bytes @ 1..) = reader.read(&mut buffer).await
    {
        *unheard += bytes;
    }
}
