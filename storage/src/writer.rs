//! The write-behind writer: entries are queued here after they were passed on, committed in groups, and acknowledged
//! after COMMIT.
//!
//! Each lane owns the conversations whose ids hash to it, so that one conversation's entries keep their order, and
//! likewise the visitors, of whom it keeps what they do on the site. A lane gathers for a moment ([`WriterConfig::linger`]), commits the batch in one transaction and announces it. Any number
//! of writers may share a database: the order of a log is settled by its conversation's row lock (see `append`).

use std::sync::Arc;
use std::time::Duration;

use protocol::id::{ConversationId, EntryId, OrganizationId};
use protocol::value::{Content, Millis, Participant, Seq, Summary};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use crate::pool::StorageConfig;
use capacity::{Capacity, For, Hold, Room, Stage};
use lane::{Beside, Lane, Queued};
use metrics::Metrics;
use pace::Press;
use turn::Turns;

mod append;
mod aside;
mod batch;
mod capacity;
mod columns;
mod fill;
mod indexing;
mod lane;
mod metrics;
mod pace;
mod turn;
mod visit;

pub use capacity::{Depth, Full};
pub use visit::{NewEvent, NewPageView};

/// Lanes, unless set: two keep one Postgres busy when there is much to write; else they take turns.
const LANES: usize = 2;
/// How long the first entry of a batch waits for company, unless set.
const LINGER: Duration = Duration::from_millis(2);
/// Most writes in a batch, unless set.
const BATCH_ENTRIES: usize = 500;
/// Bytes at which a batch is closed, unless set.
const BATCH_BYTES: usize = 1024 * 1024;
/// Most bytes that may wait, unless set.
const CAPACITY_BYTES: usize = 64 * 1024 * 1024;
/// Share of them that one organization may take, in percent, unless set: half is left when one of them floods.
const ORGANIZATION_PERCENT: u8 = 50;
/// How long a batch waits for a conversation's row, unless set: other gateways' commits are over sooner.
const LOCK_PATIENCE: Duration = Duration::from_millis(100);
/// The pause before a failed batch is tried again, unless set; doubled each time up to the longest.
const RETRY_MIN: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(2);

/// How a writer groups, how much it holds and how it retries.
#[derive(Clone, Debug)]
pub struct WriterConfig {
    /// Connections, each committing one batch at a time; at least 1.
    pub lanes: usize,
    /// How long the first write of a batch waits for others.
    pub linger: Duration,
    /// Most writes in one batch; at least 1.
    pub batch_entries: usize,
    /// A batch is closed once it holds so many reserved bytes.
    pub batch_bytes: usize,
    /// Most bytes that may be reserved at once, the batches under way included.
    pub capacity_bytes: usize,
    /// The share of that which one organization may have, in percent; at most 100.
    pub organization_percent: u8,
    /// How long a batch waits for a conversation's row that somebody else holds. Then the others are committed, and what
    /// is for that conversation waits at the side.
    pub lock_patience: Duration,
    /// Whether words are made of what is stored, beside the lanes; else somebody else has to.
    pub index: bool,
    /// The pause before a batch that failed for no fault of its own is tried again, and a conversation that was held.
    pub retry_min: Duration,
    /// The longest such pause: it doubles with each try.
    pub retry_max: Duration,
}

impl Default for WriterConfig {
    fn default() -> Self {
        Self {
            lanes: LANES,
            linger: LINGER,
            batch_entries: BATCH_ENTRIES,
            batch_bytes: BATCH_BYTES,
            capacity_bytes: CAPACITY_BYTES,
            organization_percent: ORGANIZATION_PERCENT,
            lock_patience: LOCK_PATIENCE,
            index: true,
            retry_min: RETRY_MIN,
            retry_max: RETRY_MAX,
        }
    }
}

