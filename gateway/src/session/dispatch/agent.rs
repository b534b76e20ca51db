//! What agents do besides talking: being there, and watching the site.

use std::sync::Arc;

use protocol::client::{SetAvailability, Unwatch, Watch};
use protocol::frame::{Error, Ref};

use crate::service::authorize::Principal;
use crate::service::{availability, visit};
use crate::session::Session;

impl Session {
    pub(super) async fn set_availability(
        &self,
        reference: Ref,
        request: SetAvailability,
        principal: &Arc<Principal>,
    ) -> Result<(), Error> {
        let (app, principal) = (Arc::clone(&self.app), Arc::clone(principal));
        self.to_the_end(async move { availability::choose(&app, &principal, request).await }).await?;
        self.done(reference);
        Ok(())
    }

    pub(super) fn watch(&mut self, reference: Ref, request: Watch, principal: &Principal) -> Result<(), Error> {
        let topic = visit::watched(principal, request)?;
        // Before the list is taken: whoever comes from here on is told.
        self.app.hub.follow(topic, &self.queue, principal.audience());
        self.topics.insert(topic);
        visit::here(&self.app, principal, |visitors| self.reply(reference, visitors));
        Ok(())
    }

    pub(super) fn unwatch(&mut self, reference: Ref, request: Unwatch, principal: &Principal) {
        let topic = match visit::unwatched(principal, request) {
            Ok(topic) => topic,
            Err(error) => return self.fail(reference, error),
        };
        self.app.hub.unfollow(topic, self.queue.id());
        self.topics.remove(&topic);
        self.done(reference);
    }
}
