//! Members, their logins, and what they chose.

use protocol::value::{AgentAvailability, Role};
use storage::NewMember;

use super::{Expected, NONE_OF_THEM, NOTHING, OWN, UNCHANGED};
use crate::storage::token;

probes! { |us, them|
    create_member(us.id(), &NewMember {
        name: "Probe",
        email: &format!("agent@{}.example", them.word),
        password_hash: "probe",
        role: Role::Owner,
    }) => "Err(Conflict(\"email\"))";
    team(us.id(), them.agent, 10) => NOTHING;
    team(us.id(), us.agent, 10) => OWN;
    department_members(us.id(), them.department) => NOTHING;
    department_members(us.id(), us.department) => OWN;
    set_department_members(us.id(), them.department, &[us.agent]) => "Err(Conflict(\"department\"))";
    set_department_members(us.id(), them.department, &[]) => "Err(Conflict(\"department\"))";
    set_department_members(us.id(), us.department, &[them.agent]) => "Err(Conflict(\"member\"))";
    memberships_of(us.id(), them.agent) => NONE_OF_THEM;
    memberships_of(us.id(), us.agent) => OWN;
    find_member(us.id(), them.agent) => NOTHING;
    set_availability(us.id(), them.agent, AgentAvailability::Away) => UNCHANGED;
    create_member_session(us.id(), them.agent, &token(), 4_000_000_000_000) => "Err(Conflict(\"member\"))";
    delete_member_session(us.id(), &them.member_token) => "Ok(())";
    // A person may be a member of both. Nothing is told of them but what was given.
    add_member(us.id(), &format!("agent@{}.example", them.word), "Probe", Role::Agent) => Expected::Begins("Ok(Member {");
    add_member(us.id(), &format!("agent@{}.example", us.word), "Probe", Role::Agent) => "Err(Conflict(\"member\"))";
}
