//! The widget's settings: for its visitors, and for the admin who sets them.

use protocol::code::ErrorCode;
use protocol::frame::Error;
use protocol::value::{FieldError, WidgetConfig};
use storage::{StorageError, Widget};

use super::authorize::{Action, Principal, authorize};
use crate::auth::peer::Peer;
use crate::error::{from_storage, not_found};
use crate::state::App;

/// The widget of this key, if it is switched on and the page may embed it.
///
/// # Errors
/// `not_found`, `origin_refused`, `unavailable`.
pub async fn open(app: &App, peer: &Peer, widget_key: &str) -> Result<Widget, Error> {
    let widget = app.storage.find_widget(widget_key).await.map_err(from_storage)?;
    let widget = widget.filter(|widget| widget.config.enabled).ok_or_else(|| not_found("widget"))?;
    if !peer.may_embed(app.settings.public_url.as_deref(), &widget.config.allowed_domains) {
        return Err(Error::new(
            ErrorCode::OriginRefused,
            "this page's origin is not among the widget's allowed domains",
        ));
    }
    Ok(widget)
}

/// The settings page's document.
///
/// # Errors
/// `forbidden`, `not_found`, `unavailable`.
pub async fn config(app: &App, principal: &Principal) -> Result<WidgetConfig, Error> {
    authorize(principal, Action::SeeWidgetConfig)?;
    let widget = app.storage.find_widget_of(principal.organization()).await.map_err(from_storage)?;
    widget.map(|widget| widget.config).ok_or_else(|| not_found("widget"))
}

/// Replaces the settings page's document.
///
/// # Errors
/// `forbidden`, `bad_field`, `unavailable`.
pub async fn save_config(app: &App, principal: &Principal, config: &WidgetConfig) -> Result<WidgetConfig, Error> {
    authorize(principal, Action::ChangeWidgetConfig)?;
    config.check()?;
    app.storage.save_widget_config(principal.organization(), config).await.map_err(|error| match error {
        StorageError::Conflict("department") => {
            FieldError::new("departments", "must have ids of this organization's departments, or none").into()
        }
        other => from_storage(other),
    })
}
