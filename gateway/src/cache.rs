//! What every hello needs of an organization, kept in memory: its widget with settings, form and departments. Postgres
//! announces changes; while it cannot be heard nothing is kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, FutureExt, Shared};
use protocol::id::OrganizationId;
use storage::{Heard, Listener, Storage, StorageError, Widget};
use tokio_util::sync::CancellationToken;

/// Most widgets that are kept. Past it, any one makes room.
const WIDGETS: usize = 4_096;

type Outcome = Result<Option<Arc<Widget>>, StorageError>;

/// What a widget is asked for by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Name {
    Organization(OrganizationId),
    Key(String),
}

/// A look-up that is under way. It goes on when those who wait for it do not.
struct Load {
    number: u64,
    outcome: Shared<BoxFuture<'static, Outcome>>,
}

/// The widgets that were asked for, one look-up for many who ask at once.
#[derive(Clone)]
pub struct Widgets {
    storage: Storage,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    /// Whether every change is heard of.
    listening: bool,
    widgets: HashMap<OrganizationId, Arc<Widget>>,
    /// Keys of just these: what somebody else made up takes no room.
    keys: HashMap<String, OrganizationId>,
    /// A load that is not here any more began before a change: whoever waits for it gets its outcome, nobody else does.
    loads: HashMap<Name, Load>,
    loads_begun: u64,
}

impl Widgets {
    /// Nothing is kept until changes are heard of.
    #[must_use]
    pub fn new(storage: Storage) -> Self {
        Self { storage, kept: Arc::default() }
    }

    /// The widget with this key, or of the organization whose id stands in its place. One that is switched off is there.
    ///
    /// # Errors
    /// As the look-up in storage.
    pub async fn find(&self, widget_key: &str) -> Result<Option<Arc<Widget>>, StorageError> {
        let name = widget_key.parse().map_or_else(|_| Name::Key(widget_key.to_owned()), Name::Organization);
        self.named(name).await
    }

    /// An organization's widget.
    ///
    /// # Errors
    /// As the look-up in storage.
    pub async fn of(&self, organization: OrganizationId) -> Result<Option<Arc<Widget>>, StorageError> {
        self.named(Name::Organization(organization)).await
    }

    /// Whoever asks from now on sees what is stored now. To be called after own changes, before they are answered.
    pub fn forget(&self, organization: OrganizationId) {
        self.kept().forget(organization);
    }

    /// Hears of changes until `stop`; nothing is kept from then on. What is gone for good, and that it
    /// listens anew, is passed on to `tell`.
    pub async fn listen(self, mut changes: Listener, stop: CancellationToken, tell: impl Fn(&Heard) + Send) {
        while let Some(change) = stop.run_until_cancelled(changes.next()).await {
            self.kept().hear(&change);
            if matches!(change, Heard::Gone(_) | Heard::Listening) {
                tell(&change);
            }
        }
        self.kept().hear(&Heard::Lost);
    }

    async fn named(&self, name: Name) -> Outcome {
        let outcome = {
            let mut kept = self.kept();
            if let Some(widget) = kept.find(&name) {
                return Ok(Some(widget));
            }
            match kept.loads.get(&name) {
                Some(load) => load.outcome.clone(),
                None => {
                    kept.loads_begun += 1;
                    let number = kept.loads_begun;
                    let loading = tokio::spawn(self.clone().load(name.clone(), number));
                    let outcome = async move {
                        loading.await.unwrap_or_else(|error| Err(StorageError::Fault(format!("a look-up: {error}"))))
                    };
                    let outcome = outcome.boxed().shared();
                    kept.loads.insert(name, Load { number, outcome: outcome.clone() });
                    outcome
                }
            }
        };
        outcome.await
    }

    async fn load(self, name: Name, number: u64) -> Outcome {
        let found = match &name {
            Name::Organization(organization) => self.storage.find_widget_of(*organization).await,
            Name::Key(key) => self.storage.find_widget(key).await,
        };
        let outcome = found.map(|widget| widget.map(Arc::new));
        let mut kept = self.kept();
        if kept.loads.get(&name).is_some_and(|load| load.number == number) {
            kept.loads.remove(&name);
            if let Ok(Some(widget)) = &outcome {
                kept.keep(widget);
            }
        }
        outcome
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing panics while holding it; if something did, what is kept is still whole.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn find(&self, name: &Name) -> Option<Arc<Widget>> {
        let organization = match name {
            Name::Organization(organization) => organization,
            Name::Key(key) => self.keys.get(key)?,
        };
        self.widgets.get(organization).cloned()
    }

    fn keep(&mut self, widget: &Arc<Widget>) {
        if !self.listening {
            return;
        }
        let organization = widget.organization.id;
        if self.widgets.len() >= WIDGETS
            && !self.widgets.contains_key(&organization)
            && let Some(any) = self.widgets.keys().next().copied()
        {
            self.drop_widget(any);
        }
        self.keys.insert(widget.config.widget_key.clone(), organization);
        self.widgets.insert(organization, Arc::clone(widget));
    }

    fn hear(&mut self, change: &Heard) {
        match change {
            Heard::Changed(organization) => self.forget(*organization),
            Heard::Gone(_) => {}
            // What was read before the first change could be heard of may be older than it.
            Heard::Listening | Heard::Lost => {
                self.listening = *change == Heard::Listening;
                self.widgets.clear();
                self.keys.clear();
                self.loads.clear();
            }
        }
    }

    fn forget(&mut self, organization: OrganizationId) {
        self.drop_widget(organization);
        // Whose a key is that is being looked up is not known yet.
        self.loads.retain(|name, _| matches!(name, Name::Organization(other) if *other != organization));
    }

    fn drop_widget(&mut self, organization: OrganizationId) {
        if let Some(widget) = self.widgets.remove(&organization) {
            self.keys.remove(&widget.config.widget_key);
        }
    }
}

#[cfg(test)]
mod tests;
