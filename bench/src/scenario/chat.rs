//! Visitors and agents write to each other, and everything is stored and acknowledged: the real thing.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::load::{Load, Workers, looks_with, processes};
use super::rate;
use crate::record::Kind;
use crate::report::{Document, Role, goal, live};
use crate::stage::{Organization, Stage, StageArgs, StageOptions};
use crate::talk::chatdesk::{ChatDesk, Script};
use crate::talk::{Crew, Measured, Plot, capacity, measure};
use crate::text::Texts;

mod logs;

/// Most visitors: each has a socket, and a process may hold 20,000 descriptors.
const VISITORS_MOST: i64 = 18_000;
/// Where the search for the highest rate begins, in messages a second.
const CAPACITY_FROM: f64 = 2_500.0;

/// The scenario's options.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Chat {
    /// Tenants, signed up for the run; with --addr there is one, which the run is told of.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000), value_name = "COUNT")]
    organizations: u32,

    /// Sockets of agents in each tenant.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000), value_name = "COUNT")]
    agents: u32,

    /// Visitors of all tenants together, each with a conversation; they are divided among the agents.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=VISITORS_MOST), value_name = "COUNT")]
    visitors: u32,

    /// What they write: a file of UTF-8 with one message a line, sent in turn. Without it, a few sentences that are
    /// built in.
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    text: Option<PathBuf>,

    /// In the phase `real`: typing frames before each message, 400 ms apart.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=8), value_name = "COUNT")]
    typing: u32,

    /// In the phase `real`: a read receipt after so many messages of the other side; 0: none.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=1_000), value_name = "COUNT")]
    receipts: u32,

    /// In the phase `stored`: messages a second.
    #[arg(long, default_value_t = 5_000.0, value_parser = rate, value_name = "PER_SECOND")]
    stored_rate: f64,

    /// Which phases are run, in this order.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "real,stored,capacity", value_name = "PHASES")]
    phases: Vec<ChatPhase>,

    #[command(flatten)]
    #[serde(flatten)]
    stage: StageArgs,

    #[command(flatten)]
    #[serde(flatten)]
    load: Load,

    #[command(flatten)]
    #[serde(flatten)]
    workers: Workers,
}

/// A part of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChatPhase {
    /// With typing and receipts, at --rate.
    Real,
    /// Messages only, at --stored-rate.
    Stored,
    /// Messages only: the highest rate that holds.
    Capacity,
}

/// What `--help` says of it.
pub(super) const LONG_ABOUT: &str = "\
Visitors and agents write to each other, half of the messages each, and everything is stored: the real thing.

Visitors say hello, answer the pre-chat form and start a conversation; the agents of their organization follow, each those of \
his visitors. A message is one entry: sent, passed on to the other side, stored in Postgres, and acknowledged to its sender. \
Reported are, in milliseconds from the INTENDED time of sending:

  routed   until the message arrived at the other side
  stored   until its sender was told that Postgres has committed it
  late     until the generator handed it to its socket: the generator's own part in the two above

Phases: `real` at --rate, with typing frames before each message and read receipts for them; `stored` at --stored-rate \
without those; `capacity`, the highest rate that holds: doubled until it does not, and narrowed down to 5 % (99 of 100 \
messages acknowledged 100 ms after the last was due, p99 at most 100 ms, none lost or refused).

Every message is checked: it arrives once, in order and in the right place, and its place in the log follows the one before. At \
the end each conversation's log is read, from Postgres or, with --addr, from the gateway: it must hold what was acknowledged, \
under the seqs that were told, and nothing else. Gateway, Postgres and generator share all cores; goals are held against `stored` \
and `capacity`.";

impl Chat {
    /// Runs it.
    ///
    /// # Errors
    /// It could not begin, or a socket was lost.
    pub(crate) async fn run(&self) -> Result<Document, String> {
        let texts = self.text.as_deref().map_or_else(|| Ok(Texts::built_in()), Texts::read)?;
        Stage::with(&self.stage, &StageOptions::default(), async |stage| self.on(stage, Arc::new(texts)).await).await
    }

