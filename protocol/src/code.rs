//! Error codes and close codes: one list each, used by frames and HTTP alike.

use serde::{Deserialize, Serialize};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $retryable:literal, $status:literal;)*) => {
        /// What went wrong with a request. The text form is on the wire; `SPEC.md` says when each is sent.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(test, derive(ts_rs::TS))]
        #[serde(rename_all = "snake_case")]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)*
            /// A code that this build does not know: treat it by the error's `retryable`.
            #[serde(other)]
            Unknown,
        }

        impl ErrorCode {
            /// Every code that a gateway may send, in the order of `SPEC.md`.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as it stands on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* Self::Unknown => "unknown" }
            }

            /// Whether the same request may succeed later without being changed.
            #[must_use]
            pub const fn retryable(self) -> bool {
                match self { $(Self::$name => $retryable,)* Self::Unknown => false }
            }

            /// The HTTP status that carries this error (RFC 9110, section 15).
            #[must_use]
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$name => $status,)* Self::Unknown => 500 }
            }
        }
    };
}

error_codes! {
    /// The bytes are not frames of this protocol, or break a bound on depth, length or count.
    BadFrame = "bad_frame", false, 400;
    /// A field is missing, of the wrong type, or breaks its rule; `field` names it.
    BadField = "bad_field", false, 422;
    /// The frame or body is larger than the limit.
    TooLarge = "too_large", false, 413;
    /// The op is unknown, or not one that this side takes.
    Unsupported = "unsupported", false, 405;
    /// No session: the token is missing, wrong, expired or revoked, or the login is wrong.
    Unauthenticated = "unauthenticated", false, 401;
    /// The session is valid but may not do this.
    Forbidden = "forbidden", false, 403;
    /// The page's origin is not among the widget's allowed domains, or not the console's own.
    OriginRefused = "origin_refused", false, 403;
    /// There is no such thing, or it belongs to somebody else: the two answer alike.
    NotFound = "not_found", false, 404;
    /// The thing exists already, e.g. an e-mail address at sign-up.
    Conflict = "conflict", false, 409;
    /// Too many requests; wait `retry_ms`.
    RateLimited = "rate_limited", true, 429;
    /// The store cannot take this now; wait `retry_ms` and send it again with the same `client_id`.
    Unavailable = "unavailable", true, 503;
    /// A fault of the gateway's; its log has the details.
    Internal = "internal", true, 500;
}

macro_rules! close_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// Why the gateway closed a socket. 4000–4499: reconnect (with backoff); 4500–4999: do not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum CloseCode { $($(#[$doc])* $name,)* }

        impl CloseCode {
            /// Every close code, in the order of `SPEC.md`.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The number in the WebSocket close frame (RFC 6455, section 7.4.2: 4000–4999 are private).
            #[must_use]
            pub const fn number(self) -> u16 {
                match self { $(Self::$name => $code,)* }
            }

            /// The reason text in the WebSocket close frame.
            #[must_use]
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Whether a client should connect again.
            #[must_use]
            pub const fn reconnect(self) -> bool {
                self.number() < 4500
            }
        }
    };
}

close_codes! {
    /// The gateway is shutting down or shedding sockets; `goaway` came before.
    Draining = 4000, "draining";
    /// The client did not read fast enough and its send queue overflowed: resume by cursor.
    Slow = 4001, "slow, resume";
    /// Nothing was heard from the client for 60 s.
    Silent = 4002, "silent";
    /// No valid `hello` within 5 s of the handshake.
    NoHello = 4003, "no hello";
    /// The gateway failed on this socket.
    Fault = 4004, "fault";
    /// Sent on and on against a rate limit: wait, then resume.
    RateLimited = 4005, "rate limited";
    /// The session stands for another visitor now, by an `identify` on another socket: say hello again.
    Identified = 4006, "identified";
    /// Not frames of this protocol, or a text message.
    BadFrame = 4500, "bad frame";
    /// The session or login was refused or revoked: a visitor starts anew, an agent logs in again.
    Unauthenticated = 4501, "unauthenticated";
    /// The origin is not allowed.
    OriginRefused = 4502, "origin refused";
    /// A message larger than the limit.
    TooLarge = 4503, "too large";
    /// The widget is switched off, or its key is unknown.
    NoWidget = 4504, "no such widget";
}
