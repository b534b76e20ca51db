//! Settings out of a row. What the gateway stores is valid; but a row may have been written by hand, or by a version
//! with other rules, and no visitor's hello may fail for that: a part that breaks its rule counts as not set.

use protocol::id::{DepartmentId, OrganizationId};
use protocol::value::{
    BusinessHours, Department, FieldError, Form, LANGUAGES, Organization, Position, Theme, WidgetConfig,
    WidgetSettings, check_rules, check_strings,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::Json;
use uuid::Uuid;

use super::Widget;
use crate::error::StorageError;
use crate::label::Label;

/// The widget in a row of [`super::FIND`].
pub(super) fn widget(row: &Row) -> Result<Widget, StorageError> {
    let organization = Organization { id: OrganizationId(row.try_get("id")?), name: row.try_get("name")? };
    let (ids, names): (Vec<Uuid>, Vec<String>) = (row.try_get("ids")?, row.try_get("names")?);
    let departments = ids.into_iter().zip(names).map(|(id, name)| Department { id: Some(DepartmentId(id)), name });
    let kept = Kept { row, organization: organization.id };
    let delay: i32 = row.try_get("auto_open_delay")?;
    let language: Option<String> = row.try_get("language")?;
    let settings = WidgetSettings {
        primary_color: row.try_get("primary_color")?,
        position: Position::read(row.try_get("position")?)?,
        bubble_icon: row.try_get("bubble_icon")?,
        greeting_message: row.try_get("greeting_message")?,
        offline_message: row.try_get("offline_message")?,
        auto_open: row.try_get("auto_open")?,
        auto_open_delay: u32::try_from(delay).unwrap_or(0),
        show_agent_avatars: row.try_get("show_agent_avatars")?,
        show_typing_indicator: row.try_get("show_typing_indicator")?,
        draft_preview: row.try_get("draft_preview")?,
        theme: Theme::read(row.try_get("theme")?)?,
        language: language.filter(|code| LANGUAGES.contains(&code.as_str())),
        strings: kept.valid("strings", |strings| check_strings("strings", strings))?.unwrap_or_default(),
        sounds: row.try_get("sounds")?,
        ask_rating: row.try_get("ask_rating")?,
        ask_email_away: row.try_get("ask_email_away")?,
        hours: kept.valid("business_hours", |hours: &BusinessHours| hours.check("business_hours"))?,
        rules: kept.valid("rules", |rules: &Vec<_>| check_rules("rules", rules))?.unwrap_or_default(),
    };
    Ok(Widget {
        config: WidgetConfig {
            widget_key: row.try_get("widget_key")?,
            enabled: row.try_get("enabled")?,
            settings,
            allowed_domains: row.try_get("allowed_domains")?,
            departments: departments.collect(),
            form: kept.valid("pre_chat_form", Form::check)?.unwrap_or_default(),
        },
        organization,
    })
}

/// The JSON of a row.
struct Kept<'a> {
    row: &'a Row,
    organization: OrganizationId,
}

impl Kept<'_> {
    /// A column's value, if it is there and keeps its rule.
    fn valid<T: DeserializeOwned>(
        &self,
        column: &str,
        check: impl FnOnce(&T) -> Result<(), FieldError>,
    ) -> Result<Option<T>, StorageError> {
        let Some(Json(json)) = self.row.try_get::<_, Option<Json<Value>>>(column)? else { return Ok(None) };
        let read = serde_json::from_value(json).map_err(|error| error.to_string());
        let valid = read.and_then(|value| check(&value).map(|()| value).map_err(|error| error.to_string()));
        match valid {
            Ok(value) => Ok(Some(value)),
            Err(error) => {
                tracing::warn!(organization = %self.organization, column, %error, "a setting of the widget is passed over");
                Ok(None)
            }
        }
    }
}
