//! Who may do what: the one place that says so, for frames and HTTP alike.

use protocol::frame::Error;
use protocol::id::{OrganizationId, VisitorId};
use protocol::value::{EntryKind, Member, Organization, Participant, ParticipantKind, Role};

use crate::error::{forbidden, not_found};
use crate::hub::Audience;

/// Somebody whose session was checked.
#[derive(Clone, Debug)]
pub enum Principal {
    /// A browser with a widget.
    Visitor {
        /// Whose site it is on.
        organization: OrganizationId,
        /// Who.
        visitor: VisitorId,
        /// The name they gave, if they did.
        name: Option<String>,
    },
    /// A member of an organization.
    Agent {
        /// Of which.
        organization: Organization,
        /// Who.
        member: Member,
    },
}

impl Principal {
    /// The tenant that this session is confined to.
    #[must_use]
    pub fn organization(&self) -> OrganizationId {
        match self {
            Self::Visitor { organization, .. } => *organization,
            Self::Agent { organization, .. } => organization.id,
        }
    }

    /// As whom they take part in conversations.
    #[must_use]
    pub fn participant(&self) -> Participant {
        match self {
            Self::Visitor { visitor, name, .. } => {
                Participant { kind: ParticipantKind::Visitor, id: (*visitor).into(), name: name.clone() }
            }
            Self::Agent { member, .. } => {
                Participant { kind: ParticipantKind::Agent, id: member.id.into(), name: Some(member.name.clone()) }
            }
        }
    }

    /// Which view of frames they get.
    #[must_use]
    pub fn audience(&self) -> Audience {
        match self {
            Self::Visitor { .. } => Audience::Visitor,
            Self::Agent { .. } => Audience::Agent,
        }
    }
}

/// What somebody wants to do, and to what.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    /// Begin a conversation of one's own.
    StartConversation,
    /// See a conversation of this visitor: its log, receipts and who is typing.
    SeeConversation(VisitorId),
    /// Add an entry of this kind to a conversation of this visitor.
    AddEntry(VisitorId, EntryKind),
    /// See the organization's inbox.
    SeeInbox,
    /// See the widget's settings page.
    SeeWidgetConfig,
    /// Change the widget's settings.
    ChangeWidgetConfig,
}

/// Lets `principal` do `action` within their own organization, or says why not. Somebody else's conversation is
/// answered like one that does not exist.
///
/// # Errors
/// `not_found` or `forbidden`.
pub fn authorize(principal: &Principal, action: Action) -> Result<(), Error> {
    match (principal, action) {
        (Principal::Visitor { visitor, .. }, Action::SeeConversation(owner)) => own(*visitor, owner),
        (Principal::Visitor { visitor, .. }, Action::AddEntry(owner, kind)) => {
            own(*visitor, owner)?;
            if kind == EntryKind::Text { Ok(()) } else { Err(forbidden("visitors may send text only")) }
        }
        (Principal::Visitor { .. }, Action::StartConversation) => Ok(()),
        (Principal::Visitor { .. }, Action::SeeInbox | Action::SeeWidgetConfig | Action::ChangeWidgetConfig) => {
            Err(forbidden("this is for members of the organization"))
        }
        (Principal::Agent { .. }, Action::StartConversation) => Err(forbidden("only visitors start conversations")),
        (Principal::Agent { member, .. }, Action::ChangeWidgetConfig) => match member.role {
            Role::Owner | Role::Admin => Ok(()),
            Role::Agent => Err(forbidden("only owners and admins change settings")),
        },
        (
            Principal::Agent { .. },
            Action::SeeConversation(_) | Action::AddEntry(..) | Action::SeeInbox | Action::SeeWidgetConfig,
        ) => Ok(()),
    }
}

fn own(visitor: VisitorId, owner: VisitorId) -> Result<(), Error> {
    if visitor == owner { Ok(()) } else { Err(not_found("conversation")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::code::ErrorCode;
    use protocol::id::MemberId;

    fn visitor() -> (Principal, VisitorId) {
        let visitor = VisitorId::generate();
        let principal = Principal::Visitor { organization: OrganizationId::generate(), visitor, name: None };
        (principal, visitor)
    }

    fn agent(role: Role) -> Principal {
        let organization = Organization { id: OrganizationId::generate(), name: "Shop".into() };
        let member = Member { id: MemberId::generate(), name: "Ada".into(), email: "ada@shop.example".into(), role };
        Principal::Agent { organization, member }
    }

    fn verdict(principal: &Principal, action: Action) -> Result<(), ErrorCode> {
        authorize(principal, action).map_err(|error| error.code)
    }

    #[test]
    fn a_visitor_has_their_own_conversations_and_text_only() {
        let (principal, own) = visitor();
        let other = VisitorId::generate();
        assert_eq!(verdict(&principal, Action::StartConversation), Ok(()));
        assert_eq!(verdict(&principal, Action::SeeConversation(own)), Ok(()));
        assert_eq!(verdict(&principal, Action::SeeConversation(other)), Err(ErrorCode::NotFound));
        assert_eq!(verdict(&principal, Action::AddEntry(own, EntryKind::Text)), Ok(()));
        assert_eq!(verdict(&principal, Action::AddEntry(own, EntryKind::Note)), Err(ErrorCode::Forbidden));
        assert_eq!(verdict(&principal, Action::AddEntry(own, EntryKind::Status)), Err(ErrorCode::Forbidden));
        // A stranger's conversation does not even tell that notes are forbidden.
        assert_eq!(verdict(&principal, Action::AddEntry(other, EntryKind::Note)), Err(ErrorCode::NotFound));
        for action in [Action::SeeInbox, Action::SeeWidgetConfig, Action::ChangeWidgetConfig] {
            assert_eq!(verdict(&principal, action), Err(ErrorCode::Forbidden));
        }
    }

    #[test]
    fn settings_are_changed_by_owners_and_admins() {
        for (role, change) in [(Role::Owner, Ok(())), (Role::Admin, Ok(())), (Role::Agent, Err(ErrorCode::Forbidden))] {
            let principal = agent(role);
            assert_eq!(verdict(&principal, Action::ChangeWidgetConfig), change);
            assert_eq!(verdict(&principal, Action::SeeWidgetConfig), Ok(()));
            assert_eq!(verdict(&principal, Action::SeeInbox), Ok(()));
            assert_eq!(verdict(&principal, Action::StartConversation), Err(ErrorCode::Forbidden));
        }
    }
}
