//! Latest-wins frames: of each key only the newest waits, in the place of the first.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

use super::{Key, QueueLimits};

/// How many frames are searched through for a key; where more wait there is an index.
const FEW: usize = 16;

/// The latest-wins frames of one socket.
#[allow(clippy::box_collection, reason = "a map takes 48 bytes where it is held, and most sockets never have this one")]
#[derive(Default)]
pub(super) struct Latest {
    /// Longest waiting first: what is replaced often does not wait for ever.
    frames: VecDeque<(Key, Bytes)>,
    /// How many were taken before the first of them.
    taken: usize,
    /// Where more than [`FEW`] wait: which of all that ever came each key's frame is.
    index: Option<Box<HashMap<Key, usize>>>,
    bytes: usize,
}

impl Latest {
    /// Whether `frame` may be put without breaking `limits`.
    pub(super) fn fits(&self, key: &Key, frame: &Bytes, limits: &QueueLimits) -> bool {
        // Most sockets are far from their limits: whether it replaces another need not be known.
        if self.frames.len() < limits.latest_keys && self.bytes + frame.len() <= limits.latest_bytes {
            return true;
        }
        let replaced = self.find(key).map(|at| self.frames[at].1.len());
        let keys = self.frames.len() + usize::from(replaced.is_none());
        let bytes = self.bytes - replaced.unwrap_or(0) + frame.len();
        keys <= limits.latest_keys && bytes <= limits.latest_bytes
    }

    /// Puts a frame in place of an earlier one with its key.
    pub(super) fn put(&mut self, key: Key, frame: Bytes) {
        self.bytes += frame.len();
        if let Some(at) = self.find(&key) {
            let replaced = std::mem::replace(&mut self.frames[at].1, frame);
            self.bytes -= replaced.len();
            return;
        }
        self.frames.push_back((key, frame));
        let (taken, frames) = (self.taken, &self.frames);
        match &mut self.index {
            Some(index) => {
                index.insert(key, taken + frames.len() - 1);
            }
            None if frames.len() > FEW => {
                let index = frames.iter().enumerate().map(|(at, (key, _))| (*key, taken + at)).collect();
                self.index = Some(Box::new(index));
            }
            None => {}
        }
    }

    /// Where the frame with a key waits.
    fn find(&self, key: &Key) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).map(|number| number - self.taken),
            None => self.frames.iter().position(|(other, _)| other == key),
        }
    }

    /// Moves frames to the end of `taken`, up to `most` bytes of them, at least one if there is any.
    pub(super) fn take(&mut self, most: usize, taken: &mut Vec<Bytes>) {
        let mut bytes = 0;
        while self.frames.front().is_some_and(|(_, next)| bytes == 0 || bytes + next.len() <= most)
            && let Some((key, frame)) = self.frames.pop_front()
        {
            bytes += frame.len();
            self.taken += 1;
            if let Some(index) = &mut self.index {
                index.remove(&key);
            }
            taken.push(frame);
        }
        self.bytes -= bytes;
        // An idle socket keeps no room for frames: there are many of those.
        if self.frames.is_empty() {
            *self = Self::default();
        }
    }

    /// How many bytes wait.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}
