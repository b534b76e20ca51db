//! What the tests of the whole system stand on: a database, a gateway in this process or one of its own, a small HTTP
//! client. The WebSocket client is the protocol crate's own.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

pub mod database;
pub mod gateway;
pub mod http;
pub mod identity;
pub mod line;
pub mod narrow;
pub mod postgres_line;
pub mod process;
pub mod raw;
pub mod records;
pub mod smtp;
pub mod websocket;
