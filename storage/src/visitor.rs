//! Visitors: what is known of them.

use deadpool_postgres::{Object, Transaction};
use protocol::id::{OrganizationId, VisitorId};
use protocol::limit;
use protocol::value::{Attributes, Browser, Page, PageView, TrackedEvent, VisitorProfile, VisitorSummary};
use tokio_postgres::Row;
use tokio_postgres::types::{Json, ToSql};

use crate::attributes::{attributes, bytes_of, merge};
use crate::error::StorageError;
use crate::pool::{Storage, begin, give_back};
use crate::time::millis;

/// About how much text of pages, and of events, a profile may hold, in bytes: with the rest it must fit a frame.
const HISTORY_BYTES: usize = 20 * 1024;

/// What is to be noted of a visitor. What is left out stays.
#[derive(Clone, Copy, Debug)]
pub struct VisitorUpdate<'a> {
    /// Their name.
    pub name: Option<&'a str>,
    /// Their e-mail address.
    pub email: Option<&'a str>,
    /// Their telephone number.
    pub phone: Option<&'a str>,
    /// What the site calls them, by their own word.
    pub external_id: Option<&'a str>,
    /// Attributes to set, and, with nothing as value, to forget.
    pub attributes: &'a Attributes,
    /// Whether the e-mail address is the visitor's own word: it does not replace one that a verified visitor has.
    pub own_word: bool,
}

/// A visitor after something was noted of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// How they appear in lists now.
    pub visitor: VisitorSummary,
    /// Whether they appeared otherwise before.
    pub changed: bool,
}

/// Held until the transaction ends: what two of them change at once must not be merged with what neither has seen.
const LOCK: &str = "select external_id, verified, attributes, name, email from visitors
    where organization_id = $1 and id = $2 for no key update";

const UPDATE: &str = "update visitors set name = coalesce($3, name),
        email = case when verified and $8 then coalesce(email, $4) else coalesce($4, email) end,
        phone = coalesce($5, phone), external_id = coalesce($6, external_id), attributes = $7
    where organization_id = $1 and id = $2 returning id, name, email, verified";

/// A visitor, with the browser that was seen last.
const PROFILE: &str = "select v.id, v.name, v.email, v.verified, v.phone, v.external_id, v.attributes, v.created_at,
        host(s.ip_address), s.user_agent, s.referrer, s.last_seen_at, s.device_type, s.browser, s.os, s.country, s.city
    from visitors v
    left join lateral (
        select * from widget_sessions where organization_id = v.organization_id and visitor_id = v.id
        order by last_seen_at desc, id desc limit 1
    ) s on true
    where v.organization_id = $1 and v.id = $2";

const PAGES: &str = "select at, url, title, referrer from page_views
    where organization_id = $1 and visitor_id = $2 order by at desc, id desc limit $3";

const EVENTS: &str = "select at, name, properties from events
    where organization_id = $1 and visitor_id = $2 order by at desc, id desc limit $3";

impl Storage {
    /// Notes what is known of a visitor; `None` when there is no such one.
    ///
    /// # Errors
    /// `Conflict("attributes")` when they would be more than a visitor may have, `Conflict("external_id")` for another
    /// one than a verified visitor has. Then nothing is noted.
    pub async fn update_visitor(
        &self,
        organization: OrganizationId,
        visitor: VisitorId,
        update: &VisitorUpdate<'_>,
    ) -> Result<Option<Noted>, StorageError> {
        let mut client = self.request().await?;
        let updated = update_one(&mut client, organization, visitor, update).await;
        give_back(client, updated)
    }

    /// All that is known of a visitor: of pages and of events the newest, at most [`limit::PROFILE_ROWS`] of each and
    /// about 20 KiB.
    ///
    /// # Errors
    /// As every query.
    pub async fn visitor_profile(
        &self,
        organization: OrganizationId,
        visitor: VisitorId,
    ) -> Result<Option<VisitorProfile>, StorageError> {
        let Some(row) = self.query_opt(organization, PROFILE, &[&organization.0, &visitor.0]).await? else {
            return Ok(None);
        };
        let newest: [&(dyn ToSql + Sync); 3] = [&organization.0, &visitor.0, &i64::from(limit::PROFILE_ROWS)];
        let pages = self.query(organization, PAGES, &newest).await?;
        let events = self.query(organization, EVENTS, &newest).await?;
        let profile = VisitorProfile {
            visitor: visitor_summary(&row)?,
            phone: row.try_get(4)?,
            external_id: row.try_get(5)?,
            attributes: attributes(&row, 6)?,
            browser: browser(&row)?,
            created_at: millis(row.try_get(7)?),
            pages: fitting(pages.iter().map(page_view), page_bytes)?,
            events: fitting(events.iter().map(event), event_bytes)?,
        };
        Ok(Some(profile))
    }
}

