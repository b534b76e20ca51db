//! Files on their way, and what chats beside them feel of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::Args;
use protocol::connection::upload::sha256;
use serde::Serialize;

use super::load::looks;
use super::{millis, rate};
use crate::arrive::{Door, LOOK};
use crate::engine::spawn;
use crate::record::Kind;
use crate::report::{Document, Phase, live};
use crate::stage::{Organization, Stage, StageArgs, StageOptions, http};
use crate::talk::chatdesk::{ChatDesk, Script};
use crate::talk::{Crew, Measured, Plot, Stretch, measure};
use crate::text::Texts;

pub(super) mod file;
mod world;

use file::{Contents, File};
use world::{Order, Progress, Uploads};

/// A mebibyte.
const MIB: f64 = 1024.0 * 1024.0;
/// Largest file: what a gateway takes unless told otherwise.
const BYTES_MOST: u64 = 20 * 1024 * 1024;
/// How long clients may take to be ready, and what is under way to become whole in the end.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the last messages may take.
const DRAIN: Duration = Duration::from_secs(20);

/// What `--help` says of it.
pub(super) const LONG_ABOUT: &str = "\
Files on their way, and what chats beside them feel of it.

First --chats visitors and their agents talk, --rate messages a second, with nothing beside. Then --clients visitors send files \
of --bytes each, one after the other, each as an entry of its conversation, while the same chats go on: reported are the \
bytes a second, how long a file takes, and the latencies of the chats with and without.

In the end each client's last file is fetched, and must have the hash that it was announced with.";

/// The scenario's options.
#[derive(Args, Clone, Debug, Serialize)]
pub(crate) struct Upload {
    /// Visitors who send files.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=400), value_name = "COUNT")]
    clients: u32,

    /// Length of each file.
    #[arg(long, default_value_t = 1024 * 1024, value_parser = clap::value_parser!(u64).range(9..=BYTES_MOST), value_name = "BYTES")]
    bytes: u64,

    /// Conversations beside.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=5_000), value_name = "COUNT")]
    chats: u32,

    /// Messages a second in them, of both sides together.
    #[arg(long, default_value_t = 500.0, value_parser = rate, value_name = "PER_SECOND")]
    rate: f64,

    /// Seconds before measuring, with and without files.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=600), value_name = "SECONDS")]
    warmup: u32,

    /// Seconds of measuring, with and without files.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3_600), value_name = "SECONDS")]
    duration: u32,

    /// The run fails when more than 1 in 100 messages was sent later than this after its intended time: then the generator
    /// was the bottleneck.
    #[arg(long, default_value_t = 5.0, value_parser = millis, value_name = "MILLISECONDS")]
    max_late_ms: f64,

    #[command(flatten)]
    #[serde(flatten)]
    stage: StageArgs,
}

impl Upload {
    /// Runs it.
    ///
    /// # Errors
    /// It could not begin, or the gateway ended.
    pub(crate) async fn run(&self) -> Result<Document, String> {
        // Out of the way, like the other limits of a stage of the run's own.
        let flags = [
            ("--upload-byte-rate", "1000000000000"),
            ("--upload-byte-burst", "1000000000000"),
            ("--address-upload-byte-rate", "1000000000000"),
            ("--address-upload-byte-burst", "1000000000000"),
            ("--organization-upload-byte-rate", "1000000000000"),
            ("--organization-upload-byte-burst", "1000000000000"),
        ];
        let flags = flags.map(|(flag, value)| (flag, value.to_owned())).to_vec();
        // So that files, which take all that a gateway has, do not make this program late with its messages.
        let options = StageOptions { apart: true, flags };
        Stage::with(&self.stage, &options, async |stage| self.on(stage).await).await
    }

