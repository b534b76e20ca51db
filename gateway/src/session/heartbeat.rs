//! One timer for all sockets: each is pinged once every [`PING_SECONDS`], and closed after [`SILENCE_SECONDS`] without
//! a byte. Sockets are spread over the seconds by their id, so that no second pings them all.

use std::sync::Weak;
use std::time::Duration;

use protocol::code::CloseCode;
use protocol::server::{Ping, ServerFrame};

use crate::state::App;

/// How often each socket is pinged.
pub const PING_SECONDS: u32 = 25;
/// After how much silence a socket is closed.
pub const SILENCE_SECONDS: u32 = 60;

/// Beats until the gateway is gone.
pub async fn run(app: Weak<App>) {
    let ping = ServerFrame::from(Ping::default()).encode(0);
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut slot = 0;
    loop {
        seconds.tick().await;
        let Some(app) = app.upgrade() else { return };
        app.hub.for_each_socket(|queue, _| {
            if queue.silent_seconds() >= SILENCE_SECONDS {
                queue.close(CloseCode::Silent);
            } else if queue.id() % PING_SECONDS == slot {
                queue.push_control(ping.clone());
            }
        });
        slot = (slot + 1) % PING_SECONDS;
    }
}
