//! Conversations: starting one, and reading its log.

use std::collections::HashMap;

use protocol::client::{Cursor, History, Start};
use protocol::frame::Error;
use protocol::id::{ConversationId, VisitorId};
use protocol::limit;
use protocol::server::{HistoryPage, Replay};
use protocol::value::{Answer, Entry, FieldError, Seq, Summary};
use storage::{FirstPage, LogPage, NewConversation, Replayed, StartedConversation, StorageError};

use super::authorize::{Action, Principal, authorize};
use super::page::page_limit;
use crate::error::{forbidden, from_storage, not_found, unavailable};
use crate::hub::{Audience, Topic};
use crate::service::{inbox, widget};
use crate::state::App;

/// A conversation that a session may see: what has to be known to authorize whatever it does there.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Whose it is.
    pub visitor: VisitorId,
}

impl Access {
    /// What there is to know of a conversation that was found.
    #[must_use]
    pub fn of(summary: &Summary) -> Self {
        Self { conversation: summary.conversation, visitor: summary.visitor.id }
    }

    /// The topic of its frames, in the principal's own organization.
    #[must_use]
    pub fn topic(&self, principal: &Principal) -> Topic {
        Topic::Conversation(principal.organization(), self.conversation)
    }
}

/// Finds a conversation that `principal` may see.
///
/// # Errors
/// `not_found`, for somebody else's too; `unavailable`.
pub async fn find(app: &App, principal: &Principal, id: ConversationId) -> Result<(Access, Summary), Error> {
    let summary = app.storage.find_conversation(principal.organization(), id).await.map_err(from_storage)?;
    let summary = summary.ok_or_else(|| not_found("conversation"))?;
    authorize(principal, Action::SeeConversation(summary.visitor.id))?;
    Ok((Access::of(&summary), summary))
}

/// Finds those of several conversations that `principal` may see.
///
/// # Errors
/// `unavailable`.
pub async fn find_all(
    app: &App,
    principal: &Principal,
    ids: impl Iterator<Item = ConversationId>,
) -> Result<HashMap<ConversationId, Summary>, Error> {
    let ids: Vec<ConversationId> = ids.collect();
    let found = app.storage.find_conversations(principal.organization(), &ids).await.map_err(from_storage)?;
    let seen =
        found.into_iter().filter(|summary| authorize(principal, Action::SeeConversation(summary.visitor.id)).is_ok());
    Ok(seen.map(|summary| (summary.conversation, summary)).collect())
}

/// Starts a visitor's conversation, or finds the one that they started with this `client_id`. The inbox is told.
///
/// # Errors
/// `bad_field` for an answer, `forbidden`, `unavailable`.
pub async fn start(app: &App, principal: &Principal, request: &Start) -> Result<Summary, Error> {
    authorize(principal, Action::StartConversation)?;
    let Principal::Visitor { organization, visitor, .. } = principal else {
        return Err(forbidden("only visitors start conversations"));
    };
    let widget = widget::of(app, principal).await?;
    let answers: Vec<Answer> = widget.config.form.check_answers(&request.answers)?;
    let new = NewConversation {
        visitor: *visitor,
        client_id: &request.client_id,
        department: request.department,
        answers: &answers,
    };
    // Room first: a conversation that is made must be told of.
    let room = inbox::room(app, *organization).map_err(|_| unavailable())?;
    let started = app.storage.start_conversation(*organization, &new).await.map_err(|error| match error {
        StorageError::Conflict("department") => {
            FieldError::new("department", "must be one of the organization's departments").into()
        }
        other => from_storage(other),
    })?;
    let StartedConversation { summary, created } = started;
    if created {
        // The answers may have told who the visitor is.
        app.hub.know_visitor(*organization, &summary.visitor);
        inbox::tell(room, *organization, summary.conversation);
    }
    Ok(summary)
}

