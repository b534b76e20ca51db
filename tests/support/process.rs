//! A gateway in a process of its own, to be killed.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::database::scratch;

/// The `chatdesk` binary, built as it stands.
static BINARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--locked", "--quiet", "--package", "gateway"]);
    // What cargo says of this test's package. Dependencies whose build scripts look at it would be built anew, and with
    // them all that is above them: now, and once more by the next build that is not a test's.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            build.env_remove(name.as_ref());
        }
    }
    let built = build.status().unwrap();
    assert!(built.success(), "the gateway builds");
    let test = std::env::current_exe().unwrap();
    test.ancestors().find(|folder| folder.ends_with("deps")).unwrap().with_file_name("chatdesk")
});

/// A running `chatdesk serve`. Killed when it is dropped.
pub struct Process {
    child: Child,
    /// What it keeps, unless it was told where.
    data: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Process {
    /// Starts one on a free port, and waits until it says that it is ready.
    pub fn start(flags: &[&str]) -> Self {
        Self::start_at(free_address(), flags)
    }

    /// Starts one at an address, such as that of one that was killed.
    pub fn start_at(address: SocketAddr, flags: &[&str]) -> Self {
        let mut command = Command::new(&*BINARY);
        command.env_remove("DATABASE_URL").env("CHATDESK_LOG", "warn").stdout(Stdio::piped());
        let data = scratch("process").join(address.port().to_string());
        command.args(["serve", "--addr", &address.to_string(), "--logins-per-minute", "100000"]);
        if !flags.contains(&"--data") {
            command.arg("--data").arg(&data);
        }
        command.args(flags);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line == format!("ready http://{address}"));
        if !ready {
            panic!("the gateway did not start: {:?}", child.wait());
        }
        Self { child, address, data }
    }

    /// Its WebSocket endpoint.
    pub fn ws(&self) -> String {
        format!("ws://{}/ws", self.address)
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: no goodbye.
    pub fn kill(mut self) -> SocketAddr {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.address
    }

    /// SIGTERM; waits for the end.
    pub fn terminate(mut self) -> ExitStatus {
        let sent = Command::new("kill").args(["-TERM", &self.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Ended already, or ended now.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

/// An address that nobody listens on. Its port is none that the system gives to clients, of which other tests have
/// thousands: between here and the gateway's start, and while one that was killed comes back, it stays free.
fn free_address() -> SocketAddr {
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 20_000;
    static TRIED: AtomicU32 = AtomicU32::new(0);
    loop {
        // Another process of tests begins elsewhere.
        let number = std::process::id().wrapping_mul(97).wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + number % COUNT).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// The binary's path, for tests that run its other commands.
pub fn binary() -> PathBuf {
    BINARY.clone()
}
