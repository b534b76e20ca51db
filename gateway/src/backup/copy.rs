//! Files on their way into a backup, and their hashes.

use std::fs::{self, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use futures_util::StreamExt;
use ring::digest::{Context, SHA256};
use storage::dump::{DumpedFile, Snapshot};

use super::failed;
use super::manifest::{self, Hashed, Line, Listed};
use super::progress::Progress;
use crate::files::Files;
use crate::upload::part::{PRIVATE_FILE, private_folder};
use crate::upload::transfer::blocking;

/// Files that the database is asked for at a time.
const PAGE: u16 = 1_000;
/// Bytes that are hashed at a time.
const READ_BYTES: usize = 256 * 1024;

/// What became of the files.
pub(super) struct Copied {
    pub(super) files: Listed,
    pub(super) list: Hashed,
    pub(super) missing: Vec<String>,
    pub(super) damaged: Vec<String>,
}

/// Copies the files that a moment of the database names, and lists them.
pub(super) async fn out(snapshot: &Snapshot, files: &Files, to: &Path) -> Result<Copied, String> {
    let progress = Progress::begin("copying the files");
    let path = manifest::list(to);
    let within = |error: io::Error| format!("{}: {error}", path.display());
    let mut list = create(&path).map_err(within)?;
    let (mut copied, mut missing, mut damaged) = (Listed::default(), Vec::new(), Vec::new());
    let mut page = snapshot.files(None, PAGE).await.map_err(failed)?;
    while let Some(last) = page.last().cloned() {
        for file in &page {
            let name = format!("{}/{}", file.organization, file.key);
            match one(files, file, to).await? {
                None => missing.push(name),
                Some((line, hashed)) => {
                    list.write_all(line.as_bytes()).map_err(within)?;
                    copied = Listed { count: copied.count + 1, bytes: copied.bytes + hashed.bytes };
                    if hashed.sha256 != hex(&file.sha256) || hashed.bytes != file.size {
                        damaged.push(name);
                    }
                }
            }
            progress.at(copied.bytes);
        }
        page = snapshot.files(Some(&last), PAGE).await.map_err(failed)?;
    }
    list.sync_all().map_err(within)?;
    Ok(Copied { files: copied, list: hash(&path).await?, missing, damaged })
}

/// Copies one file: its line in the list and what it is, or nothing if it is gone.
async fn one(files: &Files, file: &DumpedFile, to: &Path) -> Result<Option<(String, Hashed)>, String> {
    let DumpedFile { organization, key, .. } = file;
    let (path, name) = manifest::file(to, *organization, key)
        .ok_or_else(|| format!("the file {organization}/{key} has a name that no file can have"))?;
    let stored = |error| format!("files: {organization}/{key}: {error}");
    let Some(mut stream) = files.get(*organization, key).await.map_err(stored)? else { return Ok(None) };
    let within = |error: io::Error| format!("{}: {error}", path.display());
    if let Some(folder) = path.parent() {
        private_folder(folder).map_err(within)?;
    }
    let mut copy = create(&path).map_err(within)?;
    let (mut hash, mut bytes) = (Context::new(&SHA256), 0);
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(stored)?;
        bytes += piece.len() as u64;
        (copy, hash) = blocking(move || {
            hash.update(&piece);
            copy.write_all(&piece)?;
            Ok((copy, hash))
        })
        .await
        .map_err(within)?;
    }
    blocking(move || copy.sync_all()).await.map_err(within)?;
    let sha256 = hex(hash.finish().as_ref());
    Ok(Some((Line::write(&sha256, &name), Hashed { bytes, sha256 })))
}

/// A file's length and hash.
pub(super) async fn hash(path: &Path) -> Result<Hashed, String> {
    let (path, named) = (path.to_owned(), path.display().to_string());
    let read = move || {
        let mut file = fs::File::open(&path)?;
        let (mut hash, mut bytes, mut buffer) = (Context::new(&SHA256), 0, vec![0; READ_BYTES]);
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(Hashed { bytes, sha256: hex(hash.finish().as_ref()) }),
                read => {
                    hash.update(&buffer[..read]);
                    bytes += read as u64;
                }
            }
        }
    };
    blocking(read).await.map_err(|error: io::Error| format!("{named}: {error}"))
}

/// Closes a file to others.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(PRIVATE_FILE))
}

fn create(path: &Path) -> io::Result<fs::File> {
    fs::File::options().write(true).create_new(true).mode(PRIVATE_FILE).open(path)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
