//! Who is there to answer, as visitors see it.

use std::sync::Arc;

use protocol::id::OrganizationId;
use protocol::server::{Availability, ServerFrame};
use protocol::value::{AgentAvailability, AgentCard, WidgetSettings};

use super::authorize::Principal;
use crate::state::App;

/// Most faces that a widget shows.
const FACES: usize = 5;

/// Who is there now.
#[must_use]
pub fn of(app: &App, organization: OrganizationId, settings: &WidgetSettings) -> Availability {
    let agents = app.hub.answering(organization, FACES);
    availability(agents, settings)
}

fn availability(agents: Vec<AgentCard>, settings: &WidgetSettings) -> Availability {
    let online = !agents.is_empty();
    Availability { online, agents: if settings.show_agent_avatars { agents } else { Vec::new() } }
}

/// An agent's socket has come; if it is the first, visitors are told.
pub fn arrive(app: &Arc<App>, principal: &Principal) {
    if let Principal::Agent { organization, member } = principal
        && app.hub.arrive(
            organization.id,
            &AgentCard { id: member.id, name: member.name.clone() },
            AgentAvailability::Online,
        )
    {
        announce(app, organization.id);
    }
}

/// An agent's socket has gone; if it was the last, visitors are told.
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
        match app.storage.find_widget_of(organization).await {
            Ok(Some(widget)) => {
                let settings = widget.config.settings;
                let frame = |agents| ServerFrame::from(availability(agents, &settings)).encode(0);
                app.hub.tell_visitors(organization, FACES, frame);
            }
            Ok(None) => {}
            // Visitors learn it with their next welcome.
            Err(error) => tracing::warn!(%error, "availability was not announced"),
        }
    });
}
