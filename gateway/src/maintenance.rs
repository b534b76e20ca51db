//! What has to be done from time to time, by one gateway of a database at a time: partitions made and dropped, what has
//! been kept long enough removed, erasures and deletions gone on with.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use protocol::id::OrganizationId;
use storage::{Expiring, StorageError};
use tokio::sync::{Notify, Semaphore};

use crate::service::erasure;
use crate::service::upload::expiry;
use crate::state::App;

/// Months that have partitions before they begin.
pub const MONTHS: i32 = 3;
/// How long after its start a gateway looks for the first time: a start is busy enough.
const FIRST: Duration = Duration::from_secs(60);
/// When to look again after somebody asked for it while another gateway had the turn.
const AGAIN: Duration = Duration::from_secs(60);
/// The pause between two batches: others want to write as well.
const PAUSE: Duration = Duration::from_millis(20);
/// Organizations, and erasures of one, that are asked for at a time.
const PAGE: u32 = 100;
/// Exports that are made at once.
const EXPORTS: usize = 4;

/// What asks for the work, and what bounds it.
#[derive(Debug)]
pub struct Maintenance {
    wake: Notify,
    /// Leave to make an export.
    pub exports: Arc<Semaphore>,
}

impl Default for Maintenance {
    fn default() -> Self {
        Self { wake: Notify::new(), exports: Arc::new(Semaphore::new(EXPORTS)) }
    }
}

impl Maintenance {
    /// There is something to do before the next time.
    pub fn wake(&self) {
        self.wake.notify_one();
    }
}

/// What a turn did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many of what went, or were made; what came to nothing is left out.
    pub done: BTreeMap<&'static str, u64>,
    /// What failed, and is tried again the next time.
    pub failed: Vec<&'static str>,
}

/// Takes turns until the gateway is gone; never when the operator has switched it off.
pub async fn run(app: Weak<App>) {
    let mut wait = FIRST;
    loop {
        let Some((interval, maintenance)) =
            app.upgrade().map(|app| (app.settings.maintenance(), app.maintenance.clone()))
        else {
            return;
        };
        let Some(interval) = interval else { return };
        let woken = tokio::time::timeout(wait.min(interval), maintenance.wake.notified()).await.is_ok();
        let Some(app) = app.upgrade() else { return };
        if app.draining() {
            return;
        }
        wait = interval;
        match turn(&app).await {
            Ok(Some(report)) => tracing::info!(done = ?report.done, failed = ?report.failed, "maintained"),
            Ok(None) if woken => {
                app.maintenance.wake();
                tokio::time::sleep(AGAIN).await;
            }
            Ok(None) => tracing::debug!("another gateway maintains the database"),
            Err(error) => tracing::warn!(%error, "nothing is maintained for now"),
        }
    }
}

/// Takes a turn: everything that there is to do now. `None` when another gateway has it.
///
/// # Errors
/// When not even that can be found out.
pub async fn turn(app: &Arc<App>) -> Result<Option<Report>, StorageError> {
    let Some(_turn) = app.storage.take_turn().await? else { return Ok(None) };
    let mut report = Report::default();
    report.note("months made", app.storage.make_partitions(MONTHS).await.map(|made| made.len() as u64));
    report.note("organizations", deleted(app).await);
    let mut after = None;
    loop {
        let organizations = match app.storage.organizations(after, PAGE).await {
            Ok(organizations) => organizations,
            Err(error) => {
                report.note("retention", Err(error));
                break;
            }
        };
        for organization in &organizations {
            maintain(app, *organization, &mut report).await;
        }
        after = organizations.last().copied();
        if organizations.len() < PAGE as usize || app.draining() {
            break;
        }
    }
    // Behind what may have emptied them.
    report.note("months dropped", app.storage.drop_partitions().await.map(|dropped| dropped.len() as u64));
    expiry::sweep_up(app).await;
    Ok(Some(report))
}

impl Report {
    fn note(&mut self, what: &'static str, outcome: Result<u64, StorageError>) {
        match outcome {
            Ok(0) => {}
            Ok(count) => *self.done.entry(what).or_default() += count,
            Err(error) => {
                tracing::warn!(%error, "maintenance: {what} failed");
                if !self.failed.contains(&what) {
                    self.failed.push(what);
                }
            }
        }
    }
}

/// Everything of one organization.
async fn maintain(app: &App, organization: OrganizationId, report: &mut Report) {
    report.note("contacts", erasures(app, organization).await);
    for what in Expiring::ALL {
        report.note(name(*what), expire(app, organization, *what).await);
    }
    report.note("visitors", expire_visitors(app, organization).await);
}

fn name(what: Expiring) -> &'static str {
    match what {
        Expiring::Conversations => "conversations",
        Expiring::PageViews => "page views",
        Expiring::Events => "events",
        Expiring::WidgetSessions => "widget sessions",
        Expiring::Logins => "logins",
        Expiring::RejectedEntries => "rejected entries",
        Expiring::Counts => "counts",
        Expiring::RatingCounts => "counts of ratings",
    }
}

/// Goes on with the deletion of organizations: how many are gone.
async fn deleted(app: &App) -> Result<u64, StorageError> {
    let mut gone = 0;
    for organization in app.storage.deleted_organizations(PAGE).await? {
        while app.storage.purge(organization).await? {
            if app.draining() {
                return Ok(gone);
            }
            tokio::time::sleep(PAUSE).await;
        }
        tracing::info!(%organization, "an organization is gone");
        gone += 1;
    }
    Ok(gone)
}

/// Goes on with the erasures of an organization's contacts: with how many there was something to do.
async fn erasures(app: &App, organization: OrganizationId) -> Result<u64, StorageError> {
    let (mut after, mut erased) = (None, 0);
    loop {
        let visitors = app.storage.erasures(organization, after, PAGE).await?;
        for visitor in &visitors {
            let progress = erasure::finish(&app.storage, organization, *visitor, erasure::BATCHES).await?;
            erased += u64::from(progress.batches > 0);
        }
        after = visitors.last().copied();
        if visitors.len() < PAGE as usize || app.draining() {
            return Ok(erased);
        }
    }
}

async fn expire(app: &App, organization: OrganizationId, what: Expiring) -> Result<u64, StorageError> {
    let mut gone = 0;
    loop {
        match app.storage.expire(organization, what).await? {
            0 => return Ok(gone),
            count => gone += count,
        }
        if app.draining() {
            return Ok(gone);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn expire_visitors(app: &App, organization: OrganizationId) -> Result<u64, StorageError> {
    let (mut from, mut gone) = (None, 0);
    loop {
        let (count, next) = app.storage.expire_visitors(organization, from).await?;
        gone += count;
        if next.is_none() || app.draining() {
            return Ok(gone);
        }
        from = next;
        tokio::time::sleep(PAUSE).await;
    }
}
