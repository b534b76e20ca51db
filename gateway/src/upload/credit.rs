//! Who of a socket's uploads may send how much: they share one [`Window`], each in its turn. Knows numbers only.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use protocol::id::AttachmentId;
use protocol::limit::UPLOAD_CHUNK_BYTES;

use super::window::Window;

/// A whole chunk.
const CHUNK: u64 = UPLOAD_CHUNK_BYTES as u64;
/// Less than this is not worth a frame, unless it is the file's end.
const LEAST: u64 = 4 * 1024;
/// An upload that has credit and sends nothing for so long no longer takes the others' room.
const STALLED: Duration = Duration::from_secs(2);

/// So much more may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Of which upload.
    pub upload: AttachmentId,
    /// What is there of it.
    pub offset: u64,
    /// Bytes behind `offset` that may be sent.
    pub credit: u32,
}

/// Why a chunk is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The upload does not take part.
    Unknown,
    /// It does not begin where the one before ended.
    OutOfOrder,
    /// It is more than was granted.
    BeyondCredit,
}

/// The uploads of one socket and what they may send.
#[derive(Debug)]
pub struct Credit {
    window: Window,
    shares: Vec<Share>,
    /// Whose turn it is.
    turn: usize,
}

#[derive(Debug)]
struct Share {
    upload: AttachmentId,
    size: u64,
    written: u64,
    received: u64,
    granted: u64,
    /// Credits whose last byte has not come.
    marks: VecDeque<Mark>,
    /// When it last sent or was granted something.
    active: Instant,
}

#[derive(Debug)]
struct Mark {
    upto: u64,
    at: Instant,
    /// Whether the window was full with it.
    filled: bool,
}

impl Share {
    /// Bytes that are granted and not written: on their way, or in memory.
    fn outstanding(&self) -> u64 {
        self.granted - self.written
    }
}

impl Credit {
    /// No uploads, and all of `window`.
    #[must_use]
    pub fn new(window: Window) -> Self {
        Self { window, shares: Vec::new(), turn: 0 }
    }

    /// An upload of `size` bytes goes on at `offset`. Its first credit, which may be nothing, is for its `upload_ready`.
    pub fn join(&mut self, upload: AttachmentId, size: u64, offset: u64, now: Instant) -> u32 {
        self.leave(upload);
        let (marks, at) = (VecDeque::new(), offset);
        self.shares.push(Share { upload, size, written: at, received: at, granted: at, marks, active: now });
        let joined = self.shares.len() - 1;
        self.give(joined, now);
        credit(self.shares[joined].outstanding())
    }

    /// An upload has ended, or goes on elsewhere. Bytes that were granted to it and may be on their way.
    pub fn leave(&mut self, upload: AttachmentId) -> u64 {
        let Some(index) = self.shares.iter().position(|share| share.upload == upload) else { return 0 };
        let share = self.shares.remove(index);
        share.granted - share.received
    }

    /// Whether an upload could go on if it were granted something, and has nothing under way that would bring that about.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.shares.iter().any(|share| share.outstanding() == 0 && share.granted < share.size)
    }

    /// A chunk of `bytes` at `offset` has come.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn receive(&mut self, upload: AttachmentId, offset: u64, bytes: u64, now: Instant) -> Result<(), Refused> {
        let share = self.shares.iter_mut().find(|share| share.upload == upload).ok_or(Refused::Unknown)?;
        if offset != share.received {
            return Err(Refused::OutOfOrder);
        }
        if share.received + bytes > share.granted {
            return Err(Refused::BeyondCredit);
        }
        share.received += bytes;
        share.active = now;
        while share.marks.front().is_some_and(|mark| mark.upto <= share.received)
            && let Some(mark) = share.marks.pop_front()
        {
            self.window.turned_around(mark.at, mark.filled, now);
        }
        Ok(())
    }

    /// An upload is written up to byte `upto`.
    pub fn written(&mut self, upload: AttachmentId, upto: u64) {
        if let Some(share) = self.shares.iter_mut().find(|share| share.upload == upload) {
            share.written = upto;
        }
    }

    /// Grants what there is room for, each in its turn.
    pub fn grant(&mut self, now: Instant) -> Vec<Grant> {
        let mut given = Vec::new();
        let turn = self.turn;
        for step in 0..self.shares.len() {
            let index = (turn + step) % self.shares.len();
            match self.give(index, now) {
                Given::Some => given.push(index),
                Given::Enough => {}
                Given::NoRoom => {
                    // It goes first when there is.
                    self.turn = index;
                    break;
                }
            }
        }
        let grant = |share: &Share| {
            let (upload, offset) = (share.upload, share.written);
            Grant { upload, offset, credit: credit(share.outstanding()) }
        };
        given.iter().map(|index| grant(&self.shares[*index])).collect()
    }

    /// Grants what one upload wants and the window has room for. Each may have a chunk under way, however many share:
    /// they take turns rather than crumbs.
    fn give(&mut self, index: usize, now: Instant) -> Given {
        let (window, ahead) = (self.window.size(), self.in_flight(now));
        let room = window.saturating_sub(ahead);
        let fair = CHUNK.max(window / self.shares.len() as u64);
        let share = &mut self.shares[index];
        let outstanding = share.outstanding();
        let wanted = fair.saturating_sub(outstanding).min(share.size - share.granted);
        if wanted == 0 {
            return Given::Enough;
        }
        let bytes = wanted.min(room);
        let ends = share.granted + bytes == share.size;
        if bytes < LEAST && !(ends && bytes > 0) {
            return if wanted < LEAST { Given::Enough } else { Given::NoRoom };
        }
        share.granted += bytes;
        share.active = now;
        share.marks.push_back(Mark { upto: share.granted, at: now, filled: ahead + bytes + LEAST >= window });
        self.turn = index + 1;
        Given::Some
    }

    fn in_flight(&self, now: Instant) -> u64 {
        let alone = self.shares.len() == 1;
        let counts = |share: &&Share| alone || now.saturating_duration_since(share.active) < STALLED;
        self.shares.iter().filter(counts).map(Share::outstanding).sum()
    }
}

enum Given {
    Some,
    Enough,
    NoRoom,
}

/// A window is far below 4 GiB.
fn credit(bytes: u64) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
