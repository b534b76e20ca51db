//! Members and their logins.

use protocol::id::{MemberId, OrganizationId};
use protocol::value::{AgentAvailability, AgentCard, Member, Millis, Role};
use tokio_postgres::Row;

use crate::error::StorageError;
use crate::label::Label;
use crate::organization::{add_membership, insert_member};
use crate::pool::{Storage, give_back};
use crate::time::timestamp;

/// A member to be made, with an account to log in with.
#[derive(Clone, Copy, Debug)]
pub struct NewMember<'a> {
    /// How colleagues and visitors see them.
    pub name: &'a str,
    /// The address that they log in with.
    pub email: &'a str,
    /// Their password, hashed, in PHC form.
    pub password_hash: &'a str,
    /// What they may do.
    pub role: Role,
}

impl Storage {
    /// Adds a member to an organization.
    ///
    /// # Errors
    /// `Conflict("email")` when the address has an account, `Conflict("organization")` when there is no such one.
    pub async fn create_member(
        &self,
        organization: OrganizationId,
        new: &NewMember<'_>,
    ) -> Result<Member, StorageError> {
        let member =
            Member { id: MemberId::generate(), name: new.name.to_owned(), email: new.email.to_owned(), role: new.role };
        let mut client = self.directory().await?;
        let made = async {
            let transaction = client.transaction().await?;
            insert_member(&transaction, organization, &member, new.password_hash).await?;
            Ok(transaction.commit().await?)
        };
        let made = made.await.map(|()| member);
        give_back(client, made)
    }

    /// Adds somebody who has an account, with another organization, to this one. They go on logging in as they do.
    ///
    /// # Errors
    /// `Conflict("account")` when the address has none, `Conflict("member")` when they are a member already,
    /// `Conflict("organization")` when there is no such one.
    pub async fn add_member(
        &self,
        organization: OrganizationId,
        email: &str,
        name: &str,
        role: Role,
    ) -> Result<Member, StorageError> {
        let mut client = self.directory().await?;
        let added = add_membership(&mut client, organization, email, name, role).await;
        give_back(client, added)
    }

    /// A member, with what they chose.
    ///
    /// # Errors
    /// As every query.
    pub async fn find_member(
        &self,
        organization: OrganizationId,
        id: MemberId,
    ) -> Result<Option<(AgentCard, AgentAvailability)>, StorageError> {
        let sql = "select id, name, availability from members where organization_id = $1 and id = $2";
        let row = self.query_opt(organization, sql, &[&organization.0, &id.0]).await?;
        row.map(|row| member(&row)).transpose()
    }

    /// Keeps whether a member takes conversations, and says whether there is such a member.
    ///
    /// # Errors
    /// As every query.
    pub async fn set_availability(
        &self,
        organization: OrganizationId,
        member: MemberId,
        availability: AgentAvailability,
    ) -> Result<bool, StorageError> {
        let sql = "update members set availability = $3 where organization_id = $1 and id = $2 returning id";
        let row = self.query_opt(organization, sql, &[&organization.0, &member.0, &availability.label()]).await?;
        Ok(row.is_some())
    }

    /// Stores a login under the hash of its token.
    ///
    /// # Errors
    /// `Conflict("member")` when the organization has no such member.
    pub async fn create_member_session(
        &self,
        organization: OrganizationId,
        member: MemberId,
        token_hash: &[u8; 32],
        expires_at: Millis,
    ) -> Result<(), StorageError> {
        let sql = "insert into member_sessions (organization_id, token_hash, member_id, expires_at)
             values ($1, $2, $3, $4)";
        let (hash, expires_at) = (token_hash.as_slice(), timestamp(expires_at));
        self.query(organization, sql, &[&organization.0, &hash, &member.0, &expires_at]).await?;
        Ok(())
    }

    /// Ends a login; one that is not there counts as ended.
    ///
    /// # Errors
    /// As every query.
    pub async fn delete_member_session(
        &self,
        organization: OrganizationId,
        token_hash: &[u8; 32],
    ) -> Result<(), StorageError> {
        let sql = "delete from member_sessions where organization_id = $1 and token_hash = $2";
        self.query(organization, sql, &[&organization.0, &token_hash.as_slice()]).await?;
        Ok(())
    }
}

fn member(row: &Row) -> Result<(AgentCard, AgentAvailability), StorageError> {
    let card = AgentCard { id: MemberId(row.try_get(0)?), name: row.try_get(1)? };
    Ok((card, AgentAvailability::read(row.try_get(2)?)?))
}
