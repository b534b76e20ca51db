//! Verified identity: the secret that vouches for it, and the visitor that it leads to.

use deadpool_postgres::Object;
use protocol::id::{OrganizationId, VisitorId, WidgetSessionId};

use crate::error::StorageError;
use crate::pool::{Storage, begin, give_back};
use crate::visitor::{Noted, VisitorUpdate, note};

const FIND_SESSION: &str = "select 1 from widget_sessions where organization_id = $1 and id = $2";

/// Finds the verified visitor or makes them: for two at once, the second waits and finds the first's. An unverified one
/// with the same external id is somebody else.
const FIND_OR_MAKE: &str = "insert into visitors (organization_id, id, external_id, verified) values ($1, $2, $3, true)
    on conflict (organization_id, external_id) where verified do update set verified = true
    returning id";

const REBIND: &str = "update widget_sessions set visitor_id = $3 where organization_id = $1 and id = $2";

impl Storage {
    /// Makes a session stand for the verified visitor of an external id, found or made, and notes what `update` says of
    /// them; its own external id counts for nothing. Whom the session stood for before stays as they were. `None` when
    /// there is no such session.
    ///
    /// # Errors
    /// `Conflict("attributes")` when they would be more than a visitor may have: then nothing is changed.
    pub async fn identify_visitor(
        &self,
        organization: OrganizationId,
        session: WidgetSessionId,
        external_id: &str,
        update: &VisitorUpdate<'_>,
    ) -> Result<Option<Noted>, StorageError> {
        let mut client = self.request().await?;
        let identified = identify(&mut client, organization, session, external_id, update).await;
        give_back(client, identified)
    }

    /// What an organization's site signs identity tokens with: 32 random bytes, made with the organization.
    ///
    /// # Errors
    /// As every query.
    pub async fn identity_secret(&self, organization: OrganizationId) -> Result<Option<Vec<u8>>, StorageError> {
        let sql = "select identity_secret from widget_settings where organization_id = $1";
        let row = self.query_opt(organization, sql, &[&organization.0]).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }
}

async fn identify(
    client: &mut Object,
    organization: OrganizationId,
    session: WidgetSessionId,
    external_id: &str,
    update: &VisitorUpdate<'_>,
) -> Result<Option<Noted>, StorageError> {
    let transaction = begin(client, organization).await?;
    let find = transaction.prepare_cached(FIND_SESSION).await?;
    if transaction.query_opt(&find, &[&organization.0, &session.0]).await?.is_none() {
        return Ok(None);
    }
    let statement = transaction.prepare_cached(FIND_OR_MAKE).await?;
    let made = VisitorId::generate();
    let row = transaction.query_one(&statement, &[&organization.0, &made.0, &external_id]).await?;
    let visitor = VisitorId(row.try_get(0)?);
    let update = VisitorUpdate { external_id: None, ..*update };
    let identified = note(&transaction, organization, visitor, &update).await?;
    // Last, because from here on the writer has to wait for us when it notes which page the session is on.
    let rebind = transaction.prepare_cached(REBIND).await?;
    transaction.execute(&rebind, &[&organization.0, &session.0, &visitor.0]).await?;
    transaction.commit().await?;
    Ok(identified)
}
