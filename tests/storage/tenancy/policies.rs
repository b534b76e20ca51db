//! Row-level security: on and forced on every table, one plain expression for the roles that act for a tenant, and named
//! exceptions for those that act for all.

use super::schema::{ORGANIZATIONS, quoted};

/// What every policy says.
const OWN: &str = "(organization_id = chatdesk_organization())";
/// What it says for the tenants themselves.
const OWN_SELF: &str = "(id = chatdesk_organization())";

/// Whose policies let all tenants' rows through, on which tables, and why that is no hole.
const OPEN: &[(&str, &[&str])] = &[
    // Commits writes of many tenants together. What it writes carries the organization that its gateway found out
    // before; composite foreign keys refuse what does not belong together.
    (
        "chatdesk_writer",
        &[
            "attachments",
            "conversation_counts",
            "conversations",
            "entries",
            "entry_search",
            "events",
            "organizations",
            "page_views",
            "participants",
            "rating_counts",
            "rejected_entries",
            "search_queue",
            "visitors",
            "widget_sessions",
        ],
    ),
    // Finds out which organization somebody belongs to, by what nobody can guess or what is public, and signs up. It
    // sees keys and nothing that a tenant's people wrote.
    (
        "chatdesk_directory",
        &[
            "abandoned_files",
            "accounts",
            "attachments",
            "conversations",
            "member_sessions",
            "members",
            "organizations",
            "widget_settings",
        ],
    ),
    // Sees words and keys only: what it finds is then read by a role that is held to one tenant.
    ("chatdesk_search", &["entry_search", "visitors"]),
    // Logins belong to no tenant: it takes those that are no member's any more, and sees nothing but their ids.
    ("chatdesk_maintenance", &["accounts"]),
];

/// One query for each rule, which finds the breaches.
pub(super) fn checks() -> Vec<String> {
    let open = OPEN.iter().flat_map(|(role, tables)| tables.iter().map(move |table| format!("('{role}', '{table}')")));
    let open = open.collect::<Vec<_>>().join(", ");
    let roles = quoted(&super::grants::ROLES);
    let own = format!("case when t.oid = '{ORGANIZATIONS}'::regclass then '{OWN_SELF}' else '{OWN}' end");
    // A policy without a check checks by what it shows, so either may be missing.
    let policies = format!(
        "policies as (
            select t.oid, t.name, p.polname, p.polcmd, p.polpermissive, p.polroles,
                coalesce(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) as shows,
                coalesce(pg_get_expr(polwithcheck, polrelid), pg_get_expr(polqual, polrelid)) as takes,
                {own} as own
            from tables t join pg_policy p on p.polrelid = t.oid
        ), open(role, name) as (values {open})"
    );
    vec![
        "select t.name || ': row-level security is not enabled' from tables t join pg_class c on c.oid = t.oid
         where not c.relrowsecurity"
            .into(),
        "select t.name || ': row-level security is not forced' from tables t join pg_class c on c.oid = t.oid
         where not c.relforcerowsecurity"
            .into(),
        format!(
            ", {policies} select t.name || ': no policy holds requests to their organization' from tenants t
             where not exists (select from policies p where p.oid = t.oid and p.polcmd = '*' and p.polpermissive
                 and p.polroles = array['chatdesk_request'::regrole::oid] and p.shows = p.own and p.takes = p.own)"
        ),
        format!(
            ", {policies} select name || ': the policy ' || polname || ' is not for one role of ours'
             from policies where cardinality(polroles) <> 1
                 or polroles[1] not in (select oid from pg_roles where rolname in ({roles}))"
        ),
        format!(
            ", {policies} select p.name || ': the policy ' || polname || ' shows rows where ' || shows || ' and takes them where ' || takes
             from policies p where not coalesce(shows = own and takes = own, false) and not exists (
                 select from open o where o.name = p.name and p.polroles = array[o.role::regrole::oid]
                     and p.shows = 'true' and p.takes = 'true')"
        ),
        format!(
            ", {policies} select o.name || ': no policy of ' || o.role || ' is open, and it is listed as an exception'
             from open o where not exists (select from policies p where p.name = o.name and p.shows = 'true'
                 and p.polroles = array[o.role::regrole::oid])"
        ),
    ]
}
