//! A principal's requests, each to its service. Sends, typing and receipts are done at once and in order; what has to
//! wait for Postgres runs beside, so that it holds up nothing but its own answer. What is kept and waited for is done in
//! line, so that one sender's changes keep their order.

use std::sync::Arc;

use protocol::client::ClientFrame;
use protocol::code::ErrorCode;
use protocol::frame::{Error, Ref};
use protocol::server::ServerFrame;

use super::{Session, fail};
use crate::hub::SendQueue;
use crate::service::authorize::Principal;
use crate::service::{conversation, inbox, visitor};
use crate::state::App;

mod agent;
mod entry;
mod visitors;

impl Session {
    /// Does what `request` asks, if that needs nothing that would have to be waited for; else gives it back.
    pub(super) fn at_once(
        &mut self,
        reference: Ref,
        request: ClientFrame,
        principal: &Arc<Principal>,
    ) -> Result<Option<ClientFrame>, Error> {
        match request {
            ClientFrame::Send(request) => match self.known.access(request.conversation) {
                Some(access) if !entry::looks_up(&request.content) => {
                    self.send_at_once(reference, request, principal, access)?;
                }
                _ => return Ok(Some(request.into())),
            },
            ClientFrame::Typing(request) => match self.known.access(request.conversation) {
                Some(access) => self.typing(reference, request, principal, access),
                None => return Ok(Some(request.into())),
            },
            ClientFrame::Read(request) => match self.known.access(request.conversation) {
                Some(access) => self.read(reference, request, principal, access)?,
                None => return Ok(Some(request.into())),
            },
            ClientFrame::Unfollow(request) => {
                self.unfollow(principal, request.conversation);
                self.done(reference);
            }
            ClientFrame::Page(request) => self.page(reference, request, principal)?,
            ClientFrame::Track(request) => self.track(reference, request, principal)?,
            ClientFrame::Watch(request) => self.watch(reference, request, principal)?,
            ClientFrame::Unwatch(request) => self.unwatch(reference, request, principal),
            ClientFrame::UploadChunk(chunk) => {
                self.upload_chunk(chunk)?;
            }
            other => return Ok(Some(other)),
        }
        Ok(None)
    }

    /// Does what `request` asks, whatever has to be waited for.
    pub(super) async fn dispatch(
        &mut self,
        reference: Ref,
        request: ClientFrame,
        principal: &Arc<Principal>,
    ) -> Result<(), Error> {
        match request {
            ClientFrame::Send(request) => self.send(reference, request, principal).await?,
            ClientFrame::Typing(request) => {
                let access = self.access(principal, request.conversation).await?;
                self.typing(reference, request, principal, access);
            }
            ClientFrame::Read(request) => {
                let access = self.access(principal, request.conversation).await?;
                self.read(reference, request, principal, access)?;
            }
            ClientFrame::Follow(request) => {
                // Before anything is subscribed to: not even a passing frame may reach whom it is not for.
                let about = |error: Error| error.about(request.conversation);
                self.access(principal, request.conversation).await.map_err(about)?;
                self.follow(reference, request, principal).map_err(about)?;
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
            ClientFrame::InboxSync(request) => {
                self.beside(reference, principal, move |app, principal| async move {
                    inbox::changes(&app, &principal, &request).await
                })
                .await;
            }
            ClientFrame::Profile(request) => {
                self.beside(reference, principal, move |app, principal| async move {
                    visitor::profile(&app, &principal, request).await
                })
                .await;
            }
            ClientFrame::Transcript(request) => self.transcript(reference, request, principal).await?,
            ClientFrame::Search(request) => self.search(reference, request, principal).await?,
            ClientFrame::Contacts(request) => self.contacts(reference, request, principal).await?,
            ClientFrame::Start(request) => self.start(reference, request, principal).await?,
            ClientFrame::Identify(request) => Box::pin(self.identify(reference, request, principal)).await?,
            ClientFrame::Update(request) => self.update(reference, request, principal).await?,
            ClientFrame::SetAvailability(request) => self.set_availability(reference, request, principal).await?,
            ClientFrame::UploadOpen(request) => Box::pin(self.upload_open(reference, request, principal)).await?,
            ClientFrame::UploadAbort(request) => Box::pin(self.upload_abort(reference, request, principal)).await,
            // Done before, at once.
            ClientFrame::Hello(_)
            | ClientFrame::Ping(_)
            | ClientFrame::Pong(_)
            | ClientFrame::Unfollow(_)
            | ClientFrame::Page(_)
            | ClientFrame::Track(_)
            | ClientFrame::Watch(_)
            | ClientFrame::Unwatch(_)
            | ClientFrame::UploadChunk(_) => {}
        }
        Ok(())
    }

    /// Does something to its end, also when the socket goes meanwhile: what was kept must be told to others too.
    pub(super) fn to_the_end<T, W>(&self, work: W) -> impl Future<Output = Result<T, Error>> + use<T, W>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let ending = self.app.tasks.spawn(work);
        async move {
            ending.await.unwrap_or_else(|error| {
                tracing::error!(%error, "a request failed");
                Err(Error::new(ErrorCode::Internal, "something went wrong here; it has been logged"))
            })
        }
    }

    /// Runs a request that reads from Postgres beside the session, and answers it when it is done. Waits only when
    /// too many of this socket's are running already.
    pub(super) async fn beside<F, R, T>(&mut self, reference: Ref, principal: &Arc<Principal>, work: F)
    where
        F: FnOnce(Arc<App>, Arc<Principal>) -> R,
        R: Future<Output = Result<T, Error>> + Send + 'static,
        T: Into<ServerFrame> + 'static,
    {
        let Some(place) = self.reading().await else { return };
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
