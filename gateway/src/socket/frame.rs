//! Frames of the WebSocket protocol (RFC 6455, section 5.2), as a server reads and writes them: their heads, masks and
//! close codes. What they add up to is told by `input` and `output`.

use super::Fault;

/// Longest payload of a control frame, in bytes.
const CONTROL_BYTES: usize = 125;
/// The bit that a message's last frame has.
const FIN: u8 = 0x80;
/// The bits that stand for extensions: there are none here.
const RESERVED: u8 = 0x70;
/// The bit that a client's frames have: they are masked.
const MASKED: u8 = 0x80;
/// In place of a length: the next two bytes hold it.
const LENGTH_16: u8 = 126;
/// In place of a length: the next eight bytes hold it.
const LENGTH_64: u8 = 127;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

impl Opcode {
    fn of(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// The head of a client's frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) opcode: Opcode,
    /// Whether it ends its message.
    pub(super) last: bool,
    mask: [u8; 4],
    /// Bytes of the head itself.
    pub(super) length: usize,
    /// Bytes of the payload.
    pub(super) payload: usize,
}

impl Head {
    /// Reads the head at the beginning of `bytes`; none when they end within it.
    ///
    /// # Errors
    /// It is none of RFC 6455, or the payload is announced with more than `most` bytes.
    pub(super) fn read(bytes: &[u8], most: usize) -> Result<Option<Self>, Fault> {
        let [first, second, ..] = *bytes else { return Ok(None) };
        let opcode = Opcode::of(first & 0x0f).filter(|_| first & RESERVED == 0).ok_or(Fault::Protocol)?;
        let last = first & FIN != 0;
        if second & MASKED == 0 {
            return Err(Fault::Protocol);
        }
        let (short, rest) = (second & !MASKED, &bytes[2..]);
        let (payload, rest) = match short {
            LENGTH_16 => match rest.split_first_chunk::<2>() {
                Some((length, rest)) => (u64::from(u16::from_be_bytes(*length)), rest),
                None => return Ok(None),
            },
            LENGTH_64 => match rest.split_first_chunk::<8>() {
                Some((length, rest)) => (u64::from_be_bytes(*length), rest),
                None => return Ok(None),
            },
            short => (u64::from(short), rest),
        };
        let payload = usize::try_from(payload).unwrap_or(usize::MAX);
        if opcode.is_control() && (!last || payload > CONTROL_BYTES) {
            return Err(Fault::Protocol);
        }
        if payload > most {
            return Err(Fault::TooLong);
        }
        let Some((mask, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        Ok(Some(Self { opcode, last, mask: *mask, length: bytes.len() - rest.len(), payload }))
    }

    /// Takes the mask off the frame's payload.
    pub(super) fn unmask(&self, payload: &mut [u8]) {
        let mask = u32::from_ne_bytes(self.mask);
        let (words, rest) = payload.as_chunks_mut::<4>();
        for word in words {
            *word = (u32::from_ne_bytes(*word) ^ mask).to_ne_bytes();
        }
        for (byte, mask) in rest.iter_mut().zip(self.mask) {
            *byte ^= mask;
        }
    }
}

/// Writes the head of a whole message, or of a control frame, with a payload of `length` bytes.
pub(super) fn write_head(out: &mut Vec<u8>, opcode: Opcode, length: usize) {
    out.push(FIN | opcode as u8);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..LENGTH_16), _) => out.push(short),
        (_, Ok(length)) => {
            out.push(LENGTH_16);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(LENGTH_64);
            out.extend_from_slice(&u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes());
        }
    }
}

/// How many bytes the first frame of `bytes`, which we wrote, takes; as many as are there when it ends beyond them.
pub(super) fn written_length(bytes: &[u8]) -> usize {
    let length = match bytes {
        [_, LENGTH_64, rest @ ..] => rest
            .first_chunk::<8>()
            .map(|length| 10 + usize::try_from(u64::from_be_bytes(*length)).unwrap_or(usize::MAX)),
        [_, LENGTH_16, rest @ ..] => rest.first_chunk::<2>().map(|length| 4 + usize::from(u16::from_be_bytes(*length))),
        [_, short, ..] => Some(2 + usize::from(*short)),
        _ => None,
    };
    length.unwrap_or(bytes.len()).min(bytes.len())
}

/// What a socket is closed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseFrame {
    /// RFC 6455, section 7.4, and our own codes.
    pub code: u16,
    /// For whoever debugs the client.
    pub reason: &'static str,
}

impl CloseFrame {
    /// Writes it.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        // Ours are short; one that is not is no reason to send none of RFC 6455's frames.
        let reason = self.reason.get(..self.reason.len().min(CONTROL_BYTES - 2)).unwrap_or_default();
        write_head(out, Opcode::Close, 2 + reason.len());
        out.extend_from_slice(&self.code.to_be_bytes());
        out.extend_from_slice(reason.as_bytes());
    }
}

