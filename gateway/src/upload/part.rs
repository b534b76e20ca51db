//! The part of a file that has come: one file on the gateway's own disk, which outlives its process. All of it blocks.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use protocol::id::{AttachmentId, OrganizationId};
use ring::digest::{Context, SHA256};

/// How a part's file name ends.
const ENDING: &str = "part";
/// Bytes that are hashed at a time when a part is read again.
const READ_BYTES: usize = 64 * 1024;

/// Who may read what visitors and members upload: the gateway, and no other account of its machine.
pub const PRIVATE_FILE: u32 = 0o600;
const PRIVATE_FOLDER: u32 = 0o700;

/// Makes a folder that only the gateway may look into, and those that it is in. One that is there stays as it is: who
/// made it said who may.
///
/// # Errors
/// The system's.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(folder)
}

/// Where the part of an upload is kept.
#[must_use]
pub fn path(folder: &Path, organization: OrganizationId, upload: AttachmentId) -> PathBuf {
    folder.join(organization.to_string()).join(format!("{upload}.{ENDING}"))
}

/// Makes the part ready to be written, at most `size` bytes long: its length, and the hash of them.
///
/// # Errors
/// The system's.
pub fn open(path: &Path, size: u64) -> io::Result<(u64, Context)> {
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    let mut open = OpenOptions::new();
    let mut file = open.read(true).write(true).create(true).truncate(false).mode(PRIVATE_FILE).open(path)?;
    let length = file.metadata()?.len();
    if length > size {
        file.set_len(size)?;
    }
    let (mut hash, mut buffer) = (Context::new(&SHA256), vec![0; READ_BYTES]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((length.min(size), hash));
        }
        hash.update(&buffer[..read]);
    }
}

/// Writes chunks behind one another from `offset` on, and hashes them.
///
/// # Errors
/// The system's.
pub fn write(path: &Path, mut offset: u64, chunks: &[Bytes], hash: &mut Context) -> io::Result<u64> {
    let file = OpenOptions::new().write(true).open(path)?;
    for chunk in chunks {
        file.write_all_at(chunk, offset)?;
        hash.update(chunk);
        offset += chunk.len() as u64;
    }
    Ok(offset)
}

/// Throws a part away; one that is not there is no error.
///
/// # Errors
/// The system's.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether a part was written to less than `age` ago.
#[must_use]
pub fn is_fresh(path: &Path, age: Duration) -> bool {
    let modified = File::open(path).and_then(|file| file.metadata()?.modified());
    // A clock that was set back makes nothing old.
    modified.is_ok_and(|modified| {
        SystemTime::now().duration_since(modified).is_ok_and(|passed| passed < age) || modified > SystemTime::now()
    })
}

/// All parts in `folder`.
///
/// # Errors
/// The system's.
pub fn all(folder: &Path) -> io::Result<Vec<(OrganizationId, AttachmentId)>> {
    let mut found = Vec::new();
    let organizations = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        organizations => organizations?,
    };
    for organization in organizations {
        let organization = organization?;
        let Some(id) = organization.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        for part in fs::read_dir(organization.path())? {
            let path = part?.path();
            let name = path.file_stem().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
            if let Some(upload) = name.filter(|_| path.extension().is_some_and(|ending| ending == ENDING)) {
                found.push((id, upload));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_part_goes_on_where_it_ends_and_never_beyond_its_file() {
        let folder = std::env::temp_dir().join(format!("chatdesk-part-{}", uuid::Uuid::new_v4()));
        let (organization, upload) = (OrganizationId::generate(), AttachmentId::generate());
        let path = path(&folder, organization, upload);
        assert_eq!(all(&folder).unwrap(), []);
        let (length, mut hash) = open(&path, 6).unwrap();
        assert_eq!(length, 0);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap()), mode(&folder)), (0o600, 0o700, 0o700));
        assert_eq!(write(&path, 0, &[Bytes::from_static(b"abc"), Bytes::from_static(b"d")], &mut hash).unwrap(), 4);
        let (length, again) = open(&path, 6).unwrap();
        assert_eq!((length, again.finish().as_ref()), (4, hash.clone().finish().as_ref()));
        assert_eq!(write(&path, 4, &[Bytes::from_static(b"efgh")], &mut hash).unwrap(), 8);
        let (length, cut) = open(&path, 6).unwrap();
        assert_eq!((length, cut.finish().as_ref()), (6, ring::digest::digest(&SHA256, b"abcdef").as_ref()));
        assert_eq!(all(&folder).unwrap(), [(organization, upload)]);
        assert!(is_fresh(&path, Duration::from_secs(60)) && !is_fresh(&path, Duration::ZERO));
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert_eq!(all(&folder).unwrap(), []);
        fs::remove_dir_all(folder).unwrap();
    }
}
