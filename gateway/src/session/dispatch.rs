//! A principal's requests, each to its service. Sends, typing and receipts are done at once and in order; what has to
//! wait for Postgres runs beside, so that it holds up nothing but its own answer.

use std::sync::Arc;

use protocol::client::{ClientFrame, Cursor};
use protocol::code::ErrorCode;
use protocol::frame::{Error, Ref};
use protocol::id::ConversationId;
use protocol::server::{ServerFrame, Started};

use super::{KNOWN_CONVERSATIONS, Session, fail};
use crate::error::rate_limited;
use crate::hub::SendQueue;
use crate::service::authorize::Principal;
use crate::service::conversation::{self, Access};
use crate::service::entry::{self, Origin};
use crate::service::inbox;
use crate::state::App;

/// How long a sender waits whose entries are not stored yet, in milliseconds: a few commits.
const UNSTORED_RETRY_MS: u32 = 50;

impl Session {
    /// Does what `request` asks.
    pub(super) async fn dispatch(
        &mut self,
        reference: Ref,
        request: ClientFrame,
        principal: &Arc<Principal>,
    ) -> Result<(), Error> {
        match request {
            ClientFrame::Send(request) => {
                let access = self.access(principal, request.conversation).await?;
                let bytes = request.content.bytes();
                if !self.queue.begin_store(self.app.settings.unstored_sends, bytes) {
                    return Err(rate_limited(UNSTORED_RETRY_MS));
                }
                let origin = Origin { socket: self.queue.id(), reference };
                let routed = entry::send(&self.app, principal, access, request, origin)
                    .inspect_err(|_| self.queue.end_store(bytes))?;
                self.reply(reference, routed);
            }
            ClientFrame::Typing(request) => {
                let access = self.access(principal, request.conversation).await?;
                entry::typing(&self.app, principal, access, request, self.queue.id())?;
                self.done(reference);
            }
            ClientFrame::Read(request) => {
                let access = self.access(principal, request.conversation).await?;
                entry::read(&self.app, principal, access, request)?;
                self.done(reference);
            }
            ClientFrame::Follow(request) => {
                // Before anything is subscribed to: not even a passing frame may reach whom it is not for.
                self.access(principal, request.conversation).await?;
                self.follow(reference, request, principal).await?;
            }
            ClientFrame::Unfollow(request) => {
                self.unfollow(principal, request.conversation);
                self.done(reference);
            }
            ClientFrame::Start(request) => {
                self.starts.take().map_err(rate_limited)?;
                let conversation = conversation::start(&self.app, principal, &request).await?;
                let answered = request.answers.iter().any(|answer| answer.key == "name");
                if answered {
                    self.rename(conversation.visitor.name.clone());
                }
                let principal = self.principal.clone().unwrap_or_else(|| Arc::clone(principal));
                let id = conversation.conversation;
                self.remember(Access { conversation: id, visitor: conversation.visitor.id });
                let conversation = conversation::summary_for(&principal, conversation);
                self.reply(reference, Started { client_id: request.client_id, conversation });
                self.follow(reference, Cursor { conversation: id, cursor: Some(0) }, &principal).await?;
            }
            ClientFrame::History(request) => {
                let access = self.access(principal, request.conversation).await?;
                self.beside(reference, principal, move |app, principal| async move {
                    conversation::history(&app, &principal, access, request).await
                })
                .await;
            }
            ClientFrame::Inbox(request) => {
                self.beside(reference, principal, move |app, principal| async move {
                    inbox::page(&app, &principal, &request).await
                })
                .await;
            }
            ClientFrame::Identify(_)
            | ClientFrame::Update(_)
            | ClientFrame::Page(_)
            | ClientFrame::Track(_)
            | ClientFrame::SetAvailability(_)
            | ClientFrame::InboxSync(_)
            | ClientFrame::Watch(_)
            | ClientFrame::Unwatch(_)
            | ClientFrame::Profile(_)
            | ClientFrame::UploadOpen(_)
            | ClientFrame::UploadChunk(_)
            | ClientFrame::UploadAbort(_) => {
                return Err(Error::new(ErrorCode::Unsupported, "not yet"));
            }
            // Taken before: they need no principal.
            ClientFrame::Hello(_) | ClientFrame::Ping(_) | ClientFrame::Pong(_) => {}
        }
        Ok(())
    }

    /// What the session may do in a conversation: remembered, or looked up.
    pub(super) async fn access(&mut self, principal: &Principal, id: ConversationId) -> Result<Access, Error> {
        if let Some(access) = self.known.get(&id) {
            return Ok(*access);
        }
        let (access, _) = conversation::find(&self.app, principal, id).await?;
        self.remember(access);
        Ok(access)
    }

    pub(super) fn remember(&mut self, access: Access) {
        if self.known.len() >= KNOWN_CONVERSATIONS {
            self.known.clear();
        }
        self.known.insert(access.conversation, access);
    }

    /// A visitor gave a name: from now on their entries carry it.
    fn rename(&mut self, given: Option<String>) {
        if let Some(principal) = &mut self.principal
            && let Principal::Visitor { name, .. } = Arc::make_mut(principal)
        {
            *name = given;
        }
    }

    /// Runs a request that reads from Postgres beside the session, and answers it when it is done. Waits only when
    /// too many of this socket's are running already.
    async fn beside<F, R, T>(&self, reference: Ref, principal: &Arc<Principal>, work: F)
    where
        F: FnOnce(Arc<App>, Arc<Principal>) -> R,
        R: Future<Output = Result<T, Error>> + Send + 'static,
        T: Into<ServerFrame> + 'static,
    {
        let Ok(place) = Arc::clone(&self.reads).acquire_owned().await else { return };
        let queue: Arc<SendQueue> = Arc::clone(&self.queue);
        let work = work(Arc::clone(&self.app), Arc::clone(principal));
        self.app.tasks.spawn(async move {
            match work.await {
                Ok(frame) if reference != 0 => queue.push(frame.into().encode(reference)),
                Ok(_) => {}
                Err(error) => fail(&queue, reference, error),
            }
            drop(place);
        });
    }
}