/// What a peer's close frame says: its code, if it gives one.
///
/// # Errors
/// A payload of one byte, a code that may not be sent, or a reason that is not UTF-8.
pub(super) fn goodbye(payload: &[u8]) -> Result<Option<u16>, Fault> {
    if payload.is_empty() {
        return Ok(None);
    }
    let (code, reason) = payload.split_first_chunk::<2>().ok_or(Fault::Protocol)?;
    let code = u16::from_be_bytes(*code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Fault::Protocol);
    }
    str::from_utf8(reason).map_err(|_| Fault::NotUtf8)?;
    Ok(Some(code))
}

/// Writes the answer to a peer's close frame.
pub(super) fn write_goodbye(out: &mut Vec<u8>, code: Option<u16>) {
    write_head(out, Opcode::Close, if code.is_some() { 2 } else { 0 });
    out.extend(code.into_iter().flat_map(u16::to_be_bytes));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(bytes: &[u8]) -> Result<Option<Head>, Fault> {
        Head::read(bytes, 100_000)
    }

    #[test]
    fn heads_of_all_three_widths_are_read_once_they_are_whole() {
        for (length, payload) in [
            (&[0x80 | 5][..], 5),
            (&[0x80 | 126, 0, 126], 126),
            (&[0x80 | 126, 0xff, 0xff], 65_535),
            (&[0x80 | 127, 0, 0, 0, 0, 0, 1, 0, 0], 65_536),
        ] {
            let bytes = [&[0x82][..], length, &[1, 2, 3, 4]].concat();
            for cut in 0..bytes.len() {
                assert_eq!(head(&bytes[..cut]), Ok(None), "{bytes:x?} cut to {cut}");
            }
            let read = head(&bytes).unwrap().unwrap();
            assert_eq!(
                (read.opcode, read.last, read.length, read.payload),
                (Opcode::Binary, true, bytes.len(), payload)
            );
        }
    }

    #[test]
    fn what_no_client_may_send_is_a_fault() {
        let faults: [(&[u8], Fault); 8] = [
            (&[0x82, 0x05], Fault::Protocol),
            (&[0xc2, 0x85], Fault::Protocol),
            (&[0x83, 0x85], Fault::Protocol),
            (&[0x8b, 0x85], Fault::Protocol),
            (&[0x09, 0x80], Fault::Protocol),
            (&[0x89, 0xfe, 0, 126], Fault::Protocol),
            (&[0x82, 0xff, 0, 0, 0, 0, 0, 1, 0x86, 0xa1], Fault::TooLong),
            (&[0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Fault::TooLong),
        ];
        for (bytes, fault) in faults {
            assert_eq!(head(bytes), Err(fault), "{bytes:x?}");
        }
    }

    #[test]
    fn a_mask_is_taken_off_to_the_last_byte() {
        let head = head(&[0x82, 0x80, 1, 2, 3, 4]).unwrap().unwrap();
        for length in 0..20 {
            let mut payload: Vec<u8> = (0..length).collect();
            head.unmask(&mut payload);
            let expected: Vec<u8> =
                (0..length).zip([1, 2, 3, 4].into_iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
            assert_eq!(payload, expected);
        }
    }

    #[test]
    fn what_was_written_is_measured_as_it_was_written() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let mut out = Vec::new();
            write_head(&mut out, Opcode::Binary, length);
            out.resize(out.len() + length, 7);
            let whole = out.len();
            assert_eq!(written_length(&out), whole);
            out.extend_from_slice(b"the next");
            assert_eq!(written_length(&out), whole);
        }
        assert_eq!(written_length(&[0x82]), 1);
        assert_eq!(written_length(&[0x82, 126, 1]), 3);
    }

    #[test]
    fn a_close_frame_says_why_and_is_answered_in_kind() {
        let mut out = Vec::new();
        CloseFrame { code: 4001, reason: "bad frame" }.write(&mut out);
        assert_eq!(out, [&[0x88, 11, 0x0f, 0xa1][..], b"bad frame"].concat());
        assert_eq!(goodbye(&[]), Ok(None));
        assert_eq!(goodbye(&[0x03, 0xe8, b'x']), Ok(Some(1000)));
        assert_eq!(goodbye(&[3]), Err(Fault::Protocol));
        assert_eq!(goodbye(&[0x03, 0xe8, 0xff]), Err(Fault::NotUtf8));
        for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000] {
            assert_eq!(goodbye(&code.to_be_bytes()), Err(Fault::Protocol), "{code}");
        }
        let mut out = Vec::new();
        write_goodbye(&mut out, Some(1000));
        write_goodbye(&mut out, None);
        assert_eq!(out, [0x88, 2, 0x03, 0xe8, 0x88, 0]);
    }
}
