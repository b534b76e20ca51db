//! A gateway of a run's own, as a process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::runtime::Handle;

use super::cores::Cores;
use crate::target::Target;

/// The gateway's limits, out of the way: a run comes from few addresses, and all agents of an organization may share a
/// login. They are counted as ever; nothing reaches them.
const LIFTED: [(&str, &str); 14] = [
    ("--unlimited", "127.0.0.0/8"),
    ("--frame-rate", "1000000"),
    ("--frame-burst", "10000000"),
    ("--byte-rate", "1000000000"),
    ("--byte-burst", "1000000000"),
    ("--organization-frame-rate", "10000000"),
    ("--organization-frame-burst", "100000000"),
    ("--organization-byte-rate", "4000000000"),
    ("--organization-byte-burst", "4000000000"),
    ("--followed", "1000000"),
    ("--start-rate", "1000000"),
    ("--start-burst", "1000000"),
    ("--visit-rate", "100000"),
    ("--visit-burst", "100000"),
];
/// How long a gateway may take to come up: it brings the schema up to date first.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long it may take to stop: it stores what is left, and tells its clients.
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// What it says on standard output once it can be used, before its address.
const READY: &str = "ready http://";
/// How much of its log an error shows, in lines from its end.
const LOG_LINES: usize = 12;
/// Its log, in the folder of the run.
const LOG: &str = "gateway.log";

/// How a gateway is to be started.
#[derive(Clone, Debug)]
pub(crate) struct Launch<'a> {
    /// The program.
    pub(crate) program: &'a Path,
    /// Where it keeps files, and its log.
    pub(crate) folder: &'a Path,
    /// Its Postgres.
    pub(crate) database_url: &'a str,
    /// Where it may run; anywhere if absent.
    pub(crate) cores: Option<&'a Cores>,
    /// More flags of `chatdesk serve`, which count before those that lift limits.
    pub(crate) flags: &'a [(&'a str, String)],
}

/// A running gateway. It is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) target: Target,
    /// Its process.
    pub(crate) pid: u32,
    /// What else it says; a gateway whose output nobody holds open would fail at its next line.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts one on a free port and waits until it can be used.
    ///
    /// # Errors
    /// Why it cannot, with the end of its log.
    pub(crate) async fn start(launch: &Launch<'_>) -> Result<Self, String> {
        let log = launch.folder.join(LOG);
        let named = |error: std::io::Error| format!("{}: {error}", launch.program.display());
        let mut command = launch.command(&log).map_err(named)?;
        let runtime = Handle::current();
        let mut spawn = move || {
            let _runtime = runtime.enter();
            command.spawn()
        };
        let mut child = match launch.cores {
            Some(cores) => cores.within(spawn)?,
            None => spawn(),
        }
        .map_err(named)?;
        let output = child.stdout.take().ok_or("the gateway has no output")?;
        let mut output = BufReader::new(output).lines();
        let ready = async {
            while let Ok(Some(line)) = output.next_line().await {
                if let Some(address) = line.strip_prefix(READY) {
                    return address.parse::<SocketAddr>().ok();
                }
            }
            None
        };
        let address = tokio::time::timeout(START_LIMIT, ready).await.ok().flatten();
        match (address, child.id()) {
            (Some(address), Some(pid)) => Ok(Self { child, target: Target(address), pid, _output: output }),
            _ => Err(format!("the gateway did not start: {}", tail(&log))),
        }
    }

    /// Stops it in order.
    ///
    /// # Errors
    /// It had ended already, or had to be killed.
    pub(crate) async fn stop(mut self) -> Result<(), String> {
        if let Ok(Some(status)) = self.child.try_wait() {
            return Err(format!("the gateway had ended by itself: {status}"));
        }
        if let Some(pid) = Pid::from_raw(self.pid.cast_signed()) {
            // An error means that it has just ended, which the wait tells.
            let _ = kill_process(pid, Signal::TERM);
        }
        match tokio::time::timeout(STOP_LIMIT, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!("the gateway ended with {status}")),
            Ok(Err(error)) => Err(format!("the gateway: {error}")),
            Err(_) => {
                let killed = self.child.kill().await;
                killed.map_err(|error| format!("the gateway: {error}"))?;
                Err(format!("the gateway did not stop in {STOP_LIMIT:?} and was killed"))
            }
        }
    }
}

impl Launch<'_> {
    fn command(&self, log: &PathBuf) -> std::io::Result<Command> {
        let mut command = Command::new(self.program);
        // What is set for another gateway must not reach this one; how much is logged may.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name == "DATABASE_URL" || (name.starts_with("CHATDESK_") && name != "CHATDESK_LOG") {
                command.env_remove(name.as_ref());
            }
        }
        command.args(["serve", "--addr", "127.0.0.1:0", "--database-url", self.database_url]).arg("--data");
        command.arg(self.folder.join("files"));
        for (flag, value) in LIFTED.iter().filter(|(flag, _)| !self.flags.iter().any(|(own, _)| own == flag)) {
            command.args([flag, value]);
        }
        for (flag, value) in self.flags {
            command.args([*flag, value.as_str()]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(std::fs::File::create(log)?);
        // In a group of its own: Ctrl-C is for this program, which stops it in order.
        command.process_group(0).kill_on_drop(true);
        Ok(command)
    }
}

/// The end of a log.
fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
}
