//! Visitors, their sessions, and who vouches for them.

use protocol::value::Attributes;
use storage::{Browser, VisitorUpdate};

use super::{NONE_OF_THEM, NOTHING, OWN};
use crate::storage::token;

/// What is noted of a visitor.
fn noted(attributes: &Attributes) -> VisitorUpdate<'_> {
    VisitorUpdate {
        name: Some("Probe"),
        email: Some("probe@probe.example"),
        phone: Some("1"),
        external_id: None,
        attributes,
        own_word: false,
    }
}

probes! { |us, them|
    update_visitor(us.id(), them.session.visitor, &noted(&Attributes::default())) => NOTHING;
    visitor_profile(us.id(), them.session.visitor) => NOTHING;
    visitor_profile(us.id(), us.session.visitor) => OWN;
    create_widget_session(us.id(), &token(), &Browser::default()) => OWN;
    resume_widget_session(us.id(), &them.session_token, &Browser::default()) => NOTHING;
    sessions_in_force(us.id(), &[them.session_token, them.member_token]) => NONE_OF_THEM;
    sessions_in_force(us.id(), &[us.session_token, us.member_token]) => OWN;
    // Their session is not made to stand for somebody of ours, nor is their visitor found by what they are called.
    identify_visitor(us.id(), them.session.id, "probe", &noted(&Attributes::default())) => NOTHING;
    identify_visitor(us.id(), us.session.id, &them.word, &noted(&Attributes::default())) => OWN;
    identity_secret(us.id()) => OWN;
}
