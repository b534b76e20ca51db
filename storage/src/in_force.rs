//! Which of many sessions are still there, asked at once: by whoever has not heard for a while which of them ended.

use protocol::id::OrganizationId;

use crate::error::StorageError;
use crate::pool::Storage;

/// None is of an organization that is being deleted.
const IN_FORCE: &str = "select s.session_token from widget_sessions s join organizations o on o.id = s.organization_id
    where s.organization_id = $1 and s.session_token = any($2) and o.deleted_at is null
    union all
    select s.token_hash from member_sessions s join organizations o on o.id = s.organization_id
    where s.organization_id = $1 and s.token_hash = any($2) and o.deleted_at is null";

impl Storage {
    /// Those among an organization's widget sessions and logins, by their tokens' hashes, that have not ended; in no
    /// order.
    ///
    /// # Errors
    /// As every query.
    pub async fn sessions_in_force(
        &self,
        organization: OrganizationId,
        token_hashes: &[[u8; 32]],
    ) -> Result<Vec<[u8; 32]>, StorageError> {
        let hashes: Vec<&[u8]> = token_hashes.iter().map(<[u8; 32]>::as_slice).collect();
        let rows = self.query(organization, IN_FORCE, &[&organization.0, &hashes]).await?;
        rows.iter()
            .map(|row| {
                let hash: &[u8] = row.try_get(0)?;
                hash.try_into().map_err(|_| StorageError::Fault("a token's hash is not of 32 bytes".into()))
            })
            .collect()
    }
}
