//! How many bytes of files may be begun by whom. Credit says how fast they come; this, how much comes to lie here.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use protocol::id::OrganizationId;

use crate::auth::token::TokenHash;
use crate::limit::{Bucket, Moment, Rate};
use crate::settings::UploadSettings;

/// Bytes of a bucket's token: four-byte numbers of them reach to 4 TiB.
const TOKEN_BYTES: u64 = 1024;

/// Where files come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The widget session or login.
    pub session: TokenHash,
    /// The address, as it is counted; none where it is not.
    pub address: Option<IpAddr>,
}

/// Whose bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Scope {
    Session(TokenHash),
    Address(IpAddr),
    Organization(OrganizationId),
}

/// The buckets of sessions, addresses and organizations.
#[derive(Debug)]
pub struct Quota {
    session: Rate,
    address: Rate,
    organization: Rate,
    buckets: Mutex<HashMap<Scope, Bucket>>,
}

impl Quota {
    /// All buckets full.
    #[must_use]
    pub fn new(settings: &UploadSettings) -> Self {
        let rate = |rate: u64, burst: u64| Rate::per_second(tokens(rate), tokens(burst));
        Self {
            session: rate(settings.upload_byte_rate, settings.upload_byte_burst),
            address: rate(settings.address_upload_byte_rate, settings.address_upload_byte_burst),
            organization: rate(settings.organization_upload_byte_rate, settings.organization_upload_byte_burst),
            buckets: Mutex::default(),
        }
    }

    /// Takes a file of so many bytes from every bucket, or from none.
    ///
    /// # Errors
    /// The milliseconds to wait.
    pub fn take(&self, source: Source, organization: OrganizationId, bytes: u64, now: Moment) -> Result<(), u32> {
        let tokens = tokens(bytes);
        let scopes = [
            Some((Scope::Session(source.session), &self.session)),
            source.address.map(|address| (Scope::Address(address), &self.address)),
            Some((Scope::Organization(organization), &self.organization)),
        ];
        // Nothing panics while holding it; if something did, the buckets are still whole.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        for (scope, rate) in scopes.iter().flatten() {
            buckets.entry(*scope).or_default().has(rate, tokens, now)?;
        }
        for (scope, rate) in scopes.iter().flatten() {
            buckets.entry(*scope).or_default().take(rate, tokens, now)?;
        }
        Ok(())
    }

    /// Forgets the buckets that are full, and so would be made the same.
    pub fn sweep(&self, now: Moment) {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, bucket| !bucket.is_full(now));
    }
}

fn tokens(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(TOKEN_BYTES)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser;

    use super::*;

    const MIB: u64 = 1024 * 1024;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        uploads: UploadSettings,
    }

    fn source(session: u8, address: u8) -> Source {
        Source { session: [session; 32], address: Some(IpAddr::from([192, 0, 2, address])) }
    }

    #[test]
    fn a_session_an_address_and_an_organization_have_each_their_own_and_a_refusal_costs_nothing() {
        let quota = Quota::new(&Flags::try_parse_from(["chatdesk"]).unwrap().uploads);
        let (shop, other) = (OrganizationId::generate(), OrganizationId::generate());
        let now = Moment::now();
        for _ in 0..10 {
            assert_eq!(quota.take(source(0, 1), shop, 20 * MIB, now), Ok(()));
        }
        assert_eq!(quota.take(source(0, 2), other, MIB, now), Err(1_000), "the session's 200 MiB");
        assert_eq!(quota.take(source(0, 1), shop, MIB, now.after(Duration::from_secs(1))), Ok(()));

        let taken = |now: Moment, address: u8, sessions: std::ops::Range<u8>| {
            let files = sessions.flat_map(|session| (0..10).map(move |_| source(session, address)));
            files.filter(|from| quota.take(*from, shop, 20 * MIB, now).is_ok()).count()
        };
        assert_eq!(taken(now, 3, 1..20), 102, "the address's 2 GiB");
        assert_eq!(taken(now, 4, 19..20), 10, "what its address refused cost the session nothing");
        let later = now.after(Duration::from_secs(3_600));
        let all = (0..28).map(|n| taken(later, 10 + n, n * 8..n * 8 + 8)).sum::<usize>();
        assert!((1_020..=1_030).contains(&all), "{all}: the organization's 20 GiB");
        assert_eq!(quota.take(source(250, 250), other, MIB, later), Ok(()));
        let unlimited = Source { session: [251; 32], address: None };
        assert_eq!(quota.take(unlimited, other, MIB, later), Ok(()));
        quota.sweep(later);
        assert!(!quota.buckets.lock().unwrap().is_empty());
        quota.sweep(later.after(Duration::from_secs(3_600)));
        assert!(quota.buckets.lock().unwrap().is_empty());
    }
}
