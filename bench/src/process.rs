//! What a process of this machine has used, from `/proc` (proc_pid_stat(5), proc_pid_status(5)).

use std::path::PathBuf;
use std::time::Duration;

/// `/proc` counts CPU time in these ticks a second: USER_HZ, which Linux has fixed for programs on every architecture
/// that we build for.
const TICKS_PER_SECOND: f64 = 100.0;
/// Where `utime` stands among the fields behind the command's name; `stime` follows it.
const UTIME_FIELD: usize = 11;

/// A process to be watched.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    folder: PathBuf,
    /// Its command's name, at most 15 characters.
    pub(crate) name: String,
}

/// What a process has used so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Time on any core, in the program and in the kernel on its behalf.
    pub(crate) cpu: Duration,
    /// Resident memory, in KiB.
    pub(crate) rss_kib: u64,
    /// The most that it ever was, in KiB.
    pub(crate) peak_kib: u64,
}

impl Process {
    /// Process `pid`.
    ///
    /// # Errors
    /// There is none, or this user may not look at it.
    pub(crate) fn find(pid: u32) -> Result<Self, String> {
        Self::at(PathBuf::from(format!("/proc/{pid}")))
    }

    /// This process.
    ///
    /// # Errors
    /// There is no `/proc`.
    pub(crate) fn own() -> Result<Self, String> {
        Self::at(PathBuf::from("/proc/self"))
    }

    fn at(folder: PathBuf) -> Result<Self, String> {
        let name = read(&folder.join("comm"))?.trim().to_owned();
        Ok(Self { folder, name })
    }

    /// What it has used so far.
    ///
    /// # Errors
    /// It is gone.
    pub(crate) fn usage(&self) -> Result<Usage, String> {
        let stat = read(&self.folder.join("stat"))?;
        let status = read(&self.folder.join("status"))?;
        let unreadable = || format!("{}: not understood", self.folder.display());
        Ok(Usage {
            cpu: cpu(&stat).ok_or_else(unreadable)?,
            rss_kib: kib(&status, "VmRSS:").ok_or_else(unreadable)?,
            peak_kib: kib(&status, "VmHWM:").ok_or_else(unreadable)?,
        })
    }
}

fn read(path: &std::path::Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn cpu(stat: &str) -> Option<Duration> {
    // The name stands in brackets and may hold spaces and brackets itself.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut ticks = fields.split_ascii_whitespace().skip(UTIME_FIELD);
    let user: u64 = ticks.next()?.parse().ok()?;
    let system: u64 = ticks.next()?.parse().ok()?;
    Some(Duration::from_secs_f64((user + system) as f64 / TICKS_PER_SECOND))
}

fn kib(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_a_strange_name_is_read() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 900 0 3 0 150 50 7 7 20 0 4 0 5 6 7";
        assert_eq!(cpu(stat), Some(Duration::from_secs(2)));
        assert_eq!(cpu("42 (a"), None);
        let status = "Name:\ta\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!((kib(status, "VmRSS:"), kib(status, "VmHWM:")), (Some(1024), Some(2048)));
    }

    #[test]
    fn this_process_uses_memory_and_one_that_is_not_there_is_an_error() {
        assert!(Process::own().and_then(|own| own.usage()).unwrap().rss_kib > 0);
        assert!(Process::find(u32::MAX).is_err());
    }
}
