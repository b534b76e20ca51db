//! What a process and all its children have used together: Postgres is one process a connection, and some more.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::cores::Cores;
use crate::process::Usage;

/// `/proc` counts CPU time in these ticks a second (USER_HZ).
const TICKS_PER_SECOND: f64 = 100.0;
/// Where, among the fields behind the command's name in `stat` (proc_pid_stat(5)), the parent's number stands.
const PARENT_FIELD: usize = 1;
/// Where `utime`, `stime`, `cutime` and `cstime` begin there: the latter two are of children that have ended.
const TIME_FIELDS: usize = 11;

/// A process with its children.
#[derive(Debug)]
pub(crate) struct Processes {
    parent: u32,
    peak_kib: AtomicU64,
}

/// What one process holds, in KiB: of its own, mapped from files, and shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Memory {
    own: u64,
    file: u64,
    shared: u64,
}

impl Processes {
    /// Process `parent` and whatever it starts.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn of(parent: u32) -> Result<Self, String> {
        let processes = Self { parent, peak_kib: AtomicU64::new(0) };
        processes.usage()?;
        Ok(processes)
    }

    /// What they have used so far, those that have ended too. Memory that they share counts once. The peak is the most
    /// that was found when asked.
    ///
    /// # Errors
    /// The parent is gone.
    pub(crate) fn usage(&self) -> Result<Usage, String> {
        let mut ticks = stat(self.parent).map(|(_, ticks)| ticks).ok_or(format!("process {} is gone", self.parent))?;
        let mut memory = memory(self.parent).unwrap_or_default();
        for child in self.children() {
            // One may end between two looks; its time is its parent's then.
            ticks += stat(child).map_or(0, |(_, ticks)| ticks);
            let of_child = self::memory(child).unwrap_or_default();
            memory.own += of_child.own;
            memory.file = memory.file.max(of_child.file);
            memory.shared = memory.shared.max(of_child.shared);
        }
        let rss_kib = memory.own + memory.file + memory.shared;
        let peak_kib = self.peak_kib.fetch_max(rss_kib, Ordering::Relaxed).max(rss_kib);
        Ok(Usage { cpu: Duration::from_secs_f64(ticks as f64 / TICKS_PER_SECOND), rss_kib, peak_kib })
    }

    /// Moves all of them to these cores, and so what they start.
    ///
    /// # Errors
    /// The kernel does not let us.
    pub(crate) fn hold(&self, cores: &Cores) -> Result<(), String> {
        // The parent first: what it starts meanwhile is held then too.
        cores.hold(self.parent)?;
        for child in self.children() {
            if let Err(error) = cores.hold(child)
                && stat(child).is_some()
            {
                return Err(error);
            }
        }
        Ok(())
    }

    fn children(&self) -> Vec<u32> {
        let Ok(folder) = std::fs::read_dir("/proc") else { return Vec::new() };
        let numbers = folder.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        numbers.filter(|number| stat(*number).is_some_and(|(parent, _)| parent == self.parent)).collect()
    }
}

/// The parent of a process, and its CPU time in ticks.
fn stat(pid: u32) -> Option<(u32, u64)> {
    let text = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
    fields(&text)
}

fn fields(stat: &str) -> Option<(u32, u64)> {
    // The name stands in brackets and may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
    let times = fields.get(TIME_FIELDS..TIME_FIELDS + 4)?;
    let ticks = times.iter().map(|time| time.parse::<u64>().ok()).sum::<Option<u64>>()?;
    Some((fields.get(PARENT_FIELD)?.parse().ok()?, ticks))
}

fn memory(pid: u32) -> Option<Memory> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    Some(held(&text))
}

fn held(status: &str) -> Memory {
    let of = |field: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok()).unwrap_or_default()
    };
    Memory { own: of("RssAnon:"), file: of("RssFile:"), shared: of("RssShmem:") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_and_the_time_of_ended_children_are_read() {
        let stat = "42 (a) b) S 7 42 42 0 -1 4194560 900 0 3 0 150 50 20 5 20 0 4 0 5 6 7";
        assert_eq!(fields(stat), Some((7, 225)));
        assert_eq!(fields("42 (a"), None);
        let status = "VmRSS:\t 600 kB\nRssAnon:\t     100 kB\nRssFile:\t     200 kB\nRssShmem:\t     300 kB\n";
        assert_eq!(held(status), Memory { own: 100, file: 200, shared: 300 });
    }

    #[test]
    fn a_child_counts_with_its_parent() {
        let mut child = std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let here = Processes::of(std::process::id()).unwrap();
        assert!(here.children().contains(&child.id()));
        assert!(here.usage().unwrap().rss_kib > 0);
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(Processes::of(u32::MAX).is_err());
    }
}
