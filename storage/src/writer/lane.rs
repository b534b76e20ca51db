//! One lane: gathers writes into batches, commits one after the other, retries, and splits what cannot be stored whole.

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use super::append::{Failure, Session};
use super::batch::{Outcome, Verdict};
use super::capacity::{Hold, Stage};
use super::{Committed, HOMELESS, NewEvent, NewPageView, Rejected, StoredEntry, Write, WriterConfig};
use crate::pool::StorageConfig;

/// A write in the queue, with the room that it takes there.
pub(super) struct Queued {
    pub(super) write: Write,
    pub(super) hold: Hold,
    pub(super) since: Instant,
}

pub(super) struct Lane {
    number: usize,
    storage: StorageConfig,
    config: WriterConfig,
    queue: UnboundedReceiver<Queued>,
    stage: watch::Receiver<Stage>,
    announce: UnboundedSender<Committed>,
    session: Option<Session>,
}

impl Lane {
    pub(super) fn new(
        number: usize,
        storage: StorageConfig,
        config: WriterConfig,
        queue: UnboundedReceiver<Queued>,
        stage: watch::Receiver<Stage>,
        announce: UnboundedSender<Committed>,
    ) -> Self {
        Self { number, storage, config, queue, stage, announce, session: None }
    }

    /// Runs until the writer is closed, or dropped and its queue stored. A task of its own, so that nobody's going
    /// away takes a batch with it.
    pub(super) async fn run(mut self) {
        while let Some(batch) = self.gather().await {
            self.settle(batch).await;
        }
    }

    /// The next batch: what is queued, after the first write has waited for others as long as it may. A write that
    /// waited while the previous batch was committed has waited enough.
    async fn gather(&mut self) -> Option<Vec<Queued>> {
        let first = tokio::select! {
            first = self.queue.recv() => first?,
            _ = self.stage.wait_for(|stage| *stage == Stage::Closed) => return None,
        };
        let deadline = first.since + self.config.linger;
        let mut bytes = first.hold.bytes();
        let mut batch = vec![first];
        while batch.len() < self.config.batch_entries && bytes < self.config.batch_bytes {
            let next = match self.queue.try_recv() {
                Ok(next) => Some(next),
                Err(TryRecvError::Disconnected) => None,
                Err(TryRecvError::Empty) => self.wait_for_company(deadline).await,
            };
            let Some(next) = next else { break };
            bytes += next.hold.bytes();
            batch.push(next);
        }
        Some(batch)
    }

    async fn wait_for_company(&mut self, deadline: Instant) -> Option<Queued> {
        if Instant::now() >= deadline {
            return None;
        }
        let next = async {
            tokio::select! {
                next = self.queue.recv() => next,
                _ = self.stage.wait_for(|stage| *stage != Stage::Open) => None,
            }
        };
        timeout_at(deadline, next).await.unwrap_or(None)
    }

    /// Sees a batch through: as a whole, or, when Postgres refuses something in it, in halves until the culprit
    /// stands alone. The halves keep their order.
    async fn settle(&mut self, batch: Vec<Queued>) {
        let mut parts = vec![batch];
        while let Some(mut part) = parts.pop() {
            match self.commit(&part).await {
                Ok(outcome) => self.announce(part, outcome),
                Err(reason) if part.len() == 1 => self.reject(part, &reason),
                Err(_) => {
                    let second = part.split_off(part.len() / 2);
                    parts.push(second);
                    parts.push(part);
                }
            }
        }
    }

    /// Commits, however often and long it takes, or says why Postgres will never take it.
    async fn commit(&mut self, batch: &[Queued]) -> Result<Outcome, String> {
        let mut pause = self.config.retry_min;
        let mut attempt = 1_u64;
        loop {
            let reason = match self.attempt(batch, attempt > 1).await {
                Ok(outcome) => return Ok(outcome),
                Err(Failure::Refused(reason)) => return Err(reason),
                Err(Failure::Retry(reason)) => reason,
            };
            let (lane, entries, pause_ms) = (self.number, batch.len(), pause.as_millis());
            tracing::warn!(lane, entries, attempt, pause_ms, reason, "a batch waits to be committed");
            sleep(pause).await;
            pause = (pause * 2).min(self.config.retry_max);
            attempt += 1;
        }
    }

    async fn attempt(&mut self, batch: &[Queued], again: bool) -> Result<Outcome, Failure> {
        let session = match self.session.take() {
            Some(session) => session,
            None => Session::open(&self.storage).await.map_err(|error| Failure::Retry(error.to_string()))?,
        };
        let result = session.append(batch, again).await;
        // What state it is in after a failure nobody knows.
        if !matches!(result, Err(Failure::Retry(_))) {
            self.session = Some(session);
        }
        result
    }

    fn announce(&self, batch: Vec<Queued>, outcome: Outcome) {
        let Outcome { verdicts, read, summaries } = outcome;
        let mut committed = Committed { read, summaries, ..Committed::default() };
        // Counted until the announcement is sent, so that an empty queue means that all has been announced.
        let mut places = Vec::with_capacity(batch.len());
        for (queued, verdict) in batch.into_iter().zip(verdicts) {
            places.push(queued.hold.place);
            committed.room.join(queued.hold.room);
            match (queued.write, verdict) {
                (Write::Entry(entry), Verdict::Stored(place)) => committed.stored.push(StoredEntry {
                    organization: entry.organization,
                    conversation: entry.conversation,
                    seq: place.seq,
                    id: place.id,
                    duplicate: place.id != entry.id,
                    at: place.at,
                    sender: entry.sender,
                    client_id: entry.client_id,
                    origin: entry.origin,
                    content: entry.content,
                }),
                (Write::Entry(entry), _) => {
                    committed.rejected.push(Rejected { entry, reason: HOMELESS.into() });
                }
                // Those that raised something are in `read`; nobody can have read what is not there. For the others
                // nobody waits.
                (Write::Read(_) | Write::Tell(..) | Write::PageView(_) | Write::Event(_), _) => {}
            }
        }
        self.send(committed);
    }

    fn reject(&self, batch: Vec<Queued>, reason: &str) {
        let mut places = Vec::with_capacity(batch.len());
        let mut committed = Committed::default();
        for queued in batch {
            places.push(queued.hold.place);
            committed.room.join(queued.hold.room);
            match queued.write {
                Write::Entry(entry) => {
                    tracing::warn!(lane = self.number, entry = %entry.id, reason, "an entry was rejected");
                    committed.rejected.push(Rejected { entry, reason: reason.to_owned() });
                }
                Write::Read(read) => {
                    tracing::warn!(lane = self.number, conversation = %read.conversation, reason, "a read was rejected");
                }
                Write::Tell(_, conversation) => {
                    tracing::warn!(lane = self.number, %conversation, reason, "a summary was not announced");
                }
                Write::PageView(NewPageView { visitor, .. }) | Write::Event(NewEvent { visitor, .. }) => {
                    tracing::debug!(lane = self.number, %visitor, reason, "what a visitor did was not kept");
                }
            }
        }
        self.send(committed);
    }

    fn send(&self, committed: Committed) {
        // Nobody listens any more while the gateway goes down: what matters then is that it is stored.
        let _ = self.announce.send(committed);
    }
}
