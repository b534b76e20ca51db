//! Something is gone for good: whoever looks at it here is told, or their socket is closed.

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use protocol::code::CloseCode;
use protocol::id::OrganizationId;
use storage::{Gone, StorageError};
use tokio::sync::Notify;

use super::inbox;
use crate::hub::Topic;
use crate::state::App;

/// Sessions that are asked for in one statement.
const SESSIONS: usize = 500;
/// When to ask again after Postgres did not answer.
const AGAIN: Duration = Duration::from_secs(1);

/// Tells those who are connected here. Once more is no harm.
pub fn tell(app: &App, gone: &Gone) {
    match gone {
        Gone::Organization(organization) => {
            app.widgets.forget(*organization);
            app.hub.close(Topic::Widgets(*organization), CloseCode::NoWidget);
            app.hub.close(Topic::Inbox(*organization), CloseCode::Unauthenticated);
        }
        Gone::Sessions(organization, visitor) => {
            app.hub.close_visitor(*organization, *visitor, CloseCode::Unauthenticated);
        }
        Gone::Conversations(organization, conversations) => {
            conversations.iter().for_each(|conversation| inbox::gone(app, *organization, *conversation));
        }
        Gone::Content(organization, conversation) => match inbox::room(app, *organization) {
            Ok(room) => inbox::tell(room, *organization, *conversation),
            Err(full) => tracing::warn!(%full, %conversation, "agents see an anonymized conversation as it was"),
        },
    }
}

/// Makes good what was not heard of: each time that it is `listening` anew, the sockets of sessions that ended meanwhile
/// are closed. Until the gateway is gone.
pub async fn catch_up(app: Weak<App>, listening: Arc<Notify>) {
    loop {
        listening.notified().await;
        let Some(sessions) = app.upgrade().map(|app| app.hub.sessions()) else { return };
        for (organization, hashes) in sessions {
            for some in hashes.chunks(SESSIONS) {
                loop {
                    let Some(app) = app.upgrade().filter(|app| !app.draining()) else { return };
                    match close_ended(&app, organization, some).await {
                        Ok(()) => break,
                        Err(error) => tracing::warn!(%error, "sockets of ended sessions may be open"),
                    }
                    drop(app);
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }
}

/// Closes the sockets of those of an organization's sessions that are not in force any more.
async fn close_ended(app: &App, organization: OrganizationId, hashes: &[[u8; 32]]) -> Result<(), StorageError> {
    let in_force: HashSet<_> = app.storage.sessions_in_force(organization, hashes).await?.into_iter().collect();
    for hash in hashes.iter().filter(|hash| !in_force.contains(*hash)) {
        app.hub.close(Topic::Session(*hash), CloseCode::Unauthenticated);
    }
    Ok(())
}
