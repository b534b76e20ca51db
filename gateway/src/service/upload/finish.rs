//! What becomes of the bytes: written as they come, checked when all are there, then a file or nothing.

use std::sync::Arc;

use protocol::frame::Error;
use protocol::value::FieldError;
use ring::digest::Context;

use super::described;
use crate::error::{from_storage, not_found, unavailable};
use crate::state::App;
use crate::upload::transfer::{End, Next, blocking};
use crate::upload::{Transfer, part, sniff};

/// Works on an upload until there is nothing to do: writes what has come, finishes it when that is all.
pub async fn write(app: Arc<App>, transfer: Arc<Transfer>) {
    loop {
        match transfer.next() {
            Next::Write(batch) => match transfer.write(batch).await {
                Ok(upto) => {
                    if let Some(owner) = transfer.owner() {
                        owner.written(transfer.id, upto);
                    }
                }
                Err(error) => {
                    tracing::error!(%error, upload = %transfer.id, "an upload cannot be written");
                    return put_off(&transfer);
                }
            },
            Next::Finish(hash) => return finish(&app, &transfer, hash).await,
            Next::Rest => return,
        }
    }
}

async fn finish(app: &App, transfer: &Arc<Transfer>, hash: Context) {
    // Closed never: there is always leave in the end.
    let Ok(_leave) = app.uploads.finishing.acquire().await else { return };
    let refused = match check(transfer, hash).await {
        Ok(refused) => refused,
        Err(error) => {
            tracing::error!(%error, upload = %transfer.id, "an upload cannot be read");
            return put_off(transfer);
        }
    };
    if let Some(refused) = refused {
        tracing::debug!(upload = %transfer.id, %refused, "an upload is not what was announced");
        if let Err(error) = discard(app, transfer).await {
            // Opened again, it is refused again; otherwise it expires.
            tracing::warn!(%error, upload = %transfer.id, "a bad upload stays for now");
            transfer.pause();
        }
        return tell(transfer, refused.into());
    }
    match store(app, transfer).await {
        Ok(true) => {
            let attachment = described(transfer.organization, &transfer.announced);
            app.uploads.forget(transfer);
            transfer.end(End::Done(attachment.clone()));
            if let Some(owner) = transfer.owner() {
                owner.finish(transfer.announced.conversation, transfer.announced.client_id.clone(), attachment);
            }
        }
        Ok(false) => {
            app.uploads.forget(transfer);
            transfer.end(End::Gone);
            tell(transfer, not_found("upload"));
        }
        Err(error) => {
            tracing::warn!(%error, upload = %transfer.id, "a finished upload could not be stored");
            put_off(transfer);
        }
    }
}

/// Whether the bytes are what was announced.
async fn check(transfer: &Transfer, hash: Context) -> std::io::Result<Option<FieldError>> {
    if hash.finish().as_ref() != transfer.announced.sha256 {
        return Ok(Some(FieldError::new("sha256", "must be that of the bytes that came")));
    }
    let (path, media_type) = (transfer.path.clone(), transfer.announced.media_type.clone());
    let is = blocking(move || sniff::is(&path, &media_type)).await?;
    Ok((!is).then(|| FieldError::new("type", "must be what the bytes are")))
}

/// Makes a file of the part, then notes it: what is noted is there. `false` when the upload is not known any longer.
async fn store(app: &App, transfer: &Transfer) -> Result<bool, String> {
    let (organization, key) = (transfer.organization, transfer.announced.key.as_str());
    app.uploads.files.put(organization, key, &transfer.path).await.map_err(|error| error.to_string())?;
    let known = app.storage.finish_attachment(organization, transfer.id).await.map_err(|error| error.to_string())?;
    if !known {
        // Its row went while it was stored, and who swept up after that row may have come too early.
        app.storage.abandon_file(organization, key).await.map_err(|error| error.to_string())?;
    }
    let path = transfer.path.clone();
    if let Err(error) = blocking(move || part::remove(&path)).await {
        // It is swept up when it is old.
        tracing::warn!(%error, upload = %transfer.id, "the part of a finished upload stays for now");
    }
    Ok(known)
}

/// Throws an upload away, unless it has become a file meanwhile.
///
/// # Errors
/// `unavailable`: nothing has changed.
pub(super) async fn throw_away(app: &App, transfer: &Transfer) -> Result<(), Error> {
    transfer.begin().await;
    if transfer.ended().is_some() {
        transfer.pause();
        return Ok(());
    }
    discard(app, transfer).await.inspect_err(|_| transfer.pause())
}

/// Throws away an upload that the caller works on: its row, unless another gateway has noted the file meanwhile, and its
/// part.
async fn discard(app: &App, transfer: &Transfer) -> Result<(), Error> {
    app.storage.delete_attachment(transfer.organization, transfer.id).await.map_err(from_storage)?;
    let path = transfer.path.clone();
    if let Err(error) = blocking(move || part::remove(&path)).await {
        tracing::warn!(%error, upload = %transfer.id, "the part of an upload stays for now");
    }
    app.uploads.forget(transfer);
    transfer.end(End::Gone);
    Ok(())
}

/// The upload stays as it is, and its sender opens it again later.
fn put_off(transfer: &Transfer) {
    let owner = transfer.owner();
    if let Some(owner) = &owner {
        transfer.detach(owner);
    }
    transfer.pause();
    if let Some(owner) = owner {
        owner.fail(transfer.id, unavailable());
    }
}

pub(super) fn tell(transfer: &Transfer, error: Error) {
    if let Some(owner) = transfer.owner() {
        owner.fail(transfer.id, error);
    }
}
