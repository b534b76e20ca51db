//! Exports: all that is held of a contact, as one ZIP.
//!
//! `files/<id>-<name>` are the files of the contact's conversations, the members' included. `contact.json` stands behind
//! them and is one object. Times are ISO 8601; what is not known is `null`.
//!
//! - `format`: 1. `exported_at`. `organization`: `id`, `name`.
//! - `contact`: `id`, `name`, `email`, `phone`, `external_id`, `verified` (whether the site vouched for `external_id`),
//!   `attributes`, `created_at`.
//! - `sessions`, one for each browser: `id`, `ip_address`, `user_agent`, `referrer`, `current_url`, `country`, `city`,
//!   `device_type`, `browser`, `os`, `created_at`, `last_seen_at`, `expires_at`.
//! - `conversations`: `id`, `client_id`, `status`, `priority`, `department_id` and `department` (its name), `assignee_id`
//!   and `assignee` (likewise), `answers` to the pre-chat form, `rating`, `rating_comment`, `rated_at`, `head_seq` (the
//!   number of entries), `preview_from`, `preview_text`, `visitor_read_seq`, `agent_read_seq` and
//!   `agent_read_id` (the furthest of the agents), `created_at`, `updated_at`, and
//!   - `entries`, all of them, the members' notes included: what is held of somebody is also what is noted of them.
//!     `seq`, `id`, `sender_kind`, `sender_id` and `sender` (their name), `client_id`, `at`, `content` as on the wire.
//!   - `read_marks`: `participant_id`, `kind`, `last_read_seq`.
//!   - `attachments`, those on their way included: `id`, `uploader_kind`, `uploader_id`, `client_id`, `name`, `size`,
//!     `media_type`, `sha256`, `key` (in its URL), `created_at`, `touched_at`, `done_at`, `sent_at`, and `file`: its path
//!     in the ZIP, `null` where there are no bytes.
//! - `page_views`: `id`, `at`, `url`, `title`, `referrer`. `events`: `id`, `at`, `name`, `properties`.
//! - `rejected_entries`, which could not be stored: `id`, `conversation_id`, `client_id`, `at`, `content`, `reason`,
//!   `rejected_at`.
//!
//! Left out are the hashes of session tokens, which tell nothing, and words that are made from the rest.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use futures_util::StreamExt;
use protocol::frame::Error;
use protocol::id::{ConversationId, OrganizationId, VisitorId};
use storage::{ExportPart, ExportPlace, Storage, StoredAttachment};
use uuid::Uuid;

use super::authorize::{Action, Principal, authorize};
use crate::error::{from_storage, not_found, rate_limited};
use crate::files::Files;
use crate::state::App;
use archive::Archive;
pub use body::Body;

mod archive;
mod body;

/// Rows that are read at a time.
const ROWS: u32 = 500;
/// Bytes of JSON that are handed on at a time.
const JSON_BYTES: usize = 64 * 1024;
/// Longest part of a file's own name in the ZIP, in bytes: with the id before it, it must fit the 255 that systems allow.
const NAME_BYTES: usize = 200;
/// How long to wait when as many exports are under way as may be, in milliseconds.
const RETRY_MS: u32 = 5_000;

/// An export of a contact of the asker's organization, as it is made.
///
/// # Errors
/// `forbidden`, `not_found`, `rate_limited`, `unavailable`.
pub async fn stream(app: &Arc<App>, principal: &Principal, visitor: VisitorId) -> Result<Body, Error> {
    authorize(principal, Action::ExportContact)?;
    let organization = principal.organization();
    let place = Arc::clone(&app.maintenance.exports).try_acquire_owned().map_err(|_| rate_limited(RETRY_MS))?;
    let head = app.storage.export_contact(organization, visitor).await.map_err(from_storage)?;
    let head = head.ok_or_else(|| not_found("contact"))?;
    let (body, sink, failed) = body::body(place);
    let app = Arc::clone(app);
    app.tasks.clone().spawn(async move {
        let export = Export { storage: &app.storage, files: &app.uploads.files, organization, visitor };
        if let Err(error) = export.write(&head, sink).await {
            tracing::warn!(%error, "an export was cut off");
            // Whoever asked may be gone.
            let _ = failed.send(Err(error)).await;
        }
    });
    Ok(body)
}

