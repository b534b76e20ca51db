//! The envelope: a MessagePack array `[op, ref, body]`. It is positional, so that whoever only passes a frame on never
//! decodes its body; the body is a map with names, so that fields can be added and unknown ones ignored.

use std::cell::Cell;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::code::ErrorCode;
use crate::id::{AttachmentId, ConversationId};
use crate::value::FieldError;

/// The kind of a frame. Numbers are never used again for anything else.
pub type Op = u16;

/// Pairs a reply with its request: the request's number, chosen by the client; 0 in a push, and in a request that
/// wants no reply.
pub type Ref = u32;

/// One frame as it came off the wire: the envelope read, the body still bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What kind of frame.
    pub op: Op,
    /// Which request it belongs to.
    pub reference: Ref,
    /// The body: one MessagePack map, whose bounds have been checked.
    pub body: &'a [u8],
}

/// Bytes beyond which the buffer that frames are written in is not kept.
const SCRATCH_BYTES: usize = 64 * 1024;

thread_local! {
    /// Where this thread writes its frames, one after another: each is as long as it is only once it has been written.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Writes one frame.
///
/// The types of this crate serialize without fail: their maps have known lengths and their keys are strings.
pub fn encode<B: Serialize>(op: Op, reference: Ref, body: &B) -> Bytes {
    let mut scratch = SCRATCH.take();
    encode_into(&mut scratch, op, reference, body);
    let frame = Bytes::copy_from_slice(&scratch);
    if scratch.capacity() <= SCRATCH_BYTES {
        scratch.clear();
        SCRATCH.set(scratch);
    }
    frame
}

#[allow(clippy::expect_used, reason = "writing to memory does not fail, nor do this crate's types")]
fn encode_into<B: Serialize>(out: &mut Vec<u8>, op: Op, reference: Ref, body: &B) {
    rmp::encode::write_array_len(out, 3).expect("memory takes it");
    rmp::encode::write_uint(out, u64::from(op)).expect("memory takes it");
    rmp::encode::write_uint(out, u64::from(reference)).expect("memory takes it");
    body.serialize(&mut rmp_serde::Serializer::new(out).with_struct_map()).expect("a body serializes");
}

/// An error as the wire and HTTP carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "WireError"))]
#[error("{}: {text}", code.as_str())]
pub struct Error {
    /// What went wrong.
    pub code: ErrorCode,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// How long to wait before, in milliseconds; 0 when not retryable.
    pub retry_ms: u32,
    /// A sentence for whoever debugs the client.
    pub text: String,
    /// The field at fault, for `bad_field`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub field: Option<String>,
    /// The conversation that could not be resumed, where the request named several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub conversation: Option<ConversationId>,
    /// The upload that this ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub upload: Option<AttachmentId>,
}

/// How long a client waits before it retries when the gateway has no better guess, in milliseconds.
pub const RETRY_MS_DEFAULT: u32 = 1_000;

impl Error {
    /// An error with its code's own verdict on retrying.
    pub fn new(code: ErrorCode, text: impl Into<String>) -> Self {
        let retryable = code.retryable();
        let retry_ms = if retryable { RETRY_MS_DEFAULT } else { 0 };
        Self { code, retryable, retry_ms, text: text.into(), field: None, conversation: None, upload: None }
    }

    /// The same, with the time to wait.
    #[must_use]
    pub fn retry_after(mut self, retry_ms: u32) -> Self {
        self.retry_ms = retry_ms;
        self
    }

    /// The same, about one of several conversations.
    #[must_use]
    pub fn about(mut self, conversation: ConversationId) -> Self {
        self.conversation = Some(conversation);
        self
    }

    /// The same, as the end of an upload.
    #[must_use]
    pub fn of_upload(mut self, upload: AttachmentId) -> Self {
        self.upload = Some(upload);
        self
    }
}

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        let mut wire = Self::new(ErrorCode::BadField, format!("{} {}", error.field, error.rule));
        wire.field = Some(error.field);
        wire
    }
}

/// Declares one direction's frames: the enum, each variant's op and name, decoding by op, and encoding.
///
/// Dispatching on the number and then decoding the body is several times faster than serde's tagged enums.
macro_rules! frames {
    ($(#[$enum_doc:meta])* $enum:ident { $($(#[$doc:meta])* $op:literal $name:literal $variant:ident,)* }) => {
        $(#[$enum_doc])*
        #[allow(clippy::large_enum_variant, reason = "frames live on the stack for one dispatch; none is kept in bulk")]
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $enum { $($(#[$doc])* $variant($variant),)* }

        impl $enum {
            /// Every op of this direction with its name, in the order of `SPEC.md`.
            pub const OPS: &[($crate::frame::Op, &str)] = &[$(($op, $name),)*];

            /// The frame's op.
            #[must_use]
            pub const fn op(&self) -> $crate::frame::Op {
                match self { $(Self::$variant(_) => $op,)* }
            }

            /// The frame's name.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }

            /// Gives a frame its type. `None` is an op that this direction does not have.
            ///
            /// # Errors
            /// The field of the body that is missing or of the wrong type.
            pub fn decode(frame: &$crate::frame::Frame<'_>) -> Option<Result<Self, $crate::value::FieldError>> {
                match frame.op {
                    $($op => Some($crate::codec::body(frame).map(Self::$variant)),)*
                    _ => None,
                }
            }

            /// The frame's bytes.
            #[must_use]
            pub fn encode(&self, reference: $crate::frame::Ref) -> bytes::Bytes {
                match self { $(Self::$variant(body) => $crate::frame::encode($op, reference, body),)* }
            }
        }

        $(impl From<$variant> for $enum {
            fn from(body: $variant) -> Self {
                Self::$variant(body)
            }
        })*
    };
}
pub(crate) use frames;
