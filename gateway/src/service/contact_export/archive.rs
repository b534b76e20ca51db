//! A ZIP that is written while it is read: a thread packs what tasks hand it, and neither holds more than a few pieces.

use std::cell::Cell;
use std::io::{self, BufWriter, Write};
use std::rc::Rc;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};
use zip::{CompressionMethod, DateTime};

/// Pieces that wait for the thread.
const PIECES: usize = 4;
/// Bytes that are put out at a time.
const BUFFER_BYTES: usize = 64 * 1024;

enum Piece {
    /// What follows belongs to a file of this name.
    File(String),
    Bytes(Bytes),
    /// It is whole.
    End,
}

/// A ZIP under way. One that is dropped before it is finished fails where it is written to.
pub(super) struct Archive {
    pieces: mpsc::Sender<Piece>,
    packing: JoinHandle<io::Result<()>>,
}

impl Archive {
    /// Begins one that goes to `out`.
    pub(super) fn to(out: impl Write + Send + 'static) -> Self {
        let (pieces, queue) = mpsc::channel(PIECES);
        Self { pieces, packing: tokio::task::spawn_blocking(move || pack(out, queue)) }
    }

    /// Begins a file in it.
    pub(super) async fn file(&self, name: &str) -> io::Result<()> {
        self.hand(Piece::File(name.to_owned())).await
    }

    /// More of that file.
    pub(super) async fn write(&self, bytes: impl Into<Bytes>) -> io::Result<()> {
        self.hand(Piece::Bytes(bytes.into())).await
    }

    /// Ends it, and waits until all of it is written.
    pub(super) async fn finish(self) -> io::Result<()> {
        // When the thread has ended, it says why below.
        let _ = self.hand(Piece::End).await;
        self.packing.await.map_err(io::Error::other)?
    }

    async fn hand(&self, piece: Piece) -> io::Result<()> {
        self.pieces.send(piece).await.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// Puts out what it is given, until it is shut: then it swallows it.
struct Valve<W> {
    out: W,
    shut: Rc<Cell<bool>>,
}

impl<W: Write> Write for Valve<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.shut.get() { Ok(bytes.len()) } else { self.out.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.shut.get() { Ok(()) } else { self.out.flush() }
    }
}

fn pack(out: impl Write, mut queue: mpsc::Receiver<Piece>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, out);
    let shut = Rc::new(Cell::new(false));
    let mut zip = ZipWriter::new_stream(Valve { out: &mut out, shut: Rc::clone(&shut) });
    let filled = fill(&mut zip, &mut queue);
    // A ZIP that is dropped ends itself, and one that is not whole must not look as if it were.
    shut.set(filled.is_err());
    drop(zip);
    filled.and_then(|()| out.flush())
}

/// Files are kept as they are: most are pictures, which do not get smaller.
fn fill<W: Write>(zip: &mut ZipWriter<StreamWriter<W>>, queue: &mut mpsc::Receiver<Piece>) -> io::Result<()> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .large_file(true);
    loop {
        match queue.blocking_recv() {
            Some(Piece::File(name)) => zip.start_file(name, options)?,
            Some(Piece::Bytes(bytes)) => zip.write_all(&bytes)?,
            Some(Piece::End) => return Ok(()),
            None => return Err(io::ErrorKind::Interrupted.into()),
        }
    }
}
