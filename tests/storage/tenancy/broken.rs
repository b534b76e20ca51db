//! The walk is shown to see: a table as it should be passes, and each way of getting one wrong is named.

use tests::database::TestDatabase;

use super::schema::findings;

/// A table of a tenant's as it should be.
const GOOD: &str = "create table scraps (
        organization_id uuid not null constraint scraps_organization references organizations on delete cascade,
        id uuid not null,
        conversation_id uuid,
        member_id uuid,
        text text,
        primary key (organization_id, id),
        constraint scraps_conversation foreign key (organization_id, conversation_id) references conversations
            on delete set null (conversation_id)
    );
    create unique index scraps_member on scraps (organization_id, member_id);
    alter table scraps enable row level security;
    alter table scraps force row level security;
    create policy own_organization on scraps to chatdesk_request
        using (organization_id = chatdesk_organization()) with check (organization_id = chatdesk_organization());
    comment on table scraps is 'Scraps.';
    comment on column scraps.organization_id is 'The tenant.';
    comment on column scraps.id is 'The scrap.';
    comment on column scraps.conversation_id is 'The conversation.';
    comment on column scraps.member_id is 'The member.';
    comment on column scraps.text is 'What it says.'";

/// A partition as a migration might forget to finish it.
const PARTITION: &str = "create table page_views_1999_01 (like page_views including defaults including constraints);
    alter table page_views attach partition page_views_1999_01 for values from ('1999-01-01') to ('1999-02-01')";

/// A function that runs as its owner, as it should be but for its being listed.
const DEFINER: &str = "create function scrape() returns void language sql security definer
        set search_path = public, pg_temp as 'select';
    comment on function scrape() is 'Scrapes.'; revoke execute on function scrape() from public";

