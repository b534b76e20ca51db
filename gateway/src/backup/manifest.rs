//! What a backup says of itself, and the names of its parts.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use protocol::id::OrganizationId;
use serde::{Deserialize, Serialize};

use crate::upload::part::PRIVATE_FILE;

/// The form of backups that this build writes, and the newest that it reads.
pub(super) const FORMAT: u32 = 1;

const MANIFEST: &str = "manifest.json";
/// The folder of the files, in the backup and in its list.
const FILES: &str = "files";

/// What is in a backup. Written last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The form of the folder.
    pub(super) format: u32,
    /// The version of the build that wrote it.
    pub(super) chatdesk: String,
    /// When it was finished, in seconds since 1970.
    pub(super) made_at: u64,
    /// The version of the schema.
    pub(super) schema: u32,
    /// The major version of the server.
    pub(super) postgres: u32,
    /// The major version of the program that wrote the dump.
    pub(super) pg_dump: u32,
    /// The dump.
    pub(super) database: Hashed,
    /// The files.
    pub(super) files: Listed,
    /// Their list.
    pub(super) list: Hashed,
    /// How many rows each table has.
    pub(super) rows: BTreeMap<String, u64>,
    /// The roles that the database gives rights to.
    pub(super) roles: Vec<String>,
    /// Files that the database names and that were gone when they were to be copied, as `organization/key`.
    pub(super) missing: Vec<String>,
    /// Files that were not what had been uploaded. They are in the backup as they were.
    pub(super) damaged: Vec<String>,
}

/// A file of the backup's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hashed {
    /// Its length.
    pub(super) bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub(super) sha256: String,
}

/// How many files, and how long all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listed {
    pub(super) count: u64,
    pub(super) bytes: u64,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) organization: OrganizationId,
    pub(super) key: String,
    pub(super) sha256: String,
}

/// Where the dump is.
pub(super) fn dump(folder: &Path) -> PathBuf {
    folder.join("database.dump")
}

/// Where the list of the files is.
pub(super) fn list(folder: &Path) -> PathBuf {
    folder.join("files.sha256")
}

/// Where a file is, and what it is called in the list. `None` for a key that would lead elsewhere.
pub(super) fn file(folder: &Path, organization: OrganizationId, key: &str) -> Option<(PathBuf, String)> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if key.is_empty() || key.starts_with('.') || !key.chars().all(plain) {
        return None;
    }
    let name = format!("{FILES}/{organization}/{key}");
    Some((folder.join(&name), name))
}

impl Line {
    /// As `sha256sum` writes it.
    pub(super) fn write(sha256: &str, name: &str) -> String {
        format!("{sha256}  {name}\n")
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        let (sha256, name) = line.split_once("  ")?;
        let (organization, key) = name.strip_prefix(FILES)?.strip_prefix('/')?.split_once('/')?;
        let organization = organization.parse().ok()?;
        file(Path::new(""), organization, key)?;
        Some(Self { organization, key: key.into(), sha256: sha256.into() })
    }
}

impl Manifest {
    /// Writes it: whole or not at all, and then for good.
    pub(super) fn write(&self, folder: &Path) -> Result<(), String> {
        let (path, aside) = (folder.join(MANIFEST), folder.join("manifest.json.new"));
        let write = || {
            let mut file = File::options().write(true).create_new(true).mode(PRIVATE_FILE).open(&aside)?;
            serde_json::to_writer_pretty(&mut file, self)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            fs::rename(&aside, &path)?;
            File::open(folder)?.sync_all()
        };
        write().map_err(|error: std::io::Error| format!("{}: {error}", path.display()))
    }

    /// Reads it.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join(MANIFEST);
        let text = fs::read(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                format!("{} holds no {MANIFEST}: it is no backup, or one that was interrupted", folder.display())
            }
            _ => format!("{}: {error}", path.display()),
        })?;
        #[derive(Deserialize)]
        struct Form {
            format: u32,
        }
        let damaged = |error: serde_json::Error| format!("{}: {error}", path.display());
        // First, because a newer form may lack what this one needs.
        let Form { format } = serde_json::from_slice(&text).map_err(damaged)?;
        if format > FORMAT {
            return Err(format!(
                "{} is of form {format}, and this build reads up to {FORMAT}: run a newer build",
                folder.display()
            ));
        }
        serde_json::from_slice(&text).map_err(damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lead_nowhere_else() {
        let organization = OrganizationId::generate();
        let (path, name) = file(Path::new("/backup"), organization, "ab-1.part").unwrap();
        assert_eq!(path, Path::new("/backup").join(&name));
        let line = Line::write("00ff", &name);
        let parsed = Line { organization, key: "ab-1.part".into(), sha256: "00ff".into() };
        assert_eq!(Line::parse(line.trim_end()), Some(parsed));
        for key in ["..", "../x", "a/b", ".hidden", "", "a b"] {
            assert_eq!(file(Path::new("/backup"), organization, key), None, "{key}");
            assert_eq!(Line::parse(&format!("00ff  files/{organization}/{key}")), None, "{key}");
        }
        assert_eq!(Line::parse("00ff  files/nobody/key"), None);
        assert_eq!(Line::parse("00ff *files"), None);
    }
}
