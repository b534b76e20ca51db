//! Sessions of one organization that are made or resumed at once: one statement for all of them.

use std::collections::HashMap;
use std::net::IpAddr;

use protocol::id::{OrganizationId, VisitorId, WidgetSessionId};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{Browser, WidgetSession, resumed};
use crate::conversation::summary_columns;
use crate::error::StorageError;
use crate::label::Label;
use crate::pool::Storage;
use crate::time::millis;
use crate::together::Question;

/// Most sessions of one statement.
const MOST: usize = 200;

/// What browsers tell, as [`Columns`] has it.
macro_rules! browser_arrays {
    () => {
        "$3::inet[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[]"
    };
}

/// Nothing is made for an organization that is being deleted.
const CREATE: &str = concat!(
    "with visitor as (
        insert into visitors (organization_id, id)
        select o.id, k.visitor from organizations o
        cross join unnest($12::uuid[]) as k(visitor)
        where o.id = $1 and o.deleted_at is null
    )
    insert into widget_sessions
        (organization_id, id, session_token, visitor_id, ip_address, user_agent, referrer, current_url,
            country, city, device_type, browser, os)
    select o.id, k.session, k.token, k.visitor, k.address, k.agent, k.referrer, k.url,
        k.country, k.city, k.device, k.browser, k.os
    from organizations o
    cross join unnest($2::bytea[], ",
    browser_arrays!(),
    ", $12::uuid[], $13::uuid[])
        as k(token, address, agent, referrer, url, country, city, device, browser, os, visitor, session)
    where o.id = $1 and o.deleted_at is null
    returning expires_at"
);

/// As [`super::RESUME`], but for rows that somebody else holds: those are left out. Two who come with one token are one
/// row, and one of them is noted.
const RESUME: &str = concat!(
    "with held as (
        select s.id, k.* from unnest($2::bytea[], ",
    browser_arrays!(),
    ") as k(token, address, agent, referrer, url, country, city, device, browser, os)
        join widget_sessions s on s.organization_id = $1 and s.session_token = k.token and s.expires_at > now()
        for no key update of s skip locked
    ),
    resumed as (
        update widget_sessions s set
            last_seen_at = now(), expires_at = now() + interval '30 days',
            ip_address = coalesce(k.address, s.ip_address),
            country = case when k.address is null then s.country else k.country end,
            city = case when k.address is null then s.city else k.city end,
            user_agent = coalesce(k.agent, s.user_agent),
            device_type = case when k.agent is null then s.device_type else k.device end,
            browser = case when k.agent is null then s.browser else k.browser end,
            os = case when k.agent is null then s.os else k.os end,
            referrer = coalesce(s.referrer, k.referrer), current_url = coalesce(k.url, s.current_url)
        from held k join organizations o on o.id = $1 and o.deleted_at is null
        where s.organization_id = $1 and s.id = k.id
        returning s.organization_id, s.id, s.session_token, s.visitor_id, s.expires_at
    )
    select ",
    summary_columns!(),
    ", resumed.id as session_id, resumed.expires_at as session_expires_at, resumed.session_token,
        v.id as visitor_id, v.name as visitor_name, v.email as visitor_email, v.verified as visitor_verified
    from resumed
    join visitors v on v.organization_id = resumed.organization_id and v.id = resumed.visitor_id
    left join lateral (
        select * from conversations
        where organization_id = resumed.organization_id and visitor_id = resumed.visitor_id and status <> 'resolved'
        order by created_at desc, id desc limit 1
    ) c on true"
);

/// A browser whose texts are its own.
pub(crate) struct OwnedBrowser {
    address: Option<IpAddr>,
    agent: Option<String>,
    referrer: Option<String>,
    url: Option<String>,
    country: Option<String>,
    city: Option<String>,
    device: Option<&'static str>,
    browser: Option<String>,
    os: Option<String>,
}

impl OwnedBrowser {
    pub(super) fn of(browser: &Browser<'_>) -> Self {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Self {
            address: browser.ip_address,
            agent: own(browser.user_agent),
            referrer: own(browser.referrer),
            url: own(browser.current_url),
            country: own(browser.country),
            city: own(browser.city),
            device: browser.device_type.map(Label::label),
            browser: own(browser.browser),
            os: own(browser.os),
        }
    }
}

