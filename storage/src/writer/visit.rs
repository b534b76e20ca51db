//! What visitors do on their sites: the pages that they see and what the sites track. Rows of their own, without order
//! among them, that share the entries' lanes and commits.

use std::collections::HashMap;
use std::time::SystemTime;

use futures_util::future::{OptionFuture, join3};
use protocol::id::{OrganizationId, VisitorId, WidgetSessionId};
use protocol::value::{Attributes, Millis, Page};
use tokio_postgres::types::{Json, ToSql};
use tokio_postgres::{Client, Error, Statement};
use uuid::Uuid;

use crate::time::timestamp;

/// A page that a visitor sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPageView {
    /// The tenant.
    pub organization: OrganizationId,
    /// Its own id, which makes it safe to write it twice.
    pub id: Uuid,
    /// The session that is on the page now; none when its row tells so already, as it does of the page that a hello
    /// tells.
    pub session: Option<WidgetSessionId>,
    /// Who sees it.
    pub visitor: VisitorId,
    /// Since when.
    pub at: Millis,
    /// What the browser tells of it.
    pub page: Page,
}

/// Something that a site tracked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// The tenant.
    pub organization: OrganizationId,
    /// Its own id, which makes it safe to write it twice.
    pub id: Uuid,
    /// Whom it is about.
    pub visitor: VisitorId,
    /// When it happened.
    pub at: Millis,
    /// What happened, in the site's words.
    pub name: String,
    /// Its circumstances.
    pub properties: Attributes,
}

/// Of visitors that are gone nothing is kept. One that goes in this very moment makes the batch fail and be split.
const INSERT_PAGE_VIEWS: &str = "insert into page_views (organization_id, visitor_id, id, at, url, title, referrer)
    select k.* from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::text[])
        as k(organization_id, visitor_id, id, at, url, title, referrer)
    join visitors v on v.organization_id = k.organization_id and v.id = k.visitor_id
    on conflict (organization_id, visitor_id, at, id) do nothing";

const INSERT_EVENTS: &str = "insert into events (organization_id, visitor_id, id, at, name, properties)
    select k.* from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::jsonb[])
        as k(organization_id, visitor_id, id, at, name, properties)
    join visitors v on v.organization_id = k.organization_id and v.id = k.visitor_id
    on conflict (organization_id, visitor_id, at, id) do nothing";

/// Locked in id order, so that writers that share sessions wait for each other and never in a circle.
const SEE_SESSIONS: &str = "update widget_sessions s set
        current_url = coalesce(seen.url, s.current_url), last_seen_at = greatest(s.last_seen_at, seen.at)
    from (
        select s.organization_id, s.id, k.url, k.at
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[]) as k(organization_id, id, url, at)
        join widget_sessions s on s.organization_id = k.organization_id and s.id = k.id
        order by s.organization_id, s.id for no key update of s
    ) seen
    where s.organization_id = seen.organization_id and s.id = seen.id";

/// The prepared statements.
pub(super) struct Statements {
    insert_page_views: Statement,
    see_sessions: Statement,
    insert_events: Statement,
}

impl Statements {
    pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
        Ok(Self {
            insert_page_views: client.prepare(INSERT_PAGE_VIEWS).await?,
            see_sessions: client.prepare(SEE_SESSIONS).await?,
            insert_events: client.prepare(INSERT_EVENTS).await?,
        })
    }

    /// Writes what there is, all of it sent with the first poll; without anything it sends nothing.
    pub(super) async fn write(
        &self,
        client: &Client,
        page_views: &[&NewPageView],
        events: &[&NewEvent],
    ) -> Result<(), Error> {
        let (views, sessions, tracked) = (PageViews::of(page_views), Sessions::of(page_views), Events::of(events));
        let (view_params, session_params, tracked_params) = (views.params(), sessions.params(), tracked.params());
        let (any_views, any_events) = (!page_views.is_empty(), !events.is_empty());
        let any_sessions = page_views.iter().any(|view| view.session.is_some());
        let (views, sessions, tracked) = join3(
            OptionFuture::from(any_views.then(|| client.execute(&self.insert_page_views, &view_params))),
            OptionFuture::from(any_sessions.then(|| client.execute(&self.see_sessions, &session_params))),
            OptionFuture::from(any_events.then(|| client.execute(&self.insert_events, &tracked_params))),
        )
        .await;
        // In the order of sending: what comes after a failure fails for that alone.
        let (views, _, tracked) = (views.transpose()?, sessions.transpose()?, tracked.transpose()?);
        let kept = views.unwrap_or(0) + tracked.unwrap_or(0);
        let given = page_views.len() + events.len();
        if usize::try_from(kept) != Ok(given) {
            tracing::debug!(given, kept, "some page views or events were kept before, or their visitors are gone");
        }
        Ok(())
    }
}

