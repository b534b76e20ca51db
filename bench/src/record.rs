//! What is noted of messages: how long they took, and whether each arrived once and in order.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

mod latency;
mod track;
pub(crate) mod typing;

pub(crate) use latency::{Latency, Quantiles};
pub(crate) use track::{Faults, Log, Track};

/// What visitors send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Messages: routed to the agent, then stored and acknowledged.
    Text,
    /// Typing frames: routed only.
    Typing,
}
