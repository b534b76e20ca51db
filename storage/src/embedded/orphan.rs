//! A Postgres that was left running when its process was killed.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, test_kill_process};
use tokio::time::{Instant, sleep};

use super::EmbeddedError;
use super::cluster::Cluster;
use super::server::{FIRST_DATABASE, POLL, Process, START_LIMIT, Server, connect};

/// What `postmaster.pid` tells: the process, and its port once it has one.
struct PidFile {
    pid: Pid,
    port: Option<u16>,
}

/// Takes over a Postgres that an earlier process left running. One that is on its way up or down is waited for.
pub(super) async fn adopt(cluster: &Cluster, password: &str) -> Result<Option<Server>, EmbeddedError> {
    let deadline = Instant::now() + START_LIMIT;
    loop {
        let Some(file) = read_pid_file(&cluster.folder) else { return Ok(None) };
        if !is_alive(file.pid) {
            // Postgres clears the file away itself.
            return Ok(None);
        }
        if !runs_cluster(file.pid, &cluster.folder) {
            // The number went to another process, which Postgres could mistake for its predecessor. Should one be
            // running after all, Postgres still notices its shared memory, and refuses.
            let path = pid_file(&cluster.folder);
            fs::remove_file(&path).map_err(|error| EmbeddedError::io("remove", &path, error))?;
            return Ok(None);
        }
        if let Some(port) = file.port
            && is_ours(port, password, &cluster.folder).await
        {
            tracing::info!(pid = file.pid.as_raw_nonzero(), "Postgres was still running and is taken over");
            let process = Process::Adopted { pid: Some(file.pid), folder: cluster.folder.clone() };
            return Ok(Some(Server { port, process }));
        }
        if Instant::now() > deadline {
            let pid = file.pid.as_raw_nonzero();
            return Err(EmbeddedError::Start(format!("the process {pid} runs this cluster and does not answer")));
        }
        sleep(POLL).await;
    }
}

async fn is_ours(port: u16, password: &str, folder: &Path) -> bool {
    let Ok(client) = connect(port, password, FIRST_DATABASE).await else { return false };
    let Ok(row) = client.query_one("show data_directory", &[]).await else { return false };
    row.try_get::<_, &str>(0).is_ok_and(|data| Path::new(data) == folder)
}

fn pid_file(folder: &Path) -> PathBuf {
    folder.join("postmaster.pid")
}

fn read_pid_file(folder: &Path) -> Option<PidFile> {
    let text = fs::read_to_string(pid_file(folder)).ok()?;
    let mut lines = text.lines();
    let pid = lines.next()?.trim().parse().ok().and_then(Pid::from_raw)?;
    // Third after it: data folder, start time, port.
    let port = lines.nth(2).and_then(|port| port.trim().parse().ok());
    Some(PidFile { pid, port })
}

fn is_alive(pid: Pid) -> bool {
    // Not permitted means that it lives, and is somebody else's.
    !matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH))
}

/// Whether a process lives and was started on this cluster. Where there is no `/proc` its answers have to tell.
pub(super) fn runs_cluster(pid: Pid, folder: &Path) -> bool {
    if !Path::new("/proc/self/cmdline").exists() {
        return is_alive(pid);
    }
    // Empty for one that has ended and that nobody has waited for.
    let Ok(line) = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())) else { return false };
    line.split(|byte| *byte == 0).any(|argument| argument == folder.as_os_str().as_encoded_bytes())
}
