//! Entries that Postgres will never take, set aside with its reason for whoever looks into it.

use protocol::value::Content;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement};

use crate::label::Label;
use crate::time::timestamp;
use crate::writer::NewEntry;

/// Characters of a reason that are kept.
const REASON_CHARS: usize = 2_000;

/// An entry that is sent again, and refused again, has another id: each is kept.
const NOTE: &str = "insert into rejected_entries
        (organization_id, id, conversation_id, sender_kind, sender_id, client_id, at, content, reason)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (organization_id, id) do nothing";

/// The prepared statement.
pub(super) struct Reject {
    note: Statement,
}

impl Reject {
    pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
        Ok(Self { note: client.prepare(NOTE).await? })
    }

    /// Sets an entry aside, in a transaction of its own.
    pub(super) async fn note(&self, client: &Client, entry: &NewEntry, reason: &str) -> Result<(), Error> {
        let reason: String = storable(reason).chars().take(REASON_CHARS).collect();
        let params: [&(dyn ToSql + Sync); 9] = [
            &entry.organization.0,
            &entry.id.0,
            &entry.conversation.0,
            &entry.sender.kind.label(),
            &entry.sender.id.0,
            &storable(&entry.client_id),
            &timestamp(entry.at),
            &bytes(&entry.content),
            &reason,
        ];
        client.execute(&self.note, &params).await.map(|_| ())
    }
}

/// As JSON in bytes: what it says may be just what no text of Postgres can hold.
fn bytes(content: &Content) -> Vec<u8> {
    // Whatever can be sent to a client can be written as JSON.
    serde_json::to_vec(content).unwrap_or_default()
}

/// A text without what no text of Postgres can hold.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
