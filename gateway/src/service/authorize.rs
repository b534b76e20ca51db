//! Who may do what: the one place that says so, for frames and HTTP alike.

use protocol::frame::Error;
use protocol::id::{OrganizationId, VisitorId, WidgetSessionId};
use protocol::value::{
    Content, ConversationStatus, EntryKind, Member, Organization, Participant, ParticipantKind, Role,
};

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
        /// The browser's session.
        session: WidgetSessionId,
        /// The name they gave, if they did.
        name: Option<String>,
        /// Whether the site vouched for who they are.
        verified: bool,
        /// Whether agents see what they type before it is sent, as their `welcome` said.
        draft_preview: bool,
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
    /// List all conversations of this visitor.
    ListConversations(VisitorId),
    /// Add an entry of this kind to a conversation of this visitor; a change of status has an action of its own.
    AddEntry(VisitorId, EntryKind),
    /// Change the status of a conversation of this visitor.
    SetStatus(VisitorId, ConversationStatus),
    /// Have a conversation of this visitor sent by e-mail.
    SendTranscript(VisitorId),
    /// See the organization's inbox.
    SeeInbox,
    /// Say who this visitor is, to the site.
    Identify(VisitorId),
    /// Note what is known of this visitor.
    UpdateVisitor(VisitorId),
    /// Tell where this visitor is on the site, and what happens there.
    ReportVisit(VisitorId),
    /// See all that is known of a visitor, and who is on the site.
    SeeVisitors,
    /// Choose whether one takes conversations.
    ChooseAvailability,
    /// See the widget's settings page.
    SeeWidgetConfig,
    /// Change the widget's settings.
    ChangeWidgetConfig,
    /// See how visitors liked their conversations.
    SeeRatings,
    /// See and set how long what is kept.
    ManageRetention,
    /// See and set the language that entries are searched with.
    ManageSearch,
    /// See and set who answers for which department.
    ManageDepartments,
    /// Take out all that is held of a contact.
    ExportContact,
    /// Erase a contact.
    EraseContact,
    /// Delete the organization.
    DeleteOrganization,
}

impl Action {
    /// Adding an entry that says this to a conversation of `owner`.
    #[must_use]
    pub fn add(owner: VisitorId, content: &Content) -> Self {
        match content.status {
            Some(status) if content.kind == EntryKind::Status => Self::SetStatus(owner, status),
            _ => Self::AddEntry(owner, content.kind),
        }
    }
}

/// Lets `principal` do `action` within their own organization, or says why not. Somebody else's conversation is
/// answered like one that does not exist.
///
/// # Errors
/// `not_found` or `forbidden`.
pub fn authorize(principal: &Principal, action: Action) -> Result<(), Error> {
    match principal {
        Principal::Visitor { visitor, .. } => authorize_visitor(*visitor, action),
        Principal::Agent { member, .. } => authorize_agent(member.role, action),
    }
}

fn authorize_visitor(visitor: VisitorId, action: Action) -> Result<(), Error> {
    match action {
        Action::StartConversation => Ok(()),
        Action::SeeConversation(owner) | Action::ListConversations(owner) | Action::SendTranscript(owner) => {
            own(visitor, owner, "conversation")
        }
        Action::AddEntry(owner, kind) => {
            own(visitor, owner, "conversation")?;
            match kind {
                EntryKind::Text | EntryKind::Attachment | EntryKind::Rating => Ok(()),
                _ => Err(forbidden("visitors send text, attachments, ratings and the status resolved")),
            }
        }
        Action::SetStatus(owner, status) => {
            own(visitor, owner, "conversation")?;
            match status {
                ConversationStatus::Resolved => Ok(()),
                _ => Err(forbidden("visitors may end a conversation, with the status resolved, and that only")),
            }
        }
        Action::Identify(owner) | Action::UpdateVisitor(owner) | Action::ReportVisit(owner) => {
            own(visitor, owner, "visitor")
        }
        Action::SeeInbox
        | Action::SeeVisitors
        | Action::ChooseAvailability
        | Action::SeeWidgetConfig
        | Action::ChangeWidgetConfig
        | Action::SeeRatings
        | Action::ManageRetention
        | Action::ManageSearch
        | Action::ManageDepartments
        | Action::ExportContact
        | Action::EraseContact
        | Action::DeleteOrganization => Err(forbidden("this is for members of the organization")),
    }
}

fn authorize_agent(role: Role, action: Action) -> Result<(), Error> {
    match action {
        Action::StartConversation | Action::SendTranscript(_) | Action::Identify(_) | Action::ReportVisit(_) => {
            Err(forbidden("this is for visitors"))
        }
        Action::AddEntry(_, kind) => match kind {
            EntryKind::Text | EntryKind::Note | EntryKind::Attachment | EntryKind::Assignment | EntryKind::Priority => {
                Ok(())
            }
            _ => Err(forbidden("agents send text, notes, attachments, assignments, priorities and statuses")),
        },
        Action::SetStatus(_, status) => match status {
            ConversationStatus::Open | ConversationStatus::Pending | ConversationStatus::Resolved => Ok(()),
            ConversationStatus::Snoozed => Err(forbidden("no client snoozes a conversation")),
        },
        Action::ChangeWidgetConfig | Action::ManageSearch | Action::ManageDepartments => match role {
            Role::Owner | Role::Admin => Ok(()),
            Role::Agent => Err(forbidden("only owners and admins change settings")),
        },
        Action::SeeRatings => match role {
            Role::Owner | Role::Admin => Ok(()),
            Role::Agent => Err(forbidden("only owners and admins see all ratings")),
        },
        Action::ManageRetention | Action::ExportContact | Action::EraseContact => match role {
            Role::Owner | Role::Admin => Ok(()),
            Role::Agent => Err(forbidden("only owners and admins decide what is kept, taken out and erased")),
        },
        Action::DeleteOrganization => match role {
            Role::Owner => Ok(()),
            Role::Admin | Role::Agent => Err(forbidden("only owners delete their organization")),
        },
        Action::SeeConversation(_)
        | Action::ListConversations(_)
        | Action::SeeInbox
        | Action::UpdateVisitor(_)
        | Action::SeeVisitors
        | Action::ChooseAvailability
        | Action::SeeWidgetConfig => Ok(()),
    }
}

fn own(visitor: VisitorId, owner: VisitorId, what: &str) -> Result<(), Error> {
    if visitor == owner { Ok(()) } else { Err(not_found(what)) }
}

#[cfg(test)]
mod tests;