/// Something to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// An entry of a log.
    Entry(NewEntry),
    /// How far somebody has read.
    Read(NewRead),
    /// Nothing: a conversation's summary is to be announced as it stands, for what it shows of its visitor has changed. By
    /// the same way as all others, so that none overtakes a newer one.
    Tell(OrganizationId, ConversationId),
    /// A page that a visitor sees. Nothing announces that it is stored.
    PageView(NewPageView),
    /// Something that a site tracked. Nothing announces that it is stored.
    Event(NewEvent),
}

/// An entry that was taken and passed on, and has no seq yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// The tenant.
    pub organization: OrganizationId,
    /// The log.
    pub conversation: ConversationId,
    /// The id that it was passed on under.
    pub id: EntryId,
    /// Who wrote it. The name is not stored: readers get the current one.
    pub sender: Participant,
    /// The sender's idempotency key.
    pub client_id: String,
    /// When it was taken.
    pub at: Millis,
    /// What it says.
    pub content: Content,
    /// Anything the submitter wants to find in the receipt, such as the socket that it came from.
    pub origin: u64,
}

/// How far somebody has read. The furthest wins; beyond the head it counts as the head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRead {
    /// The tenant.
    pub organization: OrganizationId,
    /// The log.
    pub conversation: ConversationId,
    /// Who read.
    pub participant: Participant,
    /// The last entry that they have seen.
    pub seq: Seq,
}

/// What one commit settled. Sent after COMMIT, in commit order for each conversation.
///
/// Its writes' room is given back when it is dropped, so that whoever is slow to announce is within the writer's bound.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Committed {
    /// Entries that have their place, in the order in which they were submitted.
    pub stored: Vec<StoredEntry>,
    /// Entries that can never be stored.
    pub rejected: Vec<Rejected>,
    /// How far who has read now, further than before: one for each, and never beyond the head. After a retry also
    /// some that are not further.
    pub read: Vec<NewRead>,
    /// The conversations that changed or were to be told, as they stand now. After a retry also others.
    pub summaries: Vec<(OrganizationId, Summary)>,
    room: Vec<Room>,
}

/// The receipt for an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// The tenant.
    pub organization: OrganizationId,
    /// The log.
    pub conversation: ConversationId,
    /// Its place in the log.
    pub seq: Seq,
    /// The id that it is stored under: for a duplicate, the first one's.
    pub id: EntryId,
    /// Who wrote it, as submitted.
    pub sender: Participant,
    /// The sender's idempotency key.
    pub client_id: String,
    /// When it was first taken.
    pub at: Millis,
    /// What the submitter gave it.
    pub origin: u64,
    /// Whether an earlier entry had the same sender and `client_id`: this one was not stored again.
    pub duplicate: bool,
    /// What it says, as submitted.
    pub content: Content,
}

/// An entry that can never be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The entry.
    pub entry: NewEntry,
    /// Why.
    pub reason: String,
}

/// The reason for what belongs nowhere.
const HOMELESS: &str = "there is no such conversation";

impl Rejected {
    /// Whether nothing is wrong with it but that its conversation is not there, or no longer.
    #[must_use]
    pub fn is_homeless(&self) -> bool {
        self.reason == HOMELESS
    }
}

/// Where entries are handed in. Cloning is cheap; all clones share the queue and its bound.
///
/// When every clone is gone the lanes store what is queued, and end; [`Writer::close`] does that within a time limit.
#[derive(Clone)]
pub struct Writer {
    capacity: Arc<Capacity>,
    lanes: Arc<[UnboundedSender<Queued>]>,
    metrics: Arc<Metrics>,
}

/// Room in the queue, to be used by [`Permit::submit`] or given back by dropping it.
pub struct Permit {
    hold: Hold,
    lanes: Arc<[UnboundedSender<Queued>]>,
}

