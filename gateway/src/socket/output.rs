//! What a socket writes: all that is queued goes out with one write, from a buffer that all sockets of a thread share. A
//! socket keeps bytes of its own only while the system takes no more.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::WriteHalf;

use super::Talker;
use super::frame::{CloseFrame, Opcode, write_head, written_length};
use crate::hub::SendQueue;

/// Bytes beyond which the shared buffer is not kept: above what is taken from a queue at a time.
const SHARED_BYTES: usize = 256 * 1024;
/// Bytes of answers to pings that may wait. Past it, only the last is given (RFC 6455, section 5.5.3).
const PONG_BYTES: usize = 4 * 1024;

thread_local! {
    /// Where the sockets of this thread put together what they write, one after another.
    static SHARED: Cell<Shared> = const { Cell::new(Shared { frames: Vec::new(), bytes: Vec::new() }) };
}

#[derive(Default)]
struct Shared {
    /// What the queue gave.
    frames: Vec<Bytes>,
    /// The messages that they became.
    bytes: Vec<u8>,
}

/// Where messages are put that are to be written.
pub struct Outgoing<'a>(&'a mut Vec<u8>);

impl Outgoing<'_> {
    /// A binary message of these parts.
    pub fn binary(&mut self, parts: &[impl AsRef<[u8]>]) {
        write_head(self.0, Opcode::Binary, parts.iter().map(|part| part.as_ref().len()).sum());
        parts.iter().for_each(|part| self.0.extend_from_slice(part.as_ref()));
    }

    /// A text.
    pub fn text(&mut self, text: &str) {
        write_head(self.0, Opcode::Text, text.len());
        self.0.extend_from_slice(text.as_bytes());
    }
}

/// Writes for which it is not worth waiting a round, before it is tried again.
const TRY_EVERY: u8 = 16;
/// Rounds that are waited in vain before it is thought not to be worth it.
const TRIES: u8 = 8;

/// Whether a socket waits, once it is woken, until all others that are ready have had their turn: what many say to one goes
/// out with one write then. What one says to one would only go out later, so it is learned which it is.
#[derive(Default)]
struct Rounds {
    /// How many rounds to wait for yet, if all are waited in vain.
    tries: u8,
    /// Writes that waited for none.
    since: u8,
    waiting: bool,
}

impl Rounds {
    /// Whether to let the others go first.
    fn wait(&mut self) -> bool {
        if self.waiting {
            return false;
        }
        self.waiting = self.tries > 0 || self.since >= TRY_EVERY;
        self.waiting
    }

    /// So many frames went out together.
    fn learn(&mut self, frames: usize) {
        if !std::mem::take(&mut self.waiting) {
            self.since += 1;
            return;
        }
        self.since = 0;
        self.tries = if frames > 1 { TRIES } else { self.tries.saturating_sub(1) };
    }
}

/// Why nothing more is written here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// The queue is closing: what is left is written while the socket parts from its peer.
    Closing,
    /// The connection is over.
    Gone,
}

/// The writing side of one socket.
#[derive(Default)]
pub(super) struct Output {
    /// Answers to pings, to be written next.
    pongs: Vec<u8>,
    /// Whole frames that the system has not taken, or not all of the first.
    unsent: Vec<u8>,
    /// How much of the first it has taken.
    sent: usize,
    /// How many of the queue's bytes are among them.
    taken: usize,
    rounds: Rounds,
}

impl Output {
    /// Answers a ping.
    pub(super) fn pong(&mut self, payload: &[u8]) {
        if self.pongs.len() > PONG_BYTES {
            self.pongs.clear();
        }
        write_head(&mut self.pongs, Opcode::Pong, payload.len());
        self.pongs.extend_from_slice(payload);
    }

    /// Whether all others that are ready should have their turn before this one writes; it is polled again then.
    pub(super) fn waits_a_round(&mut self, context: &Context<'_>) -> bool {
        let waits = self.rounds.wait();
        if waits {
            context.waker().wake_by_ref();
        }
        waits
    }

    /// Writes what is queued, until there is nothing more or the system takes no more.
    pub(super) fn poll<T: Talker>(
        &mut self,
        context: &mut Context<'_>,
        stream: &mut TcpStream,
        queue: &SendQueue,
    ) -> Poll<Stopped> {
        let mut written = 0;
        loop {
            if !self.unsent.is_empty() {
                match self.poll_unsent(context, stream) {
                    Poll::Ready(Ok(())) => written += std::mem::take(&mut self.taken),
                    Poll::Ready(Err(error)) => return gone(&error),
                    Poll::Pending => return queue.poll_closing(context).map(|()| Stopped::Closing),
                }
            }
            let mut shared = SHARED.take();
            let taken = queue.poll_take(context, &mut shared.frames, written);
            let outcome = match taken {
                Poll::Ready(None) => Some(Poll::Ready(Stopped::Closing)),
                Poll::Pending if self.pongs.is_empty() => Some(Poll::Pending),
                Poll::Pending | Poll::Ready(Some(_)) => {
                    written = if let Poll::Ready(Some(bytes)) = taken { bytes } else { 0 };
                    self.write::<T>(context, stream, &mut shared, &mut written)
                }
            };
            if shared.bytes.capacity() <= SHARED_BYTES {
                SHARED.set(shared);
            }
            if let Some(outcome) = outcome {
                return outcome;
            }
        }
    }

