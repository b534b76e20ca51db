//! Whom Postgres runs as. It refuses root, so that root hands it to another account; anybody else runs it themselves.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use tokio::process::Command;

use super::EmbeddedError;

/// The accounts that root hands Postgres to, in order, unless there is a cluster that has an owner.
const PREFERRED: [&str; 2] = ["postgres", "nobody"];
/// Linux capabilities by which an account gets past the modes of folders and files that are closed to it, with their
/// bits (capabilities(7), linux/capability.h). The first only walks and reads, and so is preferred.
const READ: (&str, u32) = ("dac_read_search", 2);
const OVERRIDE: (&str, u32) = ("dac_override", 1);

/// An account to run Postgres with.
#[derive(Clone, Debug)]
pub(super) struct Account {
    /// Whom to become; absent: stay who we are.
    identity: Option<Identity>,
    /// The capability to keep while becoming them.
    capability: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    uid: u32,
    gid: u32,
}

impl Account {
    /// Chooses for a cluster's folder, which need not be there yet, and the folder of the programs.
    pub(super) fn choose(cluster: &Path, bin: &Path) -> Result<Self, EmbeddedError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self { identity: None, capability: None });
        }
        let identity = owner(cluster).or_else(|| PREFERRED.iter().find_map(|name| look_up(name)));
        let identity = identity.ok_or_else(|| {
            EmbeddedError::Account(format!("there is no account {}; run chatdesk as somebody", PREFERRED.join(" or ")))
        })?;
        // Only what is above the cluster: the cluster itself will be theirs.
        let above = cluster.parent().unwrap_or(cluster);
        let programs = [bin.join("initdb"), bin.join("postgres")];
        let capability = if let Some(program) = programs.iter().find(|program| is_closed(program, identity)) {
            // A clone made with a tight umask. Running a file takes more than reading it.
            Some(capability_for(program, &[OVERRIDE])?)
        } else {
            let closed = [above, bin].into_iter().flat_map(Path::ancestors).find(|step| is_closed(step, identity));
            closed.map(|folder| capability_for(folder, &[READ, OVERRIDE])).transpose()?
        };
        Ok(Self { identity: Some(identity), capability })
    }

    /// A command that runs a program as this account.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = match (self.identity, self.capability) {
            (Some(Identity { uid, gid }), Some(capability)) => {
                let mut setpriv = Command::new("setpriv");
                setpriv
                    .args([format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".into()])
                    .args([format!("--inh-caps=+{capability}"), format!("--ambient-caps=+{capability}")])
                    // Without it access(2), by which Postgres looks for its own programs, leaves capabilities out. What
                    // else of root's it would keep, the start of the program takes away.
                    .arg("--securebits=+no_setuid_fixup")
                    .arg(program);
                setpriv
            }
            (Some(Identity { uid, gid }), None) => {
                let mut command = Command::new(program);
                // Also leaves root's other groups behind.
                command.uid(uid).gid(gid);
                command
            }
            (None, _) => Command::new(program),
        };
        // What is set for psql, or for another cluster, must not reach this one.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("PG") || name.starts_with("LC_") || name == "LANG" || name == "LANGUAGE" {
                command.env_remove(name.as_ref());
            }
        }
        command.process_group(0);
        command
    }

    /// Gives a folder or file of ours to this account.
    pub(super) fn own(&self, path: &Path) -> Result<(), EmbeddedError> {
        let Some(Identity { uid, gid }) = self.identity else { return Ok(()) };
        chown(path, Some(uid), Some(gid)).map_err(|error| EmbeddedError::io("change the owner of", path, error))
    }
}

/// The owner of a folder, if it is there and not root's.
fn owner(folder: &Path) -> Option<Identity> {
    let metadata = fs::metadata(folder).ok()?;
    (metadata.uid() != 0).then(|| Identity { uid: metadata.uid(), gid: metadata.gid() })
}

fn look_up(name: &str) -> Option<Identity> {
    fs::read_to_string("/etc/passwd").ok()?.lines().find_map(|line| passwd_line(line, name))
}

/// Reads `name:password:uid:gid:…`.
fn passwd_line(line: &str, name: &str) -> Option<Identity> {
    let mut fields = line.split(':');
    let named = fields.next()? == name;
    let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
    (named && uid != 0).then_some(Identity { uid, gid })
}

/// Whether an account may not walk through a folder, or run a file, going by its mode.
fn is_closed(path: &Path, identity: Identity) -> bool {
    let Ok(metadata) = fs::metadata(path) else { return false };
    let bit = if metadata.uid() == identity.uid {
        0o100
    } else if metadata.gid() == identity.gid {
        0o010
    } else {
        0o001
    };
    metadata.mode() & bit == 0
}

/// The first of `wanted` that we have to give, if the program that gives it is there.
fn capability_for(closed: &Path, wanted: &[(&'static str, u32)]) -> Result<&'static str, EmbeddedError> {
    let closed = closed.display();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let held = effective_capabilities(&status).unwrap_or(0);
    let (name, _) = wanted.iter().find(|(_, bit)| held & (1 << bit) != 0).ok_or_else(|| {
        EmbeddedError::Account(format!("{closed} is closed to other accounts; use a folder that is not"))
    })?;
    let paths = std::env::var_os("PATH").unwrap_or_default();
    if !std::env::split_paths(&paths).any(|folder| folder.join("setpriv").is_file()) {
        return Err(EmbeddedError::Account(format!(
            "{closed} is closed to other accounts, and setpriv (from util-linux), which could let Postgres through, is \
             not installed"
        )));
    }
    Ok(name)
}

fn effective_capabilities(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_from_passwd() {
        let line = "postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash";
        assert_eq!(passwd_line(line, "postgres"), Some(Identity { uid: 101, gid: 104 }));
        assert_eq!(passwd_line(line, "post"), None);
        assert_eq!(passwd_line("root:x:0:0:root:/root:/bin/bash", "root"), None);
        assert_eq!(passwd_line("", "postgres"), None);
    }

    #[test]
    fn capabilities_are_read_from_status() {
        assert_eq!(effective_capabilities("CapPrm:\t00\nCapEff:\t0000000000000006\n"), Some(6));
        assert_eq!(effective_capabilities("Name:\tchatdesk\n"), None);
    }
}
