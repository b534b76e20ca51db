//! As much of RFC 6455 as somebody needs who reads along between two ends that keep to it: where a handshake ends, and
//! where a message.

/// Bit of a frame's first byte: the message ends with it.
const FIN: u8 = 0x80;
/// Opcode of a binary message.
const BINARY: u8 = 0x2;
/// Bit of a frame's second byte: four bytes to mask the payload with follow the length.
const MASK: u8 = 0x80;

/// Whether a payload is masked, as what clients send must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Masking {
    /// With four zeros, which change nothing.
    Masked,
    /// Not at all.
    Plain,
}

/// One message, of one frame.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// Bytes that it takes up.
    pub length: usize,
    /// Whether it is a binary one, rather than text, ping, pong or close.
    pub binary: bool,
    /// What it says, unmasked.
    pub payload: Vec<u8>,
}

/// How long the head of the request or answer is that `bytes` begin with, if all of it is there.
#[must_use]
pub fn head_length(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

/// The message that `bytes` begin with, if all of it is there.
#[must_use]
pub fn message(bytes: &[u8]) -> Option<Message> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    assert_eq!(first & FIN, FIN, "neither end spreads a message over frames");
    let (size, mut at) = match second & !MASK {
        126 => (u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
        127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?), 10),
        short => (u64::from(short), 2),
    };
    let mut key = [0; 4];
    if second & MASK != 0 {
        key = bytes.get(at..at + 4)?.try_into().ok()?;
        at += 4;
    }
    let length = at + usize::try_from(size).ok()?;
    let payload = bytes.get(at..length)?.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
    Some(Message { length, binary: first & 0x0f == BINARY, payload })
}

/// A binary message.
#[must_use]
pub fn binary(payload: &[u8], masking: Masking) -> Vec<u8> {
    let mask = if masking == Masking::Masked { MASK } else { 0 };
    let mut bytes = vec![FIN | BINARY];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ ..126), _) => bytes.push(mask | short),
        (_, Ok(middle)) => {
            bytes.push(mask | 126);
            bytes.extend(middle.to_be_bytes());
        }
        _ => {
            bytes.push(mask | 127);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    if masking == Masking::Masked {
        bytes.extend([0; 4]);
    }
    bytes.extend(payload);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written_and_not_before_it_is_all_there() {
        for size in [0, 1, 125, 126, 65_535, 65_536] {
            for masking in [Masking::Masked, Masking::Plain] {
                let payload: Vec<u8> = (0..size).map(|n: usize| n as u8).collect();
                let bytes = binary(&payload, masking);
                assert_eq!(message(&bytes[..bytes.len() - 1]), None);
                assert_eq!(message(&bytes), Some(Message { length: bytes.len(), binary: true, payload }));
            }
        }
        // RFC 6455, section 5.7: a masked "Hello".
        let hello = message(&[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]).unwrap();
        assert_eq!((hello.binary, hello.payload.as_slice()), (false, &b"Hello"[..]));
    }
}
