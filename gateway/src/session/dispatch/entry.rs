//! What is added to a conversation: entries, and what passes by.

use std::time::Instant;

use protocol::client::{ClientFrame, Read, Send, Typing};
use protocol::frame::{Error, Frame, Ref};
use protocol::id::ConversationId;
use protocol::server::{Routed, ServerFrame};
use protocol::value::Content;

use crate::error::rate_limited;
use crate::service::authorize::Principal;
use crate::service::conversation::Access;
use crate::service::entry::{self, Origin};
use crate::session::{SEND, Session};

/// How long a sender waits whose entries are not stored yet, in milliseconds: a few commits.
const UNSTORED_RETRY_MS: u32 = 50;

/// Whether there is something in it that the gateway knows better than its sender.
pub(super) fn looks_up(content: &Content) -> bool {
    content.assignment.is_some() || content.attachment.is_some()
}

impl Session {
    /// Takes an entry, once all is looked up that it needs.
    pub(super) async fn send(&mut self, reference: Ref, mut request: Send, principal: &Principal) -> Result<(), Error> {
        self.next_in_line(&request)?;
        let access = match self.access(principal, request.conversation).await {
            Err(error) => return Err(self.turned_away(request.conversation, &request.client_id, error)),
            Ok(access) => access,
        };
        let completed = if looks_up(&request.content) {
            Box::pin(self.complete(principal, access, &mut request.content)).await
        } else {
            Ok(())
        };
        self.pass_on(reference, request, principal, access, completed)
    }

    /// Takes an entry that needs nothing to be looked up.
    pub(super) fn send_at_once(
        &mut self,
        reference: Ref,
        request: Send,
        principal: &Principal,
        access: Access,
    ) -> Result<(), Error> {
        self.next_in_line(&request)?;
        self.pass_on(reference, request, principal, access, Ok(()))
    }

    /// Refuses what stands behind a send that was refused.
    fn next_in_line(&mut self, request: &Send) -> Result<(), Error> {
        self.behind.why(request.conversation, &request.client_id, Instant::now()).map_or(Ok(()), Err)
    }

    /// Notes a send that was refused for now and stood behind no other.
    fn turned_away(&mut self, conversation: ConversationId, client_id: &str, error: Error) -> Error {
        if error.retryable {
            self.behind.refuse(conversation, client_id, error.clone(), Instant::now());
        }
        error
    }

    /// Notes a frame that is one too many, if it is a send: a later one may find room before it comes again. Reading it
    /// costs what it was refused to save; that goes on until the socket is closed for its refusals.
    pub(in crate::session) fn note_refused(&mut self, frame: &Frame<'_>, error: &Error) {
        if frame.op == SEND
            && self.principal.is_some()
            && let Some(Ok(ClientFrame::Send(request))) = ClientFrame::decode(frame)
            && self.next_in_line(&request).is_ok()
        {
            self.turned_away(request.conversation, &request.client_id, error.clone());
        }
    }

    fn pass_on(
        &mut self,
        reference: Ref,
        request: Send,
        principal: &Principal,
        access: Access,
        completed: Result<(), Error>,
    ) -> Result<(), Error> {
        let (conversation, client_id, now) = (request.conversation, request.client_id.clone(), Instant::now());
        match completed.and_then(|()| self.route(reference, request, principal, access)) {
            Err(error) if error.retryable => Err(self.turned_away(conversation, &client_id, error)),
            // Taken, or refused for good: it does not come again.
            outcome => {
                self.behind.take(conversation, now);
                let routed = outcome?;
                if reference != 0 {
                    // What its sender waits for is the receipt, which is not far behind.
                    let frame = ServerFrame::from(routed).encode(reference);
                    self.app.hub.push_unhurried(&self.queue, frame);
                }
                Ok(())
            }
        }
    }

    fn route(&self, reference: Ref, request: Send, principal: &Principal, access: Access) -> Result<Routed, Error> {
        let bytes = request.content.bytes();
        if !self.queue.begin_store(self.app.settings.limits.unstored_sends, bytes) {
            return Err(rate_limited(UNSTORED_RETRY_MS));
        }
        let origin = Origin { socket: self.queue.id(), reference };
        entry::send(&self.app, principal, access, request, origin).inspect_err(|_| self.queue.end_store(bytes))
    }

    /// Fills in what the gateway knows better than the sender.
    async fn complete(&mut self, principal: &Principal, access: Access, content: &mut Content) -> Result<(), Error> {
        // Nothing is looked up for somebody who may not send it.
        entry::check(principal, access, content)?;
        if let Some(assignment) = &mut content.assignment {
            assignment.name = match assignment.member {
                None => None,
                Some(member) => match self.known.member(member) {
                    Some(name) => Some(name),
                    None => {
                        let name = entry::assignee(&self.app, principal, member).await?;
                        self.known.remember_member(member, name.clone());
                        Some(name)
                    }
                },
            };
        }
        if let Some(attachment) = &mut content.attachment {
            *attachment = self.attachment(principal, access, attachment.id).await?;
        }
        Ok(())
    }

    pub(super) fn typing(&self, reference: Ref, request: Typing, principal: &Principal, access: Access) {
        entry::typing(&self.app, principal, access, request, self.queue.id());
        self.done(reference);
    }

    pub(super) fn read(
        &self,
        reference: Ref,
        request: Read,
        principal: &Principal,
        access: Access,
    ) -> Result<(), Error> {
        entry::read(&self.app, principal, access, request)?;
        self.done(reference);
        Ok(())
    }
}
