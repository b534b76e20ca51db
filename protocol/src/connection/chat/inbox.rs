//! An agent's list of conversations: all of it, and what has changed in it since.

use super::Chat;
use crate::client::{Inbox, InboxPlace, InboxSync};
use crate::connection::ChatError;
use crate::limit;
use crate::server::ServerFrame;
use crate::value::{Known, Summary};

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
        let known: Vec<Known> = self.summaries.values().map(known).collect();
        let mut batches = known.chunks(limit::SYNC_KNOWN).map(<[Known]>::to_vec).collect::<Vec<_>>();
        let last = batches.pop().unwrap_or_default();
        let mut asked = 0;
        for batch in batches {
            asked += self.sync(batch, None).await?;
        }
        let newest = self.summaries.values().map(place).max_by_key(|place| (place.updated_at, place.conversation));
        Ok(asked + self.sync(last, newest).await?)
    }

    async fn sync(&mut self, mut known: Vec<Known>, mut newest: Option<InboxPlace>) -> Result<u32, ChatError> {
        let mut asked = 0;
        loop {
            asked += 1;
            let changes = match self.request(InboxSync { known: known.clone(), newest }).await? {
                ServerFrame::InboxChanges(changes) => changes,
                other => return Err(ChatError::Unanswered { request: "inbox_sync", answer: other.name() }),
            };
            for summary in changes.changed {
                match known.iter_mut().find(|held| held.conversation == summary.conversation) {
                    Some(held) => *held = self::known(&summary),
                    // Told because it came behind the newest: go on behind it.
                    None => newest = newest.map(|_| place(&summary)),
                }
                self.summaries.insert(summary.conversation, summary);
            }
            for gone in changes.gone {
                known.retain(|held| held.conversation != gone);
                self.summaries.remove(&gone);
            }
            if !changes.more {
                return Ok(asked);
            }
        }
    }
}

fn known(summary: &Summary) -> Known {
    Known { conversation: summary.conversation, head: summary.head, agent_read: summary.agent_read }
}

fn place(summary: &Summary) -> InboxPlace {
    InboxPlace { updated_at: summary.updated_at, conversation: summary.conversation }
}