/// What is done to a database with the good table in it, and all that the walk says then.
const BREACHES: &[(&str, &[&str])] = &[
    // Row-level security.
    ("alter table scraps disable row level security", &["scraps: row-level security is not enabled"]),
    ("alter table scraps no force row level security", &["scraps: row-level security is not forced"]),
    ("drop policy own_organization on scraps", &["scraps: no policy holds requests to their organization"]),
    (
        "alter policy own_organization on scraps using (true)",
        &[
            "scraps: no policy holds requests to their organization",
            "scraps: the policy own_organization shows rows where true and takes them where (organization_id = chatdesk_organization())",
        ],
    ),
    (
        "alter policy own_organization on scraps with check (true)",
        &[
            "scraps: no policy holds requests to their organization",
            "scraps: the policy own_organization shows rows where (organization_id = chatdesk_organization()) and takes them where true",
        ],
    ),
    (
        "alter policy own_organization on scraps using (organization_id = chatdesk_organization() or text = 'public')",
        &[
            "scraps: no policy holds requests to their organization",
            "scraps: the policy own_organization shows rows where ((organization_id = chatdesk_organization()) OR (text = 'public'::text)) and takes them where (organization_id = chatdesk_organization())",
        ],
    ),
    (
        "create policy generous on scraps for select to chatdesk_request using (true)",
        &["scraps: the policy generous shows rows where true and takes them where true"],
    ),
    (
        "create policy generous on scraps to chatdesk_writer using (true)",
        &["scraps: the policy generous shows rows where true and takes them where true"],
    ),
    (
        "create policy everybody on scraps using (organization_id = chatdesk_organization())",
        &["scraps: the policy everybody is not for one role of ours"],
    ),
    (
        "drop policy search on visitors",
        &["visitors: no policy of chatdesk_search is open, and it is listed as an exception"],
    ),
    // Keys.
    ("alter table scraps drop constraint scraps_pkey", &["scraps: no primary key"]),
    (
        "alter table scraps drop constraint scraps_pkey, add primary key (id, organization_id)",
        &["scraps: the key scraps_pkey does not begin with organization_id"],
    ),
    (
        "alter table scraps add constraint scraps_text unique (text)",
        &["scraps: the key scraps_text does not begin with organization_id"],
    ),
    (
        "create unique index scraps_text on scraps (text) where member_id is null",
        &["scraps: the key scraps_text does not begin with organization_id"],
    ),
    (
        "create unique index scraps_text on scraps ((organization_id || text))",
        &["scraps: the key scraps_text does not begin with organization_id"],
    ),
    (
        "alter table scraps drop constraint scraps_pkey, alter organization_id drop not null",
        &["scraps: no organization_id that is a uuid and not null", "scraps: no primary key"],
    ),
    // Foreign keys.
    (
        "create unique index members_loose on members (id); alter table scraps
             add constraint scraps_loose foreign key (member_id) references members (id)",
        &[
            "members: the key members_loose does not begin with organization_id",
            "scraps: the foreign key scraps_loose does not carry organization_id",
        ],
    ),
    (
        "alter table scraps add constraint scraps_odd foreign key (member_id, id) references members",
        &["scraps: the foreign key scraps_odd does not carry organization_id"],
    ),
    (
        "alter table scraps add constraint scraps_tenant foreign key (member_id) references organizations",
        &["scraps: the foreign key scraps_tenant does not carry organization_id"],
    ),
    (
        "alter table scraps add constraint scraps_login foreign key (member_id) references accounts",
        &[
            "scraps: the foreign key scraps_login does not carry organization_id",
            "scraps: the foreign key scraps_login leads to accounts",
        ],
    ),
    (
        "alter table scraps add constraint scraps_member
             foreign key (organization_id, member_id) references members on delete set null",
        &["scraps: the foreign key scraps_member would take organization_id away"],
    ),
    // Words.
    ("comment on table scraps is null", &["scraps: no comment"]),
    ("comment on column scraps.text is null", &["scraps: the column text has no comment"]),
    ("alter table scraps add column more text", &["scraps: the column more has no comment"]),
    // Partitions.
    (PARTITION, &["page_views_1999_01: a partition without row-level security"]),
    (
        "grant select on entries_part_3 to chatdesk_request",
        &[
            "entries_part_3: a partition with grants of its own",
            "granted and not pinned: chatdesk_request entries_part_3 select",
        ],
    ),
    (
        "create table snippets () inherits (scraps); comment on table snippets is 'Snippets.'",
        &[
            "snippets: inherits without being a partition",
            "snippets: no policy holds requests to their organization",
            "snippets: no primary key",
            "snippets: row-level security is not enabled",
            "snippets: row-level security is not forced",
            "snippets: the column ",
        ],
    ),
    // What else holds rows.
    ("create view glimpse as select * from visitors", &["glimpse: neither table nor index (v)"]),
    ("create materialized view glimpse as select 1 as one", &["glimpse: neither table nor index (m)"]),
    ("create sequence numbers", &["numbers: neither table nor index (S)"]),
    ("create schema aside; create table aside.scraps ()", &["aside.scraps: in a schema of its own"]),
    // Functions.
    (DEFINER, &["scrape: runs as its owner and is not listed"]),
    (
        "alter function chatdesk_make_partitions(integer) set search_path = public",
        &["chatdesk_make_partitions: runs as its owner with the search_path of its caller"],
    ),
    (
        "alter function chatdesk_make_partitions(integer) reset search_path",
        &["chatdesk_make_partitions: runs as its owner with the search_path of its caller"],
    ),
    (
        "grant execute on function chatdesk_drop_partitions(timestamptz) to public",
        &["chatdesk_drop_partitions: runs as its owner for everybody"],
    ),
    (
        "alter function chatdesk_drop_partitions(timestamptz) security invoker",
        &["chatdesk_drop_partitions: listed as running as its owner, and does not"],
    ),
    ("alter function chatdesk_organization() leakproof", &["chatdesk_organization: claims to leak nothing"]),
    ("comment on function chatdesk_organization() is null", &["chatdesk_organization: a function without a comment"]),
    // Grants and roles.
    ("grant select on scraps to public", &["scraps: granted to everybody"]),
    ("grant select (text) on scraps to public", &["scraps: the column text is granted to everybody"]),
    ("grant select on scraps to chatdesk_request", &["granted and not pinned: chatdesk_request scraps select"]),
    (
        "grant select (words, email) on visitors to chatdesk_search",
        &[
            "granted and not pinned: chatdesk_search visitors select (created_at, email, id, organization_id, verified, words)",
            "pinned and not granted: chatdesk_search visitors select (created_at, id, organization_id, verified, words)",
        ],
    ),
    (
        "revoke delete on department_members from chatdesk_request",
        &["pinned and not granted: chatdesk_request department_members delete"],
    ),
    (
        "grant truncate on scraps to chatdesk_maintenance",
        &["granted and not pinned: chatdesk_maintenance scraps truncate", "scraps: chatdesk_maintenance may truncate"],
    ),
    (
        "grant select on scraps to chatdesk_request with grant option",
        &["granted and not pinned: chatdesk_request scraps select", "scraps: chatdesk_request may pass on what it may"],
    ),
    ("grant create on schema public to chatdesk_request", &["chatdesk_request: may make tables"]),
    (
        "alter default privileges in schema public grant select on tables to chatdesk_request",
        &["what is made later is granted to "],
    ),
    (
        "create role chatdesk_scratch superuser bypassrls login createrole createdb replication",
        &[
            "chatdesk_scratch: is a superuser",
            "chatdesk_scratch: is above row-level security",
            "chatdesk_scratch: is not listed",
            "chatdesk_scratch: may log in",
            "chatdesk_scratch: may make databases",
            "chatdesk_scratch: may make roles",
            "chatdesk_scratch: may replicate",
        ],
    ),
    ("create role scratch; grant scratch to chatdesk_request", &["chatdesk_request: may become scratch"]),
];

/// Each in a transaction that is rolled back, roles included.
#[tokio::test]
async fn each_way_of_getting_a_table_wrong_is_named() {
    let database = TestDatabase::new();
    let client = database.client().await;
    // What is wrong already is another test's to say.
    let before = findings(&client).await;
    client.batch_execute(GOOD).await.unwrap();
    assert_eq!(findings(&client).await, before, "the table is as it should be");
    let mut wrong = vec![];
    for (breach, expected) in BREACHES {
        client.batch_execute(&format!("begin; {breach}")).await.unwrap_or_else(|error| panic!("{breach}: {error:?}"));
        let mut found = findings(&client).await;
        client.batch_execute("rollback").await.unwrap();
        found.retain(|line| !before.contains(line));
        let named = expected.iter().all(|begin| found.iter().any(|line| line.starts_with(begin)));
        let no_more = found.iter().all(|line| expected.iter().any(|begin| line.starts_with(begin)));
        if !named || !no_more {
            wrong.push(format!("{breach}:\n  {}", found.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(findings(&client).await, before, "nothing was left behind");
}
