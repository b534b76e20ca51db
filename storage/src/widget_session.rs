//! Widget sessions: a browser's token, and the visitor that it stands for.

use std::net::IpAddr;

use protocol::id::{OrganizationId, VisitorId, WidgetSessionId};
use protocol::value::Millis;
use tokio_postgres::Row;

use crate::error::StorageError;
use crate::pool::Storage;
use crate::time::millis;

/// What a browser shows of itself: bounded by whoever received it, not interpreted here.
#[derive(Clone, Copy, Debug, Default)]
pub struct Browser<'a> {
    /// Where it connects from.
    pub ip_address: Option<IpAddr>,
    /// The `User-Agent` header.
    pub user_agent: Option<&'a str>,
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
}

const CREATE: &str = "with visitor as (
        insert into visitors (organization_id, id) values ($1, $2)
    )
    insert into widget_sessions
        (organization_id, id, session_token, visitor_id, ip_address, user_agent, referrer, current_url)
    values ($1, $3, $4, $2, $5, $6, $7, $8)
    returning id, visitor_id, null::text, null::text, expires_at, false";

/// The referrer stays what it was when the session began.
const RESUME: &str = "update widget_sessions s set
        last_seen_at = now(), expires_at = now() + interval '30 days',
        ip_address = coalesce($3, s.ip_address), user_agent = coalesce($4, s.user_agent),
        referrer = coalesce(s.referrer, $5), current_url = coalesce($6, s.current_url)
    from visitors v
    where s.organization_id = $1 and s.session_token = $2 and s.expires_at > now()
        and v.organization_id = s.organization_id and v.id = s.visitor_id
    returning s.id, s.visitor_id, v.name, v.email, s.expires_at, v.verified";

impl Storage {
    /// Makes a session, and the visitor that it stands for.
    ///
    /// # Errors
    /// As every query.
    pub async fn create_widget_session(
        &self,
        organization: OrganizationId,
        token_hash: &[u8; 32],
        browser: &Browser<'_>,
    ) -> Result<WidgetSession, StorageError> {
        let (visitor, session) = (VisitorId::generate(), WidgetSessionId::generate());
        let row = self
            .query_opt(
                organization,
                CREATE,
                &[
                    &organization.0,
                    &visitor.0,
                    &session.0,
                    &token_hash.as_slice(),
                    &browser.ip_address,
                    &browser.user_agent,
                    &browser.referrer,
                    &browser.current_url,
                ],
            )
            .await?;
        row.map_or_else(|| Err(StorageError::Fault("no row came back".into())), |row| widget_session(&row))
    }

    /// Finds the session of a token, unless it has expired, and notes where the browser is now; its 30 days begin
    /// anew.
    ///
    /// # Errors
    /// As every query.
    pub async fn resume_widget_session(
        &self,
        organization: OrganizationId,
        token_hash: &[u8; 32],
        browser: &Browser<'_>,
    ) -> Result<Option<WidgetSession>, StorageError> {
        let row = self
            .query_opt(
                organization,
                RESUME,
                &[
                    &organization.0,
                    &token_hash.as_slice(),
                    &browser.ip_address,
                    &browser.user_agent,
                    &browser.referrer,
                    &browser.current_url,
                ],
            )
            .await?;
        row.map(|row| widget_session(&row)).transpose()
    }
}

fn widget_session(row: &Row) -> Result<WidgetSession, StorageError> {
    Ok(WidgetSession {
        id: WidgetSessionId(row.try_get(0)?),
        visitor: VisitorId(row.try_get(1)?),
        verified: row.try_get(5)?,
        name: row.try_get(2)?,
        email: row.try_get(3)?,
        expires_at: millis(row.try_get(4)?),
    })
}
