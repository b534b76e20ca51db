//! Files for conversations: beginning an upload or going on with it, giving it up, and what becomes of it.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use protocol::client::{UploadAbort, UploadOpen};
use protocol::code::ErrorCode;
use protocol::frame::{Error, Ref};
use protocol::id::{AttachmentId, OrganizationId};
use protocol::server::UploadDone;
use protocol::value::{Attachment, EntryKind, FieldError};
use storage::{NewAttachment, StoredAttachment};

use super::authorize::{Action, Principal, authorize};
use super::conversation::Access;
use crate::auth::token;
use crate::error::{from_storage, not_found, unavailable};
use crate::limit::Moment;
use crate::state::App;
use crate::upload::transfer::End;
use crate::upload::{Full, Intake, Transfer};

pub mod expiry;
mod finish;
mod name;

pub use finish::write;
pub use name::encoded;

/// How long a client waits that has too many uploads under way, in milliseconds.
const FULL_RETRY_MS: u32 = 2_000;

/// Opens an upload for the socket of `intake`. Answers with the file if it is finished; otherwise the socket has been
/// told how to go on, with `reference`.
///
/// # Errors
/// `unsupported`, `bad_field`, `forbidden`, `not_found`, `conflict`, `rate_limited`, `unavailable`.
pub async fn open(
    app: &Arc<App>,
    principal: &Principal,
    access: Access,
    request: &UploadOpen,
    intake: &Arc<Intake>,
    reference: Ref,
) -> Result<Option<UploadDone>, Error> {
    let (organization, uploader) = (principal.organization(), principal.participant());
    let (name, sha256) = check(app, request)?;
    authorize(principal, Action::AddEntry(access.visitor, EntryKind::Attachment))?;
    if app.draining() {
        return Err(unavailable());
    }
    let source = intake.source();
    app.uploads.room(organization, uploader.id, &request.client_id, source.address).map_err(full)?;
    let key = token::file_key().ok_or_else(unavailable)?;
    let new = NewAttachment {
        conversation: access.conversation,
        uploader: &uploader,
        client_id: &request.client_id,
        name: &name,
        size: request.size,
        media_type: &request.media_type,
        sha256,
        key: &key,
    };
    let known = app.storage.find_upload(organization, uploader.id, &request.client_id).await.map_err(from_storage)?;
    if known.is_none() {
        app.uploads.quota.take(source, organization, request.size, Moment::now()).map_err(beyond)?;
    }
    let stored = app.storage.open_attachment(organization, &new).await.map_err(from_storage)?;
    if !is_same(&stored, &new) {
        return Err(Error::new(ErrorCode::Conflict, "the client_id stands for another file, or conversation"));
    }
    if stored.done {
        return Ok(Some(done(organization, &stored, intake)));
    }
    let new = Transfer::new(organization, stored, app.uploads.folder());
    let (transfer, given_up) = app.uploads.claim(new, intake).map_err(full)?;
    for given_up in given_up {
        match finish::throw_away(app, &given_up).await {
            Ok(()) => finish::tell(&given_up, not_found("upload: it gave way, for nothing more of it came")),
            Err(error) => {
                tracing::warn!(%error, upload = %given_up.id, "an upload that gave way stays until it expires");
            }
        }
    }
    transfer.begin().await;
    match transfer.ended() {
        Some(End::Done(_)) => {
            transfer.pause();
            return Ok(Some(done(organization, &transfer.announced, intake)));
        }
        // It ended between the row and here: the next time, there is no such row.
        Some(End::Gone) => {
            transfer.pause();
            return Err(unavailable());
        }
        None => {}
    }
    let offset = transfer.resume().await.map_err(|error| {
        tracing::error!(%error, upload = %transfer.id, "the part of an upload cannot be read");
        transfer.detach(intake);
        transfer.pause();
        unavailable()
    })?;
    intake.join(reference, &transfer, offset);
    // What came meanwhile, or all that was left to do.
    app.tasks.spawn(write(Arc::clone(app), transfer));
    Ok(None)
}

