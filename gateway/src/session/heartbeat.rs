//! One timer for all sockets: each is pinged every so many seconds, and closed after too much silence. Sockets are
//! spread over the seconds by their id, so that no second pings them all.
//!
//! A ping tells how far the logs go that its socket follows, as Postgres has them: so a client notices what it missed,
//! whichever gateway took it. All heads of one second are read with one query.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use protocol::code::CloseCode;
use protocol::id::{ConversationId, OrganizationId};
use protocol::limit;
use protocol::server::{Ping, ServerFrame};
use protocol::value::{Head, Seq};

use crate::hub::SendQueue;
use crate::limit::Moment;
use crate::state::App;

/// How long a ping waits for its heads. Then it goes without them: it must come in time whatever Postgres does.
const HEADS_WITHIN: Duration = Duration::from_secs(2);
/// How often the limits forget whom they need not remember, in seconds.
const SWEEP_SECONDS: u32 = 10;

/// A socket whose turn it is, and the conversations that its ping tells about.
struct Turn {
    queue: Arc<SendQueue>,
    organization: OrganizationId,
    conversations: Vec<ConversationId>,
}

/// Beats until the gateway is gone.
pub async fn run(app: Weak<App>) {
    let plain = ServerFrame::from(Ping::default()).encode(0);
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut second = 0_u32;
    loop {
        seconds.tick().await;
        let Some(app) = app.upgrade() else { return };
        let turns = beat(&app, second, &plain);
        if !turns.is_empty() {
            let plain = plain.clone();
            let tasks = app.tasks.clone();
            let app = Arc::clone(&app);
            tasks.spawn(async move { tell_heads(&app, turns, plain).await });
        }
        app.uploads.beat();
        if second.is_multiple_of(SWEEP_SECONDS) {
            app.limits.sweep();
            app.mail.iter().for_each(|mail| mail.quota.sweep(Moment::now()));
        }
        second = second.wrapping_add(1);
    }
}

/// Pings the sockets of this second that follow nothing, and answers with the others of it.
fn beat(app: &App, second: u32, plain: &Bytes) -> Vec<Turn> {
    let limits = &app.settings.limits;
    let slot = second % limits.ping_seconds;
    let mut turns = Vec::new();
    app.hub.for_each_socket(|queue, followed| {
        if queue.silent_seconds() >= limits.silence_seconds {
            queue.close(CloseCode::Silent);
        } else if queue.id() % limits.ping_seconds == slot {
            match followed {
                None => queue.push_control(plain.clone()),
                Some(followed) => turns.push(Turn {
                    queue: Arc::clone(queue),
                    organization: followed.organization(),
                    conversations: followed.turn(limit::PING_HEADS),
                }),
            }
        }
    });
    turns
}

/// Pings sockets with the heads of what they follow; without them when Postgres does not tell in time.
async fn tell_heads(app: &App, turns: Vec<Turn>, plain: Bytes) {
    let logs: HashSet<(OrganizationId, ConversationId)> =
        turns.iter().flat_map(|turn| turn.conversations.iter().map(|id| (turn.organization, *id))).collect();
    let logs: Vec<_> = logs.into_iter().collect();
    let heads: HashMap<(OrganizationId, ConversationId), Seq> =
        match tokio::time::timeout(HEADS_WITHIN, app.storage.heads(&logs)).await {
            Ok(Ok(heads)) => {
                heads.into_iter().map(|(of, Head { conversation, head })| ((of, conversation), head)).collect()
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, "pings go without heads");
                HashMap::new()
            }
            Err(_) => {
                tracing::debug!("pings go without heads: Postgres takes too long");
                HashMap::new()
            }
        };
    for Turn { queue, organization, conversations } in turns {
        let head = |conversation: ConversationId| {
            heads.get(&(organization, conversation)).map(|head| Head { conversation, head: *head })
        };
        let heads: Vec<Head> = conversations.into_iter().filter_map(head).collect();
        if heads.is_empty() {
            queue.push_control(plain.clone());
        } else {
            // Behind what is queued already: it must not tell of entries that are on their way.
            queue.push(ServerFrame::from(Ping { heads }).encode(0));
        }
    }
}
