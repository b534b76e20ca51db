//! Attachments: files on their way to a conversation, and those that have arrived. Their bytes are kept elsewhere.

use protocol::id::{AttachmentId, ConversationId, OrganizationId, ParticipantId};
use protocol::value::{Millis, Participant};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::error::StorageError;
use crate::label::Label;
use crate::pool::Storage;
use crate::time::timestamp;

/// A file to be uploaded.
#[derive(Clone, Copy, Debug)]
pub struct NewAttachment<'a> {
    /// The conversation that it is for.
    pub conversation: ConversationId,
    /// Who sends it: a visitor or an agent.
    pub uploader: &'a Participant,
    /// The uploader's idempotency key.
    pub client_id: &'a str,
    /// The file's name.
    pub name: &'a str,
    /// Its length in bytes, at least 1.
    pub size: u64,
    /// Its media type.
    pub media_type: &'a str,
    /// The SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// What it will be found by.
    pub key: &'a str,
}

/// A file, on its way or there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAttachment {
    /// Which one.
    pub id: AttachmentId,
    /// The conversation that it is for.
    pub conversation: ConversationId,
    /// Who sends it.
    pub uploader: ParticipantId,
    /// The uploader's idempotency key.
    pub client_id: String,
    /// The file's name.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its media type.
    pub media_type: String,
    /// The SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// What it is found by.
    pub key: String,
    /// Whether its bytes are all there.
    pub done: bool,
}

/// What an attachment is read from, in the order that [`attachment`] takes it.
macro_rules! columns {
    () => {
        "id, conversation_id, uploader_id, client_id, name, size, media_type, sha256, key, done_at is not null"
    };
}

/// As one statement: of two at once one makes it and the other finds it, and it cannot be given up in between.
const OPEN: &str = concat!(
    "insert into attachments (organization_id, id, conversation_id, uploader_kind, uploader_id, client_id, name, size,
         media_type, sha256, key)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict on constraint attachments_upload do update set touched_at = now()
     returning ",
    columns!()
);

const FIND: &str = concat!("select ", columns!(), " from attachments where organization_id = $1 and id = $2");

const FIND_UPLOAD: &str = concat!(
    "select ",
    columns!(),
    " from attachments where organization_id = $1 and uploader_id = $2 and client_id = $3"
);

const KEEP: &str = concat!(
    "update attachments set touched_at = now() where organization_id = $1 and id = $2 and done_at is not null returning ",
    columns!()
);

const FIND_FILE: &str =
    concat!("select ", columns!(), " from attachments where organization_id = $1 and key = $2 and done_at is not null");

/// Those that are there, of a visitor's conversations.
pub(crate) const FILES_OF_VISITOR: &str = concat!(
    "select ",
    columns!(),
    " from attachments where organization_id = $1 and done_at is not null and ($3::uuid is null or id > $3)
         and conversation_id in (select id from conversations where organization_id = $1 and visitor_id = $2)
     order by id limit $4"
);

impl Storage {
    /// Makes an attachment, or finds the one that was made with the same uploader and `client_id`, whatever else it
    /// says, and notes that it is going on.
    ///
    /// # Errors
    /// `Conflict("conversation")` for one that the organization does not have.
    pub async fn open_attachment(
        &self,
        organization: OrganizationId,
        new: &NewAttachment<'_>,
    ) -> Result<StoredAttachment, StorageError> {
        // What does not fit a row is refused by its check.
        let size = i64::try_from(new.size).unwrap_or(0);
        let (id, kind) = (AttachmentId::generate(), new.uploader.kind.label());
        let params: [&(dyn ToSql + Sync); 11] = [
            &organization.0,
            &id.0,
            &new.conversation.0,
            &kind,
            &new.uploader.id.0,
            &new.client_id,
            &new.name,
            &size,
            &new.media_type,
            &new.sha256.as_slice(),
            &new.key,
        ];
        let row = self.query_opt(organization, OPEN, &params).await?;
        row.map_or_else(|| Err(StorageError::Fault("no row came back".into())), |row| attachment(&row))
    }

    /// The attachment that an uploader made with this `client_id`.
    ///
    /// # Errors
    /// As every query.
    pub async fn find_upload(
        &self,
        organization: OrganizationId,
        uploader: ParticipantId,
        client_id: &str,
    ) -> Result<Option<StoredAttachment>, StorageError> {
        let row = self.query_opt(organization, FIND_UPLOAD, &[&organization.0, &uploader.0, &client_id]).await?;
        row.map(|row| attachment(&row)).transpose()
    }

    /// Notes that an attachment's bytes are all there. Says whether there is such an attachment; once more is no harm.
    ///
    /// # Errors
    /// As every query.
    pub async fn finish_attachment(
        &self,
        organization: OrganizationId,
        id: AttachmentId,
    ) -> Result<bool, StorageError> {
        let sql = "update attachments set done_at = coalesce(done_at, now())
             where organization_id = $1 and id = $2 returning id";
        Ok(self.query_opt(organization, sql, &[&organization.0, &id.0]).await?.is_some())
    }