/// Checks what is announced: the name to keep, and the hash.
fn check(app: &App, request: &UploadOpen) -> Result<(String, [u8; 32]), Error> {
    let settings = &app.uploads.settings;
    if !settings.taken() {
        return Err(Error::new(ErrorCode::Unsupported, "files are not taken here"));
    }
    let kept = name::kept(&request.name)?;
    if request.size > settings.upload_bytes {
        let rule = format!("must be at most {} bytes", settings.upload_bytes);
        return Err(FieldError::new("size", rule).into());
    }
    if !settings.upload_types.contains(&request.media_type) {
        let rule = format!("must be among {}", settings.upload_types.join(", "));
        return Err(FieldError::new("type", rule).into());
    }
    let name = name::typed(kept, &request.media_type);
    let mut sha256 = [0; 32];
    for (byte, digits) in sha256.iter_mut().zip(request.sha256.as_bytes().chunks_exact(2)) {
        let digits = std::str::from_utf8(digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
        *byte = digits.ok_or_else(|| FieldError::new("sha256", "must be 64 hexadecimal digits in lower case"))?;
    }
    Ok((name, sha256))
}

/// Whether what is stored is what is announced again.
fn is_same(stored: &StoredAttachment, new: &NewAttachment<'_>) -> bool {
    stored.conversation == new.conversation
        && stored.size == new.size
        && stored.media_type == new.media_type
        && stored.sha256 == new.sha256
}

fn full(full: Full) -> Error {
    let text = match full {
        Full::Sender => "as many uploads are under way as one may have at once",
        Full::Address => "as many uploads are under way as may be from one address",
        Full::Organization => "as many uploads are under way as an organization may have",
        Full::Gateway => "as many uploads are under way as the gateway takes",
    };
    Error::new(ErrorCode::RateLimited, text).retry_after(FULL_RETRY_MS)
}

fn beyond(retry_ms: u32) -> Error {
    let text = "as many bytes of files have been begun as may be for now";
    Error::new(ErrorCode::RateLimited, text).retry_after(retry_ms.max(1))
}

fn done(organization: OrganizationId, stored: &StoredAttachment, intake: &Intake) -> UploadDone {
    let attachment = described(organization, stored);
    intake.remember(stored.conversation, attachment.clone());
    UploadDone { client_id: stored.client_id.clone(), attachment }
}

/// A file as an entry shows it.
pub(super) fn described(organization: OrganizationId, stored: &StoredAttachment) -> Attachment {
    Attachment {
        id: stored.id,
        name: stored.name.clone(),
        size: stored.size,
        media_type: stored.media_type.clone(),
        url: format!("/files/{organization}/{}/{}", stored.key, name::encoded(&stored.name)),
    }
}

/// Gives an upload up. One that is not there is no error, nor is somebody else's, which stays: so nobody learns which
/// there are, and whoever repeats an abort gets the same answer.
///
/// # Errors
/// `conflict` for one that is finished, `unavailable`.
pub async fn abort(app: &Arc<App>, principal: &Principal, request: UploadAbort) -> Result<(), Error> {
    let (organization, uploader) = (principal.organization(), principal.participant().id);
    let id = request.upload;
    let known = app.uploads.find(id).filter(|known| known.organization == organization);
    let transfer = match known {
        Some(known) => known,
        None => match app.storage.find_attachment(organization, id).await.map_err(from_storage)? {
            None => return Ok(()),
            Some(stored) if stored.done && stored.uploader == uploader => return Err(finished()),
            Some(stored) => Arc::new(Transfer::new(organization, stored, app.uploads.folder())),
        },
    };
    if transfer.announced.uploader != uploader {
        return Ok(());
    }
    if let Some(owner) = transfer.owner() {
        owner.abort(id);
    }
    finish::throw_away(app, &transfer).await?;
    if matches!(transfer.ended(), Some(End::Done(_))) { Err(finished()) } else { Ok(()) }
}

fn finished() -> Error {
    Error::new(ErrorCode::Conflict, "the upload is finished")
}

/// A finished upload of the sender's for this conversation, as an entry shows it.
///
/// # Errors
/// `bad_field`, `unavailable`.
pub async fn attachment(
    app: &App,
    principal: &Principal,
    access: Access,
    id: AttachmentId,
) -> Result<Attachment, Error> {
    let organization = principal.organization();
    let stored = app.storage.keep_attachment(organization, id).await.map_err(from_storage)?;
    let stored = stored
        .filter(|stored| stored.conversation == access.conversation && stored.uploader == principal.participant().id);
    let rule = "must be a finished upload of yours for this conversation";
    let stored = stored.ok_or_else(|| FieldError::new("content.attachment.id", rule))?;
    Ok(described(organization, &stored))
}

/// A file's bytes, piece by piece.
pub type Pieces = BoxStream<'static, Result<Bytes, object_store::Error>>;

/// A finished file, by what its URL says, and its bytes unless only asked `about` it.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn file(
    app: &App,
    organization: OrganizationId,
    key: &str,
    about: bool,
) -> Result<(StoredAttachment, Option<Pieces>), Error> {
    let stored = app.storage.find_file(organization, key).await.map_err(from_storage)?;
    let stored = stored.ok_or_else(|| not_found("file"))?;
    if about {
        return Ok((stored, None));
    }
    let pieces = app.uploads.files.get(organization, key).await.map_err(|error| {
        tracing::error!(%error, "a file cannot be read");
        unavailable()
    })?;
    let pieces = pieces.ok_or_else(|| {
        tracing::error!(upload = %stored.id, "a file is gone from the store");
        not_found("file")
    })?;
    Ok((stored, Some(pieces)))
}