async fn update_one(
    client: &mut Object,
    organization: OrganizationId,
    visitor: VisitorId,
    update: &VisitorUpdate<'_>,
) -> Result<Option<Noted>, StorageError> {
    let transaction = begin(client, organization).await?;
    let updated = note(&transaction, organization, visitor, update).await?;
    transaction.commit().await?;
    Ok(updated)
}

/// Notes what is known of a visitor, in a transaction that it may be a part of.
pub(crate) async fn note(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    visitor: VisitorId,
    update: &VisitorUpdate<'_>,
) -> Result<Option<Noted>, StorageError> {
    let statement = transaction.prepare_cached(LOCK).await?;
    let Some(row) = transaction.query_opt(&statement, &[&organization.0, &visitor.0]).await? else { return Ok(None) };
    let (external_id, verified): (Option<&str>, bool) = (row.try_get(0)?, row.try_get(1)?);
    if verified && update.external_id.is_some() && update.external_id != external_id {
        return Err(StorageError::Conflict("external_id"));
    }
    let (name, email): (Option<String>, Option<String>) = (row.try_get(3)?, row.try_get(4)?);
    let attributes = Json(merge(attributes(&row, 2)?, update.attributes)?);
    let params: [&(dyn ToSql + Sync); 8] = [
        &organization.0,
        &visitor.0,
        &update.name,
        &update.email,
        &update.phone,
        &update.external_id,
        &attributes,
        &update.own_word,
    ];
    let row = transaction.query_one(&transaction.prepare_cached(UPDATE).await?, &params).await?;
    let visitor = visitor_summary(&row)?;
    let changed = name != visitor.name || email != visitor.email;
    Ok(Some(Noted { visitor, changed }))
}

/// Reads id, name, e-mail address and whether they are verified, from the first columns.
fn visitor_summary(row: &Row) -> Result<VisitorSummary, StorageError> {
    Ok(VisitorSummary {
        id: VisitorId(row.try_get(0)?),
        name: row.try_get(1)?,
        email: row.try_get(2)?,
        verified: row.try_get(3)?,
    })
}

fn browser(row: &Row) -> Result<Option<Browser>, StorageError> {
    let Some(seen) = row.try_get(11)? else { return Ok(None) };
    Ok(Some(Browser {
        ip_address: row.try_get(8)?,
        user_agent: row.try_get(9)?,
        referrer: row.try_get(10)?,
        device_type: row.try_get(12)?,
        browser: row.try_get(13)?,
        os: row.try_get(14)?,
        country: row.try_get(15)?,
        city: row.try_get(16)?,
        last_seen_at: millis(seen),
    }))
}

fn page_view(row: &Row) -> Result<PageView, StorageError> {
    let page = Page { url: row.try_get(1)?, title: row.try_get(2)?, referrer: row.try_get(3)? };
    Ok(PageView { at: millis(row.try_get(0)?), page })
}

fn page_bytes(view: &PageView) -> usize {
    let Page { url, title, referrer } = &view.page;
    [url, title, referrer].into_iter().flatten().map(String::len).sum()
}

fn event(row: &Row) -> Result<TrackedEvent, StorageError> {
    Ok(TrackedEvent { at: millis(row.try_get(0)?), name: row.try_get(1)?, properties: attributes(row, 2)? })
}

fn event_bytes(event: &TrackedEvent) -> usize {
    event.name.len() + bytes_of(&event.properties)
}

/// The first ones, as long as they hold no more than [`HISTORY_BYTES`].
fn fitting<T>(
    rows: impl Iterator<Item = Result<T, StorageError>>,
    bytes: impl Fn(&T) -> usize,
) -> Result<Vec<T>, StorageError> {
    let mut held = 0;
    let fits = |row: &Result<T, StorageError>| {
        held += row.as_ref().map_or(0, &bytes);
        held <= HISTORY_BYTES
    };
    rows.take_while(fits).collect()
}