    async fn on(&self, stage: &Stage) -> Result<Document, String> {
        let title = format!("{} clients with files of {} bytes, {} chats beside", self.clients, self.bytes, self.chats);
        let mut document = Document::new("upload", title, self)?;
        stage.describe(&mut document).await?;
        let texts = Texts::built_in();
        document.text = Some(texts.source());
        let organization = stage.organization().await?;
        let mut crew = self.chats(stage, &organization, texts).await?;
        let stretch = Stretch {
            rate: self.rate,
            warmup: Duration::from_secs(self.warmup.into()),
            measure: Duration::from_secs(self.duration.into()),
            drain: DRAIN,
        };
        let looks = || looks(stage);
        let alone = measure(&mut crew, "without files", stretch, self.max_late_ms, &looks).await?;

        let contents = Contents::new(usize::try_from(self.bytes).unwrap_or_default(), self.clients as usize);
        let files = (0..self.clients as usize).map(|client| File::new(contents.of(client))).collect();
        let progress = Arc::new(Progress::default());
        let door = Door::new(stage.target, &organization.widget_key).with_files();
        let running = spawn(Uploads::new(door, files, &progress)?)?;
        let deadline = Instant::now() + PATIENCE;
        while progress.ready.load(Ordering::Relaxed) < u64::from(self.clients) && Instant::now() < deadline {
            if progress.failed.load(Ordering::Relaxed) > 0 {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        live::say(&format!("{} clients send files", progress.ready.load(Ordering::Relaxed)));
        let from = Instant::now() + stretch.warmup;
        running.tell(Order::Go(from, from + stretch.measure));
        let beside = measure(&mut crew, "with files", stretch, self.max_late_ms, &looks).await?;
        running.tell(Order::Finish(Instant::now() + PATIENCE));
        let came = running.ended().await?.world.came;
        crew.close().await?;

        let wrong = fetch(stage, &came.fetch).await?;
        let files = Phase::new("files", stretch.measure)
            .rate_of("uploaded_mib", came.bytes_measured as f64 / MIB / stretch.measure.as_secs_f64())
            .latency("whole", &came.whole)
            .latency("stored", &came.stored)
            .count("files", came.files)
            .count("entries", came.entries)
            .count("fetched", came.fetch.len() as u64)
            .check("clients", &serde_json::json!({ "failed": came.failed }))
            .check("files", &serde_json::json!({ "not_stored": came.files - came.entries, "other_hash": wrong }));
        came.failures.iter().for_each(|why| document.fail(why.clone()));
        if came.files == 0 {
            document.fail("no file became whole");
        }
        let files = ratios(files, &alone, &beside);
        for measured in [alone, beside] {
            measured.failures.into_iter().for_each(|why| document.fail(why));
            document.push(measured.phase);
        }
        document.push(files);
        Ok(document)
    }

    async fn chats(&self, stage: &Stage, organization: &Organization, texts: Texts) -> Result<Crew<ChatDesk>, String> {
        let script = Script {
            target: stage.target,
            organizations: Arc::new([organization.clone()]),
            kind: Kind::Text,
            texts: Arc::new(texts),
            receipts: 0,
        };
        let plot = Plot { answers: true, acknowledged: true, told: true, merges: false, preludes: 0 };
        let chats = self.chats as usize;
        Crew::open(1, chats, chats, plot, |share| ChatDesk::new(script.clone(), share)).await
    }
}

/// Adds how many times longer messages took beside files.
fn ratios(mut files: Phase, alone: &Measured, beside: &Measured) -> Phase {
    for (what, with, without) in [
        ("routed_p99_with_by_without", &beside.tally.routed, &alone.tally.routed),
        ("stored_p99_with_by_without", &beside.tally.stored, &alone.tally.stored),
    ] {
        if let (Some(with), Some(without)) = (with.at(0.99), without.at(0.99)) {
            files = files.figure(what, with / without.max(f64::MIN_POSITIVE), "times");
        }
    }
    files
}

/// Fetches files. Returns how many were not what they should be.
async fn fetch(stage: &Stage, files: &[(String, String)]) -> Result<u64, String> {
    let mut wrong = 0;
    for (url, hash) in files {
        let answer = http::get(stage.target.0, url, &[]).await?;
        answer.success(url)?;
        if sha256(&answer.body) != *hash {
            wrong += 1;
        }
    }
    Ok(wrong)
}
