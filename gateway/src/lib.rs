//! The gateway: sockets, sessions, routing and HTTP. A frame's way in: [`socket`] → [`session`] → [`service`] →
//! [`hub`] and storage; its acknowledgement's way out: storage's writer → [`session::stored`] → [`hub`] → [`socket`].

pub mod auth;
pub mod backup;
pub mod browser;
pub mod cache;
pub mod command;
pub mod demo;
pub mod error;
pub mod files;
pub mod geo;
pub mod http;
pub mod hub;
pub mod limit;
pub mod mail;
pub mod maintenance;
pub mod serve;
pub mod service;
pub mod session;
pub mod settings;
pub mod shutdown;
pub mod socket;
pub mod state;
pub mod upload;
