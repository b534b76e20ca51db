//! One lane: gathers writes into batches, commits one after the other, retries, and splits what cannot be stored whole.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

use super::append::{Approach, Failure, Patience, Session, log};
use super::aside::Aside;
use super::batch::{Outcome, Verdict};
use super::capacity::{Hold, Stage};
use super::fill::Fill;
use super::metrics::Metrics;
use super::pace::Press;
use super::turn::{Turn, Turns};
use super::{Committed, HOMELESS, NewEntry, NewEvent, NewPageView, Rejected, StoredEntry, Write, WriterConfig};
use crate::pool::StorageConfig;

/// A write in the queue, with the room that it takes there.
pub(super) struct Queued {
    pub(super) write: Write,
    pub(super) hold: Hold,
    pub(super) since: Instant,
}

/// How long a lane takes to set a rejected entry aside, at most: its sender has been told, the others wait.
const SET_ASIDE_TIMEOUT: Duration = Duration::from_secs(1);
/// For how long after an entry that came again others are expected: whole crowds reconnect and send what they are not sure of.
const RESENDS: Duration = Duration::from_secs(10);

pub(super) struct Lane {
    number: usize,
    storage: StorageConfig,
    config: WriterConfig,
    queue: UnboundedReceiver<Queued>,
    stage: watch::Receiver<Stage>,
    announce: UnboundedSender<Committed>,
    beside: Beside,
    aside: Aside,
    session: Option<Session>,
    /// Until when it is looked up first which entries are stored.
    resends_until: Option<Instant>,
}

/// What all lanes of a writer share.
#[derive(Clone)]
pub(super) struct Beside {
    pub(super) metrics: Arc<Metrics>,
    /// Wakes the indexer.
    pub(super) words: Arc<Notify>,
    /// Tells it when to hold back.
    pub(super) press: Arc<Press>,
    /// Which of them is committing.
    pub(super) turns: Turns,
}

/// What a lane does next.
enum Next {
    /// Commit these, and then let the others have their turn.
    Batch(Vec<Queued>, Option<Turn>),
    /// Try those again that wait at the side.
    Aside,
    /// Nothing: all is stored.
    End,
}

impl Lane {
    pub(super) fn new(
        number: usize,
        storage: StorageConfig,
        config: WriterConfig,
        queue: UnboundedReceiver<Queued>,
        stage: watch::Receiver<Stage>,
        announce: UnboundedSender<Committed>,
        beside: Beside,
    ) -> Self {
        let aside = Aside::new((config.retry_min, config.retry_max));
        Self { number, storage, config, queue, stage, announce, beside, aside, session: None, resends_until: None }
    }

    /// Runs until the writer is closed, or dropped and its queue stored. A task of its own, so that nobody's going
    /// away takes a batch with it.
    pub(super) async fn run(mut self) {
        loop {
            match self.next().await {
                Next::Batch(batch, turn) => {
                    self.settle(vec![batch], Patience::Wait).await;
                    drop(turn);
                }
                Next::Aside => {
                    let mut writes = self.aside.take_due();
                    let mut parts = Vec::new();
                    while !writes.is_empty() {
                        let rest = writes.split_off(writes.len().min(self.config.batch_entries.max(1)));
                        parts.push(std::mem::replace(&mut writes, rest));
                    }
                    parts.reverse();
                    self.settle(parts, Patience::None).await;
                    self.aside.tried();
                }
                Next::End => return,
            }
        }
    }

    /// What waits at the side comes first when it is due: however much is written, it is tried again.
    async fn next(&mut self) -> Next {
        let due = self.aside.due();
        if due.is_some_and(|due| due <= Instant::now()) {
            return Next::Aside;
        }
        let wait = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        let first = tokio::select! {
            first = self.queue.recv() => first,
            () = wait => return Next::Aside,
            _ = self.stage.wait_for(|stage| *stage == Stage::Closed) => return Next::End,
        };
        match (first, due) {
            (Some(first), _) => {
                let (batch, turn) = self.gather(first).await;
                Next::Batch(batch, turn)
            }
            // Nobody can hand in any more.
            (None, Some(due)) => {
                sleep_until(due).await;
                Next::Aside
            }
            (None, None) => Next::End,
        }
    }

