//! What visitors say of themselves, and the conversations that they start.

use std::sync::Arc;

use protocol::client::{Cursor, Page, Start, Track, Transcript, Update};
use protocol::frame::{Error, Ref};
use protocol::server::Started;

use crate::error::rate_limited;
use crate::limit::Moment;
use crate::service::authorize::Principal;
use crate::service::conversation::{self, Access};
use crate::service::{transcript, visit, visitor};
use crate::session::Session;

impl Session {
    pub(super) async fn start(
        &mut self,
        reference: Ref,
        request: Start,
        principal: &Arc<Principal>,
    ) -> Result<(), Error> {
        self.allowance.take_start(&self.app.limits, Moment::now()).map_err(rate_limited)?;
        let client_id = request.client_id.clone();
        let named = request.answers.iter().any(|answer| answer.key == "name");
        let (app, starter) = (Arc::clone(&self.app), Arc::clone(principal));
        let starting = self.to_the_end(async move { conversation::start(&app, &starter, &request).await });
        let conversation = starting.await?;
        if named {
            self.rename(conversation.visitor.name.clone());
        }
        let principal = self.principal.clone().unwrap_or_else(|| Arc::clone(principal));
        let id = conversation.conversation;
        self.known.remember(Access { conversation: id, visitor: conversation.visitor.id });
        let conversation = conversation::summary_for(&principal, conversation);
        self.reply(reference, Started { client_id, conversation });
        self.follow(reference, Cursor { conversation: id, cursor: Some(0) }, &principal)
    }

    pub(super) async fn update(
        &mut self,
        reference: Ref,
        request: Update,
        principal: &Arc<Principal>,
    ) -> Result<(), Error> {
        self.allowance.take_update(&self.app.limits, Moment::now()).map_err(rate_limited)?;
        let (app, updater) = (Arc::clone(&self.app), Arc::clone(principal));
        let noted = self.to_the_end(async move { visitor::update(&app, &updater, &request).await }).await?;
        self.rename(noted.name);
        self.done(reference);
        Ok(())
    }

    pub(super) fn page(&self, reference: Ref, request: Page, principal: &Principal) -> Result<(), Error> {
        self.allowance.take_visit(&self.app.limits, Moment::now()).map_err(rate_limited)?;
        visit::page(&self.app, principal, self.queue.id(), request)?;
        self.done(reference);
        Ok(())
    }

    pub(super) fn track(&self, reference: Ref, request: Track, principal: &Principal) -> Result<(), Error> {
        self.allowance.take_visit(&self.app.limits, Moment::now()).map_err(rate_limited)?;
        visit::track(&self.app, principal, request)?;
        self.done(reference);
        Ok(())
    }

    pub(super) async fn transcript(
        &mut self,
        reference: Ref,
        request: Transcript,
        principal: &Arc<Principal>,
    ) -> Result<(), Error> {
        let access = self.access(principal, request.conversation).await?;
        transcript::post(&self.app, &self.peer, principal, access, &request)?;
        self.done(reference);
        Ok(())
    }

    /// A visitor gave a name: from now on their entries carry it. An agent's stays what it is.
    pub(in crate::session) fn rename(&mut self, given: Option<String>) {
        if let Some(principal) = &mut self.principal
            && matches!(&**principal, Principal::Visitor { name, .. } if *name != given)
            && let Principal::Visitor { name, .. } = Arc::make_mut(principal)
        {
            *name = given;
        }
    }
}
