//! One process at a time for a data folder.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::EmbeddedError;

/// A folder's lock, held until dropped. It is the kernel's lock on the open file, not the file's being there, so that a
/// killed process leaves nothing to clean up.
pub(super) struct FolderLock(File);

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Closing alone would leave it with a child that is just being started and has not let go of our files yet. The
        // only error is that there is no lock.
        let _ = self.0.unlock();
    }
}

/// Takes a folder's lock.
pub(super) fn acquire(data: &Path) -> Result<FolderLock, EmbeddedError> {
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
    Ok(FolderLock(file))
}
