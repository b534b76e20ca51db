//! What a socket reads: bytes become messages in a buffer that all sockets of a thread share. A socket keeps bytes of its
//! own only while a frame, or a message of several frames, is there in part.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;

use super::Fault;
use super::frame::{Head, Opcode, goodbye};
use super::output::Output;

/// Bytes that are read at once.
pub(super) const READ_BYTES: usize = 64 * 1024;

thread_local! {
    /// Where the sockets of this thread read to, one after another.
    static SHARED: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A message of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Text.
    Text(&'a str),
    /// Bytes.
    Binary(&'a [u8]),
}

/// What reading came to.
#[derive(Debug)]
pub(super) enum Read<W> {
    /// Something arrived, and was taken as far as it was whole.
    Some,
    /// A message needs work before the next one is taken.
    Work(W),
    /// Whoever takes the messages takes no more.
    Enough,
    /// The peer has closed the WebSocket, with this code.
    Goodbye(Option<u16>),
    /// The peer broke the protocol.
    Fault(Fault),
    /// The connection is over.
    Left,
}

/// What is done with a message.
pub(super) enum Taken<W> {
    /// It was taken, and the next one may come.
    Done,
    /// It needs work first.
    Work(W),
    /// It was the last that is taken.
    Enough,
}

/// The reading side of one socket.
#[derive(Default)]
pub(super) struct Input {
    /// Bytes that have been read and not been taken: the beginning of a frame, unless `fresh`.
    kept: Vec<u8>,
    /// Whether there may be whole frames in them.
    fresh: bool,
    /// A message whose last frame has not come.
    begun: Option<Box<Begun>>,
}

/// The frames of a message that have come.
struct Begun {
    text: bool,
    payload: Vec<u8>,
    /// How many of its bytes are known to be UTF-8.
    checked: usize,
}

impl Begun {
    /// Looks at the bytes that have come last, of a text: the last character may still be cut.
    fn check(&mut self, last: bool) -> Result<(), Fault> {
        if !self.text {
            return Ok(());
        }
        match str::from_utf8(&self.payload[self.checked..]) {
            Ok(_) => self.checked = self.payload.len(),
            Err(error) if error.error_len().is_some() || last => return Err(Fault::NotUtf8),
            Err(error) => self.checked += error.valid_up_to(),
        }
        Ok(())
    }
}

impl Input {
    /// Begins with bytes that came with the handshake.
    pub(super) fn after(early: Vec<u8>) -> Self {
        Self { fresh: !early.is_empty(), kept: early, begun: None }
    }

    /// Reads once, and hands each whole message of at most `most` bytes to `take`. Pings are answered by `output`.
    pub(super) fn poll<W>(
        &mut self,
        context: &mut Context<'_>,
        stream: &mut TcpStream,
        most: usize,
        output: &mut Output,
        mut take: impl FnMut(Message<'_>) -> Taken<W>,
    ) -> Poll<Read<W>> {
        if self.fresh {
            return Poll::Ready(self.take_kept(most, output, &mut take));
        }
        let mut shared = SHARED.take();
        if shared.is_empty() {
            shared = vec![0; READ_BYTES];
        }
        let read = self.read(context, stream, &mut shared, most, output, &mut take);
        SHARED.set(shared);
        read
    }

    fn read<W>(
        &mut self,
        context: &mut Context<'_>,
        stream: &mut TcpStream,
        shared: &mut [u8],
        most: usize,
        output: &mut Output,
        take: &mut impl FnMut(Message<'_>) -> Taken<W>,
    ) -> Poll<Read<W>> {
        let mut buffer = ReadBuf::new(shared);
        if let Err(error) = ready!(Pin::new(stream).poll_read(context, &mut buffer)) {
            tracing::debug!(%error, "a socket broke");
            return Poll::Ready(Read::Left);
        }
        let arrived = buffer.filled_mut();
        if arrived.is_empty() {
            return Poll::Ready(Read::Left);
        }
        if !self.kept.is_empty() {
            self.kept.extend_from_slice(arrived);
            return Poll::Ready(self.take_kept(most, output, take));
        }
        let (taken, read) = self.take(arrived, most, output, take);
        self.kept.extend_from_slice(&arrived[taken..]);
        self.fresh = matches!(read, Read::Work(_)) && !self.kept.is_empty();
        Poll::Ready(read)
    }

    fn take_kept<W>(
        &mut self,
        most: usize,
        output: &mut Output,
        take: &mut impl FnMut(Message<'_>) -> Taken<W>,
    ) -> Read<W> {
        let mut kept = std::mem::take(&mut self.kept);
        let (taken, read) = self.take(&mut kept, most, output, take);
        if taken < kept.len() {
            kept.drain(..taken);
            self.kept = kept;
        }
        self.fresh = matches!(read, Read::Work(_)) && !self.kept.is_empty();
        read
    }

    /// Takes the whole frames at the beginning of `bytes`: how many bytes they are, and what they came to.
    fn take<W>(
        &mut self,
        bytes: &mut [u8],
        most: usize,
        output: &mut Output,
        take: &mut impl FnMut(Message<'_>) -> Taken<W>,
    ) -> (usize, Read<W>) {
        let mut at = 0;
        loop {
            let rest = &mut bytes[at..];
            let head = match Head::read(rest, most) {
                Ok(Some(head)) if head.length + head.payload <= rest.len() => head,
                Ok(_) => return (at, Read::Some),
                Err(fault) => return (at, Read::Fault(fault)),
            };
            let payload = &mut rest[head.length..head.length + head.payload];
            at += head.length + head.payload;
            head.unmask(payload);
            match self.take_frame(&head, payload, most, output, take) {
                Ok(Taken::Done) => {}
                Ok(Taken::Work(work)) => return (at, Read::Work(work)),
                Ok(Taken::Enough) => return (at, Read::Enough),
                Err(End::Goodbye(code)) => return (at, Read::Goodbye(code)),
                Err(End::Fault(fault)) => return (at, Read::Fault(fault)),
            }
        }
    }

    fn take_frame<W>(
        &mut self,
        head: &Head,
        payload: &[u8],
        most: usize,
        output: &mut Output,
        take: &mut impl FnMut(Message<'_>) -> Taken<W>,
    ) -> Result<Taken<W>, End> {
        match (head.opcode, &mut self.begun) {
            (Opcode::Ping, _) => output.pong(payload),
            (Opcode::Pong, _) => {}
            (Opcode::Close, _) => return Err(End::Goodbye(goodbye(payload)?)),
            (Opcode::Binary, None) if head.last => return Ok(take(Message::Binary(payload))),
            (Opcode::Text, None) if head.last => {
                let text = str::from_utf8(payload).map_err(|_| Fault::NotUtf8)?;
                return Ok(take(Message::Text(text)));
            }
            (Opcode::Binary | Opcode::Text, None) => {
                let text = head.opcode == Opcode::Text;
                let mut begun = Begun { text, payload: payload.to_vec(), checked: 0 };
                begun.check(false)?;
                self.begun = Some(Box::new(begun));
            }
            (Opcode::Continuation, Some(begun)) => {
                if begun.payload.len() + payload.len() > most {
                    return Err(Fault::TooLong.into());
                }
                begun.payload.extend_from_slice(payload);
                begun.check(head.last)?;
                if head.last
                    && let Some(whole) = self.begun.take()
                {
                    return match str::from_utf8(&whole.payload) {
                        Ok(text) if whole.text => Ok(take(Message::Text(text))),
                        _ => Ok(take(Message::Binary(&whole.payload))),
                    };
                }
            }
            (Opcode::Continuation, None) | (Opcode::Binary | Opcode::Text, Some(_)) => {
                return Err(Fault::Protocol.into());
            }
        }
        Ok(Taken::Done)
    }
}

/// Why no frame is taken any more.
enum End {
    Goodbye(Option<u16>),
    Fault(Fault),
}

impl From<Fault> for End {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

#[cfg(test)]
mod tests;
