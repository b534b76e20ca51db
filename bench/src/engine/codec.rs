//! WebSocket frames (RFC 6455, section 5.2), as a client writes and reads them. No extensions.

/// Longest frame or message that a server is believed to send, in bytes.
pub(super) const MESSAGE_BYTES: usize = 4 * 1024 * 1024;
/// Longest payload of a control frame.
const CONTROL_BYTES: usize = 125;
/// The first bit of a frame: the last of its message.
const FIN: u8 = 0x80;
/// Bits that extensions would use.
const RESERVED: u8 = 0x70;
/// The first bit of the second byte: the payload is masked.
const MASKED: u8 = 0x80;
/// A length of two bytes follows.
const LENGTH_16: u8 = 126;
/// A length of eight bytes follows.
const LENGTH_64: u8 = 127;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opcode {
    /// Goes on with a message that was begun.
    Continuation = 0,
    /// Begins a text.
    Text = 1,
    /// Begins bytes.
    Binary = 2,
    /// The last frame of this side.
    Close = 8,
    /// Wants a pong.
    Ping = 9,
    /// Answers a ping.
    Pong = 10,
}

/// One frame, as it lies in what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// Whether its message ends with it.
    pub(super) fin: bool,
    /// What it is.
    pub(super) opcode: Opcode,
    /// What it holds.
    pub(super) payload: &'a [u8],
}

/// How a server broke the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Violation {
    /// An extension's bit, and none was agreed.
    #[error("a frame with a bit that no extension explains")]
    Reserved,
    /// No frame has such an opcode.
    #[error("a frame of an unknown kind")]
    Opcode,
    /// Servers do not mask.
    #[error("a masked frame from a server")]
    Masked,
    /// Longer than anything that is expected.
    #[error("a message of more than {MESSAGE_BYTES} bytes")]
    TooLong,
    /// A control frame in parts, or longer than 125 bytes.
    #[error("a control frame that is too long or in parts")]
    Control,
    /// A continuation of nothing, or a message within another.
    #[error("the parts of a message are out of order")]
    Parts,
}

/// Reads the first frame of `bytes`, if all of it is there, and says how many bytes it takes.
///
/// # Errors
/// What no server may send.
pub(super) fn decode(bytes: &[u8]) -> Result<Option<(Frame<'_>, usize)>, Violation> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    if first & RESERVED != 0 {
        return Err(Violation::Reserved);
    }
    if second & MASKED != 0 {
        return Err(Violation::Masked);
    }
    let fin = first & FIN != 0;
    let opcode = match first & 0x0f {
        0 => Opcode::Continuation,
        1 => Opcode::Text,
        2 => Opcode::Binary,
        8 => Opcode::Close,
        9 => Opcode::Ping,
        10 => Opcode::Pong,
        _ => return Err(Violation::Opcode),
    };
    let (length, rest) = match *second {
        LENGTH_16 => match rest.split_first_chunk() {
            Some((length, rest)) => (u64::from(u16::from_be_bytes(*length)), rest),
            None => return Ok(None),
        },
        LENGTH_64 => match rest.split_first_chunk() {
            Some((length, rest)) => (u64::from_be_bytes(*length), rest),
            None => return Ok(None),
        },
        short => (u64::from(short), rest),
    };
    let length = usize::try_from(length).ok().filter(|length| *length <= MESSAGE_BYTES).ok_or(Violation::TooLong)?;
    if opcode as u8 >= Opcode::Close as u8 && (!fin || length > CONTROL_BYTES) {
        return Err(Violation::Control);
    }
    let used = bytes.len() - rest.len() + length;
    Ok(rest.get(..length).map(|payload| (Frame { fin, opcode, payload }, used)))
}

/// Writes one whole masked frame behind what `out` holds.
pub(super) fn encode(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8], key: u32) {
    let first = FIN | opcode as u8;
    match payload.len() {
        short @ 0..=CONTROL_BYTES => out.extend([first, MASKED | short as u8]),
        middle @ ..=0xffff => {
            out.extend([first, MASKED | LENGTH_16]);
            out.extend((middle as u16).to_be_bytes());
        }
        long => {
            out.extend([first, MASKED | LENGTH_64]);
            out.extend((long as u64).to_be_bytes());
        }
    }
    out.extend(key.to_ne_bytes());
    let begin = out.len();
    out.extend_from_slice(payload);
    mask(&mut out[begin..], key);
}

