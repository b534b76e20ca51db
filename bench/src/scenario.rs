//! What can be run. Each scenario is a subcommand with the options that it needs.

use clap::{Args, Subcommand};

use crate::output::Output;
use crate::peers::{self, Peers};
use crate::report::Document;

mod chat;
mod connect;
mod fanout;
mod idle;
mod load;
mod relay;
mod resume;
mod site;
mod upload;
mod writer;

pub(crate) use load::looks;

/// The scenarios.
#[derive(Subcommand)]
pub(crate) enum Scenario {
    /// Visitors write, agents read: what it takes to route a message, and to store it.
    #[command(long_about = relay::LONG_ABOUT)]
    Relay(Reported<relay::Relay>),
    /// Visitors and agents write to each other, and everything is stored and acknowledged.
    #[command(long_about = chat::LONG_ABOUT)]
    Chat(Reported<chat::Chat>),
    /// One writes, many watch: what it takes to tell everybody.
    #[command(long_about = fanout::LONG_ABOUT)]
    Fanout(Reported<fanout::Fanout>),
    /// New visitors come in a storm: handshake, hello and welcome, and what they cost Postgres.
    #[command(long_about = connect::LONG_ABOUT)]
    Connect(Reported<connect::Connect>),
    /// Visitors who look around and say nothing: what memory a gateway needs for each, and for itself.
    #[command(long_about = idle::LONG_ABOUT)]
    Idle(Reported<idle::Idle>),
    /// ChatDesk beside other servers, with ratios.
    #[command(long_about = peers::LONG_ABOUT)]
    Peers(Reported<Peers>),
    /// All clients lose their sockets at once, and all come back: how long it takes, and whether anything is lost.
    #[command(long_about = resume::LONG_ABOUT)]
    Resume(Reported<resume::Resume>),
    /// A believable day of a site, shortened: visitors who look around, chat, send files and lose their network.
    #[command(long_about = site::LONG_ABOUT)]
    Site(Reported<site::SiteRun>),
    /// Files on their way, and what chats beside them feel of it.
    #[command(long_about = upload::LONG_ABOUT)]
    Upload(Reported<upload::Upload>),
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
            Self::Chat(chat) => chat.scenario.run().await,
            Self::Connect(connect) => connect.scenario.run().await,
            Self::Fanout(fanout) => fanout.scenario.run().await,
            Self::Idle(idle) => idle.scenario.run().await,
            Self::Resume(resume) => resume.scenario.run().await,
            Self::Site(site) => site.scenario.run().await,
            Self::Upload(upload) => upload.scenario.run().await,
            Self::Peers(peers) => peers.scenario.run().await,
            Self::Writer(writer) => writer.scenario.run().await,
        }
    }

    /// Threads of the runtime: those that a scenario's sockets are on, unless it has an engine for them.
    pub(crate) fn threads(&self) -> usize {
        match self {
            Self::Writer(writer) => usize::from(writer.scenario.threads),
            _ => 1,
        }
    }

    /// Where its report goes.
    pub(crate) fn output(&self) -> &Output {
        match self {
            Self::Relay(Reported { output, .. })
            | Self::Chat(Reported { output, .. })
            | Self::Connect(Reported { output, .. })
            | Self::Fanout(Reported { output, .. })
            | Self::Idle(Reported { output, .. })
            | Self::Resume(Reported { output, .. })
            | Self::Site(Reported { output, .. })
            | Self::Upload(Reported { output, .. })
            | Self::Peers(Reported { output, .. })
            | Self::Writer(Reported { output, .. }) => output,
        }
    }
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
