//! How visitors liked their conversations: of each the newest rating.

use protocol::id::{ConversationId, MemberId, OrganizationId, VisitorId};
use protocol::value::{Millis, VisitorSummary};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::error::StorageError;
use crate::place::{self, cut, one_more};
use crate::pool::Storage;
use crate::time::millis;

/// A conversation's rating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rated {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Whose it is.
    pub visitor: VisitorSummary,
    /// Which member's it is now.
    pub assignee: Option<MemberId>,
    /// 1 (bad) to 5 (good).
    pub score: u8,
    /// In the visitor's words.
    pub comment: Option<String>,
    /// When it was rated.
    pub at: Millis,
}

/// A place in the list of ratings: time and conversation of the last one of a page.
pub type RatingPlace = (Millis, ConversationId);

/// How many conversations were rated with each score, from 1 to 5.
pub type RatingCounts = [u64; 5];

const PAGE: &str =
    "select c.id, v.id, v.name, v.email, v.verified, c.assignee_id, c.rating, c.rating_comment, c.rated_at
    from conversations c
    join visitors v on v.organization_id = c.organization_id and v.id = c.visitor_id
    where c.organization_id = $1 and c.rated_at is not null
        and (c.rated_at, c.id) < ($2, $3)
    order by c.rated_at desc, c.id desc limit $4";

impl Storage {
    /// A page of the ratings, newest first, and whether there are more after it.
    ///
    /// # Errors
    /// As every query.
    pub async fn ratings(
        &self,
        organization: OrganizationId,
        after: Option<RatingPlace>,
        limit: u32,
    ) -> Result<(Vec<Rated>, bool), StorageError> {
        let (at, id) = place::after(after.map(|(at, id)| (at, id.0)));
        let params: [&(dyn ToSql + Sync); 4] = [&organization.0, &at, &id, &one_more(limit)];
        let rows = self.query(organization, PAGE, &params).await?;
        let (rows, more) = cut(&rows, limit);
        Ok((rows.iter().map(rated).collect::<Result<_, _>>()?, more))
    }

    /// How many conversations were rated how. Kept as they are rated, and only added up here.
    ///
    /// # Errors
    /// As every query.
    pub async fn rating_counts(&self, organization: OrganizationId) -> Result<RatingCounts, StorageError> {
        let sql = "select score, sum(count)::bigint from rating_counts where organization_id = $1 group by score";
        let rows = self.query(organization, sql, &[&organization.0]).await?;
        let mut counts = RatingCounts::default();
        for row in &rows {
            let (score, count): (i16, i64) = (row.try_get(0)?, row.try_get(1)?);
            let place = usize::try_from(score - 1).ok().and_then(|place| counts.get_mut(place));
            if let Some(place) = place {
                // A count that went wrong is no reason to show none.
                *place = u64::try_from(count).unwrap_or(0);
            }
        }
        Ok(counts)
    }
}

fn rated(row: &Row) -> Result<Rated, StorageError> {
    let score: i16 = row.try_get(6)?;
    Ok(Rated {
        conversation: ConversationId(row.try_get(0)?),
        visitor: VisitorSummary {
            id: VisitorId(row.try_get(1)?),
            name: row.try_get(2)?,
            email: row.try_get(3)?,
            verified: row.try_get(4)?,
        },
        assignee: row.try_get::<_, Option<_>>(5)?.map(MemberId),
        score: u8::try_from(score).map_err(|_| StorageError::Fault(format!("a row holds the rating {score}")))?,
        comment: row.try_get(7)?,
        at: millis(row.try_get(8)?),
    })
}
