//! What can be run. Each scenario is a subcommand with the options that it needs.

use clap::{Args, Subcommand};
use serde::{Serialize, Serializer};

use crate::output::Output;
use crate::peers::{self, Peers};
use crate::report::Document;
use crate::target::Target;

mod connect;
mod idle;
mod load;
mod pairs;
mod phases;
mod relay;
mod sockets;
mod writer;

pub(crate) use load::looks;
pub(crate) use phases::Measured;

/// The scenarios.
#[derive(Subcommand)]
pub(crate) enum Scenario {
    /// Visitors write, agents read: what it takes to route a message, and to store it.
    #[command(long_about = relay::LONG_ABOUT)]
    Relay(Reported<relay::Relay>),
    /// New visitors come in a storm: handshake, hello and welcome, and what they cost Postgres.
    #[command(long_about = connect::LONG_ABOUT)]
    Connect(Reported<connect::Connect>),
    /// Visitors who look around and say nothing: what memory a gateway needs for each, and for itself.
    #[command(long_about = idle::LONG_ABOUT)]
    Idle(Reported<idle::Idle>),
    /// ChatDesk beside other servers, with ratios.
    #[command(long_about = peers::LONG_ABOUT)]
    Peers(Reported<Peers>),
    /// Straight into the writer: what it takes to store entries in order and once, beside plain inserts.
    #[command(long_about = writer::LONG_ABOUT)]
    Writer(Reported<writer::WriterRun>),
}

/// A scenario's options, and where its report goes.
#[derive(Args)]
pub(crate) struct Reported<S: Args> {
    #[command(flatten)]
    pub(crate) scenario: S,
    #[command(flatten)]
    pub(crate) output: Output,
}

impl Scenario {
    /// Runs it.
    ///
    /// # Errors
    /// Why there is nothing to report.
    pub(crate) async fn run(&self) -> Result<Document, String> {
        match self {
            Self::Relay(relay) => relay.scenario.run().await,
            Self::Connect(connect) => connect.scenario.run().await,
            Self::Idle(idle) => idle.scenario.run().await,
            Self::Peers(peers) => peers.scenario.run().await,
            Self::Writer(writer) => writer.scenario.run().await,
        }
    }

    /// Threads of the runtime: those that a scenario's sockets are on, unless it has an engine for them.
    pub(crate) fn threads(&self) -> usize {
        match self {
            Self::Relay(relay) => usize::from(relay.scenario.load.threads),
            Self::Writer(writer) => usize::from(writer.scenario.threads),
            _ => 1,
        }
    }

    /// Where its report goes.
    pub(crate) fn output(&self) -> &Output {
        match self {
            Self::Relay(Reported { output, .. })
            | Self::Connect(Reported { output, .. })
            | Self::Idle(Reported { output, .. })
            | Self::Peers(Reported { output, .. })
            | Self::Writer(Reported { output, .. }) => output,
        }
    }
}

/// Which gateway, and how to get in.
#[derive(Args, Clone, Debug, Serialize)]
#[command(next_help_heading = "The gateway")]
pub(crate) struct Gateway {
    /// Where it listens: loopback only.
    #[arg(long, env = "CHATDESK_ADDR", default_value = "127.0.0.1:8080", value_name = "HOST:PORT")]
    #[serde(serialize_with = "address")]
    pub(crate) addr: Target,

    /// The public key of the widget that the visitors use.
    #[arg(long, default_value = "wk_demo", value_name = "KEY")]
    pub(crate) widget_key: String,

    /// The address that the agents log in with; all their sockets share one login.
    #[arg(long, default_value = "agent@demo.test", value_name = "ADDRESS")]
    pub(crate) email: String,

    /// Its password; the default is the demo's.
    #[arg(
        long,
        env = "CHATDESK_BENCH_PASSWORD",
        hide_env_values = true,
        default_value = "chatdesk-demo",
        value_name = "PASSWORD"
    )]
    #[serde(skip)]
    pub(crate) password: String,

    /// The gateway's process: its CPU time a message and its memory are reported then. Its Postgres is another process
    /// and not counted.
    #[arg(long, value_name = "PID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gateway_pid: Option<u32>,
}

/// How much, how long, and what comes of it.
#[derive(Args, Clone, Debug, Serialize)]
#[command(next_help_heading = "The load")]
pub(crate) struct Load {
    /// Messages a second, of all visitors together, evenly spaced.
    #[arg(long, default_value_t = 1000.0, value_parser = rate, value_name = "PER_SECOND")]
    pub(crate) rate: f64,

    /// Seconds of load before measuring.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=3_600), value_name = "SECONDS")]
    pub(crate) warmup: u32,

    /// Seconds of measuring.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=86_400), value_name = "SECONDS")]
    pub(crate) duration: u32,

    /// Seconds to wait, after the last message, for all to arrive and be stored; what has not by then is missing.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600), value_name = "SECONDS")]
    pub(crate) drain: u32,

    /// The run fails when more than 1 in 100 messages was handed to its socket later than this after its intended time:
    /// then the generator was the bottleneck, and the latencies are its own.
    #[arg(long, default_value_t = 5.0, value_parser = millis, value_name = "MILLISECONDS")]
    pub(crate) max_late_ms: f64,

    /// Threads that serve the generator's sockets; one more keeps the schedule.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64), value_name = "COUNT")]
    pub(crate) threads: u16,
}

/// Most messages a second: more than any gateway on one machine routes, and far below what the clock resolves.
const RATE_MOST: f64 = 1_000_000.0;

/// Reads a number of messages a second.
///
/// # Errors
/// It is none, or out of bounds.
pub(crate) fn rate(text: &str) -> Result<f64, String> {
    bounded(text, 0.1, RATE_MOST)
}

/// Reads a number of milliseconds.
///
/// # Errors
/// It is none, or out of bounds.
pub(crate) fn millis(text: &str) -> Result<f64, String> {
    bounded(text, 0.1, 60_000.0)
}

fn bounded(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("must be a number from {least} to {most}"))
}

fn address<S: Serializer>(target: &Target, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&target.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_held_to_their_bounds() {
        assert_eq!(rate("2500.5"), Ok(2500.5));
        for bad in ["0", "-1", "NaN", "inf", "fast", "1e9"] {
            assert_eq!(rate(bad), Err("must be a number from 0.1 to 1000000".into()), "{bad}");
        }
    }
}
