//! The language that an organization's entries are searched with, besides their words as they stand.

use std::fmt;
use std::str::FromStr;

use protocol::id::OrganizationId;
use protocol::value::SEARCH_LANGUAGES;

use super::SearchLanguage;
use crate::error::StorageError;
use crate::pool::{Storage, begin, give_back};

/// How many logs are one piece of work for whoever makes the words.
const LOGS_AT_ONCE: i64 = 100;
/// How long each statement of a change may take, in milliseconds: it is as long as the organization's logs are many.
const CHANGE_TIMEOUT_MS: u32 = 10 * 60 * 1000;

/// A name that is not one of the languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the English name of a language that Postgres has a text search configuration for, or simple")]
pub struct UnknownLanguage;

impl FromStr for SearchLanguage {
    type Err = UnknownLanguage;

    fn from_str(name: &str) -> Result<Self, UnknownLanguage> {
        SEARCH_LANGUAGES.into_iter().find(|known| *known == name).map(Self).ok_or(UnknownLanguage)
    }
}

impl fmt::Display for SearchLanguage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// An indexer that is at work with the old language keeps the lock until its words are there to be deleted; one that
/// comes later waits, and sees the new language.
const LOCK: &str = "select pg_advisory_xact_lock(hashtextextended($1, 0))";

const SET: &str = "update organizations set search_language = $2 where id = $1 and search_language <> $2";

const FORGET: &str = "delete from entry_search where organization_id = $1";

/// Whatever of these is queued already is done twice, which changes nothing.
const QUEUE: &str = "insert into search_queue (organization_id, id, conversations, first_seqs, last_seqs)
    select $1, gen_random_uuid(), array_agg(id), array_agg(1::bigint), array_agg(head_seq)
    from (
        select id, head_seq, (row_number() over (order by id) - 1) / $2 as pack
        from conversations where organization_id = $1 and head_seq > 0
    ) logs
    group by pack";

/// What indexers and whoever changes the language of an organization lock.
pub(super) fn lock_name(organization: OrganizationId) -> String {
    format!("search_language {organization}")
}

impl Storage {
    /// Sets the language that an organization's entries are searched with, and says whether there is such an
    /// organization. The words of all its entries are made anew, behind its back: until then those that were not reached
    /// yet are not found.
    ///
    /// # Errors
    /// As every query.
    pub async fn set_search_language(
        &self,
        organization: OrganizationId,
        language: SearchLanguage,
    ) -> Result<bool, StorageError> {
        let mut client = self.request().await?;
        let set = async {
            let transaction = begin(&mut client, organization).await?;
            transaction.batch_execute(&format!("set local statement_timeout = {CHANGE_TIMEOUT_MS}")).await?;
            transaction.query(LOCK, &[&lock_name(organization)]).await?;
            if transaction.execute(SET, &[&organization.0, &language.0]).await? == 0 {
                let there = "select from organizations where id = $1";
                return Ok(transaction.query_opt(there, &[&organization.0]).await?.is_some());
            }
            transaction.execute(FORGET, &[&organization.0]).await?;
            transaction.execute(QUEUE, &[&organization.0, &LOGS_AT_ONCE]).await?;
            transaction.commit().await?;
            Ok(true)
        };
        let set = set.await;
        give_back(client, set)
    }

    /// The language that an organization's entries are searched with; `None` when there is no such organization.
    ///
    /// # Errors
    /// As every query.
    pub async fn search_language(&self, organization: OrganizationId) -> Result<Option<SearchLanguage>, StorageError> {
        let sql = "select search_language from organizations where id = $1";
        let Some(row) = self.query_opt(organization, sql, &[&organization.0]).await? else { return Ok(None) };
        let name: &str = row.try_get(0)?;
        let unknown = |_| StorageError::Fault(format!("a row holds the language {name:?}"));
        name.parse().map(Some).map_err(unknown)
    }
}
