//! All tests of the system, one binary: building one is slow, and they share a cluster.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

/// What a request is answered with: the body of the frame that answers it.
macro_rules! reply {
    ($socket:expr, $request:expr, $frame:ident) => {
        match $socket.request(&$request.into()).await.unwrap() {
            protocol::server::ServerFrame::$frame(body) => body,
            other => panic!("{other:?}"),
        }
    };
}

mod accounts;
mod backup;
mod boot;
mod crash;
mod delivery;
mod departments;
mod disconnects;
mod examples;
mod gone;
mod heads;
mod hello;
mod identity;
mod inbox;
mod kinds;
mod lifecycle;
mod limits;
mod metrics;
mod organizations;
mod outage;
mod pages;
mod presence;
mod previous;
mod refusals;
mod resume;
mod search;
mod settings;
mod slow;
mod storage;
mod tenancy;
mod transcripts;
mod twice;
mod unread;
mod uploads;
mod versions;
mod visitors;
