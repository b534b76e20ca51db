//! The operator's limits: how much may come from whom, and how much may wait.

use clap::Args;
use ipnet::IpNet;
use protocol::limit;
use serde::Serialize;

use super::network;

/// A mebibyte.
const MIB: u32 = 1024 * 1024;

/// Every limit of `chatdesk serve` but those on uploads. `welcome.limits` tells clients those that concern them.
#[derive(Args, Clone, Debug, Serialize)]
pub struct LimitSettings {
    /// Frames that one session (all sockets of a widget session or login) may send in a second, on average.
    #[arg(long, env = "CHATDESK_FRAME_RATE", default_value_t = 200, value_parser = at_least(1))]
    pub frame_rate: u32,

    /// Frames that one session may send at once.
    #[arg(long, env = "CHATDESK_FRAME_BURST", default_value_t = 2_000, value_parser = at_least(1))]
    pub frame_burst: u32,

    /// Bytes that one session may send in a second, on average. Upload chunks do not count.
    #[arg(long, env = "CHATDESK_BYTE_RATE", default_value_t = MIB, value_parser = at_least(1))]
    pub byte_rate: u32,

    /// Bytes that one session may send at once: at least one frame of 65,536.
    #[arg(long, env = "CHATDESK_BYTE_BURST", default_value_t = 8 * MIB, value_parser = at_least(1))]
    pub byte_burst: u32,

    /// Frames that may come from one address (IPv6: one /64) in a second, on average.
    #[arg(long, env = "CHATDESK_ADDRESS_FRAME_RATE", default_value_t = 5_000, value_parser = at_least(1))]
    pub address_frame_rate: u32,

    /// Frames that may come from one address at once.
    #[arg(long, env = "CHATDESK_ADDRESS_FRAME_BURST", default_value_t = 20_000, value_parser = at_least(1))]
    pub address_frame_burst: u32,

    /// Bytes that may come from one address in a second, on average.
    #[arg(long, env = "CHATDESK_ADDRESS_BYTE_RATE", default_value_t = 16 * MIB, value_parser = at_least(1))]
    pub address_byte_rate: u32,

    /// Bytes that may come from one address at once: at least one frame of 65,536.
    #[arg(long, env = "CHATDESK_ADDRESS_BYTE_BURST", default_value_t = 64 * MIB, value_parser = at_least(1))]
    pub address_byte_burst: u32,

    /// Frames that all of one organization may send in a second, on average: its visitors and its agents.
    #[arg(long, env = "CHATDESK_ORGANIZATION_FRAME_RATE", default_value_t = 50_000, value_parser = at_least(1))]
    pub organization_frame_rate: u32,

    /// Frames that all of one organization may send at once.
    #[arg(long, env = "CHATDESK_ORGANIZATION_FRAME_BURST", default_value_t = 100_000, value_parser = at_least(1))]
    pub organization_frame_burst: u32,

    /// Bytes that all of one organization may send in a second, on average.
    #[arg(long, env = "CHATDESK_ORGANIZATION_BYTE_RATE", default_value_t = 128 * MIB, value_parser = at_least(1))]
    pub organization_byte_rate: u32,

    /// Bytes that all of one organization may send at once: at least one frame of 65,536.
    #[arg(long, env = "CHATDESK_ORGANIZATION_BYTE_BURST", default_value_t = 512 * MIB, value_parser = at_least(1))]
    pub organization_byte_burst: u32,

    /// Sockets that may be open from one address at once. The next is answered with 429.
    #[arg(long, env = "CHATDESK_SOCKETS_PER_ADDRESS", default_value_t = 10_000, value_parser = at_least(1))]
    pub sockets_per_address: u32,

    /// Handshakes of sockets that may come from one address in a second, on average. Those beyond are answered with 429.
    #[arg(long, env = "CHATDESK_HANDSHAKE_RATE", default_value_t = 200, value_parser = at_least(1))]
    pub handshake_rate: u32,

    /// Handshakes that may come from one address at once: all who sit behind it come back at once after a failure.
    #[arg(long, env = "CHATDESK_HANDSHAKE_BURST", default_value_t = 5_000, value_parser = at_least(1))]
    pub handshake_burst: u32,

    /// Refused hellos that may come from one address in a second, on average. Beyond that its hellos are not looked at.
    #[arg(long, env = "CHATDESK_REFUSED_HELLO_RATE", default_value_t = 10, value_parser = at_least(1))]
    pub refused_hello_rate: u32,

