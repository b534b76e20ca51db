use protocol::code::ErrorCode;
use protocol::id::MemberId;

use super::*;

fn visitor() -> (Principal, VisitorId) {
    let visitor = VisitorId::generate();
    let principal = Principal::Visitor {
        organization: OrganizationId::generate(),
        visitor,
        session: WidgetSessionId::generate(),
        name: None,
        verified: false,
        draft_preview: false,
    };
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

const KINDS: [EntryKind; 9] = [
    EntryKind::Text,
    EntryKind::Note,
    EntryKind::Attachment,
    EntryKind::Status,
    EntryKind::Assignment,
    EntryKind::Rating,
    EntryKind::Priority,
    EntryKind::Hidden,
    EntryKind::Unknown,
];
const STATUSES: [ConversationStatus; 4] =
    [ConversationStatus::Open, ConversationStatus::Pending, ConversationStatus::Snoozed, ConversationStatus::Resolved];

fn kinds(principal: &Principal, owner: VisitorId) -> Vec<EntryKind> {
    KINDS.into_iter().filter(|kind| verdict(principal, Action::AddEntry(owner, *kind)).is_ok()).collect()
}

fn statuses(principal: &Principal, owner: VisitorId) -> Vec<ConversationStatus> {
    STATUSES.into_iter().filter(|status| verdict(principal, Action::SetStatus(owner, *status)).is_ok()).collect()
}

#[test]
fn a_visitor_has_their_own_conversations_and_what_visitors_send() {
    let (principal, own) = visitor();
    assert_eq!(verdict(&principal, Action::StartConversation), Ok(()));
    for action in [Action::SeeConversation(own), Action::ListConversations(own), Action::Identify(own)] {
        assert_eq!(verdict(&principal, action), Ok(()));
    }
    assert_eq!(verdict(&principal, Action::UpdateVisitor(own)), Ok(()));
    assert_eq!(verdict(&principal, Action::SendTranscript(own)), Ok(()));
    assert_eq!(kinds(&principal, own), [EntryKind::Text, EntryKind::Attachment, EntryKind::Rating]);
    assert_eq!(statuses(&principal, own), [ConversationStatus::Resolved]);
    assert_eq!(verdict(&principal, Action::AddEntry(own, EntryKind::Note)), Err(ErrorCode::Forbidden));
    for action in [
        Action::SeeInbox,
        Action::SeeVisitors,
        Action::ChooseAvailability,
        Action::SeeWidgetConfig,
        Action::ChangeWidgetConfig,
        Action::ManageSearch,
        Action::ManageDepartments,
    ] {
        assert_eq!(verdict(&principal, action), Err(ErrorCode::Forbidden));
    }
}

#[test]
fn of_somebody_else_a_visitor_does_not_even_learn_what_is_forbidden() {
    let (principal, _) = visitor();
    let other = VisitorId::generate();
    let mut actions = vec![
        Action::SeeConversation(other),
        Action::ListConversations(other),
        Action::SendTranscript(other),
        Action::Identify(other),
        Action::UpdateVisitor(other),
        Action::ReportVisit(other),
    ];
    actions.extend(KINDS.map(|kind| Action::AddEntry(other, kind)));
    actions.extend(STATUSES.map(|status| Action::SetStatus(other, status)));
    for action in actions {
        assert_eq!(verdict(&principal, action), Err(ErrorCode::NotFound), "{action:?}");
    }
}

#[test]
fn an_agent_has_every_conversation_and_what_agents_send() {
    let (principal, owner) = (agent(Role::Agent), VisitorId::generate());
    assert_eq!(
        kinds(&principal, owner),
        [EntryKind::Text, EntryKind::Note, EntryKind::Attachment, EntryKind::Assignment, EntryKind::Priority]
    );
    assert_eq!(
        statuses(&principal, owner),
        [ConversationStatus::Open, ConversationStatus::Pending, ConversationStatus::Resolved]
    );
    for action in
        [Action::StartConversation, Action::SendTranscript(owner), Action::Identify(owner), Action::ReportVisit(owner)]
    {
        assert_eq!(verdict(&principal, action), Err(ErrorCode::Forbidden));
    }
}

#[test]
fn a_change_of_status_is_never_taken_for_another_entry() {
    let owner = VisitorId::generate();
    let status = Content::status(ConversationStatus::Open);
    assert!(matches!(Action::add(owner, &status), Action::SetStatus(_, ConversationStatus::Open)));
    assert!(matches!(Action::add(owner, &Content::text("x")), Action::AddEntry(_, EntryKind::Text)));
    let (principal, own) = visitor();
    assert_eq!(verdict(&principal, Action::AddEntry(own, EntryKind::Status)), Err(ErrorCode::Forbidden));
}

#[test]
fn settings_are_changed_by_owners_and_admins() {
    for (role, change) in [(Role::Owner, Ok(())), (Role::Admin, Ok(())), (Role::Agent, Err(ErrorCode::Forbidden))] {
        let principal = agent(role);
        for action in [Action::ChangeWidgetConfig, Action::ManageSearch, Action::ManageDepartments] {
            assert_eq!(verdict(&principal, action), change, "{role:?} {action:?}");
        }
        for action in [Action::SeeWidgetConfig, Action::SeeInbox, Action::SeeVisitors, Action::ChooseAvailability] {
            assert_eq!(verdict(&principal, action), Ok(()));
        }
    }
}

#[test]
fn what_cannot_be_undone_is_for_admins_and_the_organization_itself_for_owners() {
    let actions = [Action::ManageRetention, Action::ExportContact, Action::EraseContact];
    for (role, may, may_delete) in [(Role::Owner, true, true), (Role::Admin, true, false), (Role::Agent, false, false)]
    {
        let principal = agent(role);
        for action in actions {
            assert_eq!(verdict(&principal, action).is_ok(), may, "{role:?} {action:?}");
        }
        assert_eq!(verdict(&principal, Action::DeleteOrganization).is_ok(), may_delete, "{role:?}");
    }
    let (principal, _) = visitor();
    for action in actions.into_iter().chain([Action::DeleteOrganization]) {
        assert_eq!(verdict(&principal, action), Err(ErrorCode::Forbidden), "{action:?}");
    }
}
