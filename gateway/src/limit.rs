//! How much may come from whom: token buckets for sessions, addresses and organizations, and
//! places for sockets and downloads by address.
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
    visits: Rate,
    updates: Rate,
    searches: Rate,
    refusals: Rate,
    sessions: Rate,
    logins: Rate,
    handshakes: Rate,
    refused_hellos: Rate,
    requests: Rate,
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
    visits: Bucket,
    updates: Bucket,
    searches: Bucket,
}

/// What all that come from one address share.
#[derive(Debug, Default)]
struct OfAddress {
    flows: Flows,
    sessions: Bucket,
    logins: Bucket,
    handshakes: Bucket,
    refused_hellos: Bucket,
    requests: Bucket,
    sockets: AtomicU32,
    downloads: AtomicU32,
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
        let buckets = [&self.starts, &self.visits, &self.updates, &self.searches];
        self.flows.is_idle(now) && buckets.iter().all(|bucket| bucket.is_full(now))
    }
}

impl Idle for OfAddress {
    fn is_idle(&self, now: Moment) -> bool {
        let buckets = [&self.sessions, &self.logins, &self.handshakes, &self.refused_hellos, &self.requests];
        let places = [&self.sockets, &self.downloads];
        buckets.iter().all(|bucket| bucket.is_full(now))
            && self.flows.is_idle(now)
            && places.iter().all(|taken| taken.load(Ordering::Relaxed) == 0)
    }
}

/// All limits.
pub struct Limits {
    rates: Rates,
    sockets_per_address: u32,
    downloads_per_address: u32,
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
                visits: Rate::per_second(settings.visit_rate, settings.visit_burst),
                updates: Rate::per_second(settings.update_rate, settings.update_burst),
                searches: Rate::per_second(settings.search_rate, settings.search_burst),
                refusals: Rate::per_second(settings.refusal_rate, settings.refusal_burst),
                sessions: a_minute(settings.sessions_per_minute),
                logins: a_minute(settings.logins_per_minute),
                handshakes: Rate::per_second(settings.handshake_rate, settings.handshake_burst),
                refused_hellos: Rate::per_second(settings.refused_hello_rate, settings.refused_hello_burst),
                requests: Rate::per_second(settings.request_rate, settings.request_burst),
            },
            sockets_per_address: settings.sockets_per_address,
            downloads_per_address: settings.downloads_per_address,
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

    /// An HTTP request from `address`.
    ///
    /// # Errors
    /// The milliseconds to wait.
    pub fn take_request(&self, address: IpAddr) -> Result<(), u32> {
        self.address(address).map_or(Ok(()), |of| of.requests.take(&self.rates.requests, 1, Moment::now()))
    }

    /// A socket's handshake from `address`.
    ///
    /// # Errors
    /// The milliseconds to wait.
    pub fn take_handshake(&self, address: IpAddr) -> Result<(), u32> {
        self.address(address).map_or(Ok(()), |of| of.handshakes.take(&self.rates.handshakes, 1, Moment::now()))
    }

    /// Whether a hello from `address` is worth looking at: not when too many were refused.
    ///
    /// # Errors
    /// The milliseconds to wait.
    pub fn check_hello(&self, address: IpAddr) -> Result<(), u32> {
        self.address(address).map_or(Ok(()), |of| of.refused_hellos.has(&self.rates.refused_hellos, 1, Moment::now()))
    }

    /// A hello from `address` was refused.
    pub fn refuse_hello(&self, address: IpAddr) {
        if let Some(of) = self.address(address) {
            // Those that were looked at side by side may be more than there was room for.
            let _ = of.refused_hellos.take(&self.rates.refused_hellos, 1, Moment::now());
        }
    }

    /// A place for one more socket from `address`, to be held for as long as the socket lives. None when there is none.
    #[must_use]
    pub fn take_socket(&self, address: IpAddr) -> Option<Place> {
        self.take_place(address, |of| &of.sockets, self.sockets_per_address)
    }

    /// A place for one more download by `address`, to be held until it has ended. None when there is none.
    #[must_use]
    pub fn take_download(&self, address: IpAddr) -> Option<Place> {
        self.take_place(address, |of| &of.downloads, self.downloads_per_address)
    }

    fn take_place(&self, address: IpAddr, count: Count, most: u32) -> Option<Place> {
        let Some(of) = self.address(address) else { return Some(Place { of: None }) };
        let one_more = |taken: u32| (taken < most).then(|| taken + 1);
        count(&of).fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).ok()?;
        Some(Place { of: Some((of, count)) })
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

/// What of an address' is counted.
type Count = fn(&OfAddress) -> &AtomicU32;

/// A place among those of its address; given back when dropped.
#[derive(Debug)]
pub struct Place {
    of: Option<(Arc<OfAddress>, Count)>,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some((of, count)) = &self.of {
            count(of).fetch_sub(1, Ordering::Relaxed);
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