    /// Writes what was taken, or keeps it. `written` is how much of that the queue may forget.
    fn write<T: Talker>(
        &mut self,
        context: &mut Context<'_>,
        stream: &mut TcpStream,
        shared: &mut Shared,
        written: &mut usize,
    ) -> Option<Poll<Stopped>> {
        self.rounds.learn(shared.frames.len());
        self.put_together::<T>(shared);
        let bytes = match Pin::new(stream).poll_write(context, &shared.bytes) {
            Poll::Ready(Ok(bytes)) => bytes,
            Poll::Ready(Err(error)) => {
                shared.bytes.clear();
                return Some(gone(&error));
            }
            Poll::Pending => 0,
        };
        if bytes < shared.bytes.len() {
            let whole = whole_frames(&shared.bytes, bytes);
            self.unsent = shared.bytes[whole..].to_vec();
            self.sent = bytes - whole;
            self.taken = std::mem::take(written);
        }
        shared.bytes.clear();
        None
    }

    /// Makes messages of what was taken, behind the answers to pings.
    fn put_together<T: Talker>(&mut self, shared: &mut Shared) {
        shared.bytes.extend_from_slice(&std::mem::take(&mut self.pongs));
        T::pack(&shared.frames, &mut Outgoing(&mut shared.bytes));
        shared.frames.clear();
    }

    fn poll_unsent(&mut self, context: &mut Context<'_>, stream: &mut TcpStream) -> Poll<io::Result<()>> {
        while self.sent < self.unsent.len() {
            match Pin::new(&mut *stream).poll_write(context, &self.unsent[self.sent..]) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(bytes)) => self.sent += bytes,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        (self.unsent, self.sent) = (Vec::new(), 0);
        Poll::Ready(Ok(()))
    }

    /// Drops the frames of which nothing was sent.
    pub(super) fn drop_unsent(&mut self) {
        let whole = whole_frames(&self.unsent, self.sent);
        let begun = if whole < self.sent { written_length(&self.unsent[whole..]) } else { 0 };
        self.unsent.truncate(whole + begun);
    }

    /// Writes what is left in a closing queue and, behind it, `last`.
    pub(super) async fn finish<T: Talker>(
        &mut self,
        stream: &mut WriteHalf<'_>,
        queue: &SendQueue,
        last: CloseFrame,
    ) -> io::Result<()> {
        let mut shared = Shared::default();
        loop {
            stream.write_all(&self.unsent[self.sent..]).await?;
            (self.unsent, self.sent) = (Vec::new(), 0);
            queue.written(std::mem::take(&mut self.taken));
            let taken = queue.take_now();
            (shared.frames, self.taken) = (taken.frames, taken.bytes);
            self.put_together::<T>(&mut shared);
            std::mem::swap(&mut self.unsent, &mut shared.bytes);
            if taken.close.is_some() {
                last.write(&mut self.unsent);
                stream.write_all(&self.unsent).await?;
                queue.written(std::mem::take(&mut self.taken));
                return Ok(());
            }
        }
    }

    /// Writes what the system has not taken, and `last`.
    pub(super) async fn end(&mut self, stream: &mut WriteHalf<'_>, last: &[u8]) -> io::Result<()> {
        self.unsent.extend_from_slice(last);
        stream.write_all(&self.unsent[self.sent..]).await
    }

    /// How many of the queue's bytes it has taken and not written.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }
}

fn gone(error: &io::Error) -> Poll<Stopped> {
    tracing::debug!(%error, "a socket broke");
    Poll::Ready(Stopped::Gone)
}

/// The bytes of those frames of `bytes` that lie within the first `sent` of them.
fn whole_frames(bytes: &[u8], sent: usize) -> usize {
    let mut whole = 0;
    while whole < sent {
        let next = whole + written_length(&bytes[whole..]);
        if next > sent {
            break;
        }
        whole = next;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_was_not_sent_the_frame_that_was_begun_stays_whole() {
        let mut bytes = Vec::new();
        let mut out = Outgoing(&mut bytes);
        out.binary(&[b"first"]);
        out.binary(&[b"sec", b"ond"]);
        out.text("third");
        for (sent, left) in [(0, 0), (1, 7), (6, 7), (7, 7), (8, 15), (14, 15), (15, 15), (16, 22)] {
            let whole = whole_frames(&bytes, sent);
            let mut output = Output { unsent: bytes[whole..].to_vec(), sent: sent - whole, ..Output::default() };
            output.drop_unsent();
            assert_eq!(whole + output.unsent.len(), left, "{sent} sent");
        }
    }

    #[test]
    fn rounds_are_waited_for_where_many_talk_to_one() {
        let mut rounds = Rounds::default();
        let mut waited = |writes: usize, frames: usize| {
            let mut waited = 0;
            for _ in 0..writes {
                if rounds.wait() {
                    waited += 1;
                    assert!(!rounds.wait(), "one at a time");
                }
                rounds.learn(frames);
            }
            waited
        };
        assert_eq!(waited(170, 1), 10, "tried now and then");
        assert_eq!(waited(17, 20), 1, "tried again");
        assert_eq!(waited(100, 20), 100);
        assert_eq!(waited(8, 1), 8, "once or twice in vain is no matter");
        assert_eq!(waited(16, 1), 0);
    }

    #[test]
    fn answers_to_pings_are_bounded_and_the_last_is_among_them() {
        let mut output = Output::default();
        for number in 0..10_000_u32 {
            output.pong(&number.to_be_bytes());
            assert!(output.pongs.len() <= PONG_BYTES + 6);
        }
        assert!(output.pongs.ends_with(&[0x8a, 4, 0, 0, 0x27, 0x0f]));
    }
}
