//! What is to be reached. The names are kept: programs look for them.

use serde::{Deserialize, Serialize};

/// A goal, before anything was measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    name: &'static str,
    row: &'static str,
    goal: f64,
    at_most: bool,
    unit: &'static str,
}

/// A goal, and what was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Goal {
    /// Its name.
    pub(crate) name: String,
    /// What of the product it is about.
    pub(crate) row: String,
    /// What was to be reached.
    pub(crate) goal: f64,
    /// Whether less is better.
    pub(crate) at_most: bool,
    /// What was measured; `None` if it could not be, which counts as missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<f64>,
    /// Of what both are.
    pub(crate) unit: String,
    /// Whether it was reached, under the conditions that it names.
    pub(crate) holds: bool,
    /// How the run's conditions differ from those: then it counts as missed, whatever was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) differs: Option<String>,
}

impl Wanted {
    pub(super) fn held_against(&self, value: Option<f64>, differs: Option<String>) -> Goal {
        let Self { name, row, goal, at_most, unit } = *self;
        let reached = value.is_some_and(|value| if at_most { value <= goal } else { value >= goal });
        let holds = reached && differs.is_none();
        Goal { name: name.into(), row: row.into(), goal, at_most, value, unit: unit.into(), holds, differs }
    }
}

/// The rate at which acknowledgements' p99 is looked at, in messages a second.
pub(crate) const CALM_RATE: f64 = 5_000.0;

const ROUTED: &str = "routed only, 1,000 pairs, gateway on one core";
const MANY_TO_ONE: &str = "routed only, 20 visitors : 1 agent";
const CHAT: &str = "chat: sent, routed, stored, acknowledged, real Postgres";
const IDLE: &str = "memory per idle visitor session, everything included";
const CONNECT: &str = "handshake + hello + welcome";
const RESUME: &str = "resume storm";
const FRESH: &str = "idle gateway";
const WRITER: &str = "the writer alone";

const fn most(name: &'static str, row: &'static str, goal: f64, unit: &'static str) -> Wanted {
    Wanted { name, row, goal, at_most: true, unit }
}

const fn least(name: &'static str, row: &'static str, goal: f64, unit: &'static str) -> Wanted {
    Wanted { name, row, goal, at_most: false, unit }
}

/// The gateway's CPU a message, by that of the bare epoll relay.
pub(crate) const ROUTED_CPU_VS_EPOLL: Wanted = most("routed_cpu_vs_epoll", ROUTED, 1.5, "times the CPU a message");
/// Messages a second, by those of Socket.IO.
pub(crate) const ROUTED_RATE_VS_SOCKETIO: Wanted =
    least("routed_rate_vs_socketio", ROUTED, 3.0, "times the messages/s");
/// Messages a second, by those of nats-server.
pub(crate) const ROUTED_RATE_VS_NATS: Wanted = least("routed_rate_vs_nats", ROUTED, 1.5, "times the messages/s");
/// Messages a second, by those of Socket.IO.
pub(crate) const ROUTED_20_TO_1_VS_SOCKETIO: Wanted =
    least("routed_20_to_1_vs_socketio", MANY_TO_ONE, 5.0, "times the messages/s");
/// Messages a second, by those of Socket.IO with Postgres.
pub(crate) const CHAT_RATE_VS_SOCKETIO: Wanted = least("chat_rate_vs_socketio", CHAT, 5.0, "times the messages/s");
/// Messages a second in all.
pub(crate) const CHAT_RATE: Wanted = least("chat_rate", CHAT, 20_000.0, "messages/s");
/// From the intended time to the sender's acknowledgement, 99 of 100, at 5,000 a second.
pub(crate) const CHAT_ACK_P99_MS: Wanted = most("chat_ack_p99_ms", CHAT, 15.0, "ms at 5,000/s");
/// From the intended time to the other side, 99 of 100, at 5,000 a second.
pub(crate) const CHAT_ROUTED_P99_MS: Wanted = most("chat_routed_p99_ms", CHAT, 5.0, "ms at 5,000/s");
/// The gateway's CPU a message.
pub(crate) const CHAT_GATEWAY_CPU_US: Wanted = most("chat_gateway_cpu_us", CHAT, 25.0, "µs of CPU a message");
/// New visitors a second.
pub(crate) const CONNECT_RATE: Wanted = least("connect_rate", CONNECT, 5_000.0, "sessions/s on one core");
/// Statements a new visitor.
pub(crate) const CONNECT_QUERIES: Wanted = most("connect_queries", CONNECT, 2.0, "statements a new visitor");
/// Statements for the widget's settings, of those.
pub(crate) const CONNECT_CONFIGURATION_QUERIES: Wanted =
    most("connect_configuration_queries", CONNECT, 0.0, "statements a new visitor");
/// Resident memory that a session adds.
pub(crate) const IDLE_SESSION_KIB: Wanted = most("idle_session_kib", IDLE, 5.0, "KiB of RSS a session");
/// Resident memory of a gateway that has served one hello.
pub(crate) const GATEWAY_IDLE_MIB: Wanted = most("gateway_idle_mib", FRESH, 32.0, "MiB of RSS");
/// From the first that reconnects until the last has everything.
pub(crate) const RESUME_SECONDS: Wanted = most("resume_seconds", RESUME, 10.0, "s for all clients");
/// Entries that somebody did not have at the end.
pub(crate) const RESUME_LOST: Wanted = most("resume_lost", RESUME, 0.0, "entries");
/// What the writer stores of the rows that plain inserts over one connection do.
pub(crate) const WRITER_SHARE: Wanted =
    least("share_of_plain_unnest", WRITER, 0.5, "of the rows/s of plain inserts over one connection");
/// Entries that the writer stores.
pub(crate) const WRITER_RATE: Wanted = least("entries_per_s", WRITER, 20_000.0, "entries/s at most");
/// From the intended time to the receipt, 99 of 100, at 5,000 a second.
pub(crate) const WRITER_ACK_P99_MS: Wanted = most("ack_p99_at_5k", WRITER, 10.0, "ms at 5,000/s");

/// The names of all goals.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let all = [
        ROUTED_CPU_VS_EPOLL,
        ROUTED_RATE_VS_SOCKETIO,
        ROUTED_RATE_VS_NATS,
        ROUTED_20_TO_1_VS_SOCKETIO,
        CHAT_RATE_VS_SOCKETIO,
        CHAT_RATE,
        CHAT_ACK_P99_MS,
        CHAT_ROUTED_P99_MS,
        CHAT_GATEWAY_CPU_US,
        CONNECT_RATE,
        CONNECT_QUERIES,
        CONNECT_CONFIGURATION_QUERIES,
        IDLE_SESSION_KIB,
        GATEWAY_IDLE_MIB,
        RESUME_SECONDS,
        RESUME_LOST,
        WRITER_SHARE,
        WRITER_RATE,
        WRITER_ACK_P99_MS,
    ];
    all.into_iter().map(|wanted| wanted.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_holds_at_its_bound_and_not_beyond() {
        for (wanted, value, holds) in [
            (&CHAT_RATE, 20_000.0, true),
            (&CHAT_RATE, 19_999.0, false),
            (&RESUME_LOST, 0.0, true),
            (&RESUME_LOST, 1.0, false),
        ] {
            assert_eq!(wanted.held_against(Some(value), None).holds, holds, "{} {value}", wanted.name);
            assert!(!wanted.held_against(Some(value), Some("at 50/s".into())).holds, "{} elsewhere", wanted.name);
            assert!(!wanted.held_against(None, None).holds, "{} not measured", wanted.name);
        }
    }
}
