//! One process at a time for a data folder.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::EmbeddedError;

/// Takes the folder's lock for as long as the file stays open. It is the kernel's lock on the open file, not the file's
/// being there, so that a killed process leaves nothing to clean up.
pub(super) fn acquire(data: &Path) -> Result<File, EmbeddedError> {
    let path = data.join("lock");
    let io = |error| EmbeddedError::io("lock", &path, error);
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            file.read_to_string(&mut pid).map_err(io)?;
            return Err(EmbeddedError::InUse { data: data.to_owned(), pid: pid.trim().to_owned() });
        }
        Err(TryLockError::Error(error)) => return Err(io(error)),
    }
    file.set_len(0).map_err(io)?;
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    writeln!(file, "{}", std::process::id()).map_err(io)?;
    Ok(file)
}
