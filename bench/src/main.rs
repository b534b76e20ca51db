//! `chatdesk-bench`: open-loop load on a gateway of this machine, or on its writer alone, and what it did with it. `README.md` beside this
//! crate says how a run goes, what is checked, and what the JSON holds.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::scenario::Scenario;

mod arrive;
mod client;
mod engine;
mod machine;
mod process;
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
    scenario: Scenario,
}

fn main() -> ExitCode {
    let scenario = Cli::parse().scenario;
    match run(&scenario) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("chatdesk-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a scenario and reports it. Says whether everything held.
fn run(scenario: &Scenario) -> Result<bool, String> {
    let json = scenario.json().map(|path| {
        // Opened first: a run is too long to learn at its end that nobody can keep its outcome.
        let file = std::fs::File::create(path).map_err(|error| format!("--json {}: {error}", path.display()))?;
        Ok::<_, String>((file, path))
    });
    let json = json.transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(scenario.threads())
        .enable_all()
        .build()
        .map_err(|error| format!("threads: {error}"))?;
    let outcome = runtime.block_on(scenario.run())?;
    print!("{}", outcome.table);
    for failure in &outcome.failures {
        eprintln!("FAILED: {failure}");
    }
    if let Some((mut file, path)) = json {
        writeln!(file, "{:#}", outcome.json).map_err(|error| format!("--json {}: {error}", path.display()))?;
    }
    Ok(outcome.failures.is_empty())
}
