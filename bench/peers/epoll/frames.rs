//! WebSocket (RFC 6455) as a server needs it at the least: the handshake's answer, frames of clients, frames to them.

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The whole message in one frame.
const FIN: u8 = 0x80;
/// A client's frames are masked.
const MASKED: u8 = 0x80;
/// Longest payload that is taken: one of a login with all its conversations.
const PAYLOAD_BYTES: u64 = 1024 * 1024;
/// Longest request that is taken for a handshake.
const REQUEST_BYTES: usize = 8 * 1024;

/// Opcodes that a relay looks at.
pub(super) const BINARY: u8 = 2;
/// The client says goodbye.
pub(super) const CLOSE: u8 = 8;
/// The client wants a pong.
pub(super) const PING: u8 = 9;
/// The answer.
pub(super) const PONG: u8 = 10;

/// What a client broke.
#[derive(Debug)]
pub(super) struct Violation;

/// A frame's opcode, and where its payload stands in what was read, unmasked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// What it is.
    pub(super) opcode: u8,
    /// Where its payload begins.
    pub(super) from: usize,
    /// Where it ends, and the next frame begins.
    pub(super) to: usize,
}

/// Answers a handshake, once the request is whole: the answer, and how many bytes the request had.
///
/// # Errors
/// It is no handshake.
pub(super) fn answer(bytes: &[u8]) -> Result<Option<(String, usize)>, Violation> {
    let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") else {
        return if bytes.len() > REQUEST_BYTES { Err(Violation) } else { Ok(None) };
    };
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| Violation)?;
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let key = fields.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
    let accept = derive_accept_key(key.ok_or(Violation)?.1.trim().as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
    );
    Ok(Some((answer, end + 4)))
}

/// Finds the next frame of `bytes` from `at` on and unmasks it there; `None` while it is not whole.
///
/// # Errors
/// It is in parts, not masked, or too long.
pub(super) fn next(bytes: &mut [u8], at: usize) -> Result<Option<Frame>, Violation> {
    let head = &bytes[at..];
    let [first, second, ..] = *head else { return Ok(None) };
    if first & FIN == 0 || second & MASKED == 0 {
        return Err(Violation);
    }
    let (length, extended) = match second & !MASKED {
        126 => match head.get(2..4) {
            Some(length) => (length.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), 2),
            None => return Ok(None),
        },
        127 => match head.get(2..10) {
            Some(length) => (length.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), 8),
            None => return Ok(None),
        },
        length => (u64::from(length), 0),
    };
    if length > PAYLOAD_BYTES {
        return Err(Violation);
    }
    let Some(key) = head.get(2 + extended..6 + extended).and_then(|key| <[u8; 4]>::try_from(key).ok()) else {
        return Ok(None);
    };
    let from = at + 6 + extended;
    let to = from + length as usize;
    let Some(payload) = bytes.get_mut(from..to) else { return Ok(None) };
    unmask(payload, key);
    Ok(Some(Frame { opcode: first & 0x0f, from, to }))
}

fn unmask(payload: &mut [u8], key: [u8; 4]) {
    let wide = u64::from(u32::from_ne_bytes(key));
    let wide = (wide << 32 | wide).to_ne_bytes();
    let mut words = payload.chunks_exact_mut(8);
    for word in &mut words {
        word.iter_mut().zip(wide).for_each(|(byte, key)| *byte ^= key);
    }
    words.into_remainder().iter_mut().zip(wide).for_each(|(byte, key)| *byte ^= key);
}

/// Begins a frame whose payload follows.
pub(super) fn head(out: &mut Vec<u8>, opcode: u8, length: usize) {
    out.push(FIN | opcode);
    match length {
        0..=125 => out.push(length as u8),
        126..=0xffff => {
            out.push(126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_one_after_the_other() {
        let key = [1, 2, 3, 4];
        let mut bytes = Vec::new();
        for payload in [b"hello, relay".as_slice(), b""] {
            bytes.extend_from_slice(&[FIN | BINARY, MASKED | payload.len() as u8]);
            bytes.extend_from_slice(&key);
            bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
        }
        let first = next(&mut bytes, 0).unwrap().unwrap();
        assert_eq!(&bytes[first.from..first.to], b"hello, relay");
        let second = next(&mut bytes, first.to).unwrap().unwrap();
        assert_eq!((second.from, second.to), (bytes.len(), bytes.len()));
        let mut part = bytes[..9].to_vec();
        assert_eq!(next(&mut part, 0).unwrap(), None);
        assert!(next(&mut [FIN | BINARY, 0], 0).is_err());
    }

    #[test]
    fn a_handshake_is_answered_when_it_is_whole() {
        let request = b"GET / HTTP/1.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nmore";
        assert!(answer(&request[..20]).unwrap().is_none());
        let (text, length) = answer(request).unwrap().unwrap();
        // The key and its answer are RFC 6455's example.
        assert!(text.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert_eq!(&request[length..], b"more");
    }
}