    /// An attachment, done or not.
    ///
    /// # Errors
    /// As every query.
    pub async fn find_attachment(
        &self,
        organization: OrganizationId,
        id: AttachmentId,
    ) -> Result<Option<StoredAttachment>, StorageError> {
        let row = self.query_opt(organization, FIND, &[&organization.0, &id.0]).await?;
        row.map(|row| attachment(&row)).transpose()
    }

    /// An attachment that is done, which its sender is about to send: from now on it is kept as long again as when it
    /// was new.
    ///
    /// # Errors
    /// As every query.
    pub async fn keep_attachment(
        &self,
        organization: OrganizationId,
        id: AttachmentId,
    ) -> Result<Option<StoredAttachment>, StorageError> {
        let row = self.query_opt(organization, KEEP, &[&organization.0, &id.0]).await?;
        row.map(|row| attachment(&row)).transpose()
    }

    /// The attachment of a file that is there.
    ///
    /// # Errors
    /// As every query.
    pub async fn find_file(
        &self,
        organization: OrganizationId,
        key: &str,
    ) -> Result<Option<StoredAttachment>, StorageError> {
        let row = self.query_opt(organization, FIND_FILE, &[&organization.0, &key]).await?;
        row.map(|row| attachment(&row)).transpose()
    }

    /// Forgets an attachment that is not done, and says whether there was such a one. The file that it may have become
    /// just before is noted as abandoned, as of all whose rows go.
    ///
    /// # Errors
    /// As every query.
    pub async fn delete_attachment(
        &self,
        organization: OrganizationId,
        id: AttachmentId,
    ) -> Result<bool, StorageError> {
        let sql = "delete from attachments where organization_id = $1 and id = $2 and done_at is null returning id";
        Ok(self.query_opt(organization, sql, &[&organization.0, &id.0]).await?.is_some())
    }

    /// Those of an organization's uploads that are still on their way: the others' parts are of no use.
    ///
    /// # Errors
    /// As every query.
    pub async fn uploads_among(
        &self,
        organization: OrganizationId,
        ids: &[AttachmentId],
    ) -> Result<Vec<AttachmentId>, StorageError> {
        let sql = "select id from attachments where organization_id = $1 and id = any($2) and done_at is null";
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = self.query(organization, sql, &[&organization.0, &ids]).await?;
        rows.iter().map(|row| Ok(AttachmentId(row.try_get(0)?))).collect()
    }

    /// Any organizations' attachments that are not done and were last opened before then, those that wait the longest
    /// first.
    ///
    /// # Errors
    /// As every query.
    pub async fn expired_uploads(
        &self,
        before: Millis,
        limit: u32,
    ) -> Result<Vec<(OrganizationId, AttachmentId)>, StorageError> {
        let sql = "select organization_id, id from attachments where done_at is null and touched_at < $1
             order by touched_at limit $2";
        let rows = self.look_up_all(sql, &[&timestamp(before), &i64::from(limit)]).await?;
        rows.iter().map(|row| Ok((OrganizationId(row.try_get(0)?), AttachmentId(row.try_get(1)?)))).collect()
    }

    /// Any organizations' attachments that were done and last asked for before then, and that no entry names; those
    /// that wait the longest first.
    ///
    /// # Errors
    /// As every query.
    pub async fn unsent_files(
        &self,
        before: Millis,
        limit: u32,
    ) -> Result<Vec<(OrganizationId, AttachmentId)>, StorageError> {
        let sql = "select organization_id, id from attachments
             where done_at < $1 and sent_at is null and touched_at < $1 order by touched_at limit $2";
        let rows = self.look_up_all(sql, &[&timestamp(before), &i64::from(limit)]).await?;
        rows.iter().map(|row| Ok((OrganizationId(row.try_get(0)?), AttachmentId(row.try_get(1)?)))).collect()
    }

    /// Forgets an attachment as [`Self::unsent_files`] finds them, and says whether it still was one. Its file is noted
    /// as abandoned.
    ///
    /// # Errors
    /// As every query.
    pub async fn delete_unsent(
        &self,
        organization: OrganizationId,
        id: AttachmentId,
        before: Millis,
    ) -> Result<bool, StorageError> {
        let sql = "delete from attachments where organization_id = $1 and id = $2 and done_at < $3 and sent_at is null
             and touched_at < $3 returning id";
        Ok(self.query_opt(organization, sql, &[&organization.0, &id.0, &timestamp(before)]).await?.is_some())
    }
}

/// Reads an attachment from the columns of `columns!`.
pub(crate) fn attachment(row: &Row) -> Result<StoredAttachment, StorageError> {
    let (size, sha256): (i64, &[u8]) = (row.try_get(5)?, row.try_get(7)?);
    let odd = |what: &str| StorageError::Fault(format!("an attachment's row holds an odd {what}"));
    Ok(StoredAttachment {
        id: AttachmentId(row.try_get(0)?),
        conversation: ConversationId(row.try_get(1)?),
        uploader: ParticipantId(row.try_get(2)?),
        client_id: row.try_get(3)?,
        name: row.try_get(4)?,
        size: u64::try_from(size).map_err(|_| odd("size"))?,
        media_type: row.try_get(6)?,
        sha256: sha256.try_into().map_err(|_| odd("hash"))?,
        key: row.try_get(8)?,
        done: row.try_get(9)?,
    })
}