/// Browsers as columns, and their sessions' tokens before them.
struct Columns<'a> {
    tokens: Vec<&'a [u8]>,
    addresses: Vec<Option<IpAddr>>,
    /// In the order of `browser_arrays!`.
    texts: [Vec<Option<&'a str>>; 8],
}

impl<'a> Columns<'a> {
    fn of(sessions: impl Iterator<Item = (&'a [u8; 32], &'a OwnedBrowser)>) -> Self {
        let mut columns = Self { tokens: Vec::new(), addresses: Vec::new(), texts: Default::default() };
        for (token, told) in sessions {
            columns.tokens.push(token);
            columns.addresses.push(told.address);
            let texts = [&told.agent, &told.referrer, &told.url, &told.country, &told.city].map(Option::as_deref);
            let rest = [told.device, told.browser.as_deref(), told.os.as_deref()];
            columns.texts.iter_mut().zip(texts.into_iter().chain(rest)).for_each(|(column, text)| column.push(text));
        }
        columns
    }

    /// `$2` to `$11`.
    fn params(&self) -> impl Iterator<Item = &(dyn ToSql + Sync)> {
        let first: [&(dyn ToSql + Sync); 2] = [&self.tokens, &self.addresses];
        first.into_iter().chain(self.texts.iter().map(|column| column as &(dyn ToSql + Sync)))
    }
}

/// A session to be made.
pub(crate) struct Create {
    pub(super) token_hash: [u8; 32],
    pub(super) browser: OwnedBrowser,
}

impl Question for Create {
    type Answer = WidgetSession;

    const MOST: usize = MOST;

    /// `Conflict("organization")` when there is no such one, or it is being deleted.
    async fn ask(
        storage: &Storage,
        organization: OrganizationId,
        questions: &[Self],
    ) -> Result<Vec<WidgetSession>, StorageError> {
        let ids: Vec<_> = questions.iter().map(|_| (VisitorId::generate(), WidgetSessionId::generate())).collect();
        let (visitors, sessions): (Vec<Uuid>, Vec<Uuid>) =
            ids.iter().map(|(visitor, session)| (visitor.0, session.0)).unzip();
        let columns = Columns::of(questions.iter().map(|asked| (&asked.token_hash, &asked.browser)));
        let organization_id: &(dyn ToSql + Sync) = &organization.0;
        let mut params = vec![organization_id];
        params.extend(columns.params());
        params.extend([&visitors as &(dyn ToSql + Sync), &sessions]);
        let rows = storage.query_keys(organization, CREATE, &params).await?;
        // All of them have the time of their transaction.
        let first = rows.first().ok_or(StorageError::Conflict("organization"))?;
        let expires_at = millis(first.try_get(0)?);
        Ok(ids
            .into_iter()
            .map(|(visitor, id)| WidgetSession {
                id,
                visitor,
                verified: false,
                name: None,
                email: None,
                expires_at,
                conversation: None,
            })
            .collect())
    }
}

/// A session to be resumed.
pub(crate) struct Resume {
    pub(super) token_hash: [u8; 32],
    pub(super) browser: OwnedBrowser,
}

impl Question for Resume {
    /// None for a session that is not there, has expired or is held by somebody else just now.
    type Answer = Option<WidgetSession>;

    const MOST: usize = MOST;

    async fn ask(
        storage: &Storage,
        organization: OrganizationId,
        questions: &[Self],
    ) -> Result<Vec<Option<WidgetSession>>, StorageError> {
        let columns = Columns::of(questions.iter().map(|asked| (&asked.token_hash, &asked.browser)));
        let organization_id: &(dyn ToSql + Sync) = &organization.0;
        let mut params = vec![organization_id];
        params.extend(columns.params());
        let rows = storage.query_keys(organization, RESUME, &params).await?;
        let mut found = HashMap::with_capacity(rows.len());
        for row in &rows {
            let token: &[u8] = row.try_get("session_token")?;
            found.insert(token, resumed(row)?);
        }
        // Not taken out: two may have come with one token.
        Ok(questions.iter().map(|asked| found.get(asked.token_hash.as_slice()).cloned()).collect())
    }
}
