//! Uploads that nobody goes on with are thrown away, and files that nobody sends: their rows, and their bytes.

use std::sync::{Arc, Weak};
use std::time::Duration;

use protocol::id::{AttachmentId, OrganizationId};
use protocol::value::Millis;

use super::finish::{tell, throw_away};
use crate::error::not_found;
use crate::limit::Moment;
use crate::state::{App, now};
use crate::upload::part;
use crate::upload::transfer::blocking;

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
    if let Err(error) = sweep_parts(app, expiry).await {
        tracing::warn!(%error, "parts of expired uploads stay for now");
    }
}

/// Throws an expired row away, unless more of its part has come since it was opened.
async fn forget(app: &App, organization: OrganizationId, upload: AttachmentId, expiry: Duration) -> Result<(), String> {
    let path = part::path(app.uploads.folder(), organization, upload);
    let goes_on = app.uploads.find(upload).is_some() || {
        let path = path.clone();
        blocking(move || Ok(part::is_fresh(&path, expiry))).await.map_err(|error| error.to_string())?
    };
    if goes_on {
        return Ok(());
    }
    let key = app.storage.delete_attachment(organization, upload).await.map_err(|error| error.to_string())?;
    if let Some(key) = key {
        app.uploads.files.remove(organization, &key).await.map_err(|error| error.to_string())?;
    }
    blocking(move || part::remove(&path)).await.map_err(|error| error.to_string())
}

/// Throws away finished files that no entry names.
async fn sweep_unsent(app: &App, unsent: Duration) -> Result<(), String> {
    let before = ago(unsent);
    loop {
        let rows = app.storage.unsent_files(before, ROWS).await.map_err(|error| error.to_string())?;
        for (organization, upload) in &rows {
            // Behind the row: it may be sent at this moment, and then it stays.
            let key = app.storage.delete_unsent(*organization, *upload, before).await;
            if let Some(key) = key.map_err(|error| error.to_string())? {
                app.uploads.files.remove(*organization, &key).await.map_err(|error| error.to_string())?;
            }
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

/// Throws away parts that have no row any more, or belong to a file.
async fn sweep_parts(app: &App, expiry: Duration) -> std::io::Result<()> {
    let folder = app.uploads.folder().to_owned();
    let parts = blocking(move || part::all(&folder)).await?;
    for (organization, upload) in parts {
        if app.uploads.find(upload).is_none() {
            let path = part::path(app.uploads.folder(), organization, upload);
            // Twice the time: by then its row would be gone.
            blocking(move || if part::is_fresh(&path, expiry * 2) { Ok(()) } else { part::remove(&path) }).await?;
        }
    }
    Ok(())
}
