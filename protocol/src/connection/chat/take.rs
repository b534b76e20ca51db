//! What a chat is told.

use std::time::Duration;

use tokio::time::Instant;

use super::{Asked, Chat};
use crate::code::ErrorCode;
use crate::connection::ChatError;
use crate::connection::log::{Applied, Log};
use crate::frame::{Error, Ref};
use crate::id::{ConversationId, ParticipantId};
use crate::server::{Identified, Replay, ServerFrame, Stored};
use crate::value::{Content, Head, Seq, Summary};

/// How long the `stored` of what a head counts may still be on its way.
const STORED_WAIT: Duration = Duration::from_secs(1);

impl Chat {
    /// Takes one frame.
    pub(super) fn take(&mut self, reference: Ref, frame: ServerFrame) -> Result<(), ChatError> {
        if let ServerFrame::Error(error) = frame {
            return self.failed(reference, error);
        }
        if reference != 0 && self.asking.as_ref().is_some_and(|asking| asking.reference == Some(reference)) {
            self.asking = None;
            self.answer = Some(Ok(frame.clone()));
        }
        match frame {
            ServerFrame::Ping(ping) => {
                self.pong(reference);
                ping.heads.iter().for_each(|head| self.head(*head));
            }
            ServerFrame::Throttle(throttle) => self.hold_back(throttle.retry_ms),
            ServerFrame::Started(started) => {
                self.logs.entry(started.conversation.conversation).or_default().asked();
                self.heard(started.conversation);
            }
            ServerFrame::Identified(identified) => self.identified(identified),
            ServerFrame::Replay(page) => self.replayed(reference, page),
            ServerFrame::Entry(entry) => {
                if let Some(log) = self.logs.get_mut(&entry.conversation) {
                    let conversation = entry.conversation;
                    let applied = log.entry(entry);
                    self.applied(conversation, applied);
                }
            }
            ServerFrame::Stored(stored) => self.stored(&stored),
            ServerFrame::Summary(summary) => self.heard(summary),
            ServerFrame::Gone(gone) => self.erased(gone.conversation),
            ServerFrame::UploadReady(ready) => {
                self.asked.remove(&reference);
                self.uploads.ready(&ready);
            }
            ServerFrame::UploadCredit(credit) => self.uploads.credit(&credit),
            ServerFrame::UploadDone(done) => {
                self.asked.remove(&reference);
                if let Some(conversation) = self.uploads.done(&done) {
                    self.outbox.put(conversation, Content::attachment(done.attachment));
                }
            }
            // `routed` is no acknowledgement. After `goaway` the socket is kept until the gateway closes it, so that
            // less has to be replayed.
            _ => {}
        }
        Ok(())
    }

    /// The log goes as far as this: if that stays further than what is held, something was missed.
    fn head(&mut self, head: Head) {
        let held = self.logs.get_mut(&head.conversation).map(|log| log.head(head.head));
        if held == Some(Applied::Gap) {
            let behind = self.behind.entry(head.conversation);
            let (seq, _) = behind.or_insert_with(|| (head.head, Instant::now() + STORED_WAIT));
            *seq = head.head.max(*seq);
        }
    }

    /// Those logs have gaps that are still behind what was said of them a while ago.
    pub(super) fn missed(&mut self) {
        let now = Instant::now();
        let logs = &mut self.logs;
        self.behind.retain(|conversation, (head, due)| {
            if *due <= now
                && let Some(log) = logs.get_mut(conversation)
                && log.head(*head) == Applied::Gap
            {
                log.lost();
            }
            *due > now
        });
    }

    pub(super) fn heard(&mut self, summary: Summary) {
        self.head(Head { conversation: summary.conversation, head: summary.head });
        let held = self.summaries.get(&summary.conversation);
        if held.is_none_or(|held| (held.head, held.updated_at) <= (summary.head, summary.updated_at)) {
            self.summaries.insert(summary.conversation, summary);
        }
    }

