//! Who is there to answer: as agents chose and as is observed, for colleagues and for visitors.

use std::sync::Arc;

use protocol::client::SetAvailability;
use protocol::frame::Error;
use protocol::id::{DepartmentId, OrganizationId};
use protocol::limit;
use protocol::server::{Availability, ServerFrame};
use protocol::value::{AgentAvailability, AgentCard, Colleague, WidgetSettings};
use storage::Team;

use super::authorize::{Action, Principal, authorize};
use super::page::fitting;
use crate::error::{forbidden, from_storage, not_found};
use crate::state::App;

/// Most faces that a widget shows.
const FACES: usize = 5;
/// Most bytes of colleagues in a `welcome`, which holds departments too and must fit a frame.
const COLLEAGUES_BYTES: usize = 32 * 1024;

/// Who answers now, as visitors see it.
#[must_use]
pub fn of(app: &App, organization: OrganizationId, settings: &WidgetSettings) -> Availability {
    availability(app.hub.answering(organization, FACES), settings)
}

fn availability(agents: Vec<AgentCard>, settings: &WidgetSettings) -> Availability {
    let online = !agents.is_empty();
    Availability { online, agents: if settings.show_agent_avatars { agents } else { Vec::new() } }
}

/// What an agent is told of their colleagues and of themselves.
#[derive(Clone, Debug)]
pub struct Colleagues {
    /// By name, themselves among them; with what each chose as far as it is stored. Whether they are here is filled in by
    /// [`observe`].
    pub all: Vec<Colleague>,
    /// What they chose themselves.
    pub chosen: AgentAvailability,
    /// The departments that they answer for.
    pub departments: Vec<DepartmentId>,
}

/// An agent's colleagues: one query.
///
/// # Errors
/// `forbidden`, `not_found`, `unavailable`.
pub async fn colleagues(app: &App, principal: &Principal) -> Result<Colleagues, Error> {
    let Principal::Agent { organization, member } = principal else {
        return Err(forbidden("this is for members of the organization"));
    };
    let most = u32::try_from(limit::COLLEAGUES).unwrap_or(u32::MAX);
    let team = app.storage.team(organization.id, member.id, most).await.map_err(from_storage)?;
    let Team { members, own, departments } = team.ok_or_else(|| not_found("member"))?;
    let colleague = |(AgentCard { id, name }, availability)| Colleague { id, name, availability, present: false };
    let mut all: Vec<Colleague> = members.into_iter().map(colleague).collect();
    let own = all.get(own).cloned().ok_or_else(|| not_found("member"))?;
    all.truncate(fitting(&all, COLLEAGUES_BYTES).min(limit::COLLEAGUES));
    if all.iter().all(|colleague| colleague.id != own.id) {
        all.pop();
        all.push(own.clone());
    }
    Ok(Colleagues { all, chosen: own.availability, departments })
}

/// Fills in who of them is here. What somebody who is here chose is known better here than in what was read before.
pub fn observe(app: &App, organization: OrganizationId, colleagues: &mut [Colleague]) {
    for colleague in colleagues {
        let chosen = app.hub.chosen(organization, colleague.id);
        colleague.present = chosen.is_some();
        colleague.availability = chosen.unwrap_or(colleague.availability);
    }
}

/// An agent chooses whether they take conversations. Colleagues and visitors are told.
///
/// # Errors
/// `forbidden`, `not_found`, `unavailable`.
pub async fn choose(app: &Arc<App>, principal: &Principal, request: SetAvailability) -> Result<(), Error> {
    authorize(principal, Action::ChooseAvailability)?;
    let Principal::Agent { organization, member } = principal else {
        return Err(forbidden("this is for members of the organization"));
    };
    let chosen = request.availability;
    let kept = app.storage.set_availability(organization.id, member.id, chosen).await.map_err(from_storage)?;
    if !kept {
        return Err(not_found("member"));
    }
    if app.hub.choose(organization.id, member.id, chosen) {
        announce(app, organization.id);
    }
    Ok(())
}

/// An agent's socket has come; if it is the first, colleagues are told, and visitors if the agent takes conversations.
pub fn arrive(app: &Arc<App>, principal: &Principal, chosen: AgentAvailability) {
    if let Principal::Agent { organization, member } = principal
        && app.hub.arrive(organization.id, &AgentCard { id: member.id, name: member.name.clone() }, chosen)
    {
        announce(app, organization.id);
    }
}

/// An agent's socket has gone; if it was the last, colleagues are told, and visitors if the agent took conversations.
pub fn leave(app: &Arc<App>, principal: &Principal) {
    if let Principal::Agent { organization, member } = principal
        && app.hub.leave(organization.id, member.id)
    {
        announce(app, organization.id);
    }
}

fn announce(app: &Arc<App>, organization: OrganizationId) {
    let app = Arc::clone(app);
    let tasks = app.tasks.clone();
    tasks.spawn(async move {
        match app.widgets.of(organization).await {
            Ok(Some(widget)) => {
                let frame = |agents| ServerFrame::from(availability(agents, &widget.config.settings)).encode(0);
                app.hub.tell_visitors(organization, FACES, frame);
            }
            Ok(None) => {}
            // Visitors learn it with their next welcome.
            Err(error) => tracing::warn!(%error, "availability was not announced"),
        }
    });
}
