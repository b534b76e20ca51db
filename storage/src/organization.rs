//! Organizations, and the look-ups that find out which one a member belongs to.

use deadpool_postgres::{Object, Transaction};
use protocol::id::{MemberId, OrganizationId};
use protocol::value::{Member, Organization, Role};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::error::StorageError;
use crate::label::Label;
use crate::pool::{Storage, give_back};

/// A sign-up: an organization and its first member.
#[derive(Clone, Copy, Debug)]
pub struct NewOrganization<'a> {
    /// What its members call it.
    pub name: &'a str,
    /// The owner's name.
    pub owner_name: &'a str,
    /// The address that the owner logs in with.
    pub email: &'a str,
    /// The owner's password, hashed, in PHC form.
    pub password_hash: &'a str,
    /// The widget's public key.
    pub widget_key: &'a str,
}

/// A member and the organization that they are one of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The member.
    pub member: Member,
    /// Their organization.
    pub organization: Organization,
}

/// What a login is checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginRow {
    /// Whom the login may let in, the oldest membership first: at least one.
    pub memberships: Vec<Membership>,
    /// Their password, hashed, in PHC form.
    pub password_hash: String,
}

impl Storage {
    /// Makes an organization with its owner, and a widget with default settings and an identity secret of its own.
    ///
    /// # Errors
    /// `Conflict("email")` when the address has an account, `Conflict("widget_key")` when the key is taken.
    pub async fn create_organization(&self, new: &NewOrganization<'_>) -> Result<Membership, StorageError> {
        let mut client = self.directory().await?;
        let made = insert_organization(&mut client, new).await;
        give_back(client, made)
    }

    /// Finds what a login with this address is checked against, whatever the address's case, with all memberships of the
    /// account; none without any. An organization that is being deleted has no members.
    ///
    /// # Errors
    /// As every query.
    pub async fn find_login(&self, email: &str) -> Result<Option<LoginRow>, StorageError> {
        let sql = "select m.id, m.name, a.email, m.role, o.id, o.name, a.password_hash
             from accounts a
             join members m on m.account_id = a.id
             join organizations o on o.id = m.organization_id
             where a.email_key = $1 and o.deleted_at is null order by m.created_at, m.id";
        let rows = self.look_up_all(sql, &[&email_key(email)]).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let memberships = rows.iter().map(membership).collect::<Result<_, _>>()?;
        Ok(Some(LoginRow { memberships, password_hash: first.try_get(6)? }))
    }

    /// All memberships of a member's account, the oldest first; none when there is no such member.
    ///
    /// # Errors
    /// As every query.
    pub async fn memberships_of(
        &self,
        organization: OrganizationId,
        member: MemberId,
    ) -> Result<Vec<Membership>, StorageError> {
        // Whose account it is, the organization alone may say; what else that is a member of, nobody but the directory.
        let sql = "select account_id from members where organization_id = $1 and id = $2";
        let here = self.query_opt(organization, sql, &[&organization.0, &member.0]).await?;
        let Some(here) = here else { return Ok(Vec::new()) };
        let sql = "select m.id, m.name, a.email, m.role, o.id, o.name
             from members m
             join accounts a on a.id = m.account_id
             join organizations o on o.id = m.organization_id
             where m.account_id = $1 and o.deleted_at is null order by m.created_at, m.id";
        let account: Uuid = here.try_get(0)?;
        self.look_up_all(sql, &[&account]).await?.iter().map(membership).collect()
    }

    /// Finds whose session a token is, while it is in force.
    ///
    /// # Errors
    /// As every query.
    pub async fn find_member_session(&self, token_hash: &[u8; 32]) -> Result<Option<Membership>, StorageError> {
        let sql = "select m.id, m.name, a.email, m.role, o.id, o.name
             from member_sessions s
             join members m on m.organization_id = s.organization_id and m.id = s.member_id
             join accounts a on a.id = m.account_id
             join organizations o on o.id = m.organization_id
             where s.token_hash = $1 and s.expires_at > now() and o.deleted_at is null";
        let row = self.look_up(sql, &[&token_hash.as_slice()]).await?;
        row.map(|row| membership(&row)).transpose()
    }

