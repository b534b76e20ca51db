//! What every part of a running gateway shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use protocol::value::Millis;
use storage::{Storage, Writer};
use tokio_util::task::TaskTracker;

use crate::auth::password::Passwords;
use crate::cache::Widgets;
use crate::geo::Places;
use crate::hub::{Hub, SocketId};
use crate::limit::Limits;
use crate::mail::Mail;
use crate::maintenance::Maintenance;
use crate::settings::Settings;
use crate::upload::Uploads;

/// A running gateway, as its sockets, sessions and services see it.
pub struct App {
    /// What the operator set.
    pub settings: Settings,
    /// Reads, and writes that are waited for.
    pub storage: Storage,
    /// What every hello needs, in memory.
    pub widgets: Widgets,
    /// Where addresses are.
    pub places: Places,
    /// Entries and receipts, written behind.
    pub writer: Writer,
    /// Who follows what.
    pub hub: Arc<Hub>,
    /// How much may come from whom.
    pub limits: Limits,
    /// Files on their way here, and those that have arrived.
    pub uploads: Uploads,
    /// What sends e-mail, where the operator named a server.
    pub mail: Option<Arc<Mail>>,
    /// What is done from time to time.
    pub maintenance: Arc<Maintenance>,
    /// Hashing, off the async threads.
    pub passwords: Passwords,
    /// Sockets and requests that outlive a handler, so that shutting down can wait for them.
    pub tasks: TaskTracker,
    draining: AtomicBool,
    next_socket: AtomicU32,
}

impl App {
    /// A gateway with nobody connected.
    #[must_use]
    pub fn new(
        settings: Settings,
        storage: Storage,
        writer: Writer,
        uploads: Uploads,
        places: Places,
        mail: Option<Arc<Mail>>,
    ) -> Self {
        Self {
            limits: Limits::new(&settings.limits),
            settings,
            places,
            widgets: Widgets::new(storage.clone()),
            storage,
            writer,
            hub: Arc::default(),
            uploads,
            mail,
            maintenance: Arc::default(),
            passwords: Passwords::new(),
            tasks: TaskTracker::new(),
            draining: AtomicBool::new(false),
            next_socket: AtomicU32::new(1),
        }
    }

    /// An id for a new socket: never 0, which stands for none.
    pub fn next_socket(&self) -> SocketId {
        loop {
            let id = self.next_socket.fetch_add(1, Ordering::Relaxed);
            if id != 0 {
                return id;
            }
        }
    }

    /// From now on, `/readyz` says no and new sockets are turned away.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether it is about to stop.
    #[must_use]
    pub fn draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// The wall clock.
#[must_use]
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}
