//! How much may come from whom: token buckets for sessions, addresses and organizations, and sockets by address.
//!
//! Whoever has a bucket holds it, so that taking a token looks nothing up. [`Limits::sweep`] forgets those that nobody
//! holds and that are full again, and so would be made the same.

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use dashmap::DashMap;
use ipnet::IpNet;
use protocol::id::OrganizationId;

use crate::auth::token::TokenHash;
use crate::settings::LimitSettings;

mod allowance;
mod bucket;

pub use allowance::{Allowance, Refusal};
pub use bucket::{Bucket, Moment, Rate};

/// The rate of frames, and that of their bytes.
#[derive(Clone, Copy, Debug)]
struct Flow {
    frames: Rate,
    bytes: Rate,
}

/// How fast every bucket fills.
#[derive(Debug)]
struct Rates {
    session: Flow,
    address: Flow,
    organization: Flow,
    starts: Rate,
    refusals: Rate,
    sessions: Rate,
    logins: Rate,
}

/// Buckets for frames and for their bytes.
#[derive(Debug, Default)]
struct Flows {
    frames: Bucket,
    bytes: Bucket,
}

impl Flows {
    /// Takes a frame of so many bytes.
    fn take(&self, flow: &Flow, bytes: u32, now: Moment) -> Result<(), u32> {
        self.frames.take(&flow.frames, 1, now)?;
        self.bytes.take(&flow.bytes, bytes, now)
    }
}

/// What the sockets of one widget session or login share.
#[derive(Debug, Default)]
struct OfSession {
    flows: Flows,
    starts: Bucket,
}

/// What all that come from one address share.
#[derive(Debug, Default)]
struct OfAddress {
    flows: Flows,
    sessions: Bucket,
    logins: Bucket,
    sockets: AtomicU32,
}

/// Whether a bucket's owner would be the same if it were made anew.
trait Idle {
    fn is_idle(&self, now: Moment) -> bool;
}

impl Idle for Flows {
    fn is_idle(&self, now: Moment) -> bool {
        self.frames.is_full(now) && self.bytes.is_full(now)
    }
}

impl Idle for OfSession {
    fn is_idle(&self, now: Moment) -> bool {
        self.flows.is_idle(now) && self.starts.is_full(now)
    }
}

impl Idle for OfAddress {
    fn is_idle(&self, now: Moment) -> bool {
        let quiet = self.sessions.is_full(now) && self.logins.is_full(now);
        quiet && self.flows.is_idle(now) && self.sockets.load(Ordering::Relaxed) == 0
    }
}

/// All limits.
pub struct Limits {
    rates: Rates,
    sockets_per_address: u32,
    unlimited: Vec<IpNet>,
    sessions: DashMap<TokenHash, Arc<OfSession>>,
    addresses: DashMap<IpAddr, Arc<OfAddress>>,
    organizations: DashMap<OrganizationId, Arc<Flows>>,
}

impl Limits {
    /// Limits as the operator set them.
    #[must_use]
    pub fn new(settings: &LimitSettings) -> Self {
        let flow = |frames: (u32, u32), bytes: (u32, u32)| Flow {
            frames: Rate::per_second(frames.0, frames.1),
            bytes: Rate::per_second(bytes.0, bytes.1),
        };
        let a_minute = |rate: u32| Rate::per_minute(rate, rate);
        Self {
            rates: Rates {
                session: flow((settings.frame_rate, settings.frame_burst), (settings.byte_rate, settings.byte_burst)),
                address: flow(
                    (settings.address_frame_rate, settings.address_frame_burst),
                    (settings.address_byte_rate, settings.address_byte_burst),
                ),
                organization: flow(
                    (settings.organization_frame_rate, settings.organization_frame_burst),
                    (settings.organization_byte_rate, settings.organization_byte_burst),
                ),
                starts: Rate::per_minute(settings.start_rate, settings.start_burst),
                refusals: Rate::per_second(settings.refusal_rate, settings.refusal_burst),
                sessions: a_minute(settings.sessions_per_minute),
                logins: a_minute(settings.logins_per_minute),
            },
            sockets_per_address: settings.sockets_per_address,
            unlimited: settings.unlimited.clone(),
            sessions: DashMap::new(),
            addresses: DashMap::new(),
            organizations: DashMap::new(),
        }
    }

    /// What a new socket from `address` may send while it has said no hello.
    #[must_use]
    pub fn stranger(&self, address: IpAddr) -> Allowance {
        Allowance::new(self.address(address))
    }

    /// A new visitor session from `address`.
    ///
    /// # Errors
    /// The milliseconds to wait.
    pub fn take_session(&self, address: IpAddr) -> Result<(), u32> {
        self.address(address).map_or(Ok(()), |of| of.sessions.take(&self.rates.sessions, 1, Moment::now()))
    }

    /// A login or sign-up from `address`.
    ///
    /// # Errors
    /// The milliseconds to wait.
    pub fn take_login(&self, address: IpAddr) -> Result<(), u32> {
        self.address(address).map_or(Ok(()), |of| of.logins.take(&self.rates.logins, 1, Moment::now()))
    }

    /// A place for one more socket from `address`, to be held for as long as the socket lives. None when there is none.
    #[must_use]
    pub fn take_socket(&self, address: IpAddr) -> Option<SocketPlace> {
        let Some(of) = self.address(address) else { return Some(SocketPlace { of: None }) };
        let one_more = |sockets: u32| (sockets < self.sockets_per_address).then(|| sockets + 1);
        of.sockets.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(SocketPlace { of: Some(of) })
    }

    /// Forgets the buckets that nobody holds and that are full.
    pub fn sweep(&self) {
        let now = Moment::now();
        sweep(&self.sessions, now);
        sweep(&self.addresses, now);
        sweep(&self.organizations, now);
    }

    /// The buckets of an address; none where the operator wants it unlimited.
    fn address(&self, address: IpAddr) -> Option<Arc<OfAddress>> {
        let unlimited = self.unlimited.iter().any(|network| network.contains(&address.to_canonical()));
        (!unlimited).then(|| held(&self.addresses, network_of(address)))
    }
}

/// A socket's place among those of its address; given back when dropped.
#[derive(Debug)]
pub struct SocketPlace {
    of: Option<Arc<OfAddress>>,
}

impl Drop for SocketPlace {
    fn drop(&mut self) {
        if let Some(of) = &self.of {
            of.sockets.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn held<K: Eq + Hash, V: Default>(all: &DashMap<K, Arc<V>>, key: K) -> Arc<V> {
    Arc::clone(&all.entry(key).or_default())
}

fn sweep<K: Eq + Hash, V: Idle>(all: &DashMap<K, Arc<V>>, now: Moment) {
    // Under the lock of its entry nobody can begin to hold one that is held by nobody.
    all.retain(|_, of| Arc::strong_count(of) > 1 || !of.is_idle(now));
}

/// An IPv6 address counts with its whole /64, which one host has to itself.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
    }
}

#[cfg(test)]
mod tests;
