//! Who answers for which department.

use deadpool_postgres::Object;
use protocol::id::{DepartmentId, MemberId, OrganizationId};
use uuid::Uuid;

use crate::error::StorageError;
use crate::pool::{Storage, begin, give_back};

/// Held until the transaction ends, so that of two that replace the members at once one comes after the other.
const LOCK: &str = "select from departments where organization_id = $1 and id = $2 for no key update";

const TAKE: &str =
    "delete from department_members where organization_id = $1 and department_id = $2 and member_id <> all($3)";

const GIVE: &str = "insert into department_members (organization_id, department_id, member_id)
    select $1, $2, member_id from unnest($3::uuid[]) as member_id
    on conflict (organization_id, department_id, member_id) do nothing";

impl Storage {
    /// Makes these, and nobody else, the members of a department.
    ///
    /// # Errors
    /// `Conflict("department")` when the organization has no such department, `Conflict("member")` when one of these is
    /// not its member. Then nothing is changed.
    pub async fn set_department_members(
        &self,
        organization: OrganizationId,
        department: DepartmentId,
        members: &[MemberId],
    ) -> Result<(), StorageError> {
        let members: Vec<Uuid> = members.iter().map(|member| member.0).collect();
        let mut client = self.request().await?;
        let set = replace(&mut client, organization, department, &members).await;
        give_back(client, set)
    }

    /// The members of a department, in the order in which they became it; `None` when there is no such department.
    ///
    /// # Errors
    /// As every query.
    pub async fn department_members(
        &self,
        organization: OrganizationId,
        department: DepartmentId,
    ) -> Result<Option<Vec<MemberId>>, StorageError> {
        let sql = "select array(
                 select m.member_id from department_members m
                 where m.organization_id = $1 and m.department_id = $2 order by m.created_at, m.member_id
             ) from departments where organization_id = $1 and id = $2";
        let Some(row) = self.query_opt(organization, sql, &[&organization.0, &department.0]).await? else {
            return Ok(None);
        };
        let members: Vec<Uuid> = row.try_get(0)?;
        Ok(Some(members.into_iter().map(MemberId).collect()))
    }
}

async fn replace(
    client: &mut Object,
    organization: OrganizationId,
    department: DepartmentId,
    members: &[Uuid],
) -> Result<(), StorageError> {
    let transaction = begin(client, organization).await?;
    if transaction.query_opt(LOCK, &[&organization.0, &department.0]).await?.is_none() {
        return Err(StorageError::Conflict("department"));
    }
    transaction.execute(TAKE, &[&organization.0, &department.0, &members]).await?;
    transaction.execute(GIVE, &[&organization.0, &department.0, &members]).await?;
    Ok(transaction.commit().await?)
}
