//! Bytes to frames. A WebSocket message holds one or more frames back to back; everything about their size and depth
//! is checked here, before serde sees a byte, so that no sender decides how much a gateway allocates or recurses.

use serde::de::DeserializeOwned;

use crate::frame::{Frame, Op, Ref};
use crate::limit;
use crate::value::{FieldError, clean_line};

mod scan;
mod strict;

use strict::Strict;

/// Why bytes are not frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The bytes end inside a frame.
    #[error("the message ends inside a frame")]
    Truncated,
    /// A frame is longer than [`limit::FRAME_BYTES`].
    #[error("a frame must be at most {} bytes", limit::FRAME_BYTES)]
    TooLarge,
    /// Arrays and maps are nested deeper than [`limit::DEPTH`].
    #[error("a frame must be nested at most {} deep", limit::DEPTH)]
    TooDeep,
    /// An array or map holds more than [`limit::ELEMENTS`].
    #[error("an array or map must hold at most {} elements", limit::ELEMENTS)]
    TooMany,
    /// A frame does not begin `[op, ref, body]`.
    #[error("a frame must be an array [op, ref, body]: an op up to 65535, a ref up to 4294967295, a map")]
    BadEnvelope,
    /// MessagePack's one unused byte, 0xc1, or an extension type, which this protocol has none of.
    #[error("a frame must not hold extension types or the byte 0xc1")]
    BadByte,
}

/// Splits a message into its frames: yields each, or the first thing that is wrong, and nothing after it.
#[must_use]
pub fn frames(message: &[u8]) -> Frames<'_> {
    Frames { rest: message }
}

/// The frames of a message.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    rest: &'a [u8],
}

impl<'a> Frames<'a> {
    /// The bytes of those that have not been yielded.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, CodecError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let split = split(self.rest);
        self.rest = split.as_ref().map_or(&[], |(_, rest)| rest);
        Some(split.map(|(frame, _)| frame))
    }
}

/// The first frame of `bytes`, and what follows it.
fn split(bytes: &[u8]) -> Result<(Frame<'_>, &[u8]), CodecError> {
    let length = scan::value_length(bytes)?;
    if length > limit::FRAME_BYTES {
        return Err(CodecError::TooLarge);
    }
    let (mut frame, rest) = bytes.split_at(length);
    let elements = scan::array_header(&mut frame).ok_or(CodecError::BadEnvelope)?;
    // More than three elements are a later version's: passed over, not refused.
    if elements < 3 {
        return Err(CodecError::BadEnvelope);
    }
    let op = scan::uint(&mut frame).and_then(|op| Op::try_from(op).ok()).ok_or(CodecError::BadEnvelope)?;
    let reference = scan::uint(&mut frame).and_then(|r| Ref::try_from(r).ok()).ok_or(CodecError::BadEnvelope)?;
    let body = if elements == 3 { frame } else { &frame[..scan::value_length(frame)?] };
    if !scan::is_map(body) {
        return Err(CodecError::BadEnvelope);
    }
    Ok((Frame { op, reference, body }, rest))
}

/// Reads a frame's body. Unknown fields are ignored; the bounds were checked when the frame was split off.
///
/// # Errors
/// The field that is missing or of the wrong type.
pub fn body<B: DeserializeOwned>(frame: &Frame<'_>) -> Result<B, FieldError> {
    // A good body is read without keeping track of where the reader stands; only a bad one is read again for that.
    let reader = || rmp_serde::Deserializer::from_read_ref(frame.body);
    B::deserialize(Strict(&mut reader()))
        .or_else(|_| serde_path_to_error::deserialize(Strict(&mut reader())).map_err(field_error))
}

/// serde's words as a field and its rule. They may quote the sender, so they are cut.
fn field_error(error: serde_path_to_error::Error<rmp_serde::decode::Error>) -> FieldError {
    let path = error.path().to_string();
    let text = match error.into_inner() {
        rmp_serde::decode::Error::Syntax(text) | rmp_serde::decode::Error::Uncategorized(text) => text,
        other => other.to_string(),
    };
    // serde tells of these at the map, not at the field.
    for (words, rule) in [("missing field `", "is required"), ("duplicate field `", "must be there once")] {
        if let Some(field) = text.strip_prefix(words).and_then(|rest| rest.strip_suffix('`')) {
            let field = if path == "." { field.to_owned() } else { format!("{path}.{field}") };
            return FieldError::new(field, rule);
        }
    }
    let path = if path == "." { "body" } else { &path };
    FieldError::new(
        clean_line(path, limit::NAME_BYTES),
        format!("is not readable: {}", clean_line(&text, limit::NAME_BYTES)),
    )
}

#[cfg(test)]
mod tests;
