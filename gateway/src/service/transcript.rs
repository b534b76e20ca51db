//! A visitor's conversation as an e-mail: who may ask, and what it holds.

use std::sync::Arc;

use lettre::Address;
use protocol::client::{History, Transcript as Request};
use protocol::code::ErrorCode;
use protocol::frame::Error;
use protocol::id::ConversationId;
use protocol::limit;
use protocol::value::{ConversationStatus, Entry, EntryKind, FieldError, Millis, ParticipantKind, clean_line};
use storage::StorageError;

use super::authorize::{Action, Principal, authorize};
use super::conversation::{self, Access};
use super::widget;
use crate::auth::peer::Peer;
use crate::error::{forbidden, from_storage, rate_limited, unavailable};
use crate::limit::Moment;
use crate::mail::transcript::{Line, Transcript, What};
use crate::mail::{Asking, Letter, Unwritten};
use crate::state::App;

/// Most entries in an e-mail: the newest.
const ENTRIES: usize = 2_000;
/// Most bytes of their texts.
const BYTES: usize = 1024 * 1024;
/// The zone of times where the organization has none.
const PLAIN_ZONE: &str = "UTC";

/// Sends a conversation of the visitor's to an address, a moment later.
///
/// # Errors
/// `unsupported` where no e-mail is sent, `forbidden`, `not_found`, `bad_field`, `rate_limited`, `unavailable`.
pub fn post(
    app: &Arc<App>,
    peer: &Peer,
    principal: &Arc<Principal>,
    access: Access,
    request: &Request,
) -> Result<(), Error> {
    authorize(principal, Action::SendTranscript(access.visitor))?;
    let Principal::Visitor { organization, session, .. } = &**principal else {
        return Err(forbidden("this is for visitors"));
    };
    let mail = app.mail.as_ref().ok_or_else(|| Error::new(ErrorCode::Unsupported, "this gateway sends no e-mail"))?;
    let rule = || FieldError::new("email", "must be an e-mail address");
    let to: Address = request.email.trim().parse().map_err(|_| rule())?;
    let asking = Asking {
        session: *session,
        address: app.limits.counted(peer.address),
        organization: *organization,
        recipient: to.as_ref(),
    };
    // First, so that what cannot be taken costs nothing.
    let place = mail.place().ok_or_else(unavailable)?;
    mail.quota.take(asking, Moment::now()).map_err(rate_limited)?;
    let (weak, principal, id) = (Arc::downgrade(app), Arc::clone(principal), access.conversation);
    let write = move || {
        let (app, principal, to) = (weak.upgrade(), Arc::clone(&principal), to.clone());
        async move {
            let app = app.ok_or(Unwritten::Gone)?;
            letter(&app, &principal, id, to).await
        }
    };
    mail.post(place, &app.tasks, write);
    Ok(())
}

async fn letter(
    app: &App,
    principal: &Principal,
    conversation: ConversationId,
    to: Address,
) -> Result<Letter, Unwritten> {
    let transcript = transcript(app, principal, conversation).await.map_err(|error| {
        tracing::debug!(%error, "a transcript could not be read");
        if error.retryable { Unwritten::Later } else { Unwritten::Gone }
    })?;
    Ok(transcript.letter(to))
}

/// The conversation as its visitor sees it: what is for agents was hidden on the way.
async fn transcript(app: &App, principal: &Principal, id: ConversationId) -> Result<Transcript, Error> {
    let (access, summary) = conversation::find(app, principal, id).await?;
    let widget = widget::of(app, principal).await?;
    let (mut entries, mut bytes, mut before, mut more) = (Vec::new(), 0, summary.head + 1, true);
    while more && entries.len() < ENTRIES && bytes < BYTES {
        let request = History { conversation: id, before, limit: Some(limit::PAGE_ENTRIES) };
        let page = conversation::history(app, principal, access, request).await?;
        more = page.more;
        before = page.entries.first().and_then(|entry| entry.seq).unwrap_or(0);
        bytes += page.entries.iter().filter_map(|entry| entry.content.text.as_ref()).map(String::len).sum::<usize>();
        entries.extend(page.entries.into_iter().rev());
    }
    entries.reverse();
    let hours = widget.config.settings.hours.as_ref();
    let (zone, times) = times(app, hours.map(|hours| hours.time_zone.as_str()), &entries).await?;
    let base = app.settings.public_url.as_deref().map(|url| url.trim_end_matches('/'));
    let shown = entries.iter().zip(times).filter_map(|(entry, at)| line(entry, at, &widget.organization.name, base));
    Ok(Transcript {
        organization: clean_line(&widget.organization.name, limit::NAME_BYTES),
        time_zone: zone,
        lines: shown.collect(),
        cut: more,
    })
}

/// When entries were sent, by the clocks of the organization's zone; by plain ones if it has none that Postgres knows.
async fn times(app: &App, zone: Option<&str>, entries: &[Entry]) -> Result<(String, Vec<String>), Error> {
    let at: Vec<Millis> = entries.iter().map(|entry| entry.at).collect();
    let local = |zone: &str| {
        let zone = zone.to_owned();
        let at = &at;
        async move { app.storage.local_times(&zone, at).await.map(|times| (zone, times)) }
    };
    match local(zone.unwrap_or(PLAIN_ZONE)).await {
        Err(StorageError::Fault(_)) => local(PLAIN_ZONE).await,
        other => other,
    }
    .map_err(from_storage)
}

fn line(entry: &Entry, at: String, organization: &str, base: Option<&str>) -> Option<Line> {
    let content = &entry.content;
    let what = match content.kind {
        EntryKind::Text => What::Said(content.text.clone()?),
        EntryKind::Attachment => {
            let file = content.attachment.as_ref()?;
            let url = base.map(|base| format!("{base}{}", file.url));
            What::File { name: file.name.clone(), size: file.size, url }
        }
        EntryKind::Rating => {
            let rating = content.rating.as_ref()?;
            What::Rated { score: rating.score, comment: rating.comment.clone() }
        }
        EntryKind::Status => match content.status? {
            ConversationStatus::Resolved => What::Ended,
            ConversationStatus::Open => What::Reopened,
            ConversationStatus::Pending | ConversationStatus::Snoozed => return None,
        },
        EntryKind::Note | EntryKind::Assignment | EntryKind::Priority | EntryKind::Hidden | EntryKind::Unknown => {
            return None;
        }
    };
    let visitor = entry.sender.kind == ParticipantKind::Visitor;
    let nameless = if visitor { "Visitor" } else { organization };
    let who = entry.sender.name.clone().unwrap_or_else(|| nameless.to_owned());
    Some(Line { at, who, visitor, what })
}