    /// Refused hellos that may come from one address at once.
    #[arg(long, env = "CHATDESK_REFUSED_HELLO_BURST", default_value_t = 500, value_parser = at_least(1))]
    pub refused_hello_burst: u32,

    /// HTTP requests that may come from one address in a second, on average: pages, files and the API. Those beyond are
    /// answered with 429.
    #[arg(long, env = "CHATDESK_REQUEST_RATE", default_value_t = 100, value_parser = at_least(1))]
    pub request_rate: u32,

    /// HTTP requests that may come from one address at once.
    #[arg(long, env = "CHATDESK_REQUEST_BURST", default_value_t = 1_000, value_parser = at_least(1))]
    pub request_burst: u32,

    /// Files that one address may be fetching at once. The next is answered with 429.
    #[arg(long, env = "CHATDESK_DOWNLOADS_PER_ADDRESS", default_value_t = 32, value_parser = at_least(1))]
    pub downloads_per_address: u32,

    /// Seconds after which an HTTP answer is cut off whose reader takes nothing of it.
    #[arg(long, env = "CHATDESK_UNREAD_SECONDS", default_value_t = 30, value_parser = at_least(1))]
    pub unread_seconds: u32,

    /// Refusals for sending too much after which a socket is closed, if they come at once.
    #[arg(long, env = "CHATDESK_REFUSAL_BURST", default_value_t = 500, value_parser = at_least(1))]
    pub refusal_burst: u32,

    /// Refusals in a second that a socket gets, on average, without being closed.
    #[arg(long, env = "CHATDESK_REFUSAL_RATE", default_value_t = 10, value_parser = at_least(1))]
    pub refusal_rate: u32,

    /// Networks without limits by address, as addresses or networks, separated by commas: for load tests.
    #[arg(long, env = "CHATDESK_UNLIMITED", value_delimiter = ',', value_parser = network)]
    pub unlimited: Vec<IpNet>,

    /// New visitor sessions that one address may begin in a minute.
    #[arg(long, env = "CHATDESK_SESSIONS_PER_MINUTE", default_value_t = 600, value_parser = at_least(1))]
    pub sessions_per_minute: u32,

    /// Logins and sign-ups that one address may try in a minute.
    #[arg(long, env = "CHATDESK_LOGINS_PER_MINUTE", default_value_t = 20, value_parser = at_least(1))]
    pub logins_per_minute: u32,

    /// Conversations that one session may start in a minute, on average.
    #[arg(long, env = "CHATDESK_START_RATE", default_value_t = 30, value_parser = at_least(1))]
    pub start_rate: u32,

    /// Conversations that one session may start at once.
    #[arg(long, env = "CHATDESK_START_BURST", default_value_t = 60, value_parser = at_least(1))]
    pub start_burst: u32,

    /// Page views and events that one session may tell in a second, on average.
    #[arg(long, env = "CHATDESK_VISIT_RATE", default_value_t = 5, value_parser = at_least(1))]
    pub visit_rate: u32,

    /// Page views and events that one session may tell at once.
    #[arg(long, env = "CHATDESK_VISIT_BURST", default_value_t = 100, value_parser = at_least(1))]
    pub visit_burst: u32,

    /// What one session may tell of who a visitor is (`update`, `identify`) in a second, on average: agents are told of each
    /// change.
    #[arg(long, env = "CHATDESK_UPDATE_RATE", default_value_t = 2, value_parser = at_least(1))]
    pub update_rate: u32,

    /// What it may tell of that at once.
    #[arg(long, env = "CHATDESK_UPDATE_BURST", default_value_t = 60, value_parser = at_least(1))]
    pub update_burst: u32,

    /// Searches for entries and contacts that one login may make in a second, on average: they cost Postgres more than
    /// other reads.
    #[arg(long, env = "CHATDESK_SEARCH_RATE", default_value_t = 5, value_parser = at_least(1))]
    pub search_rate: u32,

    /// Searches that it may make at once.
    #[arg(long, env = "CHATDESK_SEARCH_BURST", default_value_t = 50, value_parser = at_least(1))]
    pub search_burst: u32,

    /// Entries of one socket that may wait to be stored.
    #[arg(long, env = "CHATDESK_UNSTORED_SENDS", default_value_t = 1_024, value_parser = at_least(1))]
    pub unstored_sends: u32,

