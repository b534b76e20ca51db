//! What one socket may send: it holds every bucket that its frames take from.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use protocol::id::OrganizationId;
use protocol::server::Scope;

use super::{Bucket, Flows, Limits, Moment, OfAddress, OfSession, held, network_of};
use crate::auth::token::TokenHash;

/// How often at most a socket is told that it is throttled.
const TOLD_EVERY: Duration = Duration::from_secs(1);

impl Limits {
    /// What an address counts as, for those who count by it too; none where the operator wants it unlimited.
    #[must_use]
    pub fn counted(&self, address: IpAddr) -> Option<IpAddr> {
        self.address(address).map(|_| network_of(address))
    }
}

/// A frame that is one too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Whose bucket is empty.
    pub scope: Scope,
    /// When there will be room again, in milliseconds.
    pub retry_ms: u32,
    /// Whether to tell the client to send nothing until then: it has not been told just now.
    pub tell: bool,
    /// Whether it has been refused so often that it should be closed.
    pub enough: bool,
}

/// The buckets of one socket: a session's and an organization's once its hello was accepted.
#[derive(Debug)]
pub struct Allowance {
    session: Arc<OfSession>,
    address: Option<Arc<OfAddress>>,
    organization: Option<Arc<Flows>>,
    refusals: Bucket,
    told: Option<Moment>,
}

impl Allowance {
    pub(super) fn new(address: Option<Arc<OfAddress>>) -> Self {
        Self { session: Arc::default(), address, organization: None, refusals: Bucket::default(), told: None }
    }

    /// From now on the socket shares the buckets of its session and of its organization.
    pub fn share(&mut self, limits: &Limits, session: TokenHash, organization: OrganizationId) {
        self.session = held(&limits.sessions, session);
        self.organization = Some(held(&limits.organizations, organization));
    }

    /// Takes a frame of so many bytes.
    ///
    /// # Errors
    /// Whose bucket is empty. A narrower one's refusal costs the wider ones nothing.
    pub fn take(&mut self, limits: &Limits, bytes: usize, now: Moment) -> Result<(), Refusal> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let refused = self.take_from(limits, bytes, now);
        refused.map_err(|(scope, retry_ms)| {
            let tell = self.told.is_none_or(|told| told.after(TOLD_EVERY) <= now);
            if tell {
                self.told = Some(now);
            }
            Refusal { scope, retry_ms: retry_ms.max(1), tell, enough: self.refuse(limits, now) }
        })
    }

    fn take_from(&self, limits: &Limits, bytes: u32, now: Moment) -> Result<(), (Scope, u32)> {
        let rates = &limits.rates;
        let scoped = |scope: Scope| move |retry_ms: u32| (scope, retry_ms);
        self.session.flows.take(&rates.session, bytes, now).map_err(scoped(Scope::Session))?;
        if let Some(address) = &self.address {
            address.flows.take(&rates.address, bytes, now).map_err(scoped(Scope::Address))?;
        }
        if let Some(organization) = &self.organization {
            organization.take(&rates.organization, bytes, now).map_err(scoped(Scope::Organization))?;
        }
        Ok(())
    }

    /// Counts a refusal. Says whether there were too many.
    pub fn refuse(&self, limits: &Limits, now: Moment) -> bool {
        self.refusals.take(&limits.rates.refusals, 1, now).is_err()
    }

    /// Takes a page view or an event.
    ///
    /// # Errors
    /// The milliseconds to wait.
    pub fn take_visit(&self, limits: &Limits, now: Moment) -> Result<(), u32> {
        self.session.visits.take(&limits.rates.visits, 1, now)
    }

    /// Takes what is told of who a visitor is.
    ///
    /// # Errors
    /// The milliseconds to wait.
    pub fn take_update(&self, limits: &Limits, now: Moment) -> Result<(), u32> {
        self.session.updates.take(&limits.rates.updates, 1, now)
    }

    /// Takes a search.
    ///
    /// # Errors
    /// The milliseconds to wait.
    pub fn take_search(&self, limits: &Limits, now: Moment) -> Result<(), u32> {
        self.session.searches.take(&limits.rates.searches, 1, now)
    }

    /// Takes the start of a conversation.
    ///
    /// # Errors
    /// The milliseconds to wait.
    pub fn take_start(&self, limits: &Limits, now: Moment) -> Result<(), u32> {
        self.session.starts.take(&limits.rates.starts, 1, now)
    }
}
