//! Files that entries name, noted in the entries' own commit: what somebody may have seen is never taken for left over.

use futures_util::future::OptionFuture;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement};
use uuid::Uuid;

use crate::writer::batch::Plan;

/// A file is of one conversation, whose row is locked: no two writers note the same ones at once.
const NOTE: &str = "update attachments a set sent_at = now()
    from unnest($1::uuid[], $2::uuid[]) as k(organization_id, id)
    where a.organization_id = k.organization_id and a.id = k.id and a.sent_at is null";

/// The prepared statement.
pub(super) struct Sent {
    note: Statement,
}

impl Sent {
    pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
        Ok(Self { note: client.prepare(NOTE).await? })
    }

    /// Notes the files of the plan's new entries, sent with the first poll; without any it sends nothing.
    pub(super) async fn note(&self, client: &Client, plan: &Plan<'_>) -> Result<(), Error> {
        let named = plan.fresh.iter().filter_map(|(_, entry)| {
            let file = entry.content.attachment.as_ref()?;
            Some((entry.organization.0, file.id.0))
        });
        let (organizations, files): (Vec<Uuid>, Vec<Uuid>) = named.unzip();
        let params: [&(dyn ToSql + Sync); 2] = [&organizations, &files];
        let noted = OptionFuture::from((!files.is_empty()).then(|| client.execute(&self.note, &params))).await;
        noted.transpose().map(|_| ())
    }
}
