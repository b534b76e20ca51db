//! Entries that Postgres would never take: the writer sets them aside, and somebody looks into it.

use protocol::id::{EntryId, OrganizationId};
use serde_json::Value;
use tokio_postgres::types::ToSql;

use crate::error::StorageError;
use crate::pool::Storage;

const LIST: &str = "select (select row_to_json(x)::text from (
            select r.id, r.conversation_id, r.sender_kind, r.sender_id, r.client_id, r.at,
                encode(r.content, 'hex') as content, r.reason, r.rejected_at
        ) x), r.id
    from rejected_entries r where r.organization_id = $1 and ($2::uuid is null or r.id > $2) order by r.id limit $3";

impl Storage {
    /// An organization's entries that were set aside, each as a JSON object with its reason, by id from `after` on: at
    /// most `limit`.
    ///
    /// # Errors
    /// As every query.
    pub async fn rejected_entries(
        &self,
        organization: OrganizationId,
        after: Option<EntryId>,
        limit: u32,
    ) -> Result<Vec<(EntryId, String)>, StorageError> {
        let params: [&(dyn ToSql + Sync); 3] = [&organization.0, &after.map(|after| after.0), &i64::from(limit)];
        let rows = self.maintain(organization, LIST, &params).await?;
        rows.iter().map(|row| Ok((EntryId(row.try_get(1)?), readable(row.try_get(0)?)?))).collect()
    }
}

/// A row whose `content` is bytes in hexadecimal digits, with the JSON that they hold in their place, or, where they hold
/// none, with what can be read of them.
pub(crate) fn readable(row: &str) -> Result<String, StorageError> {
    let odd = |error: serde_json::Error| StorageError::Fault(format!("a row that is no JSON: {error}"));
    let mut row: Value = serde_json::from_str(row).map_err(odd)?;
    if let Some(content) = row.get_mut("content") {
        let bytes = bytes(content.as_str().unwrap_or_default());
        *content = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
    }
    serde_json::to_string(&row).map_err(odd)
}

fn bytes(digits: &str) -> Vec<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).unwrap_or(0);
    digits.as_bytes().chunks_exact(2).map(|pair| value(pair[0]) << 4 | value(pair[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn bytes_are_shown_as_what_they_hold() {
        let row = |hex: &str| format!(r#"{{"content":"{hex}","reason":"why"}}"#);
        assert_eq!(readable(&row("7b2261223a317d")).unwrap(), r#"{"content":{"a":1},"reason":"why"}"#);
        assert_eq!(readable(&row("c3b6ff")).unwrap(), "{\"content\":\"ö\u{fffd}\",\"reason\":\"why\"}");
        assert_eq!(readable(&row("")).unwrap(), r#"{"content":"","reason":"why"}"#);
    }
}
