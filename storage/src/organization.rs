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
    /// Whom the login lets in.
    pub membership: Membership,
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

    /// Finds what a login with this address is checked against, whatever the address's case: the account's oldest
    /// membership.
    ///
    /// # Errors
    /// As every query.
    pub async fn find_login(&self, email: &str) -> Result<Option<LoginRow>, StorageError> {
        let sql = "select m.id, m.name, a.email, m.role, o.id, o.name, a.password_hash
             from accounts a
             join members m on m.account_id = a.id
             join organizations o on o.id = m.organization_id
             where a.email_key = $1 order by m.created_at, m.id limit 1";
        let row = self.look_up(sql, &[&email_key(email)]).await?;
        row.map(|row| Ok(LoginRow { membership: membership(&row)?, password_hash: row.try_get(6)? })).transpose()
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
             where s.token_hash = $1 and s.expires_at > now()";
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
    let sql = "insert into members (organization_id, id, account_id, name, role) values ($1, $2, $3, $4, $5)";
    let role = member.role.label();
    let params: [&(dyn ToSql + Sync); 5] = [&organization.0, &member.id.0, &account, &member.name, &role];
    transaction.execute(&transaction.prepare_cached(sql).await?, &params).await?;
    Ok(())
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