/// The columns of the page views.
struct PageViews<'a> {
    organizations: Vec<Uuid>,
    visitors: Vec<Uuid>,
    ids: Vec<Uuid>,
    ats: Vec<SystemTime>,
    urls: Vec<Option<&'a str>>,
    titles: Vec<Option<&'a str>>,
    referrers: Vec<Option<&'a str>>,
}

impl<'a> PageViews<'a> {
    fn of(views: &[&'a NewPageView]) -> Self {
        Self {
            organizations: views.iter().map(|view| view.organization.0).collect(),
            visitors: views.iter().map(|view| view.visitor.0).collect(),
            ids: views.iter().map(|view| view.id).collect(),
            ats: views.iter().map(|view| timestamp(view.at)).collect(),
            urls: views.iter().map(|view| view.page.url.as_deref()).collect(),
            titles: views.iter().map(|view| view.page.title.as_deref()).collect(),
            referrers: views.iter().map(|view| view.page.referrer.as_deref()).collect(),
        }
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 7] {
        [&self.organizations, &self.visitors, &self.ids, &self.ats, &self.urls, &self.titles, &self.referrers]
    }
}

/// The columns of the sessions that the page views came from: each once, with the last of them.
struct Sessions<'a> {
    organizations: Vec<Uuid>,
    ids: Vec<Uuid>,
    urls: Vec<Option<&'a str>>,
    ats: Vec<SystemTime>,
}

impl<'a> Sessions<'a> {
    fn of(views: &[&'a NewPageView]) -> Self {
        // In the batch's order, which is the order in which the visitor went from page to page.
        let seen = views.iter().filter_map(|view| Some(((view.organization, view.session?), view)));
        let last: HashMap<_, _> = seen.collect();
        Self {
            organizations: last.keys().map(|(organization, _)| organization.0).collect(),
            ids: last.keys().map(|(_, session)| session.0).collect(),
            urls: last.values().map(|view| view.page.url.as_deref()).collect(),
            ats: last.values().map(|view| timestamp(view.at)).collect(),
        }
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 4] {
        [&self.organizations, &self.ids, &self.urls, &self.ats]
    }
}

/// The columns of the events.
struct Events<'a> {
    organizations: Vec<Uuid>,
    visitors: Vec<Uuid>,
    ids: Vec<Uuid>,
    ats: Vec<SystemTime>,
    names: Vec<&'a str>,
    properties: Vec<Json<&'a Attributes>>,
}

impl<'a> Events<'a> {
    fn of(events: &[&'a NewEvent]) -> Self {
        Self {
            organizations: events.iter().map(|event| event.organization.0).collect(),
            visitors: events.iter().map(|event| event.visitor.0).collect(),
            ids: events.iter().map(|event| event.id).collect(),
            ats: events.iter().map(|event| timestamp(event.at)).collect(),
            names: events.iter().map(|event| event.name.as_str()).collect(),
            properties: events.iter().map(|event| Json(&event.properties)).collect(),
        }
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 6] {
        [&self.organizations, &self.visitors, &self.ids, &self.ats, &self.names, &self.properties]
    }
}
