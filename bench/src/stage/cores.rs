//! Which core runs what. Figures "on one core" mean that the gateway has one for itself, and everything else the others.

use rustix::process::{Pid, getpriority_process, setpriority_process};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// How much a load generator is preferred (sched(7)): a message that is sent late says nothing of the server.
const NICE: i32 = -10;

/// As long as this lives, its thread, and those that it starts, go before others on the same core.
#[derive(Debug)]
pub(crate) struct Precedence {
    before: i32,
}

impl Precedence {
    /// Takes it, if the system lets us: that needs a privilege.
    pub(crate) fn take() -> Option<Self> {
        let before = getpriority_process(None).ok()?;
        setpriority_process(None, NICE).ok()?;
        Some(Self { before })
    }
}

impl Drop for Precedence {
    fn drop(&mut self) {
        // To be nicer is always allowed.
        let _ = setpriority_process(None, self.before);
    }
}

/// Some of the machine's cores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cores(Vec<usize>);

impl Cores {
    /// All that this process may use now.
    ///
    /// # Errors
    /// The kernel does not tell.
    pub(crate) fn all() -> Result<Self, String> {
        let set = sched_getaffinity(None).map_err(|error| format!("cores: {error}"))?;
        Ok(Self((0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect()))
    }

    /// The first core that this process may use, and the others. None when there is but one: nothing can be kept apart
    /// then.
    ///
    /// # Errors
    /// The kernel does not tell.
    pub(crate) fn split() -> Result<Option<(Self, Self)>, String> {
        let Self(all) = Self::all()?;
        let Some((first, others)) = all.split_first() else { return Ok(None) };
        Ok((!others.is_empty()).then(|| (Self(vec![*first]), Self(others.to_vec()))))
    }

    /// Calls `act` on a thread that runs on these cores only. A program that it starts stays on them, with all its
    /// threads, from its first moment.
    ///
    /// # Errors
    /// The kernel does not let it.
    pub(crate) fn within<T: Send>(&self, act: impl FnOnce() -> T + Send) -> Result<T, String> {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                self.set(None)?;
                Ok(act())
            });
            thread.join().unwrap_or_else(|_| Err("a thread that was to start a program ended early".into()))
        })
    }

    /// Moves a running process with all its threads to these cores; what it starts from now on runs there too.
    ///
    /// # Errors
    /// It is gone, or somebody else's.
    pub(crate) fn hold(&self, pid: u32) -> Result<(), String> {
        let tasks = format!("/proc/{pid}/task");
        let entries = std::fs::read_dir(&tasks).map_err(|error| format!("{tasks}: {error}"))?;
        for entry in entries.flatten() {
            let thread = entry.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
            if let Some(thread) = thread {
                self.set(Some(thread))?;
            }
        }
        Ok(())
    }

    fn set(&self, thread: Option<Pid>) -> Result<(), String> {
        let mut set = CpuSet::new();
        self.0.iter().for_each(|core| set.set(*core));
        match sched_setaffinity(thread, &set) {
            // A thread that has ended meanwhile needs no core.
            Err(rustix::io::Errno::SRCH) if thread.is_some() => Ok(()),
            other => other.map_err(|error| format!("cores {self}: {error}")),
        }
    }
}

impl std::fmt::Display for Cores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&numbers.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_started_within_stays_on_its_cores() {
        let Some((first, others)) = Cores::split().unwrap() else { return };
        let allowed = first.within(|| {
            let output = std::process::Command::new("cat").arg("/proc/self/status").output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        });
        let line = format!("Cpus_allowed_list:\t{first}\n");
        assert!(allowed.unwrap().contains(&line), "{line}");
        assert_ne!(first, others);
        // This thread may still use all.
        assert_eq!(Cores::split().unwrap(), Some((first, others)));
    }
}