/// What an export is made of.
pub struct Export<'a> {
    /// Where the rows are.
    pub storage: &'a Storage,
    /// Where the files are.
    pub files: &'a Files,
    /// The tenant.
    pub organization: OrganizationId,
    /// The contact.
    pub visitor: VisitorId,
}

impl Export<'_> {
    /// Writes the ZIP; `head` is what storage says it begins with.
    ///
    /// # Errors
    /// Whatever cannot be read or written. What was written until then is no ZIP.
    pub async fn write(&self, head: &str, out: impl Write + Send + 'static) -> io::Result<()> {
        let archive = Archive::to(out);
        match self.fill(head, &archive).await {
            Ok(()) => archive.finish().await,
            // The thread has ended, and says why.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => archive.finish().await.and(Err(error)),
            Err(error) => Err(error),
        }
    }

    async fn fill(&self, head: &str, archive: &Archive) -> io::Result<()> {
        let paths = self.write_files(archive).await?;
        archive.file("contact.json").await?;
        let mut json = Json { archive, held: Vec::with_capacity(JSON_BYTES) };
        json.text(head.strip_suffix('}').unwrap_or(head)).await?;
        json.text(",\n\"sessions\":").await?;
        self.rows(&mut json, ExportPart::Sessions(self.visitor)).await?;
        json.text(",\n\"conversations\":").await?;
        self.conversations(&mut json, &paths).await?;
        for (name, part) in [
            ("page_views", ExportPart::PageViews(self.visitor)),
            ("events", ExportPart::Events(self.visitor)),
            ("rejected_entries", ExportPart::Rejected(self.visitor)),
        ] {
            json.text(&format!(",\n\"{name}\":")).await?;
            self.rows(&mut json, part).await?;
        }
        json.text("}\n").await?;
        json.flush().await
    }

    /// Writes the files, and says where in the ZIP each is. One whose bytes are gone is left out.
    async fn write_files(&self, archive: &Archive) -> io::Result<HashMap<Uuid, String>> {
        let (mut paths, mut after) = (HashMap::new(), None);
        loop {
            let page = self.storage.files_of_contact(self.organization, self.visitor, after, ROWS).await;
            let page = page.map_err(io::Error::other)?;
            for stored in &page {
                let pieces = self.files.get(self.organization, &stored.key).await.map_err(io::Error::other)?;
                let Some(mut pieces) = pieces else {
                    tracing::warn!(file = %stored.id, "a file is gone from the store, and missing in an export");
                    continue;
                };
                let path = path(stored);
                archive.file(&path).await?;
                while let Some(piece) = pieces.next().await {
                    archive.write(piece.map_err(io::Error::other)?).await?;
                }
                paths.insert(stored.id.0, path);
            }
            after = page.last().map(|stored| stored.id);
            if page.len() < ROWS as usize {
                return Ok(paths);
            }
        }
    }

    async fn conversations(&self, json: &mut Json<'_>, paths: &HashMap<Uuid, String>) -> io::Result<()> {
        let part = ExportPart::Conversations(self.visitor);
        let mut rows = Rows::of(self, part);
        json.text("[").await?;
        while let Some((row, place, first)) = rows.next().await? {
            let conversation = ConversationId(place.id);
            json.text(if first { "\n" } else { ",\n" }).await?;
            json.text(row.strip_suffix('}').unwrap_or(&row)).await?;
            json.text(",\"entries\":").await?;
            self.rows(json, ExportPart::Entries(conversation)).await?;
            json.text(",\"read_marks\":").await?;
            self.rows(json, ExportPart::ReadMarks(conversation)).await?;
            json.text(",\"attachments\":").await?;
            self.attachments(json, conversation, paths).await?;
            json.text("}").await?;
        }
        json.text("]").await
    }

    async fn attachments(
        &self,
        json: &mut Json<'_>,
        conversation: ConversationId,
        paths: &HashMap<Uuid, String>,
    ) -> io::Result<()> {
        let mut rows = Rows::of(self, ExportPart::Attachments(conversation));
        json.text("[").await?;
        while let Some((row, place, first)) = rows.next().await? {
            let file = serde_json::to_string(&paths.get(&place.id))?;
            json.text(if first { "\n" } else { ",\n" }).await?;
            json.text(row.strip_suffix('}').unwrap_or(&row)).await?;
            json.text(&format!(",\"file\":{file}}}")).await?;
        }
        json.text("]").await
    }

    async fn rows(&self, json: &mut Json<'_>, part: ExportPart) -> io::Result<()> {
        let mut rows = Rows::of(self, part);
        json.text("[").await?;
        while let Some((row, _, first)) = rows.next().await? {
            json.text(if first { "\n" } else { ",\n" }).await?;
            json.text(&row).await?;
        }
        json.text("]").await
    }
}

