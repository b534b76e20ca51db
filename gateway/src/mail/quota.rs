//! How many transcripts may be asked for by whom and sent to whom. Whoever can write a message can have it sent to any
//! address: so each address counts, too.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use protocol::id::{OrganizationId, WidgetSessionId};

use crate::limit::{Bucket, Moment, Rate};
use crate::settings::MailSettings;

/// Who counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Scope {
    Session(WidgetSessionId),
    Recipient(String),
    Address(IpAddr),
    Organization(OrganizationId),
}

/// Somebody who asks for an e-mail.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The visitor's session.
    pub session: WidgetSessionId,
    /// The address that it comes from, as it is counted; none where the operator wants it unlimited.
    pub address: Option<IpAddr>,
    /// Whose site it is on.
    pub organization: OrganizationId,
    /// To whom it is to be sent.
    pub recipient: &'a str,
}

/// The buckets.
pub struct Quota {
    session: Rate,
    recipient: Rate,
    address: Rate,
    organization: Rate,
    buckets: Mutex<HashMap<Scope, Bucket>>,
}

impl Quota {
    /// All buckets full.
    #[must_use]
    pub fn new(settings: &MailSettings) -> Self {
        let hourly = |mails: u32| Rate::per_hour(mails, mails);
        Self {
            session: hourly(settings.transcripts_per_hour),
            recipient: hourly(settings.recipient_transcripts_per_hour),
            address: hourly(settings.address_transcripts_per_hour),
            organization: hourly(settings.organization_transcripts_per_hour),
            buckets: Mutex::default(),
        }
    }

    /// Takes an e-mail from every bucket, or from none.
    ///
    /// # Errors
    /// The milliseconds to wait.
    pub fn take(&self, asking: Asking<'_>, now: Moment) -> Result<(), u32> {
        let scopes = [
            Some((Scope::Session(asking.session), &self.session)),
            Some((Scope::Recipient(asking.recipient.to_lowercase()), &self.recipient)),
            asking.address.map(|address| (Scope::Address(address), &self.address)),
            Some((Scope::Organization(asking.organization), &self.organization)),
        ];
        // Nothing panics while holding it; if something did, the buckets are still whole.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        for (scope, rate) in scopes.iter().flatten() {
            if let Some(bucket) = buckets.get(scope) {
                bucket.has(rate, 1, now)?;
            }
        }
        for (scope, rate) in scopes.into_iter().flatten() {
            buckets.entry(scope).or_default().take(rate, 1, now)?;
        }
        Ok(())
    }

    /// Forgets the buckets that are full, and so would be made the same.
    pub fn sweep(&self, now: Moment) {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, bucket| !bucket.is_full(now));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        mail: MailSettings,
    }

    #[test]
    fn sessions_recipients_addresses_and_organizations_count_each_and_a_refusal_costs_nothing() {
        let flags = [
            "chatdesk",
            "--transcripts-per-hour=2",
            "--recipient-transcripts-per-hour=3",
            "--address-transcripts-per-hour=4",
            "--organization-transcripts-per-hour=5",
        ];
        let quota = Quota::new(&Flags::try_parse_from(flags).unwrap().mail);
        let (shop, now) = (OrganizationId::generate(), Moment::now());
        let address = |last: u8| Some(IpAddr::from([192, 0, 2, last]));
        let asking =
            |session, recipient, last| Asking { session, address: address(last), organization: shop, recipient };
        let (one, two) = (WidgetSessionId::generate(), WidgetSessionId::generate());
        let hour = 3_600_000;
        assert_eq!(quota.take(asking(one, "ada@mail.example", 1), now), Ok(()));
        assert_eq!(quota.take(asking(one, "Ada@Mail.example", 1), now), Ok(()));
        assert_eq!(quota.take(asking(one, "bob@mail.example", 1), now), Err(hour / 2), "the session's two");
        assert_eq!(quota.take(asking(two, "ADA@mail.example", 2), now), Ok(()));
        let third = WidgetSessionId::generate();
        assert_eq!(quota.take(asking(third, "ada@mail.example", 3), now), Err(hour / 3), "the recipient's three");
        for name in ["c@mail.example", "d@mail.example"] {
            assert_eq!(quota.take(asking(WidgetSessionId::generate(), name, 1), now), Ok(()));
        }
        let fourth = WidgetSessionId::generate();
        assert_eq!(quota.take(asking(fourth, "e@mail.example", 1), now), Err(hour / 4), "the address's four");
        assert_eq!(quota.take(asking(fourth, "e@mail.example", 4), now), Err(hour / 5), "the organization's five");
        let elsewhere = Asking { organization: OrganizationId::generate(), ..asking(fourth, "e@mail.example", 1) };
        assert_eq!(quota.take(Asking { address: None, ..elsewhere }, now), Ok(()), "refusals cost nothing");
        let later = now.after(Duration::from_secs(3_600));
        quota.sweep(later);
        assert!(quota.buckets.lock().unwrap().is_empty());
    }
}
