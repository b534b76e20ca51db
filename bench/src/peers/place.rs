//! Where peers are installed: a folder that is kept from run to run, and programs that fill it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use super::running::Ward;
use crate::report::live;

/// How long installing one thing may take.
const PATIENCE: Duration = Duration::from_secs(600);
/// How much of what a program said an error shows, in lines from its end.
const LOG_LINES: usize = 4;

/// A folder for all peers' programs.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The folder, made if it is not there.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn open(folder: &Path) -> Result<Self, String> {
        let named = |error: std::io::Error| format!("--cache {}: {error}", folder.display());
        std::fs::create_dir_all(folder).map_err(named)?;
        Ok(Self { folder: folder.canonicalize().map_err(named)? })
    }

    /// A peer's folder with these files in it; they are written anew each time, for they are this program's.
    ///
    /// # Errors
    /// Something cannot be written.
    pub(crate) fn folder(&self, peer: &str, files: &[(&str, &str)]) -> Result<PathBuf, String> {
        let folder = self.folder.join(peer);
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for (name, text) in files {
            write(&folder.join(name), text)?;
        }
        Ok(folder)
    }
}

/// Installs something into a folder, unless what it is made from was installed there already.
///
/// # Errors
/// What stood in the way.
pub(crate) async fn once(
    folder: &Path,
    what: &str,
    made_from: &str,
    install: impl AsyncFnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let stamp = folder.join("installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|before| before == made_from) {
        return Ok(());
    }
    live::say(&format!("peers: installing {what} into {}", folder.display()));
    install().await?;
    write(&stamp, made_from)
}

/// Writes a file.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Runs a program to its end, and returns what it said on standard output.
///
/// # Errors
/// It is not there, failed, or took too long.
pub(crate) async fn run(program: &str, arguments: &[&str], folder: &Path) -> Result<String, String> {
    let named = |why: String| format!("{program} {}: {why}", arguments.first().unwrap_or(&""));
    let log = folder.join(format!("{}.log", program.rsplit('/').next().unwrap_or(program)));
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("DEBIAN_FRONTEND", "noninteractive");
    let ward = Ward::start(command, &log, None).map_err(&named)?;
    let status = tokio::time::timeout(PATIENCE, ward.ended()).await;
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    match status {
        Ok(Ok(true)) => Ok(said),
        Ok(Ok(false)) => {
            let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
            Err(named(lines[lines.len().saturating_sub(LOG_LINES)..].join("; ")))
        }
        Ok(Err(error)) => Err(named(error)),
        Err(_) => {
            ward.stop().await;
            Err(named(format!("not done in {PATIENCE:?}")))
        }
    }
}

/// A program's path, if there is one by this name.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
