//! Functions: they run as whoever calls them, but for a few that are named here, which cannot be misled.

use super::schema::quoted;

/// Run as the owner of the tables, whom they need for making and dropping partitions. They take no name and no text.
const DEFINERS: [&str; 2] = ["chatdesk_drop_partitions", "chatdesk_make_partitions"];

/// One query for each rule, which finds the breaches.
pub(super) fn checks() -> Vec<String> {
    let definers = quoted(&DEFINERS);
    let ours = ", functions as (
            select oid, proname::text as name, prosecdef, proconfig, proleakproof
            from pg_proc p where pronamespace = 'public'::regnamespace
        )";
    vec![
        format!(
            "{ours} select name || ': a function without a comment' from functions where obj_description(oid, 'pg_proc') is null"
        ),
        format!(
            "{ours} select name || ': runs as its owner and is not listed' from functions
             where prosecdef and name not in ({definers})"
        ),
        format!(
            "{ours} select name || ': runs as its owner with the search_path of its caller' from functions
             where prosecdef and not coalesce('search_path=public, pg_temp' = any(proconfig), false)"
        ),
        format!(
            "{ours} select name || ': runs as its owner for everybody' from functions
             where prosecdef and has_function_privilege('public', oid, 'execute')"
        ),
        // Such a one is run before policies: what it is asked about rows it may tell.
        format!("{ours} select name || ': claims to leak nothing' from functions where proleakproof"),
        format!(
            "{ours} select name || ': listed as running as its owner, and does not' from unnest(array[{definers}]) name
             where not exists (select from functions f where f.name = name.name and f.prosecdef)"
        ),
    ]
}
