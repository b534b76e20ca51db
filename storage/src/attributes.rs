//! Attributes as `jsonb` holds them.

use protocol::value::{Attribute, Attributes, check_attributes};
use serde_json::{Map, Value};
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use crate::error::StorageError;

/// The greatest integer, either way, that the wire takes as one.
const INTEGER_MOST: u64 = (1 << 53) - 1;

/// Reads attributes from a column.
///
/// `jsonb` keeps numbers, not how they were written: 1e16 comes back as an integer, and may be one that the wire would
/// refuse. It is the number that it was before.
pub(crate) fn attributes(row: &Row, column: usize) -> Result<Attributes, StorageError> {
    let Json(stored): Json<Map<String, Value>> = row.try_get(column)?;
    stored.into_iter().map(|(name, value)| Ok((name, attribute(value)?))).collect()
}

fn attribute(value: Value) -> Result<Attribute, StorageError> {
    match value {
        Value::Null => Ok(Attribute::Nothing),
        Value::Bool(flag) => Ok(Attribute::Flag(flag)),
        Value::String(text) => Ok(Attribute::Text(text)),
        Value::Number(number) => {
            let integer = number.as_i64().filter(|integer| integer.unsigned_abs() <= INTEGER_MOST);
            match (integer, number.as_f64()) {
                (Some(integer), _) => Ok(Attribute::Integer(integer)),
                (None, Some(number)) => Ok(Attribute::Number(number)),
                (None, None) => Err(StorageError::Fault(format!("a row holds the number {number}"))),
            }
        }
        Value::Array(_) | Value::Object(_) => Err(StorageError::Fault("a row's attribute holds more than one".into())),
    }
}

/// Sets and forgets attributes.
///
/// # Errors
/// `Conflict("attributes")` when there would be more, or more bytes of them, than a visitor may have.
pub(crate) fn merge(mut known: Attributes, changes: &Attributes) -> Result<Attributes, StorageError> {
    for (name, value) in changes {
        match value {
            Attribute::Nothing => known.remove(name),
            value => known.insert(name.clone(), value.clone()),
        };
    }
    check_attributes("attributes", &known).map_err(|_| StorageError::Conflict("attributes"))?;
    Ok(known)
}

/// The bytes of names and texts.
pub(crate) fn bytes_of(attributes: &Attributes) -> usize {
    let text = |value: &Attribute| if let Attribute::Text(text) = value { text.len() } else { 0 };
    attributes.iter().map(|(name, value)| name.len() + text(value)).sum()
}