    /// Runs a look-up that finds one row or none.
    pub(crate) async fn look_up(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>, StorageError> {
        Ok(self.look_up_all(sql, params).await?.into_iter().next())
    }

    /// Runs a look-up.
    pub(crate) async fn look_up_all(
        &self,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let client = self.directory().await?;
        let rows = async { Ok(client.query(&client.prepare_cached(sql).await?, params).await?) }.await;
        give_back(client, rows)
    }
}

async fn insert_organization(client: &mut Object, new: &NewOrganization<'_>) -> Result<Membership, StorageError> {
    let organization = Organization { id: OrganizationId::generate(), name: new.name.to_owned() };
    let transaction = client.transaction().await?;
    let sql = "insert into organizations (id, name) values ($1, $2)";
    transaction.execute(&transaction.prepare_cached(sql).await?, &[&organization.id.0, &new.name]).await?;
    let sql = "insert into widget_settings (organization_id, widget_key) values ($1, $2)";
    transaction.execute(&transaction.prepare_cached(sql).await?, &[&organization.id.0, &new.widget_key]).await?;
    let owner = Member {
        id: MemberId::generate(),
        name: new.owner_name.to_owned(),
        email: new.email.to_owned(),
        role: Role::Owner,
    };
    insert_member(&transaction, organization.id, &owner, new.password_hash).await?;
    transaction.commit().await?;
    Ok(Membership { member: owner, organization })
}

/// Makes an account and its membership.
pub(crate) async fn insert_member(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    member: &Member,
    password_hash: &str,
) -> Result<(), StorageError> {
    let account = Uuid::now_v7();
    let sql = "insert into accounts (id, email, email_key, password_hash) values ($1, $2, $3, $4)";
    let params: [&(dyn ToSql + Sync); 4] = [&account, &member.email, &email_key(&member.email), &password_hash];
    transaction.execute(&transaction.prepare_cached(sql).await?, &params).await?;
    insert_membership(transaction, organization, member, account).await
}

/// Makes a membership of an account, in an organization that is there to stay.
async fn insert_membership(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    member: &Member,
    account: Uuid,
) -> Result<(), StorageError> {
    let sql = "insert into members (organization_id, id, account_id, name, role)
         select id, $2, $3, $4, $5 from organizations where id = $1 and deleted_at is null";
    let role = member.role.label();
    let params: [&(dyn ToSql + Sync); 5] = [&organization.0, &member.id.0, &account, &member.name, &role];
    match transaction.execute(&transaction.prepare_cached(sql).await?, &params).await? {
        0 => Err(StorageError::Conflict("organization")),
        _ => Ok(()),
    }
}

/// Makes somebody who has an account a member.
pub(crate) async fn add_membership(
    client: &mut Object,
    organization: OrganizationId,
    email: &str,
    name: &str,
    role: Role,
) -> Result<Member, StorageError> {
    let transaction = client.transaction().await?;
    let sql = "select id, email from accounts where email_key = $1";
    let found = transaction.query_opt(&transaction.prepare_cached(sql).await?, &[&email_key(email)]).await?;
    let account = found.ok_or(StorageError::Conflict("account"))?;
    let member = Member { id: MemberId::generate(), name: name.to_owned(), email: account.try_get(1)?, role };
    insert_membership(&transaction, organization, &member, account.try_get(0)?).await?;
    transaction.commit().await?;
    Ok(member)
}

/// What makes two spellings of an address one account.
fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

fn membership(row: &Row) -> Result<Membership, StorageError> {
    Ok(Membership {
        member: Member {
            id: MemberId(row.try_get(0)?),
            name: row.try_get(1)?,
            email: row.try_get(2)?,
            role: Role::read(row.try_get(3)?)?,
        },
        organization: Organization { id: OrganizationId(row.try_get(4)?), name: row.try_get(5)? },
    })
}
