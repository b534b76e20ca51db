//! What visitors say of themselves, and the conversations that they start.

use std::sync::Arc;

use protocol::client::{Cursor, Page, Start, Track, Update};
use protocol::frame::{Error, Ref};
use protocol::server::Started;

use crate::error::rate_limited;
use crate::limit::Moment;
use crate::service::authorize::Principal;
use crate::service::conversation::{self, Access};
use crate::service::{visit, visitor};
use crate::session::Session;

impl Session {
    pub(super) async fn start(
        &mut self,
        reference: Ref,
        request: Start,
        principal: &Arc<Principal>,
    ) -> Result<(), Error> {
        self.allowance.take_start(&self.app.limits, Moment::now()).map_err(rate_limited)?;
        let conversation = conversation::start(&self.app, principal, &request).await?;
        if request.answers.iter().any(|answer| answer.key == "name") {
            self.rename(conversation.visitor.name.clone());
        }
        let principal = self.principal.clone().unwrap_or_else(|| Arc::clone(principal));
        let id = conversation.conversation;
        self.known.remember(Access { conversation: id, visitor: conversation.visitor.id });
        let conversation = conversation::summary_for(&principal, conversation);
        self.reply(reference, Started { client_id: request.client_id, conversation });
        self.follow(reference, Cursor { conversation: id, cursor: Some(0) }, &principal).await?;
        Ok(())
    }

    pub(super) async fn update(
        &mut self,
        reference: Ref,
        request: &Update,
        principal: &Principal,
    ) -> Result<(), Error> {
        let noted = visitor::update(&self.app, principal, request).await?;
        self.rename(noted.name);
        self.done(reference);
        Ok(())
    }

    pub(super) fn page(&self, reference: Ref, request: Page, principal: &Principal) -> Result<(), Error> {
        visit::page(&self.app, principal, self.queue.id(), request)?;
        self.done(reference);
        Ok(())
    }

    pub(super) fn track(&self, reference: Ref, request: Track, principal: &Principal) -> Result<(), Error> {
        visit::track(&self.app, principal, request)?;
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
