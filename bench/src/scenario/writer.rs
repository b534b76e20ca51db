//! Straight into the writer, with a real Postgres: what storing costs, beside inserts that promise nothing.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::{Serialize, Serializer};
use storage::WriterConfig;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::report::Document;
use crate::stage::cluster::Cluster;
use crate::stage::interrupt;
use crate::stage::temporary_folder;
use crate::text::Texts;
use ground::Ground;
use ledger::Script;
use outcome::{Measure, Passage};
use plain::{Plain, Way};
use through::Through;

mod ground;
mod ledger;
mod outcome;
mod plain;
mod through;

/// What may wait in the writer when as much is handed in as it takes, unless set: some ten batches for each of two lanes,
/// so that it is never idle, and a phase's end is soon reached.
const CAPACITY_KIB: u32 = 8 * 1024;

/// The scenario's options.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct WriterRun {
    /// The database, which gets a schema, organizations and conversations: not one that is used. Without it, a
    /// Postgres of the run's own is started in a temporary folder, with the settings that a gateway gives its own.
    #[arg(long, env = "CHATDESK_BENCH_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    #[serde(skip)]
    database_url: Option<String>,

    /// The folder of Postgres' programs, for a Postgres of the run's own; else they are looked for.
    #[arg(long, env = "CHATDESK_POSTGRES_BIN", value_name = "FOLDER")]
    #[serde(skip)]
    postgres_bin: Option<PathBuf>,

    /// Tenants.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1_000), value_name = "COUNT")]
    organizations: u32,

    /// Conversations of all tenants together, written to in turn: with more of them than a batch has writes, each entry of a
    /// batch is another conversation's, which is the worst case.
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=100_000), value_name = "COUNT")]
    conversations: u32,

    /// The writer's lanes, and the connections of the inserts beside it.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64), value_name = "COUNT")]
    lanes: u16,

    /// Most writes in a batch, and rows in a plain insert.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=10_000), value_name = "COUNT")]
    batch: u16,

    /// How long a batch waits for company, in milliseconds.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(0..=1_000), value_name = "MILLISECONDS")]
    linger_ms: u16,

    /// Bytes that the writer may hold, in KiB.
    #[arg(long, default_value_t = CAPACITY_KIB, value_parser = clap::value_parser!(u32).range(64..=4_194_304), value_name = "KIB")]
    capacity_kib: u32,

    /// What is offered, in messages a second; `max`: as many as the writer takes.
    #[arg(long, value_delimiter = ',', default_value = "5000,20000,max", value_name = "PER_SECOND")]
    rates: Vec<Offer>,

    /// Share of the messages that are sent again with the same `client_id`, in percent: half of them at once.
    #[arg(long, default_value = "1%", value_parser = percent, value_name = "PERCENT")]
    resend: f64,

    /// Seconds of each phase before measuring.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=600), value_name = "SECONDS")]
    warmup: u32,

    /// Seconds of measuring in each phase.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=600), value_name = "SECONDS")]
    duration: u32,

    /// How often each phase is run, in turn with the others; medians are reported.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100), value_name = "COUNT")]
    rounds: u32,

    /// Seconds to wait, at the end of a phase, for all to be stored.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=600), value_name = "SECONDS")]
    drain: u32,

    /// The run fails when more than 1 in 100 messages of a rate was handed in later than this after its intended time.
    #[arg(long, default_value_t = 5.0, value_parser = super::millis, value_name = "MILLISECONDS")]
    max_late_ms: f64,

    /// Threads that the writer's lanes share; one more hands messages in.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64), value_name = "COUNT")]
    pub(super) threads: u16,

    /// What is written: a file of UTF-8 with one message a line. Without it, a few sentences that are built in.
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    text: Option<PathBuf>,
}

/// How much is handed in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Offer {
    /// So many messages a second.
    Rate(f64),
    /// As many as the writer takes.
    Most,
}

/// What `--help` says of it.
pub(super) const LONG_ABOUT: &str = "\
Straight into the writer, with a real Postgres: what it takes to store entries in order, once and without gaps, beside inserts \
that promise none of that.

Each round runs all phases, one after the other: every one of --rates through the writer, alone; as much as it takes once more \
while entries' words are made beside it, as in a gateway; making words alone; then, into a table of the same \
columns, keys and partitions, plain inserts of as many rows a statement as the writer's batches have (unnest), over as many \
connections as the writer has lanes and over one; then inserts of single rows. Medians over the rounds are reported, and the \
best and worst round beside them.

With a rate, messages have times that are fixed beforehand (an open loop), and latency counts from the INTENDED time until \
the receipt that the writer sends after COMMIT. With `max` a message is handed in as soon as the writer has room for it, and \
latency is mostly the time that it waited there.

After each phase the receipts are held against what was sent, and the log against the receipts: every entry once, in the order of \
sending, seqs without a gap, and what was sent again answered with the place that it had. The run fails, with exit status 1, \
when any of that does not hold, or when the writer refused something at a fixed rate; with --goals-must-hold also when a goal was missed.";

