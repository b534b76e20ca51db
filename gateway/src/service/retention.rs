//! How long an organization keeps what.

use protocol::frame::Error;
use protocol::value::FieldError;
use storage::Retention;

use super::authorize::{Action, Principal, authorize};
use crate::error::{from_storage, not_found};
use crate::state::App;

/// Most days that anything is kept, unless it is kept for good.
pub const DAYS_MAX: u32 = 36_500;

/// As it is set.
///
/// # Errors
/// `forbidden`, `unavailable`.
pub async fn show(app: &App, principal: &Principal) -> Result<Retention, Error> {
    authorize(principal, Action::ManageRetention)?;
    let retention = app.storage.retention(principal.organization()).await.map_err(from_storage)?;
    retention.ok_or_else(|| not_found("organization"))
}

/// Sets it. What has been kept longer goes with the next maintenance.
///
/// # Errors
/// `forbidden`, `bad_field`, `unavailable`.
pub async fn set(app: &App, principal: &Principal, retention: Retention) -> Result<Retention, Error> {
    authorize(principal, Action::ManageRetention)?;
    check(&retention)?;
    let there = app.storage.set_retention(principal.organization(), &retention).await.map_err(from_storage)?;
    if there { Ok(retention) } else { Err(not_found("organization")) }
}

/// Whether each is a number of days.
///
/// # Errors
/// Names the field.
pub fn check(retention: &Retention) -> Result<(), FieldError> {
    let Retention { conversations_days, visitors_days, page_views_days, events_days } = retention;
    for (name, days) in [
        ("conversations_days", conversations_days),
        ("visitors_days", visitors_days),
        ("page_views_days", page_views_days),
        ("events_days", events_days),
    ] {
        if days.is_some_and(|days| days == 0 || days > DAYS_MAX) {
            return Err(FieldError::new(name, format!("must be from 1 to {DAYS_MAX}, or null to keep it for good")));
        }
    }
    Ok(())
}
