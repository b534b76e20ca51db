//! Files whose rows are gone: the file store may still hold them. A trigger notes each when its row goes, whatever took
//! it; who sweeps removes the bytes, and then the note.

use protocol::id::OrganizationId;

use crate::error::StorageError;
use crate::pool::Storage;

impl Storage {
    /// Organizations of which files are left without a row, those that wait the longest first: at most `limit`. They may
    /// be gone themselves.
    ///
    /// # Errors
    /// As every query.
    pub async fn organizations_with_abandoned_files(&self, limit: u32) -> Result<Vec<OrganizationId>, StorageError> {
        let sql = "select organization_id from abandoned_files group by 1 order by min(since) limit $1";
        let rows = self.look_up_all(sql, &[&i64::from(limit)]).await?;
        rows.iter().map(|row| Ok(OrganizationId(row.try_get(0)?))).collect()
    }

    /// The keys of an organization's files that have no row any more, by key from `after` on: at most `limit`.
    ///
    /// # Errors
    /// As every query.
    pub async fn abandoned_files(
        &self,
        organization: OrganizationId,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, StorageError> {
        let sql = "select key from abandoned_files where organization_id = $1 and ($2::text is null or key > $2)
             order by key limit $3";
        let rows = self.maintain(organization, sql, &[&organization.0, &after, &i64::from(limit)]).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Notes that the file store may hold a file that has no row: for whoever stored one and found its row gone.
    ///
    /// # Errors
    /// As every query.
    pub async fn abandon_file(&self, organization: OrganizationId, key: &str) -> Result<(), StorageError> {
        let sql = "insert into abandoned_files (organization_id, key) values ($1, $2) on conflict do nothing";
        self.query(organization, sql, &[&organization.0, &key]).await?;
        Ok(())
    }

    /// Forgets files whose bytes are gone. Once more is no harm.
    ///
    /// # Errors
    /// As every query.
    pub async fn forget_files(&self, organization: OrganizationId, keys: &[String]) -> Result<(), StorageError> {
        let sql = "delete from abandoned_files where organization_id = $1 and key = any($2)";
        self.maintain(organization, sql, &[&organization.0, &keys]).await?;
        Ok(())
    }
}