impl Writer {
    /// Starts the lanes on the current tokio runtime, and returns the writer with what its commits will announce.
    ///
    /// The lanes connect when there is something to write, and try again for ever.
    pub fn start(storage: StorageConfig, config: WriterConfig) -> (Self, UnboundedReceiver<Committed>) {
        let (announce, announced) = unbounded_channel();
        let capacity = Arc::new(Capacity::new(config.capacity_bytes, config.organization_percent));
        let beside = Beside {
            metrics: Arc::new(Metrics::new()),
            words: Arc::new(Notify::new()),
            press: Arc::new(Press::new()),
            turns: Turns::new(),
        };
        let metrics = Arc::clone(&beside.metrics);
        if config.index {
            tokio::spawn(indexing::run(storage.clone(), beside.clone(), capacity.stage()));
        }
        let lanes = (0..config.lanes.max(1)).map(|number| {
            let (lane, queue) = unbounded_channel();
            let stage = capacity.stage();
            let lane_of =
                Lane::new(number, storage.clone(), config.clone(), queue, stage, announce.clone(), beside.clone());
            tokio::spawn(lane_of.run());
            lane
        });
        let lanes = lanes.collect();
        (Self { capacity, lanes, metrics }, announced)
    }

    /// Reserves room for an organization's write of about `bytes`. Never waits.
    ///
    /// # Errors
    /// [`Full`] when that would exceed [`WriterConfig::capacity_bytes`] or the organization's share of it, or after
    /// [`Writer::close`].
    pub fn reserve(&self, organization: OrganizationId, bytes: usize) -> Result<Permit, Full> {
        self.reserve_for(organization, For::Entries, bytes)
    }

    /// Reserves room for a page view or an event of about `bytes`. Never waits.
    ///
    /// # Errors
    /// [`Full`] already when three quarters of [`WriterConfig::capacity_bytes`] are taken: the rest is for entries.
    pub fn reserve_visit(&self, organization: OrganizationId, bytes: usize) -> Result<Permit, Full> {
        self.reserve_for(organization, For::Visits, bytes)
    }

    fn reserve_for(&self, organization: OrganizationId, wanted: For, bytes: usize) -> Result<Permit, Full> {
        let hold = Capacity::reserve(&self.capacity, organization, wanted, bytes)?;
        Ok(Permit { hold, lanes: Arc::clone(&self.lanes) })
    }

    /// What is reserved, waiting or being committed.
    #[must_use]
    pub fn depth(&self) -> Depth {
        self.capacity.depth()
    }

    /// What it has done and holds, as text in the form that Prometheus reads (OpenMetrics).
    ///
    /// # Errors
    /// None that is known: writing text into memory may fail as far as its type says.
    pub fn metrics(&self) -> Result<String, std::fmt::Error> {
        self.metrics.text(self.depth())
    }

    /// Stores everything that is queued, at once, and then stops the lanes; [`Writer::reserve`] refuses from now on.
    ///
    /// # Errors
    /// What was not stored by the deadline. The lanes go on trying for as long as the runtime lives.
    pub async fn close(&self, deadline: Duration) -> Result<(), Depth> {
        self.capacity.advance(Stage::Draining);
        if tokio::time::timeout(deadline, self.capacity.emptied()).await.is_err() {
            return Err(self.depth());
        }
        self.capacity.advance(Stage::Closed);
        Ok(())
    }
}

impl Permit {
    /// Hands a write in. Never waits.
    pub fn submit(self, write: Write) {
        let owner = match &write {
            Write::Entry(entry) => entry.conversation.0,
            Write::Read(read) => read.conversation.0,
            Write::Tell(_, conversation) => conversation.0,
            Write::PageView(view) => view.visitor.0,
            Write::Event(event) => event.visitor.0,
        };
        // Ids end in random bits (UUIDv7), so the remainder spreads them evenly.
        let lane = usize::try_from(owner.as_u128() % self.lanes.len() as u128).unwrap_or(0);
        // A lane outlives every permit: it ends once none is left.
        let _ = self.lanes[lane].send(Queued { write, hold: self.hold, since: Instant::now() });
    }
}
