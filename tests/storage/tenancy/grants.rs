//! Roles, and all that each may do.

use std::collections::BTreeSet;

use tokio_postgres::Client;

use super::schema::{ask, quoted};

/// All roles of ours.
pub(super) const ROLES: [&str; 5] =
    ["chatdesk_directory", "chatdesk_maintenance", "chatdesk_request", "chatdesk_search", "chatdesk_writer"];

/// What each role may do, column by column where it is not all of them. Whoever widens this says so here.
const GRANTED: &str = include_str!("granted.txt");

/// One query for each rule, which finds the breaches.
pub(super) fn checks() -> Vec<String> {
    let roles = quoted(&ROLES);
    let mut checks: Vec<String> = [
        ("is a superuser", "rolsuper"),
        ("is above row-level security", "rolbypassrls"),
        ("may log in", "rolcanlogin"),
        ("may make roles", "rolcreaterole"),
        ("may make databases", "rolcreatedb"),
        ("may replicate", "rolreplication"),
        ("is not listed", &format!("rolname not in ({roles})")),
    ]
    .map(|(what, when)| {
        format!("select rolname || ': {what}' from pg_roles where starts_with(rolname, 'chatdesk_') and {when}")
    })
    .into();
    checks.extend([
        format!(
            "select m.rolname || ': may become ' || r.rolname from pg_auth_members a
             join pg_roles m on m.oid = a.member join pg_roles r on r.oid = a.roleid where m.rolname in ({roles})"
        ),
        format!(
            "select r.rolname || ': may make tables' from pg_roles r
             where r.rolname in ({roles}) and has_schema_privilege(r.oid, 'public', 'create')"
        ),
        format!(
            "select t.name || ': belongs to ' || pg_get_userbyid(c.relowner) from tables t
             join pg_class c on c.oid = t.oid where pg_get_userbyid(c.relowner) in ({roles})"
        ),
        "select t.name || ': granted to everybody' from tables t join pg_class c on c.oid = t.oid
         where exists (select from aclexplode(c.relacl) where grantee = 0)"
            .into(),
        "select t.name || ': the column ' || a.attname || ' is granted to everybody' from tables t
         join pg_attribute a on a.attrelid = t.oid where exists (select from aclexplode(a.attacl) where grantee = 0)"
            .into(),
        // None of these asks row-level security.
        format!(
            "select t.name || ': ' || r.rolname || ' may ' || p from tables t, pg_roles r,
                 unnest(array['truncate', 'references', 'trigger']) p
             where r.rolname in ({roles}) and has_table_privilege(r.oid, t.oid, p)"
        ),
        format!(
            "select t.name || ': ' || g.grantee::regrole || ' may pass on what it may' from tables t
             join pg_class c on c.oid = t.oid join aclexplode(c.relacl) g on g.is_grantable
             where g.grantee in (select oid from pg_roles where rolname in ({roles}))"
        ),
        "select 'what is made later is granted to ' || defaclacl::text from pg_default_acl".into(),
    ]);
    checks
}

/// The grants that there are and are not pinned, and the other way round.
pub(super) async fn differences(client: &Client) -> Vec<String> {
    let there = granted(client).await;
    let pinned: BTreeSet<String> = GRANTED.lines().map(String::from).filter(|line| !line.starts_with('#')).collect();
    let more = there.difference(&pinned).map(|line| format!("granted and not pinned: {line}"));
    more.chain(pinned.difference(&there).map(|line| format!("pinned and not granted: {line}"))).collect()
}

/// What is granted, as `role table privilege` or `role table privilege (columns)`, and functions likewise.
async fn granted(client: &Client) -> BTreeSet<String> {
    let roles = quoted(&ROLES);
    let sql = format!(
        "select g.grantee::regrole || ' ' || c.relname || ' ' || lower(g.privilege_type)
         from pg_class c cross join aclexplode(c.relacl) g
         where g.grantee in (select oid from pg_roles where rolname in ({roles}))
         union all
         select g.grantee::regrole || ' ' || c.relname || ' ' || lower(g.privilege_type)
             || ' (' || string_agg(a.attname, ', ' order by a.attname) || ')'
         from pg_class c join pg_attribute a on a.attrelid = c.oid cross join aclexplode(a.attacl) g
         where g.grantee in (select oid from pg_roles where rolname in ({roles}))
         group by g.grantee, c.relname, g.privilege_type
         union all
         select g.grantee::regrole || ' ' || p.proname || '() ' || lower(g.privilege_type)
         from pg_proc p cross join aclexplode(p.proacl) g
         where g.grantee in (select oid from pg_roles where rolname in ({roles}))"
    );
    ask(client, &sql).await.into_iter().collect()
}
