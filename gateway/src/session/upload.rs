//! Frames of files: opened beside the session, chunks taken in line, and never waiting for the disk.

use std::sync::Arc;

use protocol::client::{UploadAbort, UploadChunk, UploadOpen};
use protocol::code::CloseCode;
use protocol::frame::{Error, Ref};
use protocol::id::{AttachmentId, ConversationId};
use protocol::server::{Done, ServerFrame};
use protocol::value::Attachment;

use super::{Session, fail};
use crate::auth::token::TokenHash;
use crate::error::not_found;
use crate::limit::Moment;
use crate::service::authorize::Principal;
use crate::service::conversation::Access;
use crate::service::upload;
use crate::upload::Intake;
use crate::upload::intake::Taken;
use crate::upload::quota::Source;

/// The uploads of a session; once it is dropped, they wait for another.
pub(super) struct Uploading(Arc<Intake>);

impl Drop for Uploading {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Session {
    fn intake(&mut self, shared: TokenHash) -> Arc<Intake> {
        let source = Source { session: shared, address: self.app.limits.counted(self.peer.address) };
        let intake = || Uploading(Arc::new(Intake::new(Arc::clone(&self.queue), source, &self.app.uploads.settings)));
        Arc::clone(&self.uploading.get_or_insert_with(intake).0)
    }

    /// Opens an upload, or goes on with one.
    pub(super) async fn upload_open(
        &mut self,
        reference: Ref,
        request: UploadOpen,
        principal: &Arc<Principal>,
    ) -> Result<(), Error> {
        let access = self.access(principal, request.conversation).await?;
        let Some(shared) = self.shared else { return Ok(()) };
        let intake = self.intake(shared);
        let Some(place) = self.reading().await else { return Ok(()) };
        let (app, queue, principal) = (Arc::clone(&self.app), Arc::clone(&self.queue), Arc::clone(principal));
        self.app.tasks.spawn(async move {
            match upload::open(&app, &principal, access, &request, &intake, reference).await {
                Ok(Some(done)) if reference != 0 => queue.push(ServerFrame::from(done).encode(reference)),
                Ok(_) => {}
                Err(error) => fail(&queue, reference, error),
            }
            drop(place);
        });
        Ok(())
    }

    /// Takes a chunk. Says whether it was asked for: credit paces only those that were.
    pub(super) fn upload_chunk(&self, chunk: UploadChunk) -> Result<bool, Error> {
        let upload = chunk.upload;
        let taken = match &self.uploading {
            Some(Uploading(intake)) => intake.take(chunk),
            None => Err(not_found("upload")),
        };
        match taken.map_err(|error| error.of_upload(upload))? {
            Taken::ToWrite(transfer) => {
                self.app.tasks.spawn(upload::write(Arc::clone(&self.app), transfer));
                Ok(true)
            }
            Taken::ToBeWritten | Taken::Late => Ok(true),
            Taken::Unasked => Ok(false),
        }
    }

    /// Takes a chunk that has taken from no bucket. One that was not asked for does so now.
    pub(super) fn free_chunk(&mut self, reference: Ref, bytes: usize, chunk: UploadChunk) {
        match self.upload_chunk(chunk) {
            Ok(true) => {}
            Ok(false) => self.charge(reference, bytes, None),
            Err(error) => self.charge(reference, bytes, Some(error)),
        }
    }

    /// Takes from the buckets for a chunk that was let through to be looked at, and turned out to be none that was asked
    /// for. Such must not come without end.
    pub(super) fn charge(&mut self, reference: Ref, bytes: usize, error: Option<Error>) {
        if let Err(refusal) = self.allowance.take(&self.app.limits, bytes, Moment::now()) {
            return self.refuse(reference, refusal, error);
        }
        let Some(error) = error else { return };
        self.fail(reference, error);
        if self.allowance.refuse(&self.app.limits, Moment::now()) {
            self.queue.close(CloseCode::RateLimited);
        }
    }

    /// Gives an upload up.
    pub(super) async fn upload_abort(&mut self, reference: Ref, request: UploadAbort, principal: &Arc<Principal>) {
        self.beside(reference, principal, move |app, principal| async move {
            upload::abort(&app, &principal, request).await.map(|()| Done {})
        })
        .await;
    }

    /// A finished upload of the sender's for a conversation: remembered, or looked up.
    pub(super) async fn attachment(
        &self,
        principal: &Principal,
        access: Access,
        id: AttachmentId,
    ) -> Result<Attachment, Error> {
        match self.uploaded(access.conversation, id) {
            Some(attachment) => Ok(attachment),
            None => upload::attachment(&self.app, principal, access, id).await,
        }
    }

    fn uploaded(&self, conversation: ConversationId, id: AttachmentId) -> Option<Attachment> {
        self.uploading.as_ref().and_then(|Uploading(intake)| intake.finished(conversation, id))
    }
}
