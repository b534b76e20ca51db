//! Uploads that nobody goes on with are thrown away, and files that nobody sends: their rows. What has no row is then
//! swept up, whatever took the row: files from the store, and parts from this gateway's disk.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use protocol::id::{AttachmentId, OrganizationId};
use protocol::value::Millis;

use super::finish::{tell, throw_away};
use crate::error::not_found;
use crate::limit::Moment;
use crate::state::{App, now};
use crate::upload::part;
use crate::upload::transfer::{End, blocking};

/// How often to look at the most.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How often to look while an upload's time passes.
const SWEEPS_AN_EXPIRY: u32 = 4;
/// Rows that are asked for at a time, besides as many as may be going on here though they were opened long ago.
const ROWS: u32 = 100;

/// Sweeps until the gateway is gone.
pub async fn run(app: Weak<App>) {
    loop {
        let ages = |app: Arc<App>| (app.uploads.settings.expiry(), app.uploads.settings.unsent());
        let Some((expiry, unsent)) = app.upgrade().map(ages) else { return };
        tokio::time::sleep(SWEEP_EVERY.min(expiry.min(unsent) / SWEEPS_AN_EXPIRY)).await;
        let Some(app) = app.upgrade() else { return };
        if app.draining() {
            return;
        }
        sweep(&app, expiry).await;
        if let Err(error) = sweep_unsent(&app, unsent).await {
            tracing::warn!(%error, "files that nobody sent stay for now");
        }
        sweep_up(&app).await;
    }
}

/// Removes the bytes of which no row tells any more. What cannot be removed now stays for the next time.
pub async fn sweep_up(app: &App) {
    if let Err(error) = sweep_files(app).await {
        tracing::warn!(%error, "files whose rows are gone stay for now");
    }
    if let Err(error) = sweep_parts(app).await {
        tracing::warn!(%error, "parts whose uploads are gone stay for now");
    }
}

async fn sweep(app: &Arc<App>, expiry: Duration) {
    for transfer in app.uploads.all() {
        if transfer.touched().elapsed() < expiry {
            continue;
        }
        match throw_away(app, &transfer).await {
            Ok(()) => tell(&transfer, not_found("upload: it has expired")),
            Err(error) => return tracing::warn!(%error, "expired uploads stay for now"),
        }
    }
    let rows = app.uploads.settings.uploads_open.saturating_add(ROWS);
    match app.storage.expired_uploads(ago(expiry), rows).await {
        Ok(expired) => {
            for (organization, upload) in expired {
                if let Err(error) = forget(app, organization, upload, expiry).await {
                    return tracing::warn!(%error, "an expired upload stays for now");
                }
            }
        }
        Err(error) => return tracing::warn!(%error, "expired uploads stay for now"),
    }
    app.uploads.quota.sweep(Moment::now());
}

/// Throws an expired row away, unless more of its part has come since it was opened.
async fn forget(app: &App, organization: OrganizationId, upload: AttachmentId, expiry: Duration) -> Result<(), String> {
    let path = part::path(app.uploads.folder(), organization, upload);
    let goes_on = app.uploads.find(upload).is_some()
        || blocking(move || Ok(part::is_fresh(&path, expiry))).await.map_err(|error| error.to_string())?;
    if !goes_on {
        app.storage.delete_attachment(organization, upload).await.map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Throws away finished files that no entry names.
async fn sweep_unsent(app: &App, unsent: Duration) -> Result<(), String> {
    let before = ago(unsent);
    loop {
        let rows = app.storage.unsent_files(before, ROWS).await.map_err(|error| error.to_string())?;
        for (organization, upload) in &rows {
            // It may be sent at this moment, and then it stays.
            let gone = app.storage.delete_unsent(*organization, *upload, before).await;
            gone.map_err(|error| error.to_string())?;
        }
        if rows.len() < ROWS as usize {
            return Ok(());
        }
    }
}

/// The time of so long ago.
fn ago(age: Duration) -> Millis {
    now().saturating_sub(Millis::try_from(age.as_millis()).unwrap_or(Millis::MAX))
}

/// Removes files from the store whose rows are gone, and then what notes them. One that cannot be removed keeps no other.
async fn sweep_files(app: &App) -> Result<(), String> {
    let organizations = app.storage.organizations_with_abandoned_files(ROWS).await;
    let mut outcome = Ok(());
    for organization in organizations.map_err(|error| error.to_string())? {
        let mut after = None;
        loop {
            let keys = app.storage.abandoned_files(organization, after.as_deref(), ROWS).await;
            let keys = keys.map_err(|error| error.to_string())?;
            let mut removed = Vec::with_capacity(keys.len());
            for key in &keys {
                match app.uploads.files.remove(organization, key).await {
                    Ok(()) => removed.push(key.clone()),
                    Err(error) => outcome = Err(format!("{key}: {error}")),
                }
            }
            app.storage.forget_files(organization, &removed).await.map_err(|error| error.to_string())?;
            if keys.len() < ROWS as usize {
                break;
            }
            after = keys.into_iter().last();
        }
    }
    outcome
}

/// Throws away parts that have no row any more, or belong to a file: an upload has a row before it has a part.
async fn sweep_parts(app: &App) -> Result<(), String> {
    let folder = app.uploads.folder().to_owned();
    let parts = blocking(move || part::all(&folder)).await.map_err(|error| error.to_string())?;
    let mut by_organization: HashMap<OrganizationId, Vec<AttachmentId>> = HashMap::new();
    for (organization, upload) in parts {
        by_organization.entry(organization).or_default().push(upload);
    }
    for (organization, uploads) in by_organization {
        for some in uploads.chunks(ROWS as usize) {
            let on_their_way = app.storage.uploads_among(organization, some).await;
            let on_their_way = on_their_way.map_err(|error| error.to_string())?;
            for upload in some.iter().filter(|upload| !on_their_way.contains(upload)) {
                remove_part(app, organization, *upload).await?;
            }
        }
    }
    Ok(())
}

async fn remove_part(app: &App, organization: OrganizationId, upload: AttachmentId) -> Result<(), String> {
    if let Some(transfer) = app.uploads.find(upload) {
        // Whoever works on it is waited for; a file that it became meanwhile is none of ours.
        throw_away(app, &transfer).await.map_err(|error| error.to_string())?;
        if !matches!(transfer.ended(), Some(End::Done(_))) {
            tell(&transfer, not_found("upload"));
        }
        return Ok(());
    }
    let path = part::path(app.uploads.folder(), organization, upload);
    blocking(move || part::remove(&path)).await.map_err(|error| error.to_string())
}
