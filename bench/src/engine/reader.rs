//! Bytes to messages: what one socket has read and not handed out yet. Most sockets hold nothing here most of the time:
//! messages are handed out from the buffer that all sockets of a thread share.

use super::codec::{Frame, MESSAGE_BYTES, Opcode, Violation, decode};

/// The parts that have been read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    /// The beginning of a frame whose end has not come.
    rest: Vec<u8>,
    /// The parts of a message whose last has not come.
    parts: Option<Vec<u8>>,
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard<'a> {
    /// A whole message.
    Message(&'a [u8]),
    /// Wants a pong with the same payload.
    Ping(&'a [u8]),
    /// The server says goodbye: its code, and its reason.
    Close(Option<u16>, &'a [u8]),
}

impl Reader {
    /// Takes `chunk`, which was just read, and hands out what is whole with it, until `hear` says that it is enough: then
    /// whatever else was read is forgotten.
    ///
    /// # Errors
    /// The server broke the protocol.
    pub(super) fn read(&mut self, chunk: &[u8], mut hear: impl FnMut(Heard<'_>) -> bool) -> Result<(), Violation> {
        let mut kept = std::mem::take(&mut self.rest);
        if kept.is_empty() {
            let used = self.hand_out(chunk, &mut hear)?;
            kept.extend_from_slice(&chunk[used..]);
        } else {
            kept.extend_from_slice(chunk);
            let used = self.hand_out(&kept, &mut hear)?;
            if used == kept.len() {
                // A long message's memory is not kept for the short ones behind it.
                kept = Vec::new();
            } else {
                kept.drain(..used);
            }
        }
        self.rest = kept;
        Ok(())
    }

    /// Hands out the whole frames of `bytes`; says how many bytes they took.
    fn hand_out(&mut self, bytes: &[u8], hear: &mut impl FnMut(Heard<'_>) -> bool) -> Result<usize, Violation> {
        let mut used = 0;
        while let Some((frame, length)) = decode(&bytes[used..])? {
            used += length;
            if !self.hand_out_one(frame, hear)? {
                return Ok(bytes.len());
            }
        }
        Ok(used)
    }

    fn hand_out_one(&mut self, frame: Frame<'_>, hear: &mut impl FnMut(Heard<'_>) -> bool) -> Result<bool, Violation> {
        let Frame { fin, opcode, payload } = frame;
        Ok(match opcode {
            Opcode::Text | Opcode::Binary if self.parts.is_some() => return Err(Violation::Parts),
            Opcode::Text | Opcode::Binary if fin => hear(Heard::Message(payload)),
            Opcode::Text | Opcode::Binary => {
                self.parts = Some(payload.to_vec());
                true
            }
            Opcode::Continuation => {
                let mut parts = self.parts.take().ok_or(Violation::Parts)?;
                if parts.len() + payload.len() > MESSAGE_BYTES {
                    return Err(Violation::TooLong);
                }
                parts.extend_from_slice(payload);
                if fin {
                    hear(Heard::Message(&parts))
                } else {
                    self.parts = Some(parts);
                    true
                }
            }
            Opcode::Ping => hear(Heard::Ping(payload)),
            Opcode::Pong => true,
            Opcode::Close => {
                let (code, reason) = match payload.split_first_chunk() {
                    Some((code, reason)) => (Some(u16::from_be_bytes(*code)), reason),
                    None => (None, &[][..]),
                };
                hear(Heard::Close(code, reason));
                false
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `chunks` are read as, each message and control frame in words.
    fn read(chunks: &[&[u8]]) -> Result<Vec<String>, Violation> {
        let mut reader = Reader::default();
        let mut heard = Vec::new();
        for chunk in chunks {
            reader.read(chunk, |one| {
                heard.push(match one {
                    Heard::Message(payload) => format!("message {}", String::from_utf8_lossy(payload)),
                    Heard::Ping(payload) => format!("ping {}", String::from_utf8_lossy(payload)),
                    Heard::Close(code, reason) => format!("close {code:?} {}", String::from_utf8_lossy(reason)),
                });
                true
            })?;
        }
        assert!(reader.rest.is_empty() && reader.rest.capacity() == 0, "no memory is kept when nothing is under way");
        Ok(heard)
    }

    /// A message in two parts with a ping between them, two messages, and a goodbye.
    const BYTES: &[u8] = b"\x02\x03one\x89\x01p\x80\x03two\x81\x01a\x82\x00\x8a\x00\x88\x05\x0f\xa1bye";
    const HEARD: [&str; 5] = ["ping p", "message onetwo", "message a", "message ", "close Some(4001) bye"];

    #[test]
    fn messages_are_whole_wherever_the_bytes_are_cut() {
        assert_eq!(read(&[BYTES]).unwrap(), HEARD);
        for cut in 0..BYTES.len() {
            assert_eq!(read(&[&BYTES[..cut], &BYTES[cut..]]).unwrap(), HEARD, "cut at {cut}");
        }
        let single: Vec<&[u8]> = BYTES.chunks(1).collect();
        assert_eq!(read(&single).unwrap(), HEARD);
    }

    #[test]
    fn parts_out_of_order_are_a_violation() {
        assert_eq!(read(&[b"\x80\x01a"]), Err(Violation::Parts));
        assert_eq!(read(&[b"\x01\x01a\x81\x01b"]), Err(Violation::Parts));
    }

    #[test]
    fn a_message_in_parts_is_bounded_too() {
        let mut part = vec![0x02, 127];
        part.extend((MESSAGE_BYTES as u64).to_be_bytes());
        part.resize(part.len() + MESSAGE_BYTES, 0);
        assert_eq!(read(&[&part, b"\x80\x01a"]), Err(Violation::TooLong));
    }

    #[test]
    fn nothing_is_handed_out_after_it_was_enough() {
        let mut reader = Reader::default();
        let mut heard = 0;
        let one = |_: Heard<'_>| {
            heard += 1;
            false
        };
        reader.read(b"\x81\x01a\x81\x01b\x81", one).unwrap();
        assert_eq!((heard, reader.rest.len()), (1, 0));
        let mut heard = 0;
        reader
            .read(b"\x88\x00\x81\x01b", |_| {
                heard += 1;
                true
            })
            .unwrap();
        assert_eq!(heard, 1, "nothing comes after a goodbye");
    }
}
