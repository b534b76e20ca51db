//! `identify`: a session says who its visitor is, and may stand for another one from then on.

use std::sync::Arc;

use protocol::client::{Cursor, Identify};
use protocol::code::CloseCode;
use protocol::frame::{Error, Ref};
use protocol::server::{Identified, ServerFrame};

use super::known::Known;
use super::{READS_AT_ONCE, Session};
use crate::error::rate_limited;
use crate::hub::Topic;
use crate::limit::Moment;
use crate::service::authorize::Principal;
use crate::service::conversation::{self, Access};
use crate::service::identify::{self, Identity};
use crate::service::visit;

impl Session {
    pub(super) async fn identify(
        &mut self,
        reference: Ref,
        request: Identify,
        principal: &Arc<Principal>,
    ) -> Result<(), Error> {
        self.allowance.take_update(&self.app.limits, Moment::now()).map_err(rate_limited)?;
        let (app, former) = (Arc::clone(&self.app), Arc::clone(principal));
        let (shared, socket) = (self.shared, self.queue.id());
        let identifying = self.to_the_end(async move {
            let identity = identify::identify(&app, &former, &request).await?;
            let changed = former.participant().id != identity.visitor.id.into();
            if changed && let Some(shared) = shared {
                // Itself first: of two that become the same at once, at most one closes the other.
                app.hub.stand_for(socket, identity.visitor.id);
                app.hub.close_others(Topic::Session(shared), identity.visitor.id, CloseCode::Identified);
            }
            Ok((identity, changed))
        });
        let (Identity { visitor, conversation }, changed) = identifying.await?;
        let verified = visitor.verified;
        let open = conversation.as_ref().map(|open| open.conversation);
        if changed {
            self.forget_visitor(principal).await;
            if let Some(open) = &conversation {
                self.known.remember(Access::of(open));
            }
            self.principal = Some(Arc::new(renewed(principal, &visitor)));
            visit::change(&self.app, principal, self.queue.id(), visitor.clone(), open);
        } else {
            self.rename(visitor.name.clone());
        }
        let principal = self.principal.clone().unwrap_or_else(|| Arc::clone(principal));
        let conversation = conversation.map(|open| conversation::summary_for(&principal, open));
        let identified = Identified { visitor: visitor.id, verified, name: visitor.name, conversation };
        if !changed {
            self.reply(reference, identified);
            return Ok(());
        }
        // Not `reply`: a client must learn that it is somebody else now, whether it wanted an answer or not.
        self.queue.push(ServerFrame::from(identified).encode(reference));
        let cursors: Vec<Cursor> = open.into_iter().map(|conversation| Cursor { conversation, cursor: None }).collect();
        self.resume(reference, &cursors, &principal).await;
        Ok(())
    }

    /// Ends whatever the session does as the visitor it stood for: no page of their logs and no answer of theirs comes
    /// later. What is stored of their last entries still is acknowledged, for their outbox waits for it.
    async fn forget_visitor(&mut self, principal: &Principal) {
        // Without waiting for a reader: what has not been replayed will not be.
        if let Some(replays) = self.replays.take() {
            replays.end().await;
        }
        // Whatever else reads on their behalf has one of these places, and waits for Postgres only.
        let places = u32::try_from(READS_AT_ONCE).unwrap_or(u32::MAX);
        let _all = match &self.reads {
            None => None,
            Some(reads) => match Arc::clone(reads).acquire_many_owned(places).await {
                Ok(all) => Some(all),
                Err(_) => return,
            },
        };
        self.known = Known::default();
        self.uploading = None;
        let conversations = self.topics.take_if(|topic| matches!(topic, Topic::Conversation(..)));
        for topic in conversations {
            self.app.hub.unfollow(topic, self.queue.id());
        }
        tracing::debug!(socket = self.queue.id(), former = ?principal.participant().id, "a session stands for somebody else");
    }
}

/// The principal of the same session, as the visitor that it stands for now.
fn renewed(principal: &Principal, visitor: &protocol::value::VisitorSummary) -> Principal {
    let mut renewed = principal.clone();
    if let Principal::Visitor { visitor: id, name, verified, .. } = &mut renewed {
        *id = visitor.id;
        name.clone_from(&visitor.name);
        *verified = visitor.verified;
    }
    renewed
}
