//! The widget's settings: for its visitors, and for the admin who sets them.

use std::sync::Arc;

use protocol::code::ErrorCode;
use protocol::frame::Error;
use protocol::value::{FieldError, WidgetConfig};
use storage::{Storage, StorageError, Widget};

use super::authorize::{Action, Principal, authorize};
use crate::auth::peer::Peer;
use crate::error::{from_storage, not_found};
use crate::state::App;

/// The widget of this key, if it is switched on and the page may embed it.
///
/// # Errors
/// `not_found`, `origin_refused`, `unavailable`.
pub async fn open(app: &App, peer: &Peer, widget_key: &str) -> Result<Arc<Widget>, Error> {
    let widget = app.widgets.find(widget_key).await.map_err(from_storage)?;
    let widget = widget.filter(|widget| widget.config.enabled).ok_or_else(|| not_found("widget"))?;
    if !peer.may_embed(app.settings.public_url.as_deref(), &widget.config.allowed_domains) {
        return Err(Error::new(
            ErrorCode::OriginRefused,
            "this page's origin is not among the widget's allowed domains",
        ));
    }
    Ok(widget)
}

/// The principal's own organization's widget, as it is kept in memory.
///
/// # Errors
/// `not_found`, `unavailable`.
pub async fn of(app: &App, principal: &Principal) -> Result<Arc<Widget>, Error> {
    let widget = app.widgets.of(principal.organization()).await.map_err(from_storage)?;
    widget.ok_or_else(|| not_found("widget"))
}

/// The settings page's document, as it is stored: it will be changed and replaced.
///
/// # Errors
/// `forbidden`, `not_found`, `unavailable`.
pub async fn config(app: &App, principal: &Principal) -> Result<WidgetConfig, Error> {
    authorize(principal, Action::SeeWidgetConfig)?;
    let widget = app.storage.find_widget_of(principal.organization()).await.map_err(from_storage)?;
    widget.map(|widget| widget.config).ok_or_else(|| not_found("widget"))
}

/// The rules of the settings page's document, and that there is its time zone.
///
/// # Errors
/// `bad_field`, `unavailable`.
pub async fn check(storage: &Storage, config: &WidgetConfig) -> Result<(), Error> {
    config.check()?;
    if let Some(hours) = &config.settings.hours
        && !storage.knows_time_zone(&hours.time_zone).await.map_err(from_storage)?
    {
        return Err(FieldError::new("settings.hours.time_zone", "must be a time zone as Europe/Berlin").into());
    }
    Ok(())
}

/// Replaces the settings page's document.
///
/// # Errors
/// `forbidden`, `bad_field`, `unavailable`.
pub async fn save_config(app: &App, principal: &Principal, config: &WidgetConfig) -> Result<WidgetConfig, Error> {
    authorize(principal, Action::ChangeWidgetConfig)?;
    check(&app.storage, config).await?;
    let saved = app.storage.save_widget_config(principal.organization(), config).await;
    // Whatever came of it: it may be stored although its answer was lost.
    app.widgets.forget(principal.organization());
    saved.map_err(|error| match error {
        StorageError::Conflict("department") => {
            FieldError::new("departments", "must have ids of this organization's departments, or none").into()
        }
        other => from_storage(other),
    })
}
