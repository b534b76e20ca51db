//! Mutations of messages, the same in every run: such as get past the envelope often enough to reach what lies behind.

/// Bytes that mean something to MessagePack: the least and greatest of the small forms, and each wide one.
const MARKERS: &[u8] = &[
    0x00, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x91, 0x9f, 0xa0, 0xa1, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7,
    0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0,
    0xff,
];

/// Makes mutations, by xorshift (Marsaglia, 2003).
pub(crate) struct Mutations(u64);

impl Mutations {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Below `end`, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    pub(crate) fn pick<'a>(&mut self, messages: &'a [Vec<u8>]) -> &'a [u8] {
        let at = self.below(messages.len());
        &messages[at]
    }

    /// `message`, changed in one to four places.
    pub(crate) fn of(&mut self, message: &[u8], other: &[u8]) -> Vec<u8> {
        let mut mutated = message.to_vec();
        for _ in 0..=self.below(4) {
            self.change(&mut mutated, other);
        }
        mutated
    }

    fn change(&mut self, message: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(message.len() + 1);
        // Never so much that one message takes the test's time.
        let span = 1 + self.below(64);
        let end = (at + span).min(message.len());
        match self.below(7) {
            0 if at < message.len() => message[at] ^= 1 << self.below(8),
            1 if at < message.len() => message[at] = MARKERS[self.below(MARKERS.len())],
            2 => message.insert(at, MARKERS[self.below(MARKERS.len())]),
            3 => message.truncate(at),
            4 => drop(message.drain(at..end)),
            5 => {
                let again = message[at..end].to_vec();
                message.splice(at..at, again);
            }
            _ => {
                let from = self.below(other.len() + 1);
                let to = (from + span).min(other.len());
                message.splice(at..end, other[from..to].iter().copied());
            }
        }
    }
}