    async fn on(&self, stage: &Stage, texts: Arc<Texts>) -> Result<Document, String> {
        let mut document = Document::new("chat", self.title(), self)?;
        stage.describe(&mut document).await?;
        document.text = Some(texts.source());
        let organizations: Arc<[Organization]> = stage.organizations(self.organizations as usize).await?.into();
        let agents = organizations.len() * self.agents as usize;
        let script = Script {
            target: stage.target,
            organizations: Arc::clone(&organizations),
            kind: Kind::Text,
            texts,
            receipts: self.receipts,
        };
        let plot = Plot { answers: true, acknowledged: true, told: true, merges: false, preludes: self.typing };
        let visitors = self.visitors as usize;
        live::say(&format!("{visitors} visitors and {agents} agents of {} organizations come", organizations.len()));
        let per_agent = visitors.div_ceil(agents);
        let mut crew = Crew::of_chatdesk(
            &script,
            (self.load.threads.into(), self.workers.processes.into()),
            visitors,
            per_agent,
            plot,
        )
        .await?;
        for phase in &self.phases {
            self.phase(*phase, &mut crew, stage, &mut document).await?;
        }
        let logs = crew.close().await?;
        live::say(&format!("{} logs are read", logs.len()));
        let read = if stage.is_own() {
            logs::from_postgres(&stage.database().await?).await?
        } else {
            logs::from_gateway(stage.target, &organizations, &logs).await?
        };
        document.push(logs::held_against(&logs, &read));
        if !stage.is_own() {
            for organization in organizations.iter() {
                organization.log_out(stage.target).await?;
            }
        }
        Ok(document)
    }

    async fn phase(
        &self,
        phase: ChatPhase,
        crew: &mut Crew<ChatDesk>,
        stage: &Stage,
        document: &mut Document,
    ) -> Result<(), String> {
        let workers = processes(&crew.workers());
        let looks = || looks_with(stage, &workers);
        let late = self.load.max_late_ms;
        crew.beside(phase == ChatPhase::Real);
        match phase {
            ChatPhase::Real => {
                let measured = measure(crew, "real", self.load.stretch(), late, &looks).await?;
                keep(document, measured);
            }
            ChatPhase::Stored => {
                let measured = measure(crew, "stored", self.load.stretch_at(self.stored_rate), late, &looks).await?;
                self.goals(document, &measured);
                keep(document, measured);
            }
            ChatPhase::Capacity => {
                let found = capacity(crew, "capacity", &self.load.search(CAPACITY_FROM), &looks).await?;
                document.notes.push(format!(
                    "{:.0} messages a second hold; {}: {}",
                    found.rate,
                    found.limit.words(),
                    found.why
                ));
                document.goal(&goal::CHAT_RATE, found.rate);
                let gateway = found.measured.as_ref().and_then(|measured| measured.phase.process_of(Role::Gateway));
                let cpu = gateway.and_then(|gateway| gateway.cpu_us_per_message);
                document.goal_under(&goal::CHAT_GATEWAY_CPU_US, cpu, None);
                match found.measured {
                    Some(measured) => keep(document, measured),
                    None => document.fail("capacity: no rate held"),
                }
            }
        }
        Ok(())
    }

    /// Holds the phase `stored` against the goals.
    fn goals(&self, document: &mut Document, measured: &Measured) {
        let differs = (self.stored_rate != goal::CALM_RATE).then(|| format!("measured at {}/s", self.stored_rate));
        let tally = &measured.tally;
        document.goal_under(&goal::CHAT_ACK_P99_MS, tally.stored.at(0.99), differs.clone());
        document.goal_under(&goal::CHAT_ROUTED_P99_MS, tally.routed.at(0.99), differs);
    }

    fn title(&self) -> String {
        let Self { organizations, agents, visitors, .. } = self;
        format!("{visitors} visitors and {organizations} × {agents} agents write to each other")
    }
}

/// Puts what was measured into the document.
fn keep(document: &mut Document, measured: Measured) {
    measured.failures.into_iter().for_each(|why| document.fail(why));
    document.push(measured.phase);
}
