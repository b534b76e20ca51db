//! Conversations, their logs, and lists of them.

use protocol::value::Known;
use storage::{FirstPage, InboxFilter, NewConversation};

use super::{NONE_OF_THEM, NOTHING, OWN};

/// An empty page.
const NO_PAGE: &str = "Ok(([], false))";
/// An empty part of a log.
const NO_LOG: &str = "Ok(LogPage { entries: [], more: false })";

probes! { |us, them|
    start_conversation(us.id(), &NewConversation { visitor: them.session.visitor, client_id: "probe", department: None, answers: &[] })
        => "Err(Conflict(\"visitor\"))";
    // As if their visitor had lost the answer.
    start_conversation(us.id(), &NewConversation { visitor: them.session.visitor, client_id: &them.word, department: None, answers: &[] })
        => "Err(Conflict(\"visitor\"))";
    start_conversation(us.id(), &NewConversation {
        visitor: us.session.visitor, client_id: "probe", department: Some(them.department), answers: &[],
    }) => "Err(Conflict(\"department\"))";
    start_conversation(us.id(), &NewConversation { visitor: us.session.visitor, client_id: &us.word, department: None, answers: &[] })
        => OWN;
    find_conversation(us.id(), them.conversation) => NOTHING;
    find_conversations(us.id(), &[them.conversation]) => NONE_OF_THEM;
    find_conversations(us.id(), &[them.conversation, us.conversation]) => OWN;
    open_conversation_of(us.id(), them.session.visitor) => NOTHING;
    unresolved_conversations_of(us.id(), them.session.visitor, 10) => NONE_OF_THEM;
    entries_after(us.id(), them.conversation, 0, 10) => NO_LOG;
    entries_after(us.id(), us.conversation, 0, 10) => OWN;
    entries_before(us.id(), them.conversation, 99, 10) => NO_LOG;
    replays(us.id(), &[(them.conversation, Some(0))], Some(FirstPage { newest: 10, most: 10 })) => NONE_OF_THEM;
    replays(us.id(), &[(them.conversation, None), (us.conversation, None)], Some(FirstPage { newest: 10, most: 10 }))
        => OWN;
    replay(us.id(), (them.conversation, Some(0)), FirstPage { newest: 10, most: 10 }) => NOTHING;
    replay(us.id(), (us.conversation, None), FirstPage { newest: 10, most: 10 }) => OWN;
    rejected_entries(us.id(), None, 10) => OWN;
    inbox(us.id(), &InboxFilter::default(), None, 10) => OWN;
    inbox(us.id(), &InboxFilter { assigned: Some(None), ..InboxFilter::default() }, None, 10) => OWN;
    inbox(us.id(), &InboxFilter { assigned: Some(Some(them.agent)), ..InboxFilter::default() }, None, 10) => NO_PAGE;
    inbox(us.id(), &InboxFilter { department: Some(them.department), ..InboxFilter::default() }, None, 10) => NO_PAGE;
    inbox_counts(us.id(), them.agent) => OWN;
    conversations_of(us.id(), them.session.visitor, None, None, 10) => NO_PAGE;
    inbox_changes(us.id(), &[Known { conversation: them.conversation, head: 0, agent_read: 0 }], None, 10)
        => format!("Ok(Changes {{ changed: [], gone: [{:?}], more: false }})", them.conversation);
    inbox_changes(us.id(), &[], Some((0, us.conversation)), 10) => OWN;
}
