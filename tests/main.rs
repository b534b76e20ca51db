//! All tests of the system, one binary: building one is slow, and they share a cluster.

mod accounts;
mod crash;
mod delivery;
mod outage;
mod pages;
mod refusals;
mod resume;
mod storage;
mod tenancy;