    /// The next batch: what is queued, after the first write has waited for others as long as it may. A write that
    /// waited while the previous batch was committed has waited enough, unless it is another lane's turn.
    async fn gather(&mut self, first: Queued) -> (Vec<Queued>, Option<Turn>) {
        self.beside.press.begin_batch(first.since);
        let deadline = first.since + self.config.linger;
        let mut fill = Fill::new(self.config.batch_entries, self.config.batch_bytes);
        fill.add(&first);
        let mut batch = vec![first];
        while !fill.is_full() {
            let next = match self.queue.try_recv() {
                Ok(next) => Some(next),
                Err(TryRecvError::Disconnected) => None,
                Err(TryRecvError::Empty) => self.wait_for_company(deadline).await,
            };
            let Some(next) = next else { break };
            fill.add(&next);
            batch.push(next);
        }
        let turn = self.beside.turns.wait(&mut self.queue, &mut self.stage, &mut batch, &mut fill).await;
        (batch, turn)
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

    /// Sees batches through, the last one first: each as a whole, or, when Postgres refuses something in it, in halves
    /// until the culprit stands alone. The halves keep their order. What somebody else holds waits at the side, with
    /// all that comes after it.
    async fn settle(&mut self, mut parts: Vec<Vec<Queued>>, patience: Patience) {
        while let Some(part) = parts.pop() {
            let mut part = self.aside.divert(part);
            if part.is_empty() {
                continue;
            }
            match self.commit(&part, patience).await {
                Ok(outcome) => self.announce(part, outcome),
                Err(reason) if part.len() == 1 => self.reject(part, &reason).await,
                Err(_) => {
                    let second = part.split_off(part.len() / 2);
                    parts.push(second);
                    parts.push(part);
                }
            }
        }
    }

    /// Commits, however often and long it takes, or says why Postgres will never take it.
    async fn commit(&mut self, batch: &[Queued], mut patience: Patience) -> Result<Outcome, String> {
        let mut pause = self.config.retry_min;
        let mut attempt = 1_u64;
        loop {
            let begun = Instant::now();
            let again = attempt > 1;
            let expected = self.resends_until.is_some_and(|until| begun < until);
            let look_up = again || expected || patience == Patience::None;
            let reason = match self.attempt(batch, Approach { again, look_up, patience }).await {
                Ok(outcome) => {
                    self.beside.metrics.committed(batch.len(), begun.elapsed());
                    return Ok(outcome);
                }
                Err(Failure::Refused(reason)) => return Err(reason),
                Err(Failure::Locked) => {
                    patience = Patience::None;
                    continue;
                }
                Err(Failure::Repeated) => {
                    self.resends_until = Some(begun + RESENDS);
                    continue;
                }
                Err(Failure::Retry(reason)) => reason,
            };
            self.beside.metrics.retried();
            let (lane, entries, pause_ms) = (self.number, batch.len(), pause.as_millis());
            tracing::warn!(lane, entries, attempt, pause_ms, reason, "a batch waits to be committed");
            sleep(pause).await;
            pause = (pause * 2).min(self.config.retry_max);
            attempt += 1;
        }
    }

    async fn attempt(&mut self, batch: &[Queued], approach: Approach) -> Result<Outcome, Failure> {
        let session = match self.session.take() {
            Some(session) => session,
            None => {
                let opened = Session::open(&self.storage, self.config.lock_patience).await;
                opened.map_err(|error| Failure::Retry(error.to_string()))?
            }
        };
        let result = session.append(batch, approach).await;
        // What state it is in after a failure nobody knows.
        if !matches!(result, Err(Failure::Retry(_))) {
            self.session = Some(session);
        }
        result
    }

    fn announce(&mut self, batch: Vec<Queued>, outcome: Outcome) {
        let Outcome { verdicts, read, summaries, queued_words } = outcome;
        if queued_words {
            self.beside.words.notify_one();
        }
        let mut deferred = 0;
        let mut committed = Committed { read, summaries, ..Committed::default() };
        // Counted until the announcement is sent, so that an empty queue means that all has been announced.
        let mut places = Vec::with_capacity(batch.len());
        for (queued, verdict) in batch.into_iter().zip(verdicts) {
            if let (Verdict::Held, Some(log)) = (verdict, log(&queued.write)) {
                self.aside.put(log, queued);
                deferred += 1;
                continue;
            }
            places.push(queued.hold.place);
            committed.room.push(queued.hold.room);
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
        let duplicates = committed.stored.iter().filter(|stored| stored.duplicate).count();
        self.beside.metrics.stored(committed.stored.len() - duplicates, duplicates);
        self.beside.metrics.rejected(committed.rejected.len());
        self.beside.metrics.deferred(deferred);
        if !places.is_empty() {
            self.send(committed);
        }
    }

    /// Tells that what Postgres refused will never be stored, and sets entries aside.
    async fn reject(&mut self, batch: Vec<Queued>, reason: &str) {
        let refused: Vec<NewEntry> = batch
            .iter()
            .filter_map(|queued| match &queued.write {
                Write::Entry(entry) => Some(entry.clone()),
                _ => None,
            })
            .collect();
        self.beside.metrics.rejected(refused.len());
        self.tell_rejected(batch, reason);
        for entry in refused {
            self.set_aside(&entry, reason).await;
        }
    }

    /// As well as it can be done at once: the log entry of it stands in the gateway's own log in any case.
    async fn set_aside(&mut self, entry: &NewEntry, reason: &str) {
        let Some(session) = self.session.take() else { return };
        match timeout(SET_ASIDE_TIMEOUT, session.set_aside(entry, reason)).await {
            Ok(Ok(())) => self.session = Some(session),
            Ok(Err(error)) => tracing::warn!(lane = self.number, entry = %entry.id, %error, "it was not set aside"),
            Err(_) => tracing::warn!(lane = self.number, entry = %entry.id, "it was not set aside in time"),
        }
    }

    fn tell_rejected(&self, batch: Vec<Queued>, reason: &str) {
        let mut places = Vec::with_capacity(batch.len());
        let mut committed = Committed::default();
        for queued in batch {
            places.push(queued.hold.place);
            committed.room.push(queued.hold.room);
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
