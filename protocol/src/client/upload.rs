//! Files on their way to the gateway.

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::id::{AttachmentId, ConversationId};
use crate::limit;
use crate::value::{FieldError, check_client_id, check_name};

/// Begins to upload a file, or goes on with one that was begun with the same `client_id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UploadOpen {
    /// The conversation that the file is for.
    pub conversation: ConversationId,
    /// The sender's idempotency key: the same one again finds the same upload.
    pub client_id: String,
    /// The file's name, one line of at most 200 bytes. A path before it is cut off.
    pub name: String,
    /// Its length in bytes, at least 1.
    pub size: u64,
    /// Its media type, one of `welcome.limits.upload_types`.
    #[serde(rename = "type")]
    pub media_type: String,
    /// The SHA-256 of its bytes, as 64 hexadecimal digits in lower case.
    pub sha256: String,
}

impl UploadOpen {
    /// The rules of its fields; whether size and type are taken is the operator's to say.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        check_client_id("client_id", &self.client_id)?;
        check_name("name", &self.name)?;
        check_name("type", &self.media_type)?;
        if self.size == 0 {
            return Err(FieldError::new("size", "must be at least 1"));
        }
        let digits = self.sha256.len() == 64 && self.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if digits { Ok(()) } else { Err(FieldError::new("sha256", "must be 64 hexadecimal digits in lower case")) }
    }
}

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UploadChunk {
    /// Of which upload.
    pub upload: AttachmentId,
    /// Where in the file its first byte stands: right behind the chunk before.
    pub offset: u64,
    /// 1 to 16,384 bytes.
    pub bytes: Chunk,
}

impl UploadChunk {
    /// The rules of its fields.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<(), FieldError> {
        if (1..=limit::UPLOAD_CHUNK_BYTES).contains(&self.bytes.0.len()) {
            return Ok(());
        }
        Err(FieldError::new("bytes", format!("must be 1 to {} bytes", limit::UPLOAD_CHUNK_BYTES)))
    }
}

/// Gives an upload up: what the gateway has of it is thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UploadAbort {
    /// Which one.
    pub upload: AttachmentId,
}

/// Bytes: MessagePack's `bin` on the wire, hexadecimal digits where the form is text, as in the vectors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "Uint8Array"))]
pub struct Chunk(pub Bytes);

impl Serialize for Chunk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&format_args!("{:x}", self.0))
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Chunk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(ChunkForm { text: true })
        } else {
            deserializer.deserialize_bytes(ChunkForm { text: false })
        }
    }
}

struct ChunkForm {
    text: bool,
}

impl de::Visitor<'_> for ChunkForm {
    type Value = Chunk;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Chunk, E> {
        Ok(Chunk(Bytes::copy_from_slice(bytes)))
    }

    fn visit_str<E: de::Error>(self, digits: &str) -> Result<Chunk, E> {
        // MessagePack's `str` is not bytes, whatever it says.
        let digits = Some(digits).filter(|digits| self.text && digits.len() % 2 == 0);
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        let byte = |pair: &[u8]| Some(digit(pair[0])? << 4 | digit(pair[1])?);
        let bytes = digits.and_then(|digits| digits.as_bytes().chunks_exact(2).map(byte).collect::<Option<Vec<u8>>>());
        bytes.map(|bytes| Chunk(bytes.into())).ok_or_else(|| E::custom("must be bytes"))
    }
}