    /// Bytes of their texts that may.
    #[arg(long, env = "CHATDESK_UNSTORED_BYTES", default_value_t = 2 * MIB, value_parser = at_least(1))]
    pub unstored_bytes: u32,

    /// Bytes that may wait for a client that does not read, before its socket is closed: at least 262,144, so that the
    /// pages of a replay fit.
    #[arg(long, env = "CHATDESK_QUEUE_BYTES", default_value_t = MIB, value_parser = at_least(1))]
    pub queue_bytes: u32,

    /// Conversations and other things that one socket may follow.
    #[arg(long, env = "CHATDESK_FOLLOWED", default_value_t = 2_000, value_parser = at_least(1))]
    pub followed: u32,

    /// Seconds that a new socket has until its hello is accepted.
    #[arg(long, env = "CHATDESK_HELLO_SECONDS", default_value_t = 5, value_parser = at_least(1))]
    pub hello_seconds: u32,

    /// Seconds between a gateway's pings to a socket.
    #[arg(long, env = "CHATDESK_PING_SECONDS", default_value_t = 25, value_parser = at_least(1))]
    pub ping_seconds: u32,

    /// Seconds that sockets may take to read their last frames when the gateway stops.
    #[arg(long, env = "CHATDESK_DRAIN_SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=300))]
    pub drain_seconds: u32,

    /// Seconds of silence after which a socket is closed: more than those between two pings.
    #[arg(long, env = "CHATDESK_SILENCE_SECONDS", default_value_t = 60, value_parser = at_least(1))]
    pub silence_seconds: u32,
}

/// Least bytes that may wait for a socket: a replay's page, what is live meanwhile, and room to spare.
const QUEUE_BYTES_LEAST: u32 = 256 * 1024;
/// Longest time until a hello, between two pings and for an answer to be unread, and longest silence, in seconds: a day.
const SECONDS_MOST: u32 = 24 * 60 * 60;

impl LimitSettings {
    /// Refuses limits that no client could keep.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub(super) fn check(&self) -> Result<(), String> {
        let frame = u32::try_from(limit::FRAME_BYTES).unwrap_or(u32::MAX);
        for (name, value, least) in [
            ("byte_burst", self.byte_burst, frame),
            ("address_byte_burst", self.address_byte_burst, frame),
            ("organization_byte_burst", self.organization_byte_burst, frame),
            ("queue_bytes", self.queue_bytes, QUEUE_BYTES_LEAST),
        ] {
            if value < least {
                return Err(format!("{name}: must be at least {least}, is {value}"));
            }
        }
        for (name, value) in [
            ("hello_seconds", self.hello_seconds),
            ("ping_seconds", self.ping_seconds),
            ("silence_seconds", self.silence_seconds),
            ("unread_seconds", self.unread_seconds),
        ] {
            if value > SECONDS_MOST {
                return Err(format!("{name}: must be at most {SECONDS_MOST}, is {value}"));
            }
        }
        if self.silence_seconds <= self.ping_seconds {
            return Err(format!(
                "silence_seconds: must be more than ping_seconds, which is {}, is {}",
                self.ping_seconds, self.silence_seconds
            ));
        }
        Ok(())
    }
}

fn at_least(least: i64) -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(least..)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        limits: LimitSettings,
    }

    fn check(flags: &[&str]) -> Result<(), String> {
        Flags::try_parse_from(["chatdesk"].iter().chain(flags)).map_err(|error| error.to_string())?.limits.check()
    }

    #[test]
    fn the_defaults_can_be_kept() {
        assert_eq!(check(&[]), Ok(()));
    }

    #[test]
    fn what_no_client_could_keep_is_refused_by_name() {
        for (flags, name) in [
            (["--byte-burst", "65535"], "byte_burst"),
            (["--address-byte-burst", "1"], "address_byte_burst"),
            (["--organization-byte-burst", "1"], "organization_byte_burst"),
            (["--queue-bytes", "1000"], "queue_bytes"),
            (["--ping-seconds", "60"], "silence_seconds"),
            (["--silence-seconds", "100000"], "silence_seconds"),
            (["--unread-seconds", "100000"], "unread_seconds"),
            (["--frame-rate", "0"], "--frame-rate"),
            (["--unlimited", "everybody"], "--unlimited"),
        ] {
            let error = check(&flags).unwrap_err();
            assert!(error.contains(name), "{error}");
        }
    }
}
