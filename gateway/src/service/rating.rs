//! How visitors liked their conversations.

use protocol::frame::Error;
use protocol::http::{RatedConversation, RatingPlace, RatingsPage};
use protocol::limit;
use protocol::value::FieldError;

use super::authorize::{Action, Principal, authorize};
use crate::error::from_storage;
use crate::state::App;

/// A page of them, newest first, with how many there are of each.
///
/// # Errors
/// `forbidden`, `bad_field`, `unavailable`.
pub async fn page(
    app: &App,
    principal: &Principal,
    after: Option<RatingPlace>,
    most: Option<u32>,
) -> Result<RatingsPage, Error> {
    authorize(principal, Action::SeeRatings)?;
    let most = most.unwrap_or(limit::PAGE_ENTRIES_DEFAULT);
    if !(1..=limit::PAGE_ENTRIES).contains(&most) {
        return Err(FieldError::new("limit", format!("must be 1 to {}", limit::PAGE_ENTRIES)).into());
    }
    let (organization, after) = (principal.organization(), after.map(|place| (place.at, place.conversation)));
    let page = app.storage.ratings(organization, after, most).await;
    let (ratings, more) = page.map_err(from_storage)?;
    let counts = app.storage.rating_counts(organization).await.map_err(from_storage)?;
    let next = ratings.last().filter(|_| more);
    Ok(RatingsPage {
        next: next.map(|last| RatingPlace { at: last.at, conversation: last.conversation }),
        ratings: ratings.into_iter().map(shown).collect(),
        average: average(counts),
        counts,
    })
}

fn shown(rated: storage::Rated) -> RatedConversation {
    RatedConversation {
        conversation: rated.conversation,
        visitor: rated.visitor,
        assignee: rated.assignee,
        score: rated.score,
        comment: rated.comment,
        at: rated.at,
    }
}

fn average(counts: [u64; 5]) -> Option<f64> {
    let number: u64 = counts.iter().sum();
    let total: u64 = counts.iter().zip(1..).map(|(count, score): (_, u64)| count * score).sum();
    // Exact as long as there are less than 2^53 of them.
    (number > 0).then(|| total as f64 / number as f64)
}

#[cfg(test)]
mod tests {
    use super::average;

    #[test]
    fn the_average_is_that_of_all_ratings() {
        assert_eq!(average([0; 5]), None);
        assert_eq!(average([0, 0, 0, 0, 7]), Some(5.0));
        assert_eq!(average([1, 0, 0, 0, 3]), Some(4.0));
    }
}