/// Those of several conversations that `principal` may see, as they are when they are replayed. One that is asked for
/// alone comes with the first page of its replay: then that is all there is to read, mostly.
///
/// # Errors
/// `unavailable`.
pub async fn replays(
    app: &App,
    principal: &Principal,
    cursors: &[Cursor],
) -> Result<HashMap<ConversationId, Replayed>, Error> {
    let (organization, log) = (principal.organization(), |cursor: &Cursor| (cursor.conversation, cursor.cursor));
    let found = if let [alone] = cursors {
        let page = FirstPage { newest: limit::PAGE_ENTRIES_DEFAULT, most: limit::PAGE_ENTRIES };
        let found = app.storage.replay(organization, log(alone), page).await.map_err(from_storage)?;
        found.into_iter().collect()
    } else {
        let logs: Vec<_> = cursors.iter().map(log).collect();
        app.storage.replays(organization, &logs, None).await.map_err(from_storage)?
    };
    let seen = found
        .into_iter()
        .filter(|replayed| authorize(principal, Action::SeeConversation(replayed.summary.visitor.id)).is_ok());
    Ok(seen.map(|replayed| (replayed.summary.conversation, replayed)).collect())
}

/// Which part of a log a replay still has to send.
#[derive(Clone, Debug)]
pub struct Replaying {
    /// Entries after this one.
    after: Seq,
    reset: bool,
    /// They themselves, if they have been read already.
    page: Option<LogPage>,
}

impl Replaying {
    /// Begins at the client's cursor; without one, or with one that this log cannot have given, at the newest page.
    #[must_use]
    pub fn from(cursor: Cursor, replayed: &Replayed) -> Self {
        let (head, page) = (replayed.summary.head, replayed.page.clone());
        match cursor.cursor {
            Some(after) if after <= head => Self { after, reset: false, page },
            _ => Self { after: head.saturating_sub(Seq::from(limit::PAGE_ENTRIES_DEFAULT)), reset: true, page },
        }
    }
}

/// The next page of a replay, and what is left after it.
///
/// # Errors
/// `unavailable`.
pub async fn replay(
    app: &App,
    principal: &Principal,
    Replayed { summary, read, .. }: &Replayed,
    part: Replaying,
) -> Result<(Replay, Option<Replaying>), Error> {
    let (organization, id) = (principal.organization(), summary.conversation);
    let page = match part.page {
        Some(page) => page,
        None if part.after < summary.head => {
            app.storage.entries_after(organization, id, part.after, limit::PAGE_ENTRIES).await.map_err(from_storage)?
        }
        // The client has it all: most of the conversations that are resumed. Whatever came after the head was read comes
        // live, for the conversation was followed before.
        None => LogPage { entries: Vec::new(), more: false },
    };
    let last = page.entries.last().and_then(|entry| entry.seq).unwrap_or(part.after);
    let left = page.more.then_some(Replaying { after: last, reset: false, page: None });
    // Receipts that came since they were read have been told as they came: clients keep the highest.
    let read = if left.is_none() { read.clone() } else { Vec::new() };
    let mut summary = summary_for(principal, summary.clone());
    summary.head = summary.head.max(last);
    let replay = Replay {
        summary,
        reset: part.reset,
        entries: entries_for(principal, page.entries),
        more: left.is_some(),
        read,
    };
    Ok((replay, left))
}

/// A page of older entries.
///
/// # Errors
/// `unavailable`.
pub async fn history(app: &App, principal: &Principal, access: Access, request: History) -> Result<HistoryPage, Error> {
    let most = page_limit(request.limit);
    let (organization, id) = (principal.organization(), access.conversation);
    let page = app.storage.entries_before(organization, id, request.before, most).await.map_err(from_storage)?;
    Ok(HistoryPage { conversation: id, entries: entries_for(principal, page.entries), more: page.more })
}

/// A summary as the principal may see it.
#[must_use]
pub fn summary_for(principal: &Principal, summary: Summary) -> Summary {
    match principal.audience() {
        Audience::Visitor => summary.for_visitor(),
        Audience::Agent => summary,
    }
}

fn entries_for(principal: &Principal, entries: Vec<Entry>) -> Vec<Entry> {
    match principal.audience() {
        Audience::Visitor => entries.iter().map(Entry::for_visitor).collect(),
        Audience::Agent => entries,
    }
}
