//! Latest-wins frames: of each key only the newest waits, in the place of the first.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

use super::{Key, QueueLimits};

/// The latest-wins frames of one socket.
#[derive(Default)]
pub(super) struct Latest {
    frames: HashMap<Key, Bytes>,
    /// The keys, longest waiting first: what is replaced often does not wait for ever.
    order: VecDeque<Key>,
    bytes: usize,
}

impl Latest {
    /// Whether `frame` may be put without breaking `limits`.
    pub(super) fn fits(&self, key: &Key, frame: &Bytes, limits: &QueueLimits) -> bool {
        let replaced = self.frames.get(key);
        let keys = self.frames.len() + usize::from(replaced.is_none());
        let bytes = self.bytes - replaced.map_or(0, Bytes::len) + frame.len();
        keys <= limits.latest_keys && bytes <= limits.latest_bytes
    }

    /// Puts a frame in place of an earlier one with its key.
    pub(super) fn put(&mut self, key: Key, frame: Bytes) {
        self.bytes += frame.len();
        match self.frames.insert(key, frame) {
            Some(replaced) => self.bytes -= replaced.len(),
            None => self.order.push_back(key),
        }
    }

    /// Moves frames to the end of `taken`, up to `most` bytes of them, at least one if there is any.
    pub(super) fn take(&mut self, most: usize, taken: &mut Vec<Bytes>) {
        let mut bytes = 0;
        while let Some(key) = self.order.front() {
            let Some(length) = self.frames.get(key).map(Bytes::len) else { break };
            if bytes > 0 && bytes + length > most {
                break;
            }
            taken.extend(self.order.pop_front().and_then(|key| self.frames.remove(&key)));
            bytes += length;
            self.bytes -= length;
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
