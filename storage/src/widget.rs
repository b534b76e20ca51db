//! The widget's settings page: settings, allowed domains, departments and form, read and replaced as one.

use deadpool_postgres::{Object, Transaction};
use protocol::id::{DepartmentId, OrganizationId};
use protocol::value::{Department, Organization, WidgetConfig};
use tokio_postgres::types::{Json, ToSql};
use uuid::Uuid;

use crate::error::StorageError;
use crate::label::Label;
use crate::pool::{Storage, begin, give_back};

mod kept;

use kept::widget;

/// An organization's widget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Widget {
    /// Whose it is.
    pub organization: Organization,
    /// Its settings; `enabled` says whether it answers at all.
    pub config: WidgetConfig,
}

/// The whole document in one row: departments come as two arrays in their order.
const FIND: &str = "select o.id, o.name, w.widget_key, w.enabled, w.primary_color, w.position, w.bubble_icon,
        w.greeting_message, w.offline_message, w.auto_open, w.auto_open_delay, w.show_agent_avatars,
        w.show_typing_indicator, w.allowed_domains, w.pre_chat_form, w.draft_preview, w.theme, w.language, w.strings,
        w.sounds, w.ask_rating, w.ask_email_away, w.business_hours, w.rules, d.ids, d.names
    from widget_settings w
    join organizations o on o.id = w.organization_id
    cross join lateral (
        select coalesce(array_agg(id order by place, id), '{}') as ids,
               coalesce(array_agg(name order by place, id), '{}') as names
        from departments where organization_id = w.organization_id
    ) d
    where w.organization_id = $1 and o.deleted_at is null";

/// As the IANA calls it, and so every browser: the list has other names too, of which only Postgres knows.
const KNOWS_ZONE: &str = "select 1 from pg_timezone_names
    where name = $1 and (name = 'UTC' or name ~ '/') and name !~ '^(posix|right)/'";

const SAVE_SETTINGS: &str = "update widget_settings set enabled = $2, primary_color = $3, position = $4,
        bubble_icon = $5, greeting_message = $6, offline_message = $7, auto_open = $8, auto_open_delay = $9,
        show_agent_avatars = $10, show_typing_indicator = $11, allowed_domains = $12, pre_chat_form = $13,
        draft_preview = $14, theme = $15, language = $16, strings = $17, sounds = $18, ask_rating = $19,
        ask_email_away = $20, business_hours = $21, rules = $22, updated_at = now()
    where organization_id = $1";

impl Storage {
    /// Finds a widget by the key in its site's snippet, or by its organization's id, which snippets may name instead.
    /// The one is as public as the other.
    ///
    /// # Errors
    /// As every query.
    pub async fn find_widget(&self, widget_key: &str) -> Result<Option<Widget>, StorageError> {
        if let Ok(organization) = widget_key.parse() {
            return self.find_widget_of(organization).await;
        }
        let sql = "select organization_id from widget_settings where widget_key = $1";
        match self.look_up(sql, &[&widget_key]).await? {
            Some(row) => self.find_widget_of(OrganizationId(row.try_get(0)?)).await,
            None => Ok(None),
        }
    }

    /// An organization's widget.
    ///
    /// # Errors
    /// As every query.
    pub async fn find_widget_of(&self, organization: OrganizationId) -> Result<Option<Widget>, StorageError> {
        let row = self.query_opt(organization, FIND, &[&organization.0]).await?;
        row.map(|row| widget(&row)).transpose()
    }

    /// Whether there is a time zone of this name, as `Europe/Berlin`.
    ///
    /// # Errors
    /// As every query.
    pub async fn knows_time_zone(&self, name: &str) -> Result<bool, StorageError> {
        Ok(self.look_up(KNOWS_ZONE, &[&name]).await?.is_some())
    }

    /// Replaces a widget's settings, and returns them as stored: departments without an id have been made and have
    /// one, those that were left out are gone. The widget key stays as it is.
    ///
    /// # Errors
    /// `Conflict("department")` for an id that is not one of the organization's departments,
    /// `Conflict("organization")` for an organization without a widget.
    pub async fn save_widget_config(
        &self,
        organization: OrganizationId,
        config: &WidgetConfig,
    ) -> Result<WidgetConfig, StorageError> {
        let mut client = self.request().await?;
        let saved = save(&mut client, organization, config).await;
        give_back(client, saved)
    }
}

async fn save(
    client: &mut Object,
    organization: OrganizationId,
    config: &WidgetConfig,
) -> Result<WidgetConfig, StorageError> {
    let transaction = begin(client, organization).await?;
    // First, because its row's lock makes two that save at once take turns.
    save_settings(&transaction, organization, config).await?;
    save_departments(&transaction, organization, &config.departments).await?;
    let row = transaction.query_one(&transaction.prepare_cached(FIND).await?, &[&organization.0]).await?;
    let saved = widget(&row)?.config;
    transaction.commit().await?;
    Ok(saved)
}

async fn save_settings(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    config: &WidgetConfig,
) -> Result<(), StorageError> {
    let settings = &config.settings;
    let position = settings.position.label();
    let delay = i32::try_from(settings.auto_open_delay).unwrap_or(i32::MAX);
    let theme = settings.theme.label();
    let (form, strings, rules) = (Json(&config.form), Json(&settings.strings), Json(&settings.rules));
    let hours = settings.hours.as_ref().map(Json);
    let params: [&(dyn ToSql + Sync); 22] = [
        &organization.0,
        &config.enabled,
        &settings.primary_color,
        &position,
        &settings.bubble_icon,
        &settings.greeting_message,
        &settings.offline_message,
        &settings.auto_open,
        &delay,
        &settings.show_agent_avatars,
        &settings.show_typing_indicator,
        &config.allowed_domains,
        &form,
        &settings.draft_preview,
        &theme,
        &settings.language,
        &strings,
        &settings.sounds,
        &settings.ask_rating,
        &settings.ask_email_away,
        &hours,
        &rules,
    ];
    match transaction.execute(&transaction.prepare_cached(SAVE_SETTINGS).await?, &params).await? {
        0 => Err(StorageError::Conflict("organization")),
        _ => Ok(()),
    }
}

async fn save_departments(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    departments: &[Department],
) -> Result<(), StorageError> {
    let kept: Vec<Uuid> = departments.iter().filter_map(|department| department.id).map(|id| id.0).collect();
    let sql = "delete from departments where organization_id = $1 and id <> all($2)";
    transaction.execute(&transaction.prepare_cached(sql).await?, &[&organization.0, &kept]).await?;
    let update = "update departments set name = $3, place = $4 where organization_id = $1 and id = $2";
    let insert = "insert into departments (organization_id, id, name, place) values ($1, $2, $3, $4)";
    for (place, department) in departments.iter().enumerate() {
        let (sql, id) = match department.id {
            Some(id) => (update, id),
            None => (insert, DepartmentId::generate()),
        };
        let place = i16::try_from(place).unwrap_or(i16::MAX);
        let statement = transaction.prepare_cached(sql).await?;
        if transaction.execute(&statement, &[&organization.0, &id.0, &department.name, &place]).await? == 0 {
            return Err(StorageError::Conflict("department"));
        }
    }
    Ok(())
}
