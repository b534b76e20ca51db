//! Widget sessions: a browser's token, and the visitor that it stands for.

use std::net::IpAddr;

use protocol::id::{OrganizationId, VisitorId, WidgetSessionId};
use protocol::value::{Millis, Summary};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::conversation::{summary, summary_columns};
use crate::error::StorageError;
use crate::label::Label;
use crate::pool::Storage;
use crate::time::millis;

mod together;

use together::OwnedBrowser;
pub(crate) use together::{Create, Resume};

/// What kind of device a browser runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceType {
    /// A computer.
    Desktop,
    /// A telephone.
    Mobile,
    /// A tablet or a reader.
    Tablet,
    /// No browser of a person's: a crawler, say.
    Bot,
    /// Something else: a television, a console, a watch, a program.
    Other,
}

/// What a browser shows of itself, and what that tells: bounded by whoever received it, not interpreted here.
#[derive(Clone, Copy, Debug, Default)]
pub struct Browser<'a> {
    /// Where it connects from.
    pub ip_address: Option<IpAddr>,
    /// The country of that address, in two capital letters (ISO 3166-1).
    pub country: Option<&'a str>,
    /// Its city: at most 200 bytes.
    pub city: Option<&'a str>,
    /// The `User-Agent` header.
    pub user_agent: Option<&'a str>,
    /// The device that it tells of.
    pub device_type: Option<DeviceType>,
    /// The browser, with its major version: at most 200 bytes.
    pub browser: Option<&'a str>,
    /// The operating system, with its version: at most 200 bytes.
    pub os: Option<&'a str>,
    /// `document.referrer`.
    pub referrer: Option<&'a str>,
    /// The page that it is on.
    pub current_url: Option<&'a str>,
}

/// A session in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WidgetSession {
    /// Which session.
    pub id: WidgetSessionId,
    /// The visitor that it stands for.
    pub visitor: VisitorId,
    /// Whether the site vouched for who they are.
    pub verified: bool,
    /// The name that the visitor gave.
    pub name: Option<String>,
    /// The e-mail address that the visitor gave.
    pub email: Option<String>,
    /// Until when it lasts: 30 days from when it was made or last resumed.
    pub expires_at: Millis,
    /// The visitor's newest conversation that is not resolved, as it stood then.
    pub conversation: Option<Summary>,
}

/// The referrer stays what it was when the session began. What address and header tell goes with them.
const RESUME: &str = concat!(
    "with resumed as (
        update widget_sessions s set
            last_seen_at = now(), expires_at = now() + interval '30 days',
            ip_address = coalesce($3, s.ip_address),
            country = case when $3::inet is null then s.country else $7 end,
            city = case when $3::inet is null then s.city else $8 end,
            user_agent = coalesce($4, s.user_agent),
            device_type = case when $4::text is null then s.device_type else $9 end,
            browser = case when $4::text is null then s.browser else $10 end,
            os = case when $4::text is null then s.os else $11 end,
            referrer = coalesce(s.referrer, $5), current_url = coalesce($6, s.current_url)
        from organizations o
        where s.organization_id = $1 and s.session_token = $2 and s.expires_at > now()
            and o.id = s.organization_id and o.deleted_at is null
        returning s.organization_id, s.id, s.visitor_id, s.expires_at
    )
    select ",
    summary_columns!(),
    ", resumed.id as session_id, resumed.expires_at as session_expires_at, v.id as visitor_id, v.name as visitor_name,
        v.email as visitor_email, v.verified as visitor_verified
    from resumed
    join visitors v on v.organization_id = resumed.organization_id and v.id = resumed.visitor_id
    left join lateral (
        select * from conversations
        where organization_id = resumed.organization_id and visitor_id = resumed.visitor_id and status <> 'resolved'
        order by created_at desc, id desc limit 1
    ) c on true"
);

impl Storage {
    /// Makes a session, and the visitor that it stands for; those that come at once are made together.
    ///
    /// # Errors
    /// `Conflict("organization")` when there is no such one, or it is being deleted.
    pub async fn create_widget_session(
        &self,
        organization: OrganizationId,
        token_hash: &[u8; 32],
        browser: &Browser<'_>,
    ) -> Result<WidgetSession, StorageError> {
        let create = Create { token_hash: *token_hash, browser: OwnedBrowser::of(browser) };
        self.comings.created.ask(self, organization, create).await
    }

    /// Finds the session of a token, unless it has expired, and notes where the browser is now; its 30 days begin
    /// anew. The visitor's open conversation comes with it.
    ///
    /// # Errors
    /// As every query.
    pub async fn resume_widget_session(
        &self,
        organization: OrganizationId,
        token_hash: &[u8; 32],
        browser: &Browser<'_>,
    ) -> Result<Option<WidgetSession>, StorageError> {
        let resume = Resume { token_hash: *token_hash, browser: OwnedBrowser::of(browser) };
        match self.comings.resumed.ask(self, organization, resume).await? {
            Some(session) => Ok(Some(session)),
            // Unknown, or held by somebody: then this one waits, and nobody else.
            None => self.resume_alone(organization, token_hash, browser).await,
        }
    }

    async fn resume_alone(
        &self,
        organization: OrganizationId,
        token_hash: &[u8; 32],
        browser: &Browser<'_>,
    ) -> Result<Option<WidgetSession>, StorageError> {
        let hash = token_hash.as_slice();
        let device_type = browser.device_type.map(Label::label);
        let params: [&(dyn ToSql + Sync); 11] = [
            &organization.0,
            &hash,
            &browser.ip_address,
            &browser.user_agent,
            &browser.referrer,
            &browser.current_url,
            &browser.country,
            &browser.city,
            &device_type,
            &browser.browser,
            &browser.os,
        ];
        let row = self.query_opt(organization, RESUME, &params).await?;
        row.map(|row| resumed(&row)).transpose()
    }
}

fn resumed(row: &Row) -> Result<WidgetSession, StorageError> {
    let open: Option<Uuid> = row.try_get(0)?;
    Ok(WidgetSession {
        id: WidgetSessionId(row.try_get("session_id")?),
        visitor: VisitorId(row.try_get("visitor_id")?),
        verified: row.try_get("visitor_verified")?,
        name: row.try_get("visitor_name")?,
        email: row.try_get("visitor_email")?,
        expires_at: millis(row.try_get("session_expires_at")?),
        conversation: open.map(|_| summary(row)).transpose()?,
    })
}
