//! What the processes use while a scenario runs: looked at from time to time, and whenever a phase begins or ends.

use std::time::Instant;

use super::Stage;
use crate::process::{Process, Usage};
use crate::report::{Phase, Role};

/// What the processes had used at some moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    /// When.
    pub(crate) at: Instant,
    /// The gateway.
    pub(crate) gateway: Option<Usage>,
    /// Postgres, with all its processes.
    pub(crate) postgres: Option<Usage>,
    /// This program.
    pub(crate) own: Option<Usage>,
}

impl Used {
    /// Adds to a phase what the processes used since `before`, by `messages` of whatever was counted.
    pub(crate) fn since(&self, before: &Self, stage: &Stage, mut phase: Phase, messages: Option<u64>) -> Phase {
        let gateway = stage.gateway.as_ref().map_or("gateway", |gateway| gateway.name.as_str());
        for (role, name, begin, end) in [
            (Role::Gateway, gateway, before.gateway, self.gateway),
            (Role::Postgres, "postgres", before.postgres, self.postgres),
            (Role::Generator, "chatdesk-bench", before.own, self.own),
        ] {
            if let (Some(begin), Some(end)) = (begin, end) {
                phase = phase.process(role, name, begin, end, messages);
            }
        }
        phase
    }

    /// The gateway's memory, in KiB.
    pub(crate) fn gateway_kib(&self) -> Option<f64> {
        self.gateway.map(|usage| usage.rss_kib as f64)
    }
}

impl Stage {
    /// What the processes have used so far.
    ///
    /// # Errors
    /// The gateway, or Postgres, is gone: the run cannot go on.
    pub(crate) fn used(&self) -> Result<Used, String> {
        let gone = |what: &str, error: String| format!("{what} has ended: {error}");
        let gateway =
            self.gateway.as_ref().map(Process::usage).transpose().map_err(|error| gone("the gateway", error))?;
        let postgres = self.postgres.as_ref().map(|postgres| postgres.usage()).transpose();
        let postgres = postgres.map_err(|error| gone("Postgres", error))?;
        let own = Process::own().and_then(|own| own.usage()).ok();
        Ok(Used { at: Instant::now(), gateway, postgres, own })
    }
}
