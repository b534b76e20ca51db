//! All tests of the system, one binary: building one is slow, and they share a cluster.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod accounts;
mod crash;
mod delivery;
mod disconnects;
mod examples;
mod outage;
mod pages;
mod refusals;
mod resume;
mod slow;
mod storage;
mod tenancy;
mod versions;
