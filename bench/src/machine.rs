//! The machine that a run was on: figures mean little without it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// What a reader has to know to compare figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// Operating system and kernel release.
    pub(crate) kernel: String,
    /// The processor's name, when the kernel tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) processor: Option<String>,
    /// Cores that this process may use.
    pub(crate) cores: usize,
    /// Memory in MiB, when the kernel tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) memory_mib: Option<u64>,
}

/// What was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Versions {
    /// Of this program.
    pub(crate) bench: String,
    /// The wire protocol's subprotocol.
    pub(crate) protocol: String,
    /// How this program was built; figures of a debug build are worth nothing.
    pub(crate) build: String,
    /// The gateway's, when it told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) gateway: Option<String>,
    /// Postgres', when it told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) postgres: Option<String>,
    /// Of the servers that were measured beside the gateway, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) peers: BTreeMap<String, String>,
}

/// Cores that this process was given: asked once, before a run keeps itself to some of them.
pub(crate) fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
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
        let memory_mib = read("/proc/meminfo").and_then(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
            Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? / 1024)
        });
        Self {
            kernel: format!("{} {}", std::env::consts::OS, release.as_deref().unwrap_or("unknown")),
            processor,
            cores: cores(),
            memory_mib,
        }
    }

    /// In one line.
    pub(crate) fn line(&self) -> String {
        let processor = self.processor.as_deref().unwrap_or("unknown processor");
        let memory = self.memory_mib.map_or_else(String::new, |mib| format!(", {:.1} GiB", mib as f64 / 1024.0));
        format!("{} cores, {processor}{memory}, {}", self.cores, self.kernel)
    }
}

impl Versions {
    /// Of this build.
    pub(crate) fn here() -> Self {
        Self {
            bench: env!("CARGO_PKG_VERSION").into(),
            protocol: protocol::SUBPROTOCOL.into(),
            build: if cfg!(debug_assertions) { "debug" } else { "release" }.into(),
            gateway: None,
            postgres: None,
            peers: BTreeMap::new(),
        }
    }

    /// Whether this build's own slowness would show in the figures.
    pub(crate) fn is_debug(&self) -> bool {
        self.build == "debug"
    }

    /// In one line.
    pub(crate) fn line(&self) -> String {
        let mut line = format!("chatdesk-bench {} ({} build), {}", self.bench, self.build, self.protocol);
        let ours = [("gateway", &self.gateway), ("Postgres", &self.postgres)];
        let ours = ours.into_iter().filter_map(|(name, version)| Some((name, version.as_deref()?)));
        let peers = self.peers.iter().map(|(name, version)| (name.as_str(), version.as_str()));
        for (name, version) in ours.chain(peers) {
            line.push_str(&format!(", {name} {version}"));
        }
        line
    }
}
