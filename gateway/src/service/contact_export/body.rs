//! An export on its way to whoever asked for it over HTTP.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

/// Pieces of an archive that wait to be sent, 64 KiB each.
const PIECES: usize = 4;

/// The archive, piece by piece. One that cannot be made whole ends with an error, and so the answer is cut off. It has its
/// place among the exports until it has been sent.
#[derive(Debug)]
pub struct Body {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    _place: OwnedSemaphorePermit,
}

impl Stream for Body {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.pieces.poll_recv(context)
    }
}

/// The other end of a body, for the thread that packs.
pub(super) struct Sink(pub(super) mpsc::Sender<io::Result<Bytes>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(bytes);
        self.0.blocking_send(Ok(piece)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A body, where it is filled, and where it is told that it cannot be.
pub(super) fn body(place: OwnedSemaphorePermit) -> (Body, Sink, mpsc::Sender<io::Result<Bytes>>) {
    let (sender, pieces) = mpsc::channel(PIECES);
    (Body { pieces, _place: place }, Sink(sender.clone()), sender)
}