/// The rows of a part, of which a page is held.
struct Rows<'a> {
    export: &'a Export<'a>,
    part: ExportPart,
    page: std::vec::IntoIter<storage::ExportRow>,
    place: ExportPlace,
    more: bool,
    first: bool,
}

impl<'a> Rows<'a> {
    fn of(export: &'a Export<'a>, part: ExportPart) -> Self {
        Self { export, part, page: Vec::new().into_iter(), place: ExportPlace::default(), more: true, first: true }
    }

    /// The next row, where it stands, and whether it is the first.
    async fn next(&mut self) -> io::Result<Option<(String, ExportPlace, bool)>> {
        if self.page.len() == 0 && self.more {
            let Export { storage, organization, .. } = self.export;
            let page = storage.export_rows(*organization, self.part, self.place, ROWS).await;
            let page = page.map_err(io::Error::other)?;
            self.more = page.len() == ROWS as usize;
            self.page = page.into_iter();
        }
        let Some(row) = self.page.next() else { return Ok(None) };
        self.place = row.place;
        Ok(Some((row.json, row.place, std::mem::take(&mut self.first))))
    }
}

/// JSON on its way into the archive.
struct Json<'a> {
    archive: &'a Archive,
    held: Vec<u8>,
}

impl Json<'_> {
    async fn text(&mut self, text: &str) -> io::Result<()> {
        self.held.extend_from_slice(text.as_bytes());
        if self.held.len() >= JSON_BYTES { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.archive.write(std::mem::take(&mut self.held)).await
    }
}

/// Where a file stands in the ZIP: a name that no system takes for anything but a name.
fn path(stored: &StoredAttachment) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' };
    let mut bytes = 0;
    let fits = |c: &char| {
        bytes += c.len_utf8();
        bytes <= NAME_BYTES
    };
    let name: String = stored.name.chars().map(plain).take_while(fits).collect();
    // At the end they are cut off by some systems.
    format!("files/{}-{}", stored.id, name.trim_end_matches(['.', ' ']))
}

#[cfg(test)]
mod tests {
    use protocol::id::{AttachmentId, ConversationId, ParticipantId};
    use storage::StoredAttachment;

    use super::path;

    fn named(name: &str) -> (String, String) {
        let stored = StoredAttachment {
            id: AttachmentId::generate(),
            conversation: ConversationId::generate(),
            uploader: ParticipantId::generate(),
            client_id: "1".into(),
            name: name.into(),
            size: 1,
            media_type: "text/plain".into(),
            sha256: [0; 32],
            key: "key".into(),
            done: true,
        };
        (path(&stored), format!("files/{}-", stored.id))
    }

    #[test]
    fn a_name_in_the_zip_is_one_that_every_system_takes() {
        for (name, plain) in [
            ("a b.txt", "a b.txt"),
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("C:\\con\0.", "C__con_"),
            ("ends. .", "ends"),
            ("\u{202e}gpj.exe", "_gpj.exe"),
        ] {
            let (path, id) = named(name);
            assert_eq!(path, id + plain, "{name:?}");
        }
        let (path, _) = named(&"長".repeat(255));
        let file = path.strip_prefix("files/").unwrap();
        assert!((200..=255).contains(&file.len()), "{}", file.len());
    }
}
