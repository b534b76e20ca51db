//! Something is gone for good: whoever looks at it here is told, or their socket is closed.

use protocol::code::CloseCode;
use storage::Gone;

use super::inbox;
use crate::hub::Topic;
use crate::state::App;

/// Tells those who are connected here. Once more is no harm.
pub fn tell(app: &App, gone: &Gone) {
    match gone {
        Gone::Organization(organization) => {
            app.widgets.forget(*organization);
            app.hub.close(Topic::Widgets(*organization), CloseCode::NoWidget);
            app.hub.close(Topic::Inbox(*organization), CloseCode::Unauthenticated);
        }
        Gone::Sessions(organization, visitor) => {
            app.hub.close_visitor(*organization, *visitor, CloseCode::Unauthenticated);
        }
        Gone::Conversations(organization, conversations) => {
            conversations.iter().for_each(|conversation| inbox::gone(app, *organization, *conversation));
        }
        Gone::Content(organization, conversation) => match inbox::room(app, *organization) {
            Ok(room) => inbox::tell(room, *organization, *conversation),
            Err(full) => tracing::warn!(%full, %conversation, "agents see an anonymized conversation as it was"),
        },
    }
}
