//! Visits: who is on the site, on which page, and what happens there. What is shown live passes through the hub; what is
//! kept is written behind.

use protocol::client::{Track, Unwatch, Watch, Watched};
use protocol::frame::Error;
use protocol::id::{ConversationId, OrganizationId};
use protocol::limit;
use protocol::server::Visitors;
use protocol::value::{Attribute, Attributes, Page, VisitorSummary};
use storage::{NewEvent, NewPageView, Write};
use uuid::Uuid;

use super::authorize::{Action, Principal, authorize};
use super::page::fitting;
use crate::error::{forbidden, unavailable};
use crate::hub::{SocketId, Topic, Visit};
use crate::state::{App, now};

/// Bytes that a page view or an event takes in the writer beyond its texts: the write itself, and for its texts what the
/// allocator adds, roughly.
const VISIT_OVERHEAD_BYTES: usize = size_of::<Write>() + 256;
/// Bytes that a property takes in memory beyond its name and text: its place in a map that is half full, and what the
/// allocator adds to both, roughly.
const PROPERTY_BYTES: usize = 160;
/// Most bytes of visitors in one `visitors`: their pages' addresses may be long.
const VISITORS_BYTES: usize = 48 * 1024;

/// A visitor's socket has come: it is shown to those who watch, and its page counts as viewed.
pub fn begin(
    app: &App,
    principal: &Principal,
    socket: SocketId,
    visitor: VisitorSummary,
    page: Option<Page>,
    conversation: Option<ConversationId>,
) {
    let at = now();
    if let Some(page) = &page
        && keep_page(app, principal, page, Noted::WithTheHello).is_err()
    {
        // A visitor is greeted even while Postgres is away; of what they look at meanwhile some may be lost.
        tracing::debug!(socket, "a page view was not kept");
    }
    app.hub.visit(principal.organization(), Visit { socket, visitor, page, conversation, at });
}

/// A visitor's socket has gone.
pub fn end(app: &App, principal: &Principal, socket: SocketId) {
    if let Principal::Visitor { organization, visitor, .. } = principal {
        app.hub.depart(*organization, *visitor, socket);
    }
}

/// A visitor's socket stands for another visitor from now on, on the same page.
pub fn change(
    app: &App,
    former: &Principal,
    socket: SocketId,
    visitor: VisitorSummary,
    conversation: Option<ConversationId>,
) {
    if let Principal::Visitor { organization, visitor: before, .. } = former {
        let page = app.hub.depart(*organization, *before, socket);
        app.hub.visit(*organization, Visit { socket, visitor, page, conversation, at: now() });
    }
}

/// The visitor is on another page.
///
/// # Errors
/// `forbidden`, `unavailable`.
pub fn page(app: &App, principal: &Principal, socket: SocketId, page: Page) -> Result<(), Error> {
    keep_page(app, principal, &page, Noted::Not)?;
    if let Principal::Visitor { organization, visitor, .. } = principal {
        app.hub.turn_page(*organization, *visitor, socket, page);
    }
    Ok(())
}

/// Whether the session's row tells of the page already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Noted {
    WithTheHello,
    Not,
}

fn keep_page(app: &App, principal: &Principal, page: &Page, noted: Noted) -> Result<(), Error> {
    let Principal::Visitor { organization, visitor, session, .. } = principal else {
        return Err(forbidden("this is for visitors"));
    };
    authorize(principal, Action::ReportVisit(*visitor))?;
    let bytes: usize = [&page.url, &page.title, &page.referrer].into_iter().flatten().map(String::len).sum();
    let permit = app.writer.reserve_visit(*organization, VISIT_OVERHEAD_BYTES + bytes).map_err(|_| unavailable())?;
    permit.submit(Write::PageView(NewPageView {
        organization: *organization,
        id: Uuid::now_v7(),
        session: (noted == Noted::Not).then_some(*session),
        visitor: *visitor,
        at: now(),
        page: page.clone(),
    }));
    Ok(())
}

/// Something happened on the site.
///
/// # Errors
/// `forbidden`, `unavailable`.
pub fn track(app: &App, principal: &Principal, request: Track) -> Result<(), Error> {
    let Principal::Visitor { organization, visitor, .. } = principal else {
        return Err(forbidden("this is for visitors"));
    };
    authorize(principal, Action::ReportVisit(*visitor))?;
    let bytes = request.name.len() + bytes_of(&request.properties);
    let permit = app.writer.reserve_visit(*organization, VISIT_OVERHEAD_BYTES + bytes).map_err(|_| unavailable())?;
    permit.submit(Write::Event(NewEvent {
        organization: *organization,
        id: Uuid::now_v7(),
        visitor: *visitor,
        at: now(),
        name: request.name,
        properties: request.properties,
    }));
    Ok(())
}

/// What properties take in memory, in bytes, roughly.
fn bytes_of(properties: &Attributes) -> usize {
    let text = |value: &Attribute| if let Attribute::Text(text) = value { text.len() } else { 0 };
    properties.iter().map(|(name, value)| PROPERTY_BYTES + name.len() + text(value)).sum()
}

/// What an agent may watch, as the topic that its pushes go to.
///
/// # Errors
/// `forbidden`.
pub fn watched(principal: &Principal, request: Watch) -> Result<Topic, Error> {
    authorize(principal, Action::SeeVisitors)?;
    Ok(topic_of(principal.organization(), request.what))
}

/// The topic of what is to be watched no longer.
///
/// # Errors
/// `forbidden`.
pub fn unwatched(principal: &Principal, request: Unwatch) -> Result<Topic, Error> {
    authorize(principal, Action::SeeVisitors)?;
    Ok(topic_of(principal.organization(), request.what))
}

fn topic_of(organization: OrganizationId, what: Watched) -> Topic {
    match what {
        Watched::Visitors => Topic::Visitors(organization),
    }
}

/// Who is on the site: as many of those who came last as a frame holds. Whatever `act` does with it comes before pushes
/// about later changes.
pub fn here(app: &App, principal: &Principal, act: impl FnOnce(Visitors)) {
    app.hub.visitors_here(principal.organization(), limit::LIVE_VISITORS, |mut visitors, total| {
        visitors.truncate(fitting(&visitors, VISITORS_BYTES));
        act(Visitors { visitors, total: u32::try_from(total).unwrap_or(u32::MAX) });
    });
}
