//! What a tenant's table looks like: its organization stands first in every key, foreign keys carry it, partitions are
//! behind their parent, and there is nothing else that holds rows.

use super::schema::{ACCOUNTS, ORGANIZATIONS};

/// Unique across tenants, because it is what a tenant is looked up by.
const LOOKED_UP: [&str; 1] = ["widget_settings_key"];
/// Out of the tenant, because a login stands above them.
const TO_LOGINS: [&str; 1] = ["members_account_id_fkey"];

/// One query for each rule, which finds the breaches.
pub(super) fn checks() -> Vec<String> {
    let (looked_up, to_logins) = (super::schema::quoted(&LOOKED_UP), super::schema::quoted(&TO_LOGINS));
    vec![
        "select t.name || ': no organization_id that is a uuid and not null' from tenants t
         where not exists (select from pg_attribute where attrelid = t.oid and attname = 'organization_id'
             and atttypid = 'uuid'::regtype and attnotnull)"
            .into(),
        "select t.name || ': no primary key' from tables t
         where not exists (select from pg_constraint where conrelid = t.oid and contype = 'p')"
            .into(),
        // Constraints and plain indexes alike; an expression has no column, and so no name.
        format!(
            "select t.name || ': the key ' || k.relname || ' does not begin with organization_id'
             from tenants t join pg_index i on i.indrelid = t.oid join pg_class k on k.oid = i.indexrelid
             left join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
             where (i.indisunique or i.indisexclusion) and a.attname is distinct from 'organization_id'
                 and k.relname not in ({looked_up})"
        ),
        format!(
            "select t.name || ': the foreign key ' || f.conname || ' does not carry organization_id'
             from tables t join pg_constraint f on f.conrelid = t.oid and f.contype = 'f' and f.conparentid = 0
             where f.conname not in ({to_logins}) and not exists (
                 select from unnest(f.conkey, f.confkey) k(mine, other)
                 join pg_attribute m on m.attrelid = f.conrelid and m.attnum = k.mine
                 join pg_attribute o on o.attrelid = f.confrelid and o.attnum = k.other
                 where m.attname = 'organization_id'
                     and o.attname = case when f.confrelid = '{ORGANIZATIONS}'::regclass then 'id' else 'organization_id' end)"
        ),
        format!(
            "select t.name || ': the foreign key ' || f.conname || ' leads to accounts'
             from tables t join pg_constraint f on f.conrelid = t.oid and f.contype = 'f'
             where f.confrelid = '{ACCOUNTS}'::regclass and f.conname not in ({to_logins})"
        ),
        "select t.name || ': the foreign key ' || f.conname || ' would take organization_id away'
         from tables t join pg_constraint f on f.conrelid = t.oid and f.contype = 'f' and f.confdeltype in ('n', 'd')
         join pg_attribute a on a.attrelid = t.oid and a.attname = 'organization_id'
         where a.attnum = any(coalesce(f.confdelsetcols, f.conkey))"
            .into(),
        // A partition is asked for by nobody but its parent, whose policies hold then; by its own name it is shut.
        "select c.relname || ': a partition without row-level security' from pg_class c
         where c.relispartition and c.relkind in ('r', 'p') and not c.relrowsecurity"
            .into(),
        "select c.relname || ': a partition with grants of its own: ' || c.relacl::text from pg_class c
         where c.relispartition and c.relkind in ('r', 'p') and exists (
             select from aclexplode(c.relacl) where grantee <> c.relowner)"
            .into(),
        "select c.relname || ': a partition of what is not checked' from pg_class c
         where c.relispartition and c.relkind in ('r', 'p')
             and pg_partition_root(c.oid) not in (select oid from tables)"
            .into(),
        "select c.relname || ': inherits without being a partition' from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where c.relkind in ('r', 'p') and not c.relispartition"
            .into(),
        // A view shows what its owner may see, and is beyond these checks.
        "select c.relname || ': neither table nor index (' || c.relkind::text || ')' from pg_class c
         where c.relnamespace = 'public'::regnamespace and c.relkind not in ('r', 'p', 'i', 'I', 'c')"
            .into(),
        "select n.nspname || '.' || c.relname || ': in a schema of its own' from pg_class c
         join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p', 'v', 'm', 'f')
             and n.nspname !~ '^(public|pg_catalog|information_schema|pg_toast.*|pg_temp.*)$'"
            .into(),
    ]
}
