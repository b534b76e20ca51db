//! Bodies as JSON, to be written as MessagePack. JSON has no bytes: those of a chunk are hexadecimal digits there.

use protocol::frame::Op;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::bytes;

/// The one frame that has bytes, and their field.
const CHUNK: (Op, &str) = (66, "bytes");

/// A body as it is written in JSON, to be written as MessagePack.
pub(crate) struct Body<'a> {
    pub(crate) op: Op,
    pub(crate) json: &'a Value,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Value::Object(fields) = self.json else { return self.json.serialize(serializer) };
        let mut map = serializer.serialize_map(Some(fields.len()))?;
        for (name, value) in fields {
            match value {
                Value::String(digits) if (self.op, name.as_str()) == CHUNK => {
                    map.serialize_entry(name, &Bin(bytes(digits)))?;
                }
                _ => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}

struct Bin(Vec<u8>);

impl Serialize for Bin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}