impl WriterRun {
    /// Runs it.
    ///
    /// # Errors
    /// It could not begin.
    pub(super) async fn run(&self) -> Result<Document, String> {
        let texts = Arc::new(self.text.as_deref().map_or_else(|| Ok(Texts::built_in()), Texts::read)?);
        if let Some(url) = &self.database_url {
            return self.measure(url, texts).await;
        }
        // Heard from here on: a signal ends the run once there is something to end.
        let mut end = tokio::spawn(told_to_end());
        let folder = temporary_folder()?;
        let report = match Cluster::start(&folder, self.postgres_bin.clone()).await {
            Ok(cluster) => {
                let report = self.unless_told_to_end(&mut end, cluster.url(), texts).await;
                if let Err(error) = cluster.stop().await {
                    eprintln!("chatdesk-bench: {error}");
                }
                report
            }
            Err(error) => Some(Err(error)),
        };
        if let Err(error) = std::fs::remove_dir_all(&folder) {
            eprintln!("chatdesk-bench: {}: {error}", folder.display());
        }
        report.unwrap_or_else(|| std::process::exit(interrupt::STATUS))
    }

    /// `None` if it was told to end.
    async fn unless_told_to_end(
        &self,
        end: &mut JoinHandle<()>,
        url: &str,
        texts: Arc<Texts>,
    ) -> Option<Result<Document, String>> {
        tokio::select! {
            biased;
            _ = end => None,
            report = self.measure(url, texts) => Some(report),
        }
    }

    async fn measure(&self, url: &str, texts: Arc<Texts>) -> Result<Document, String> {
        let ground = Arc::new(Ground::lay(url, self.organizations.min(self.conversations), self.conversations).await?);
        let server = ground.server().await?;
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let (warmup, measure) = (seconds(self.warmup), seconds(self.duration));
        let through = Through {
            ground: Arc::clone(&ground),
            texts: Arc::clone(&texts),
            config: WriterConfig {
                lanes: self.lanes.into(),
                linger: Duration::from_millis(self.linger_ms.into()),
                batch_entries: self.batch.into(),
                capacity_bytes: self.capacity_kib as usize * 1024,
                index: false,
                ..WriterConfig::default()
            },
            script: Script { logs: self.conversations.into(), every: self.every() },
            warmup,
            measure,
            drain: seconds(self.drain),
        };
        let mut plain = Plain::lay(Arc::clone(&ground), Arc::clone(&texts), warmup, measure).await?;
        let mut phases: Vec<Passage> = Vec::new();
        for round in 1..=self.rounds {
            for offer in &self.rates {
                let number = phases.len() as u64;
                let passed = through.phase(offer.rate(), number).await?;
                phases.push(Passage { round, measure: Measure::Writer(*offer), came_to: passed.into() });
            }
            // What was stored until now has left enough to be indexed for as long as it takes.
            let begun = ground.found_by_words().await?;
            let beside = Through { config: WriterConfig { index: true, ..through.config.clone() }, ..through.clone() };
            let passed = beside.phase(None, phases.len() as u64).await?;
            phases.push(Passage { round, measure: Measure::WriterAndWords, came_to: passed.into() });
            let words = (ground.found_by_words().await? - begun) / (warmup + measure).as_secs_f64();
            phases.push(Passage { round, measure: Measure::WordsBeside, came_to: words.into() });
            let words = ground.index_for(measure).await?;
            phases.push(Passage { round, measure: Measure::Words, came_to: words.into() });
            let most = usize::from(self.lanes);
            let one = (most > 1).then_some(1);
            for connections in [most].into_iter().chain(one) {
                let rows = plain.phase(Way::Batches(self.batch.into()), connections).await?;
                phases.push(Passage { round, measure: Measure::Unnest(connections), came_to: rows.into() });
            }
            let rows = plain.phase(Way::Single, most).await?;
            phases.push(Passage { round, measure: Measure::Single(most), came_to: rows.into() });
        }
        plain.remove().await?;
        let mut document = Document::new("writer", self.title(), self)?;
        document.text = Some(texts.source());
        document.versions.postgres = Some(server.version.clone());
        document.notes.push(format!("Postgres {server}"));
        outcome::report(&mut document, measure, &phases, self.max_late_ms)?;
        Ok(document)
    }

    fn title(&self) -> String {
        format!(
            "{} conversations of {} organizations, {} lanes, {} a batch, linger {} ms; {} rounds of {} s after {} s",
            self.conversations,
            self.organizations,
            self.lanes,
            self.batch,
            self.linger_ms,
            self.rounds,
            self.duration,
            self.warmup
        )
    }

    /// One in so many messages is sent again.
    fn every(&self) -> u64 {
        if self.resend > 0.0 { (100.0 / self.resend).round() as u64 } else { 0 }
    }
}

impl Offer {
    /// Messages a second, if that is fixed.
    fn rate(self) -> Option<f64> {
        match self {
            Self::Rate(rate) => Some(rate),
            Self::Most => None,
        }
    }
}

impl std::str::FromStr for Offer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" { Ok(Self::Most) } else { super::rate(text).map(Self::Rate) }
    }
}

impl Serialize for Offer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Rate(rate) => serializer.serialize_f64(*rate),
            Self::Most => serializer.serialize_str("max"),
        }
    }
}

/// Waits for Ctrl-C or SIGTERM: a cluster of the run's own is not to outlive it.
async fn told_to_end() {
    let Ok(mut terminated) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
}

fn percent(text: &str) -> Result<f64, String> {
    super::bounded(text.strip_suffix('%').unwrap_or(text), 0.0, 50.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_and_shares_are_held_to_their_bounds() {
        assert_eq!("max".parse(), Ok(Offer::Most));
        assert_eq!("20000".parse(), Ok(Offer::Rate(20_000.0)));
        assert!("most".parse::<Offer>().is_err() && "0".parse::<Offer>().is_err());
        assert_eq!((percent("1%"), percent("0"), percent("2.5")), (Ok(1.0), Ok(0.0), Ok(2.5)));
        assert!(percent("51%").is_err() && percent("%").is_err());
    }
}
