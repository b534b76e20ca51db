//! ChatDesk's wire protocol, version 1: what a visitor's widget, an agent's console and a gateway say to each other.
//!
//! `SPEC.md` beside this crate is the contract for clients in other languages; the enums here are its source, and
//! tests hold the two together. The way of the bytes: [`codec`] splits a WebSocket message into [`frame::Frame`]s,
//! [`client`] and [`server`] give each frame's body its type, [`value`] holds what those bodies are made of.

pub mod client;
pub mod code;
pub mod codec;
#[cfg(feature = "client")]
pub mod connection;
pub mod frame;
pub mod http;
pub mod id;
pub mod limit;
pub mod server;
#[cfg(test)]
mod typescript;
pub mod value;

/// The WebSocket subprotocol that both sides must name; the gateway echoes it and refuses anything else.
pub const SUBPROTOCOL: &str = "chatdesk.v1";

/// Features of the protocol beyond version 1's base that this build understands; both sides list theirs in
/// `hello` and `welcome`, and use only what both named.
pub const FEATURES: &[&str] = &[feature::UPLOADS];

/// Names of features.
pub mod feature {
    /// Files can be uploaded: an operator may switch it off.
    pub const UPLOADS: &str = "uploads";
}
