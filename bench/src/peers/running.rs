//! A program that was started for a run, and that is ended with it: also at Ctrl-C, and with whatever it has started itself.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use crate::stage::cores::Cores;
use crate::stage::interrupt::Standing;
use crate::target::Target;

/// How long a server may take until it takes connections.
const START_LIMIT: Duration = Duration::from_secs(60);
/// Between two looks at that.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long it may take to stop before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// How much of a log an error shows, in lines from its end.
const LOG_LINES: usize = 8;

/// A running program.
pub(crate) struct Ward {
    /// Its process, and the number of its group.
    pub(crate) pid: u32,
    child: Arc<Mutex<Option<Child>>>,
    log: PathBuf,
    _standing: Standing,
}

impl Ward {
    /// Starts it, in a process group of its own and on the given cores; what it says goes to `log`.
    ///
    /// # Errors
    /// It cannot be started.
    pub(crate) fn start(mut command: Command, log: &Path, cores: Option<&Cores>) -> Result<Self, String> {
        let named = |error: std::io::Error| error.to_string();
        let out = File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
        command.stdin(Stdio::null()).stdout(out.try_clone().map_err(named)?).stderr(out);
        command.process_group(0).kill_on_drop(true);
        let runtime = Handle::current();
        let mut spawn = move || {
            let _runtime = runtime.enter();
            command.spawn()
        };
        let child = match cores {
            Some(cores) => cores.within(spawn)?,
            None => spawn(),
        };
        let child = child.map_err(named)?;
        let pid = child.id().ok_or("it ended at once")?;
        let child = Arc::new(Mutex::new(Some(child)));
        let standing = Arc::clone(&child);
        let standing = Standing::new(move || async move { stop(pid, &standing).await })?;
        Ok(Self { pid, child, log: log.to_owned(), _standing: standing })
    }

    /// Waits until it ends; says whether it did so with success.
    ///
    /// # Errors
    /// It was stopped meanwhile.
    pub(crate) async fn ended(&self) -> Result<bool, String> {
        let mut child = self.child.lock().await;
        let child = child.as_mut().ok_or("stopped")?;
        child.wait().await.map(|status| status.success()).map_err(|error| error.to_string())
    }

    /// Waits until somebody listens at `target`.
    ///
    /// # Errors
    /// It ended before, or nobody does.
    pub(crate) async fn listens(&self, target: Target) -> Result<(), String> {
        let begin = Instant::now();
        loop {
            if tokio::net::TcpStream::connect(target.0).await.is_ok() {
                return Ok(());
            }
            let ended = match self.child.lock().await.as_mut() {
                Some(child) => child.try_wait().map_err(|error| error.to_string())?.is_some(),
                None => true,
            };
            if ended || begin.elapsed() > START_LIMIT {
                return Err(format!("it did not start: {}", self.tail()));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The end of what it said.
    pub(crate) fn tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }

    /// Stops it.
    pub(crate) async fn stop(self) {
        stop(self.pid, &self.child).await;
    }
}

async fn stop(pid: u32, child: &Mutex<Option<Child>>) {
    // Whoever waits for its end holds the lock; then the signal alone ends both.
    signal(pid, Signal::TERM);
    let taken = tokio::time::timeout(STOP_LIMIT, child.lock()).await.ok().and_then(|mut child| child.take());
    if let Some(mut child) = taken
        && tokio::time::timeout(STOP_LIMIT, child.wait()).await.is_err()
    {
        signal(pid, Signal::KILL);
        // It cannot refuse.
        let _ = child.wait().await;
    }
    // What it has started and left behind.
    signal(pid, Signal::KILL);
}

/// Sends a signal to a program and all that it has started; nobody is there any more otherwise.
fn signal(group: u32, signal: Signal) {
    if let Some(group) = Pid::from_raw(group.cast_signed()) {
        let _ = kill_process_group(group, signal);
    }
}
