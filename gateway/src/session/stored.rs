//! After each commit: every follower learns where its entries stand in the log. For their senders this is the
//! acknowledgement.

use std::pin::pin;
use std::sync::Arc;

use protocol::code::ErrorCode;
use protocol::frame::Error;
use protocol::server::{ReadBy, ServerFrame, Stored};
use protocol::value::Participant;
use storage::{Committed, NewRead, Rejected, StoredEntry};
use tokio::sync::mpsc::UnboundedReceiver;

use super::fail;
use crate::error::not_found;
use crate::hub::{Haste, Key, Publication, Topic};
use crate::service::entry::Origin;
use crate::service::inbox;
use crate::state::App;

/// Announces commits until the writer has closed. Each takes room in the writer until it has been announced. What waits for
/// that to go out with it is sent without it when it takes long.
pub async fn run(app: Arc<App>, mut commits: UnboundedReceiver<Committed>) {
    let mut hurry = pin!(app.hub.hurry());
    loop {
        let commit = tokio::select! {
            commit = commits.recv() => commit,
            never = &mut hurry => match never {},
        };
        let Some(commit) = commit else { return };
        for stored in commit.stored {
            announce(&app, stored);
        }
        for rejected in commit.rejected {
            refuse(&app, &rejected);
        }
        for read in commit.read {
            announce_read(&app, read);
        }
        for (organization, summary) in commit.summaries {
            inbox::publish(&app, organization, summary);
        }
    }
}

fn announce(app: &App, entry: StoredEntry) {
    let (origin, bytes) = (Origin::unpack(entry.origin), entry.content.bytes());
    let topic = Topic::Conversation(entry.organization, entry.conversation);
    let frame = ServerFrame::from(Stored {
        conversation: entry.conversation,
        seq: entry.seq,
        id: entry.id,
        // Without the name, which its entry has.
        sender: Participant { name: None, ..entry.sender },
        client_id: entry.client_id,
        at: entry.at,
    })
    .encode(0);
    // The others have the entry already.
    let followed = app.hub.publish(topic, &Publication::durable(frame.clone()).unhurried(), origin.socket);
    if let Some(sender) = app.hub.socket(origin.socket) {
        sender.end_store(bytes);
        // A sender hears of its own entries even where it does not follow.
        if followed {
            sender.push_behind_replay(entry.conversation, Haste::Now, frame);
        } else {
            sender.push(frame);
        }
    }
}

fn announce_read(app: &App, read: NewRead) {
    let NewRead { organization, conversation, participant, seq } = read;
    let key = Key::ReadBy(conversation, participant.id);
    let frame = ServerFrame::from(ReadBy { conversation, participant, seq }).encode(0);
    app.hub.publish(Topic::Conversation(organization, conversation), &Publication::latest(key, frame), 0);
}

fn refuse(app: &App, rejected: &Rejected) {
    let entry = &rejected.entry;
    let origin = Origin::unpack(entry.origin);
    let error = if rejected.is_homeless() {
        // It was erased while the entry was on its way.
        tracing::debug!(conversation = %entry.conversation, id = %entry.id, "an entry came too late");
        not_found("conversation")
    } else {
        tracing::error!(reason = %rejected.reason, conversation = %entry.conversation, id = %entry.id, "an entry was refused");
        Error::new(ErrorCode::BadField, "the entry cannot be stored")
    };
    if let Some(sender) = app.hub.socket(origin.socket) {
        sender.end_store(entry.content.bytes());
        if rejected.is_homeless() {
            sender.end(entry.conversation);
        }
        fail(&sender, origin.reference, error);
    }
}
