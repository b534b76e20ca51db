//! A phase through the writer: messages are handed in by a schedule, or as fast as the writer takes them, and every
//! receipt is taken down.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use protocol::id::EntryId;
use protocol::value::Content;
use storage::{Committed, NewEntry, Write, Writer, WriterConfig};
use tokio::sync::mpsc::UnboundedReceiver;

use super::ground::{Ground, Log};
use super::ledger::{Broken, Ledger, Script, Sending};
use crate::record::Latency;
use crate::schedule::{Pacer, Schedule};
use crate::text::Texts;

/// From the last preparation to the first message.
const LEAD: Duration = Duration::from_millis(100);
/// How long a full writer is left alone before the next try: a small part of a commit.
const PAUSE: Duration = Duration::from_micros(200);
/// Bytes that a message counts for beyond its text: as the gateway counts.
const OVERHEAD_BYTES: usize = size_of::<Write>() + 256;
/// How long a phase may last, so that times fit into what the writer carries along.
const LONGEST: Duration = Duration::from_secs(3_600);

/// What every phase through the writer has in common.
#[derive(Clone)]
pub(super) struct Through {
    pub(super) ground: Arc<Ground>,
    pub(super) texts: Arc<Texts>,
    pub(super) config: WriterConfig,
    pub(super) script: Script,
    pub(super) warmup: Duration,
    pub(super) measure: Duration,
    pub(super) drain: Duration,
}

/// What a phase came to.
pub(super) struct Passed {
    /// New entries that were acknowledged within the measured time, by its seconds.
    pub(super) rows_per_s: f64,
    /// From the intended time to the acknowledgement, of what was due while measuring.
    pub(super) latency: Latency,
    /// How late messages were handed in.
    pub(super) late: Latency,
    /// Messages that the writer had no room for.
    pub(super) refused: u64,
    pub(super) broken: Broken,
    /// What did not end in time.
    pub(super) failure: Option<String>,
}

/// The thread that hands messages in.
struct Source {
    writer: Writer,
    ground: Arc<Ground>,
    texts: Arc<Texts>,
    script: Script,
    /// Tells the phase's messages from all others': part of their keys.
    phase: u64,
    start: Instant,
    late: Latency,
    refused: u64,
}

impl Through {
    /// Runs a phase: at a rate, or without one as fast as it goes.
    ///
    /// # Errors
    /// The check of the logs could not be done.
    pub(super) async fn phase(&self, rate: Option<f64>, phase: u64) -> Result<Passed, String> {
        let before = self.ground.heads().await?;
        let (writer, announced) = Writer::start(self.ground.storage(), self.config.clone());
        let start = Instant::now() + LEAD;
        let end = self.warmup + self.measure;
        let receipts = tokio::spawn(Receipts::new(self.script, start, self.warmup..end)?.take(announced));
        let source = Source {
            writer: writer.clone(),
            ground: Arc::clone(&self.ground),
            texts: Arc::clone(&self.texts),
            script: self.script,
            phase,
            start,
            late: Latency::new()?,
            refused: 0,
        };
        let schedule =
            rate.map(|rate| Schedule { rate, visitors: self.script.logs, warmup: self.warmup, measure: self.measure });
        let given = tokio::task::spawn_blocking(move || match schedule {
            Some(schedule) => source.by(schedule),
            None => source.at_most(end),
        });
        let (sent, late, refused) = given.await.map_err(|error| error.to_string())?;
        let closed = writer.close(self.drain).await;
        drop(writer);
        let failure = closed.err().map(|left| format!("{} were not stored within {:?}", left.entries, self.drain));
        if failure.is_some() {
            receipts.abort();
        }
        let Receipts { mut ledger, latency, rows, .. } =
            receipts.await.map_err(|_| failure.clone().unwrap_or_else(|| "the receipts ended early".into()))?;
        // What was refused at the door was never handed in, and the phase has failed: nothing more is to be told of it.
        if refused == 0 {
            let logs = ledger.close(sent, &mut before.clone());
            ledger.broken.not_in_log = self.compare(&before, logs).await?;
        }
        Ok(Passed {
            rows_per_s: rows as f64 / self.measure.as_secs_f64(),
            latency,
            late,
            refused,
            broken: ledger.broken,
            failure,
        })
    }

