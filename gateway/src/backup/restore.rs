//! Putting a backup back: first it is looked at from end to end, then the files are laid down, then the database, which
//! comes whole or not at all.

use std::path::Path;

use protocol::id::OrganizationId;
use storage::dump::Target;
use storage::migrate;

use super::manifest::{self, Line, Manifest};
use super::progress::Progress;
use super::{Outcome, copy, failed, programs};
use crate::files::Files;
use crate::settings::Settings;

/// A backup that is what it says it is.
pub struct Checked {
    manifest: Manifest,
    files: Vec<Line>,
}

/// Looks whether a backup is complete and undamaged, and whether this build can read it. Changes nothing.
///
/// # Errors
/// A sentence for the operator, which names what is wrong.
pub async fn check(from: &Path) -> Result<Checked, String> {
    let manifest = Manifest::read(from)?;
    if manifest.schema > migrate::newest() {
        return Err(format!(
            "the backup is of schema version {} and this build knows up to {}: run a newer build",
            manifest.schema,
            migrate::newest()
        ));
    }
    let progress = Progress::begin("checking the backup");
    for (path, hashed) in [(manifest::dump(from), &manifest.database), (manifest::list(from), &manifest.list)] {
        let found = progress.watch(copy::hash(&path)).await?;
        if found != *hashed {
            return Err(format!("{} is damaged: it is not what the manifest says", path.display()));
        }
    }
    let list = manifest::list(from);
    let text = tokio::fs::read_to_string(&list).await.map_err(|error| format!("{}: {error}", list.display()))?;
    let (mut files, mut bytes) = (Vec::new(), 0);
    for line in text.lines() {
        let file = Line::parse(line).ok_or_else(|| format!("{} holds {line:?}", list.display()))?;
        let path = path(from, &file)?;
        let found = copy::hash(&path).await?;
        if found.sha256 != file.sha256 {
            return Err(format!("{} is damaged: its hash is another one than the list says", path.display()));
        }
        bytes += found.bytes;
        progress.at(bytes);
        files.push(file);
    }
    if (files.len() as u64, bytes) != (manifest.files.count, manifest.files.bytes) {
        return Err(format!("{} lists other files than the manifest says", list.display()));
    }
    Ok(Checked { manifest, files })
}

/// Puts a checked backup into the empty database at `url` and the empty file store, and brings the schema up to date.
///
/// # Errors
/// A sentence for the operator. The database and the file store are empty then, as they were; or, when it says so, what
/// came after the restore went wrong.
pub async fn restore(settings: &Settings, url: &str, from: &Path, checked: Checked) -> Result<Outcome, String> {
    let Checked { manifest, files } = checked;
    let target = Target::open(url, manifest.postgres).await.map_err(failed)?;
    let place = settings.uploads.place(&settings.data);
    let store = Files::open(&place)?;
    if !store.is_empty().await.map_err(|error| format!("files {place}: {error}"))? {
        return Err(format!("the file store {place} is not empty: restore into an empty one"));
    }
    let tools = target.programs(&programs(settings), manifest.pg_dump).await.map_err(failed)?;
    target.make_roles(&manifest.roles).await.map_err(failed)?;

    let outcome = async {
        lay_down(&store, from, &files).await?;
        let progress = Progress::begin("restoring the database");
        let dump = manifest::dump(from);
        progress.watch(target.restore(&tools, &dump, &manifest.rows)).await.map_err(failed)
    }
    .await;
    if let Err(reason) = outcome {
        // The store was empty: all that is in it is ours.
        for Line { organization, key, .. } in &files {
            if let Err(error) = store.remove(*organization, key).await {
                tracing::error!(%organization, key, %error, "a file that was laid down could not be taken away again");
            }
        }
        return Err(reason);
    }
    drop(target);
    let report = migrate::run(url).await.map_err(|error| format!("restored, but not brought up to date: {error}"))?;
    for name in &report.applied {
        tracing::info!(%name, "migration applied");
    }
    Ok(manifest.outcome())
}

async fn lay_down(store: &Files, from: &Path, files: &[Line]) -> Result<(), String> {
    let progress = Progress::begin("laying down the files");
    let mut bytes = 0;
    for file in files {
        let path = path(from, file)?;
        let failed = |error| format!("files: {}: {error}", path.display());
        store.put(file.organization, &file.key, &path).await.map_err(failed)?;
        bytes += tokio::fs::metadata(&path).await.map_or(0, |file| file.len());
        progress.at(bytes);
    }
    Ok(())
}

fn path(from: &Path, line: &Line) -> Result<std::path::PathBuf, String> {
    let (organization, key): (OrganizationId, _) = (line.organization, &line.key);
    let (path, _) = manifest::file(from, organization, key).ok_or_else(|| format!("{key:?} is no file's name"))?;
    Ok(path)
}
