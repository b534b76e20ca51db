//! What agents do besides talking: being there, watching the site, and looking for what was said, and by whom.

use std::sync::Arc;

use protocol::client::{Contacts, Search, SetAvailability, Unwatch, Watch};
use protocol::frame::{Error, Ref};

use crate::error::rate_limited;
use crate::limit::Moment;
use crate::service::authorize::Principal;
use crate::service::{availability, contact, search, visit};
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

    pub(super) async fn search(
        &mut self,
        reference: Ref,
        request: Search,
        principal: &Arc<Principal>,
    ) -> Result<(), Error> {
        self.allowance.take_search(&self.app.limits, Moment::now()).map_err(rate_limited)?;
        self.beside(reference, principal, move |app, principal| async move {
            search::entries(&app, &principal, &request).await
        })
        .await;
        Ok(())
    }

    pub(super) async fn contacts(
        &mut self,
        reference: Ref,
        request: Contacts,
        principal: &Arc<Principal>,
    ) -> Result<(), Error> {
        self.allowance.take_search(&self.app.limits, Moment::now()).map_err(rate_limited)?;
        self.beside(reference, principal, move |app, principal| async move {
            contact::list(&app, &principal, &request).await
        })
        .await;
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