/// Masks bytes, or takes the mask off.
fn mask(bytes: &mut [u8], key: u32) {
    // Eight at a time: byte by byte it would cost as much as all else that is done for a message outside the kernel.
    let double = u64::from(key) << 32 | u64::from(key);
    let (eights, rest) = bytes.as_chunks_mut::<8>();
    for eight in eights {
        *eight = (u64::from_ne_bytes(*eight) ^ double).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(double.to_ne_bytes()) {
        *byte ^= key;
    }
}

/// Masking keys. They differ from frame to frame, as RFC 6455 wants, and anybody could guess them: they protect proxies, and
/// there is none between two processes of one machine.
#[derive(Debug)]
pub(super) struct Keys(u64);

impl Keys {
    /// A sequence of keys.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// The next (xorshift64).
    pub(super) fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame as a server writes it.
    fn server(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![first];
        match payload.len() {
            short @ 0..=125 => frame.push(short as u8),
            middle @ ..=0xffff => {
                frame.push(126);
                frame.extend((middle as u16).to_be_bytes());
            }
            long => {
                frame.push(127);
                frame.extend((long as u64).to_be_bytes());
            }
        }
        frame.extend(payload);
        frame
    }

    #[test]
    fn frames_of_every_length_are_read_and_wait_for_their_last_byte() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
            let payload: Vec<u8> = (0..length).map(|byte| byte as u8).collect();
            let mut bytes = server(0x82, &payload);
            let whole = bytes.len();
            bytes.extend(server(0x81, b"next"));
            let frame = Frame { fin: true, opcode: Opcode::Binary, payload: &payload };
            assert_eq!(decode(&bytes), Ok(Some((frame, whole))), "{length}");
            for cut in [0, 1, 2, 3, 9, 10, whole / 2, whole - 1].into_iter().filter(|cut| *cut < whole) {
                assert_eq!(decode(&bytes[..cut]), Ok(None), "{length} cut at {cut}");
            }
        }
    }

    #[test]
    fn a_servers_faults_are_named() {
        let mut masked = server(0x82, b"abcd");
        masked[1] |= 0x80;
        for (bytes, violation) in [
            (server(0xc2, b""), Violation::Reserved),
            (server(0x83, b""), Violation::Opcode),
            (masked, Violation::Masked),
            (vec![0x82, 127, 0, 0, 0, 0, 0xff, 0, 0, 0], Violation::TooLong),
            (vec![0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0], Violation::TooLong),
            (server(0x09, b"part"), Violation::Control),
            (server(0x88, &[0; 126]), Violation::Control),
        ] {
            assert_eq!(decode(&bytes), Err(violation), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_written_is_masked_and_can_be_read_back() {
        let mut keys = Keys::new(7);
        for length in [0, 1, 7, 8, 9, 125, 126, 1_000, 65_535, 65_536, 70_001] {
            let payload: Vec<u8> = (0..length).map(|byte| (byte % 251) as u8).collect();
            let key = keys.next();
            let mut bytes = b"before".to_vec();
            encode(&mut bytes, Opcode::Text, &payload, key);
            let frame = &bytes[6..];
            assert_eq!(frame[0], 0x81);
            assert!(frame[1] & 0x80 != 0);
            let head = match frame[1] & 0x7f {
                126 => 4,
                127 => 10,
                _ => 2,
            };
            let (key, masked) = (&frame[head..head + 4], &frame[head + 4..]);
            let plain: Vec<u8> = masked.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
            assert_eq!(plain, payload);
            let mut unmasked = frame[..head].to_vec();
            unmasked[1] &= 0x7f;
            unmasked.extend(plain);
            assert_eq!(decode(&unmasked).unwrap().unwrap().0.payload, payload);
        }
    }

    #[test]
    fn the_example_of_the_rfc_is_written_as_it_says() {
        // RFC 6455, section 5.7: "Hello", masked.
        let mut bytes = Vec::new();
        encode(&mut bytes, Opcode::Text, b"Hello", u32::from_ne_bytes([0x37, 0xfa, 0x21, 0x3d]));
        assert_eq!(bytes, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
    }

    #[test]
    fn keys_differ() {
        let mut keys = Keys::new(0);
        let taken: std::collections::HashSet<_> = (0..1_000).map(|_| keys.next()).collect();
        assert!(taken.len() > 990);
    }
}
