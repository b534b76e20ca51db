//! `chatdesk-bench`: open-loop load on a gateway of this machine, or on its writer alone, and what it did with it. `README.md` beside this
//! crate says how a run goes, what is checked, and what the JSON holds.

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::scenario::Scenario;

mod arrive;
mod config;
mod engine;
mod machine;
mod output;
mod peers;
mod process;
mod reading;
mod record;
mod report;
mod scenario;
mod schedule;
mod stage;
mod talk;
mod target;
mod text;

/// Loads a ChatDesk gateway, or its writer alone, with an open loop and measures it.
///
/// Messages are sent when a fixed schedule says, however slow the answers are, and latency counts from that intended
/// time: a stall is felt by all that were due during it. Every message's arrival, order and number is checked. The
/// exit status is 0 when all held, 1 when something did not (standard error and the report say what), 2 when the
/// arguments are wrong.
#[derive(Parser)]
#[command(name = "chatdesk-bench", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What can be asked for.
#[derive(Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one of it in a run")]
enum Command {
    #[command(flatten)]
    Run(Scenario),
    /// Two runs beside each other: every figure with its ratio.
    Compare(reading::Compare),
    /// The plots of a run as SVG files.
    Plot(reading::Plot),
    /// One of the servers that `peers` measures, as a process of its own.
    #[command(hide = true)]
    RelayServer(peers::RelayServer),
    /// One of the generator's processes.
    #[command(hide = true)]
    TalkWorker(talk::TalkWorker),
}

fn main() -> ExitCode {
    let command = match asked_for() {
        Ok(command) => command,
        // Prints help and version too, and exits with their status: 0, and 2 when the arguments are wrong.
        Err(error) => error.exit(),
    };
    let outcome = match command {
        Command::Run(scenario) => run(&scenario),
        Command::Compare(compare) => compare.run(),
        Command::Plot(plot) => plot.run(),
        Command::RelayServer(server) => server.serve().map(|()| true),
        Command::TalkWorker(worker) => worker.serve().map(|()| true),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            report::live::keep();
            eprintln!("chatdesk-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line says, and the file that it names.
fn asked_for() -> Result<Command, clap::Error> {
    let words = config::arguments(&Cli::command(), std::env::args_os().collect())?;
    let matches = Cli::command().try_get_matches_from(words)?;
    Cli::from_arg_matches(&matches).map(|cli| cli.command)
}

/// Runs a scenario and reports it. Says whether everything held.
fn run(scenario: &Scenario) -> Result<bool, String> {
    let files = scenario.output().open()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(scenario.threads())
        .enable_all()
        .build()
        .map_err(|error| format!("threads: {error}"))?;
    let mut document = runtime.block_on(scenario.run())?;
    document.end();
    files.report(&document)
}
