//! An agent's list of conversations: all of it, and what has changed in it since.

use super::Chat;
use crate::client::{Inbox, InboxPlace, InboxSync};
use crate::connection::ChatError;
use crate::id::ConversationId;
use crate::limit;
use crate::server::ServerFrame;
use crate::value::{Known, Millis, Summary};

/// How much earlier than the newest in the list a conversation may turn up late, in milliseconds: commits take a while,
/// and gateways' clocks differ.
const LATE_MS: Millis = 60_000;

impl Chat {
    /// Reads the whole list, page by page, into [`Chat::summaries`].
    ///
    /// # Errors
    /// The gateway refused it, or this client.
    pub async fn list_inbox(&mut self) -> Result<(), ChatError> {
        let mut request = Inbox { limit: Some(limit::INBOX_PAGE), ..Inbox::default() };
        loop {
            let page = match self.request(request.clone()).await? {
                ServerFrame::InboxPage(page) => page,
                other => return Err(ChatError::Unanswered { request: "inbox", answer: other.name() }),
            };
            page.conversations.into_iter().for_each(|summary| self.heard(summary));
            request.after = page.next;
            if request.after.is_none() {
                return Ok(());
            }
        }
    }

    /// Brings [`Chat::summaries`] up to date: what it holds, and what came since. Returns how many requests that took.
    ///
    /// # Errors
    /// The gateway refused it, or this client.
    pub async fn sync_inbox(&mut self) -> Result<u32, ChatError> {
        let Some(newest) = self.summaries.values().map(place).max_by_key(order) else { return Ok(0) };
        let newest = InboxPlace { updated_at: newest.updated_at.saturating_sub(LATE_MS), ..newest };
        let all: Vec<Known> = self.summaries.values().map(known).collect();
        let mut asked = 0;
        for batch in all.chunks(limit::SYNC_KNOWN) {
            asked += self
                .sync(|chat| {
                    let held = batch.iter().filter_map(|known| chat.summaries.get(&known.conversation));
                    InboxSync { known: held.map(known).collect(), newest: None }
                })
                .await?;
        }
        Ok(asked + self.sync(|chat| chat.behind(newest)).await?)
    }

    /// What is held behind a place, or behind one that is further on where that is too much to say.
    fn behind(&self, newest: InboxPlace) -> InboxSync {
        let mut held: Vec<&Summary> =
            self.summaries.values().filter(|summary| order(&place(summary)) > order(&newest)).collect();
        held.sort_by_key(|summary| std::cmp::Reverse(order(&place(summary))));
        let newest = held.get(limit::SYNC_KNOWN).map_or(newest, |first| place(first));
        held.truncate(limit::SYNC_KNOWN);
        InboxSync { known: held.into_iter().map(known).collect(), newest: Some(newest) }
    }

    /// Asks until nothing is left to be told.
    async fn sync(&mut self, request: impl Fn(&Self) -> InboxSync) -> Result<u32, ChatError> {
        let mut asked = 0;
        loop {
            asked += 1;
            let changes = match self.request(request(self)).await? {
                ServerFrame::InboxChanges(changes) => changes,
                other => return Err(ChatError::Unanswered { request: "inbox_sync", answer: other.name() }),
            };
            for summary in changes.changed {
                self.summaries.insert(summary.conversation, summary);
            }
            for gone in changes.gone {
                self.summaries.remove(&gone);
            }
            if !changes.more {
                return Ok(asked);
            }
        }
    }
}

/// The inbox's order, turned round: newest last.
fn order(place: &InboxPlace) -> (Millis, ConversationId) {
    (place.updated_at, place.conversation)
}

fn known(summary: &Summary) -> Known {
    Known { conversation: summary.conversation, head: summary.head, agent_read: summary.agent_read }
}

fn place(summary: &Summary) -> InboxPlace {
    InboxPlace { updated_at: summary.updated_at, conversation: summary.conversation }
}
