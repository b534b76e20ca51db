//! The machine that a run was on: figures mean little without it.

use serde::Serialize;

/// What a reader has to know to compare figures.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    /// Operating system and kernel release.
    kernel: String,
    /// The processor's name, when the kernel tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    processor: Option<String>,
    /// Cores that this process may use.
    cores: usize,
}

/// What was run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Versions {
    /// Of this program.
    bench: &'static str,
    /// The wire protocol's subprotocol.
    protocol: &'static str,
    /// How this program was built; figures of a debug build are worth nothing.
    build: &'static str,
}

impl Machine {
    /// This one.
    pub(crate) fn here() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).ok();
        let release = read("/proc/sys/kernel/osrelease").map(|text| text.trim().to_owned());
        let processor = read("/proc/cpuinfo").and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
        Self {
            kernel: format!("{} {}", std::env::consts::OS, release.as_deref().unwrap_or("unknown")),
            processor,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }

    /// In one line.
    pub(crate) fn line(&self) -> String {
        let processor = self.processor.as_deref().unwrap_or("unknown processor");
        format!("{} cores, {processor}, {}", self.cores, self.kernel)
    }
}

impl Versions {
    /// Of this build.
    pub(crate) fn here() -> Self {
        Self {
            bench: env!("CARGO_PKG_VERSION"),
            protocol: protocol::SUBPROTOCOL,
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
        }
    }

    /// Whether this build's own slowness would show in the figures.
    pub(crate) fn is_debug(&self) -> bool {
        self.build == "debug"
    }

    /// In one line.
    pub(crate) fn line(&self) -> String {
        format!("chatdesk-bench {} ({} build), {}", self.bench, self.build, self.protocol)
    }
}