    /// Counts what the logs hold beyond `before` and should not, or the other way round.
    async fn compare(&self, before: &[u64], wanted: Vec<Vec<(u64, EntryId)>>) -> Result<u64, String> {
        let client = self.ground.client().await?;
        let sql = "select k.place, e.seq, e.id
            from unnest($1::uuid[], $2::uuid[], $3::bigint[]) with ordinality
                as k(organization_id, conversation_id, seq, place)
            join entries e on e.organization_id = k.organization_id and e.conversation_id = k.conversation_id
                and e.seq > k.seq
            order by k.place, e.seq";
        let logs = &self.ground.logs;
        let organizations: Vec<_> = logs.iter().map(|log| log.organization.0).collect();
        let conversations: Vec<_> = logs.iter().map(|log| log.conversation.0).collect();
        let before: Vec<i64> = before.iter().map(|seq| i64::try_from(*seq).unwrap_or(i64::MAX)).collect();
        // The log is looked at as the writer sees it: all organizations'.
        client.batch_execute("set role chatdesk_writer; set enable_seqscan = off").await.map_err(told)?;
        let rows = client.query(sql, &[&organizations, &conversations, &before]).await.map_err(told)?;
        let mut found: Vec<Vec<(u64, EntryId)>> = vec![Vec::new(); logs.len()];
        for row in &rows {
            let (place, seq): (i64, i64) = (row.get(0), row.get(1));
            let log = usize::try_from(place - 1).ok().and_then(|place| found.get_mut(place));
            log.ok_or("a place that was not asked for")?.push((u64::try_from(seq).unwrap_or(0), EntryId(row.get(2))));
        }
        let wrong = found.iter().zip(&wanted).filter(|(found, wanted)| found != wanted);
        Ok(wrong.map(|(found, wanted)| found.len().abs_diff(wanted.len()).max(1) as u64).sum())
    }
}

pub(super) fn told(error: tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
}

impl Source {
    /// Hands in what is due, when it is due.
    fn by(mut self, schedule: Schedule) -> (u64, Latency, u64) {
        let start = self.start;
        Pacer::new(schedule).run(start, |number| {
            let due = schedule.due(number);
            let late = start.elapsed().saturating_sub(due);
            if schedule.measured(number) {
                self.late.add(late);
            }
            if !self.give(number, due) {
                self.refused += 1;
            }
            true
        });
        (schedule.total(), self.late, self.refused)
    }

    /// Hands in whatever the writer takes, until the time is over.
    fn at_most(self, end: Duration) -> (u64, Latency, u64) {
        std::thread::sleep(self.start.saturating_duration_since(Instant::now()));
        let mut number = 0;
        loop {
            let now = self.start.elapsed();
            if now >= end {
                return (number, self.late, self.refused);
            }
            if self.give(number, now) {
                number += 1;
            } else {
                std::thread::sleep(PAUSE);
            }
        }
    }

    /// Hands a message in, and the same once more where the script says so. All of it or nothing.
    fn give(&self, number: u64, due: Duration) -> bool {
        let content = Content::text(self.texts.of(self.script.first_of(number)));
        let twin = self.script.has_twin(number);
        let sendings = 1 + usize::from(twin);
        let log = &self.ground.logs[self.script.log_of(number)];
        let bytes = content.bytes() + OVERHEAD_BYTES;
        let permits = (0..sendings).map(|_| self.writer.reserve(log.organization, bytes));
        let Ok(permits) = permits.collect::<Result<Vec<_>, _>>() else { return false };
        for (permit, twin) in permits.into_iter().zip([false, true]) {
            let due_us = u32::try_from(due.min(LONGEST).as_micros()).unwrap_or(u32::MAX);
            let sending = Sending { number: u32::try_from(number).unwrap_or(u32::MAX), twin, due_us };
            permit.submit(Write::Entry(self.entry(log, number, content.clone(), sending)));
        }
        true
    }

    fn entry(&self, log: &Log, number: u64, content: Content, sending: Sending) -> NewEntry {
        NewEntry {
            organization: log.organization,
            conversation: log.conversation,
            id: EntryId::generate(),
            sender: log.visitor.clone(),
            // As long as the clients' own, which are UUIDs.
            client_id: format!("{:08x}-0000-7000-8000-{:012x}", self.phase, self.script.first_of(number)),
            at: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |at| at.as_millis() as u64),
            content,
            origin: sending.pack(),
        }
    }
}

/// Takes receipts down as they come.
struct Receipts {
    ledger: Ledger,
    latency: Latency,
    start: Instant,
    measured: std::ops::Range<Duration>,
    /// New entries that were acknowledged while measuring, whenever they were due.
    rows: u64,
}

impl Receipts {
    fn new(script: Script, start: Instant, measured: std::ops::Range<Duration>) -> Result<Self, String> {
        Ok(Self { ledger: Ledger::new(script), latency: Latency::new()?, start, measured, rows: 0 })
    }

    async fn take(mut self, mut announced: UnboundedReceiver<Committed>) -> Self {
        while let Some(committed) = announced.recv().await {
            let now = self.start.elapsed();
            for receipt in &committed.stored {
                let sending = Sending::unpack(receipt.origin);
                let due = Duration::from_micros(sending.due_us.into());
                if self.measured.contains(&due) {
                    self.latency.add(now.saturating_sub(due));
                }
                self.rows += u64::from(!receipt.duplicate && self.measured.contains(&now));
                self.ledger.acknowledge(sending, receipt);
            }
            self.ledger.broken.rejected += committed.rejected.len() as u64;
        }
        self
    }
}
