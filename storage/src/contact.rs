//! Contacts: visitors of whom something is known, listed and found by what it is.

use std::time::SystemTime;

use protocol::id::{OrganizationId, VisitorId};
use protocol::value::{Contact, ContactPlace, VisitorSummary};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::error::StorageError;
use crate::place::{self, cut, one_more};
use crate::pool::Storage;
use crate::time::millis;

/// Which contacts are asked for; what is left out is not asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct ContactFilter<'a> {
    /// Those with words that begin with each of these, in any case: of their name, e-mail address, telephone number and
    /// external id, each cut at everything that is neither letter nor digit. A number is found however it is spaced, and
    /// from any of its digits on. Blank asks for nothing; what holds no word at all finds nobody.
    pub query: Option<&'a str>,
    /// Those whom the site vouched for, or those whom it did not.
    pub verified: Option<bool>,
}

/// Longest query that is looked at, in characters; the rest of a longer one is left out.
const QUERY_CHARS: usize = 1_000;

macro_rules! contact_columns {
    () => {
        "id, name, email, verified, phone, external_id, created_at"
    };
}

/// Both kinds, verified (`$2`) or not, are a run along the index each, merged.
const LIST: &str = concat!(
    "select ",
    contact_columns!(),
    " from unnest($2::bool[]) as wanted(verified)
      cross join lateral (
          select id, name, email, phone, external_id, created_at from visitors
          where organization_id = $1 and verified = wanted.verified and words is not null
              and (created_at, id) < ($3, $4)
          order by created_at desc, id desc limit $5
      ) v
      order by created_at desc, id desc limit $5"
);

/// Run as the role that sees words, ids and times only. The organization is a word of the query, too.
const FIND: &str = "select id, created_at from visitors
    where organization_id = $1 and words @@ chatdesk_contact_query($1, $6) and verified = any($2)
        and (created_at, id) < ($3, $4)
    order by created_at desc, id desc limit $5";

const READ: &str = concat!(
    "select ",
    contact_columns!(),
    " from visitors where organization_id = $1 and id = any($2) and words is not null
      order by created_at desc, id desc"
);

const BY_EXTERNAL_ID: &str = concat!(
    "select ",
    contact_columns!(),
    " from visitors where organization_id = $1 and external_id = $2 and verified"
);

/// Run as the role that sees words: the whole address is one of them.
const FIND_EMAIL: &str = r"select id from visitors
    where organization_id = $1 and words @@ ('''' || chatdesk_organization_word($1) || ''' & '''
        || replace(replace(left(lower($2::text), 500), '\', '\\'), '''', '''''') || '''')::tsquery
    order by created_at desc, id desc limit $3";

impl Storage {
    /// A page of the contacts, those who came last first, and whether there are more after it.
    ///
    /// # Errors
    /// As every query.
    pub async fn contacts(
        &self,
        organization: OrganizationId,
        filter: &ContactFilter<'_>,
        after: Option<ContactPlace>,
        limit: u32,
    ) -> Result<(Vec<Contact>, bool), StorageError> {
        let verified = filter.verified.map_or_else(|| vec![true, false], |verified| vec![verified]);
        let query = filter.query.map(str::trim).filter(|query| !query.is_empty());
        let Some(query) = query else {
            let (at, id) = after_place(after);
            let params: [&(dyn ToSql + Sync); 5] = [&organization.0, &verified, &at, &id, &one_more(limit)];
            let rows = self.query(organization, LIST, &params).await?;
            return page(&rows, limit);
        };
        let query: String = query.chars().filter(|character| *character != '\0').take(QUERY_CHARS).collect();
        let mut after = after;
        loop {
            let (at, id) = after_place(after);
            let params: [&(dyn ToSql + Sync); 6] = [&organization.0, &verified, &at, &id, &one_more(limit), &query];
            let found = self.find_by_words(FIND, &params).await?;
            let (found, more) = cut(&found, limit);
            let ids: Vec<Uuid> = found.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
            let contacts = self.read_contacts(organization, &ids).await?;
            // All of a page may be gone since: then it is the next one that tells where to go on.
            if !contacts.is_empty() || !more {
                return Ok((contacts, more));
            }
            after = found.last().map(found_place).transpose()?;
        }
    }

    /// The contact whom the site vouched for under this id.
    ///
    /// # Errors
    /// As every query.
    pub async fn find_contact(
        &self,
        organization: OrganizationId,
        external_id: &str,
    ) -> Result<Option<Contact>, StorageError> {
        if external_id.contains('\0') {
            return Ok(None);
        }
        let row = self.query_opt(organization, BY_EXTERNAL_ID, &[&organization.0, &external_id]).await?;
        row.map(|row| contact(&row)).transpose()
    }

    /// The contacts with this e-mail address, whatever its case: those who came last, at most `limit`.
    ///
    /// # Errors
    /// As every query.
    pub async fn contacts_with_email(
        &self,
        organization: OrganizationId,
        email: &str,
        limit: u32,
    ) -> Result<Vec<Contact>, StorageError> {
        if email.is_empty() || email.contains('\0') {
            return Ok(Vec::new());
        }
        let params: [&(dyn ToSql + Sync); 3] = [&organization.0, &email, &i64::from(limit)];
        let found = self.find_by_words(FIND_EMAIL, &params).await?;
        let ids: Vec<Uuid> = found.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        let mut contacts = self.read_contacts(organization, &ids).await?;
        // Since the look-up they may have changed it.
        let same = |contact: &Contact| {
            let theirs = contact.visitor.email.as_deref().unwrap_or_default();
            theirs.to_lowercase() == email.to_lowercase()
        };
        contacts.retain(same);
        Ok(contacts)
    }

    async fn read_contacts(&self, organization: OrganizationId, ids: &[Uuid]) -> Result<Vec<Contact>, StorageError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.query(organization, READ, &[&organization.0, &ids]).await?;
        rows.iter().map(contact).collect()
    }
}

fn after_place(after: Option<ContactPlace>) -> (SystemTime, Uuid) {
    place::after(after.map(|place| (place.created_at, place.visitor.0)))
}

fn found_place(row: &Row) -> Result<ContactPlace, StorageError> {
    Ok(ContactPlace { created_at: millis(row.try_get(1)?), visitor: VisitorId(row.try_get(0)?) })
}

fn page(rows: &[Row], limit: u32) -> Result<(Vec<Contact>, bool), StorageError> {
    let (rows, more) = cut(rows, limit);
    Ok((rows.iter().map(contact).collect::<Result<_, _>>()?, more))
}

/// Reads a contact from the columns of `contact_columns!`.
fn contact(row: &Row) -> Result<Contact, StorageError> {
    Ok(Contact {
        visitor: VisitorSummary {
            id: VisitorId(row.try_get(0)?),
            name: row.try_get(1)?,
            email: row.try_get(2)?,
            verified: row.try_get(3)?,
        },
        phone: row.try_get(4)?,
        external_id: row.try_get(5)?,
        created_at: millis(row.try_get(6)?),
    })
}
