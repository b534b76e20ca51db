//! A walk over MessagePack that allocates nothing: how long a value is, and whether it keeps the bounds.
//! The format is <https://github.com/msgpack/msgpack/blob/master/spec.md>.

use super::CodecError;
use crate::limit;

/// How many bytes the first value of `bytes` takes, its bounds checked on the way.
pub(super) fn value_length(bytes: &[u8]) -> Result<usize, CodecError> {
    let mut at = 0;
    // How many values are still to come at each open level; the first is the value itself.
    let mut open = [0_usize; limit::DEPTH + 1];
    open[0] = 1;
    let mut depth = 0;
    loop {
        while open[depth] == 0 {
            if depth == 0 {
                return Ok(at);
            }
            depth -= 1;
        }
        open[depth] -= 1;
        let (header, held) = header(&bytes[at..])?;
        at += header;
        match held {
            Held::Bytes(length) => {
                at = at.checked_add(length).filter(|&end| end <= bytes.len()).ok_or(CodecError::Truncated)?;
            }
            Held::Values(count) => {
                if depth == limit::DEPTH {
                    return Err(CodecError::TooDeep);
                }
                depth += 1;
                open[depth] = count;
            }
        }
        // A longer frame would be refused anyway: do not walk the rest of it.
        if at > limit::FRAME_BYTES {
            return Err(CodecError::TooLarge);
        }
    }
}

/// What stands behind a value's header.
enum Held {
    Bytes(usize),
    Values(usize),
}

/// The length of the header of the first value of `bytes`, and what it announces.
fn header(bytes: &[u8]) -> Result<(usize, Held), CodecError> {
    let marker = *bytes.first().ok_or(CodecError::Truncated)?;
    let sized = |width: usize| -> Result<usize, CodecError> {
        let field = bytes.get(1..=width).ok_or(CodecError::Truncated)?;
        Ok(field.iter().fold(0, |size, &byte| (size << 8) | usize::from(byte)))
    };
    let values = |header: usize, elements: usize, each: usize| {
        if elements > limit::ELEMENTS { Err(CodecError::TooMany) } else { Ok((header, Held::Values(elements * each))) }
    };
    Ok(match marker {
        // Small integers, nil, false, true.
        0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => (1, Held::Bytes(0)),
        0x80..=0x8f => values(1, usize::from(marker & 0x0f), 2)?,
        0x90..=0x9f => values(1, usize::from(marker & 0x0f), 1)?,
        0xa0..=0xbf => (1, Held::Bytes(usize::from(marker & 0x1f))),
        // bin and str with 8, 16 and 32 bits of length.
        0xc4 | 0xd9 => (2, Held::Bytes(sized(1)?)),
        0xc5 | 0xda => (3, Held::Bytes(sized(2)?)),
        0xc6 | 0xdb => (5, Held::Bytes(sized(4)?)),
        // Numbers of 1, 2, 4 and 8 bytes.
        0xcc | 0xd0 => (1, Held::Bytes(1)),
        0xcd | 0xd1 => (1, Held::Bytes(2)),
        0xca | 0xce | 0xd2 => (1, Held::Bytes(4)),
        0xcb | 0xcf | 0xd3 => (1, Held::Bytes(8)),
        0xdc => values(3, sized(2)?, 1)?,
        0xdd => values(5, sized(4)?, 1)?,
        0xde => values(3, sized(2)?, 2)?,
        0xdf => values(5, sized(4)?, 2)?,
        0xc1 | 0xc7..=0xc9 | 0xd4..=0xd8 => return Err(CodecError::BadByte),
    })
}

/// Takes an array's header off `bytes`, which hold a scanned value: how many elements, or none if it is no array.
pub(super) fn array_header(bytes: &mut &[u8]) -> Option<usize> {
    if !matches!(bytes.first()?, 0x90..=0x9f | 0xdc | 0xdd) {
        return None;
    }
    match header(bytes) {
        Ok((length, Held::Values(count))) => {
            *bytes = &bytes[length..];
            Some(count)
        }
        _ => None,
    }
}

/// Takes a non-negative integer off `bytes`, whatever its width.
pub(super) fn uint(bytes: &mut &[u8]) -> Option<u64> {
    rmp::decode::read_int(bytes).ok()
}

/// Whether a value is a map.
pub(super) fn is_map(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(0x80..=0x8f | 0xde | 0xdf))
}