    fn identified(&mut self, identified: Identified) {
        let (before, open) = (self.own_id(), identified.conversation.as_ref().map(|open| open.conversation));
        if let Some(visitor) = self.welcome.as_mut().and_then(|welcome| welcome.visitor.as_mut()) {
            visitor.visitor = identified.visitor;
            visitor.verified = identified.verified;
            visitor.name = identified.name;
            visitor.conversation = identified.conversation;
        }
        // Replayed only to somebody else than before, who has nothing of it.
        self.stands_for(before, open.filter(|_| before != self.own_id()));
    }

    fn replayed(&mut self, reference: Ref, page: Replay) {
        let conversation = page.summary.conversation;
        if !page.more {
            self.asked.remove(&reference);
        }
        // Of a visitor who this is no longer, or of what was given up.
        let Some(log) = self.logs.get_mut(&conversation) else { return };
        let applied = log.replay(&page);
        for entry in &page.entries {
            self.acknowledge(conversation, entry.sender.id, &entry.client_id, entry.seq.unwrap_or_default());
        }
        self.applied(conversation, applied);
        self.heard(page.summary);
    }

    fn stored(&mut self, stored: &Stored) {
        let own = self.acknowledge(stored.conversation, stored.sender.id, &stored.client_id, stored.seq);
        if let Some(log) = self.logs.get_mut(&stored.conversation) {
            let applied = log.stored(stored, own);
            self.applied(stored.conversation, applied);
        }
    }

    fn acknowledge(
        &mut self,
        conversation: ConversationId,
        sender: ParticipantId,
        client_id: &str,
        seq: Seq,
    ) -> Option<Content> {
        if Some(sender) != self.own_id() {
            return None;
        }
        self.asked.retain(|_, asked| !matches!(asked, Asked::Send(sent) if sent == client_id));
        self.outbox.stored(conversation, client_id, seq)
    }

    fn hold_back(&mut self, retry_ms: u32) {
        let until = Instant::now() + Duration::from_millis(u64::from(retry_ms));
        self.hold = Some(self.hold.map_or(until, |hold| hold.max(until)));
    }

    fn failed(&mut self, reference: Ref, error: Error) -> Result<(), ChatError> {
        if error.retryable {
            self.hold_back(error.retry_ms);
        }
        if let Some(asking) = self.asking.as_mut().filter(|asking| asking.reference == Some(reference)) {
            if error.retryable {
                asking.reference = None;
            } else {
                self.asking = None;
                self.answer = Some(Err(error));
            }
            return Ok(());
        }
        match (self.asked.remove(&reference), error.upload, error.conversation) {
            (Some(Asked::Send(client_id)), ..) => self.outbox.failed(client_id, error),
            (Some(Asked::Upload(client_id)), ..) => self.uploads.failed(|upload| upload.is(&client_id), error),
            (None, Some(id), _) => self.uploads.failed(|upload| upload.has(id), error),
            // Followed again by `say`, since it is not live.
            (Some(Asked::Follow(conversation)), ..) | (None, None, Some(conversation)) if error.retryable => {
                self.logs.get_mut(&conversation).into_iter().for_each(Log::lost);
            }
            // One of those that the `hello` named.
            (None, None, Some(conversation)) => self.give_up(conversation, error),
            (None, None, None) if error.retryable => {}
            _ => return Err(ChatError::Request(error)),
        }
        Ok(())
    }

    /// A conversation was erased.
    fn erased(&mut self, conversation: ConversationId) {
        self.summaries.remove(&conversation);
        self.behind.remove(&conversation);
        let error = Error::new(ErrorCode::NotFound, "the conversation was erased");
        self.give_up(conversation, error.about(conversation));
    }

    /// A conversation is not to be had any more: it, and what was to be sent to it. The others go on.
    fn give_up(&mut self, conversation: ConversationId, error: Error) {
        if self.logs.remove(&conversation).is_some() {
            self.outbox.refuse(|of| of == conversation, &error);
            self.uploads.refuse(|of| of == conversation, &error);
            self.lost.insert(conversation, error);
        }
    }
}
