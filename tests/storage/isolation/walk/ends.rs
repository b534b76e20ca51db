//! The end of things: files without rows, retention, erasure, and last of all an organization's own.

use storage::{Erasure, Expiring, ExportPart, ExportPlace, Retention};

use super::{NONE_OF_THEM, NOTHING, OWN, UNCHANGED};

/// One of one's own went.
const ONE: &str = "Ok(1)";
/// Two did: what a walk begins with is old as well.
const TWO: &str = "Ok(2)";
const FOR_GOOD: Retention =
    Retention { conversations_days: None, visitors_days: None, page_views_days: None, events_days: None };

probes! { |us, them|
    abandoned_files(us.id(), None, 10) => OWN;
    abandon_file(us.id(), &them.file.key) => "Ok(())";
    forget_files(us.id(), &[them.file.key.clone(), format!("{}-abandoned", them.word)]) => "Ok(())";
    export_contact(us.id(), them.session.visitor) => NOTHING;
    export_contact(us.id(), us.session.visitor) => OWN;
    export_rows(us.id(), ExportPart::Sessions(them.session.visitor), ExportPlace::default(), 10) => NONE_OF_THEM;
    export_rows(us.id(), ExportPart::Conversations(them.session.visitor), ExportPlace::default(), 10) => NONE_OF_THEM;
    export_rows(us.id(), ExportPart::PageViews(them.session.visitor), ExportPlace::default(), 10) => NONE_OF_THEM;
    export_rows(us.id(), ExportPart::Events(them.session.visitor), ExportPlace::default(), 10) => NONE_OF_THEM;
    export_rows(us.id(), ExportPart::Rejected(them.session.visitor), ExportPlace::default(), 10) => NONE_OF_THEM;
    export_rows(us.id(), ExportPart::Entries(them.conversation), ExportPlace::default(), 10) => NONE_OF_THEM;
    export_rows(us.id(), ExportPart::ReadMarks(them.conversation), ExportPlace::default(), 10) => NONE_OF_THEM;
    export_rows(us.id(), ExportPart::Attachments(them.conversation), ExportPlace::default(), 10) => NONE_OF_THEM;
    export_rows(us.id(), ExportPart::Entries(us.conversation), ExportPlace::default(), 10) => OWN;
    export_rows(us.id(), ExportPart::Conversations(us.session.visitor), ExportPlace::default(), 10) => OWN;
    files_of_contact(us.id(), them.session.visitor, None, 10) => NONE_OF_THEM;
    files_of_contact(us.id(), us.session.visitor, None, 10) => OWN;
    retention(us.id()) => OWN;
    // Each has something of everything that is old enough.
    expire(us.id(), Expiring::Conversations) => ONE;
    expire(us.id(), Expiring::PageViews) => TWO;
    expire(us.id(), Expiring::Events) => TWO;
    expire(us.id(), Expiring::WidgetSessions) => ONE;
    expire(us.id(), Expiring::Logins) => ONE;
    expire(us.id(), Expiring::RejectedEntries) => ONE;
    expire(us.id(), Expiring::Counts) => OWN;
    expire_visitors(us.id(), None) => "Ok((1, None))";
    set_retention(us.id(), &FOR_GOOD) => "Ok(true)";
    begin_erasure(us.id(), them.session.visitor, Erasure::Delete) => UNCHANGED;
    begin_erasure(us.id(), them.session.visitor, Erasure::Anonymize) => UNCHANGED;
    erasures(us.id(), None, 10) => OWN;
    erase(us.id(), them.erased) => UNCHANGED;
    // One's own, to its end: with all that there is to delete and anonymize.
    erase(us.id(), us.erased) => "Ok(true)";
    begin_erasure(us.id(), us.session.visitor, Erasure::Anonymize) => "Ok(true)";
    erase(us.id(), us.session.visitor) => "Ok(true)";
    erase(us.id(), us.session.visitor) => OWN;
    erase(us.id(), us.session.visitor) => OWN;
    erase(us.id(), us.session.visitor) => OWN;
    purge(us.id()) => UNCHANGED;
    delete_organization(us.id()) => "Ok(true)";
    purge(us.id()) => "Ok(true)";
    purge(us.id()) => "Ok(true)";
    purge(us.id()) => "Ok(true)";
    purge(us.id()) => OWN;
    purge(us.id()) => OWN;
}
