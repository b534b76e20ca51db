-- What keeping chats for years takes: logs in partitions, words to search them by, counts that are kept, who is known and
-- where they were, and the end of things: retention, erasure, files whose rows are gone.
--
-- It copies entries, page views and events into partitioned tables, and so holds them for as long as that takes, and binaries
-- of before it cannot go on: the keys of page views and events change. None of them was released. Row-level
-- security binds the owner of these tables too: what is copied is first taken out of it.

-- Roles belong to the cluster: see V0001.
do $$
declare
    wanted text;
    may_set boolean;
begin
    foreach wanted in array array['chatdesk_search', 'chatdesk_maintenance'] loop
        begin
            if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
                execute format('create role %I nologin', wanted);
            end if;
        exception when duplicate_object or unique_violation then
            null;
        end;
        if current_setting('server_version_num')::int >= 160000 then
            may_set := pg_catalog.pg_has_role(current_user, wanted, 'SET');
        else
            may_set := pg_catalog.pg_has_role(current_user, wanted, 'MEMBER');
        end if;
        if not may_set then
            execute format('grant %I to %I', wanted, current_user);
        end if;
    end loop;
end
$$;

-- Organizations: the language of their chats, how long they keep what, and whether they are about to go.
alter table organizations
    add column search_language text not null default 'simple' check (search_language in (
        'simple', 'arabic', 'armenian', 'basque', 'catalan', 'danish', 'dutch', 'english', 'finnish', 'french', 'german',
        'greek', 'hindi', 'hungarian', 'indonesian', 'irish', 'italian', 'lithuanian', 'nepali', 'norwegian', 'portuguese',
        'romanian', 'russian', 'serbian', 'spanish', 'swedish', 'tamil', 'turkish', 'yiddish')),
    add column conversations_days integer check (conversations_days between 1 and 36500),
    add column visitors_days integer default 365 check (visitors_days between 1 and 36500),
    add column page_views_days integer default 90 check (page_views_days between 1 and 36500),
    add column events_days integer default 365 check (events_days between 1 and 36500),
    add column deleted_at timestamptz(3);
comment on column organizations.id is 'The tenant''s id, which all its rows carry.';
comment on column organizations.created_at is 'When it signed up.';
comment on column organizations.search_language is
    'The text search configuration that its entries are searched with, besides the simple one.';
comment on column organizations.conversations_days is
    'Days after their last entry that resolved conversations are kept; null: for good.';
comment on column organizations.visitors_days is
    'Days after they were last seen that visitors are kept of whom nothing is known and who never wrote; null: for good.';
comment on column organizations.page_views_days is 'Days that page views are kept; null: for good.';
comment on column organizations.events_days is 'Days that tracked events are kept; null: for good.';
comment on column organizations.deleted_at is
    'Since when it is being deleted: nobody gets in, and what it has goes in batches. Null: it is there.';

create table department_members (
    organization_id uuid not null,
    department_id uuid not null,
    member_id uuid not null,
    created_at timestamptz(3) not null default now(),
    primary key (organization_id, department_id, member_id),
    constraint department_members_department foreign key (organization_id, department_id) references departments
        on delete cascade,
    constraint department_members_member foreign key (organization_id, member_id) references members on delete cascade
);
create index department_members_by_member on department_members (organization_id, member_id);
comment on table department_members is 'Which members answer for which departments.';
comment on column department_members.organization_id is 'The tenant.';
comment on column department_members.department_id is 'The department.';
comment on column department_members.member_id is 'Who answers for it.';
comment on column department_members.created_at is 'Since when.';

-- Sessions: what the browser and its address tell.
alter table widget_sessions
    add constraint widget_sessions_device check (device_type in ('desktop', 'mobile', 'tablet', 'bot', 'other')),
    add constraint widget_sessions_country check (country ~ '^[A-Z]{2}$'),
    add constraint widget_sessions_words check (
        octet_length(city) <= 200 and octet_length(browser) <= 200 and octet_length(os) <= 200);
create index widget_sessions_expired on widget_sessions (organization_id, expires_at);
comment on column widget_sessions.organization_id is 'The tenant.';
comment on column widget_sessions.id is 'The session.';
comment on column widget_sessions.visitor_id is 'Whom it stands for.';
comment on column widget_sessions.ip_address is 'The address that it was last resumed from.';
comment on column widget_sessions.user_agent is 'The browser''s User-Agent header when last resumed.';
comment on column widget_sessions.country is 'The country of ip_address, in two letters (ISO 3166-1); null: not known.';
comment on column widget_sessions.city is 'The city of ip_address, in English; null: not known.';
comment on column widget_sessions.device_type is 'What kind of device user_agent tells of; null: it tells nothing.';
comment on column widget_sessions.browser is 'The browser that user_agent tells of, with its major version.';
comment on column widget_sessions.os is 'The operating system that user_agent tells of, with its version.';
comment on column widget_sessions.created_at is 'When the session began.';
comment on column widget_sessions.last_seen_at is 'When it was last resumed or saw a page.';

-- Words, of contacts and of entries alike, end at each ASCII character that is neither a letter nor a digit: so no locale and
-- no parser of addresses and file names decides what is found, and the parts of an address are words as well.
create function chatdesk_words(given text) returns text[]
    language sql immutable parallel safe
    return array(
        select distinct left(word, 64)
        from regexp_split_to_table(lower(given), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a0]+') word
        where word <> ''
    );
comment on function chatdesk_words(text) is 'The words of a text in lower case, each once, at most 64 characters of each.';

create function chatdesk_phone_digits(given text) returns text
    language sql immutable parallel safe
    return left(ltrim(regexp_replace(replace(given, '(0)', ''), '[^0-9]+', '', 'g'), '0'), 20);
comment on function chatdesk_phone_digits(text) is
    'What is dialled of a telephone number, less leading zeros: +49 (0)170 12, 0049-170-12 and 49 170/12 are the same.';

-- No word that is typed or stored holds a punctuation mark, and so no beginning of one is taken for an organization's id.
create function chatdesk_organization_word(organization uuid) returns text
    language sql immutable parallel safe
    return '@' || organization::text;
comment on function chatdesk_organization_word(uuid) is
    'What stands among the words of an organization''s rows, so that an index on words finds one tenant''s only.';

create function chatdesk_contact_words(organization uuid, name text, email text, phone text, external_id text)
    returns tsvector
    language sql immutable parallel safe
    return array_to_tsvector(array(
        select chatdesk_organization_word(organization)
        union
        select unnest(chatdesk_words(coalesce(name, '') || ' ' || coalesce(email, '') || ' ' || coalesce(phone, '') || ' '
            || coalesce(external_id, '')))
        union
        select left(lower(email), 500) where email is not null
        union
        select right(chatdesk_phone_digits(phone), digits)
        from generate_series(4, length(chatdesk_phone_digits(phone))) digits
    ));
comment on function chatdesk_contact_words(uuid, text, text, text, text) is
    'What a contact is found by: words, the whole address, the number from each of its digits on, and the organization''s id.';

create function chatdesk_contact_query(organization uuid, given text) returns tsquery
    language sql immutable parallel safe
    return (
        select ('''' || chatdesk_organization_word(organization) || '''')::tsquery && case
            when given ~ '^[-+0-9 ()./]+$' and length(chatdesk_phone_digits(given)) >= 4
                then prefixes || ('''' || chatdesk_phone_digits(given) || ''':*')::tsquery
            else prefixes
        end
        from (
            select string_agg('''' || word || ''':*', ' & ')::tsquery as prefixes
            from unnest((chatdesk_words(given))[1:16]) word
        ) typed
    );
comment on function chatdesk_contact_query(uuid, text) is
    'Finds an organization''s contacts with words that begin with each of those typed, or with a number like it; null: no words.';

-- Visitors of whom something is known are contacts, and are found by it. The organization is a word among the others: so
-- one index finds the rows of one tenant only, without looking at what the others have.
alter table visitors
    add column words tsvector generated always as (
        case when coalesce(name, email, phone, external_id) is not null then
            chatdesk_contact_words(organization_id, name, email, phone, external_id)
        end) stored;
alter table visitors
    add column erase text check (erase in ('anonymize', 'delete')),
    add column erase_since timestamptz(3),
    add constraint visitors_erased check ((erase is null) = (erase_since is null));
create index visitors_erasing on visitors (organization_id, id) where erase is not null;
create index visitors_words on visitors using gin (words) where words is not null;
create index visitors_contacts on visitors (organization_id, verified, created_at desc, id desc) where words is not null;
create index visitors_created on visitors (organization_id, created_at);
comment on column visitors.organization_id is 'The tenant.';
comment on column visitors.id is 'The visitor.';
comment on column visitors.name is 'Their name, as they, the site or an agent gave it.';
comment on column visitors.email is 'Their e-mail address, likewise.';
comment on column visitors.phone is 'Their telephone number, likewise.';
comment on column visitors.created_at is 'When they first came.';
comment on column visitors.erase is
    'How they are being erased: that goes on after a crash, and catches what was on its way when it began. Null: they are not.';
comment on column visitors.erase_since is 'When that began.';
comment on column visitors.words is 'What a contact is found by; null: nothing is known, and it is no contact.';

alter table conversations
    add column priority text not null default 'none'
        check (priority in ('none', 'low', 'medium', 'high', 'urgent')),
    add column rating_comment text check (octet_length(rating_comment) <= 2000),
    add column rated_at timestamptz(3),
    add constraint conversations_rated check ((rating is null) = (rated_at is null)) not valid;
-- With each message a row moves to the front of every index that it is in: these are longer than those that they replace,
-- and a row is in one more only while it is nobody's, or has a priority.
drop index conversations_by_assignee;
drop index conversations_by_department;
create index conversations_by_assignee on conversations (organization_id, assignee_id, status, updated_at desc, id desc)
    where assignee_id is not null;
create index conversations_unassigned on conversations (organization_id, status, updated_at desc, id desc)
    where assignee_id is null;
create index conversations_by_department
    on conversations (organization_id, department_id, status, updated_at desc, id desc) where department_id is not null;
create index conversations_by_priority on conversations (organization_id, priority, status, updated_at desc, id desc)
    where priority <> 'none';
create index conversations_by_rating on conversations (organization_id, rated_at desc, id desc) where rated_at is not null;
comment on column conversations.organization_id is 'The tenant.';
comment on column conversations.id is 'The conversation.';
comment on column conversations.visitor_id is 'Whose it is.';
comment on column conversations.department_id is 'The department that the visitor chose; null: none.';
comment on column conversations.status is 'open; pending: somebody else has to do something; snoozed; resolved: it is over.';
comment on column conversations.priority is 'How urgent its agents find it.';
comment on column conversations.preview_from is 'Which side preview_text is from.';
comment on column conversations.rating_comment is 'What the visitor said with the newest rating.';
comment on column conversations.rated_at is 'When that was; null: never.';
comment on column conversations.created_at is 'When it was started.';

-- The logs, in partitions: one organization's lie together, and its indexes stay small.
alter table entries no force row level security;
alter table entries disable row level security;
create table entries_partitioned (
    organization_id uuid not null,
    conversation_id uuid not null,
    seq bigint not null constraint entries_seq check (seq > 0),
    id uuid not null,
    sender_kind text not null constraint entries_sender_kind check (sender_kind in ('visitor', 'agent', 'system')),
    sender_id uuid not null,
    client_id text not null constraint entries_client_id check (octet_length(client_id) between 1 and 64),
    at timestamptz(3) not null,
    content jsonb not null
) partition by hash (organization_id);
do $$
begin
    for part in 0..7 loop
        execute format(
            'create table entries_part_%s partition of entries_partitioned for values with (modulus 8, remainder %s)',
            part, part);
        execute format('alter table entries_part_%s enable row level security', part);
    end loop;
end
$$;
insert into entries_partitioned select * from entries;
drop table entries;
alter table entries_partitioned rename to entries;
alter table entries
    add constraint entries_pkey primary key (organization_id, conversation_id, seq),
    add constraint entries_idempotency unique (organization_id, conversation_id, sender_id, client_id);
alter table entries
    add constraint entries_conversation foreign key (organization_id, conversation_id) references conversations
        on delete cascade;
comment on table entries is 'The logs: everything durable that happened in conversations.';
comment on column entries.organization_id is 'The tenant.';
comment on column entries.conversation_id is 'Whose log it is in.';
comment on column entries.seq is
    'Its place in the log, from 1, without gaps. Allotted while the conversation''s row is locked, so that entries become visible in the order of their seqs whichever gateway writes them.';
comment on column entries.id is 'The id under which the gateway passed it on before it was stored.';
comment on column entries.sender_kind is 'Which side sent it.';
comment on column entries.sender_id is 'A visitor, a member or (system) the organization itself; sender_kind says which.';
comment on column entries.client_id is 'The sender''s idempotency key: a resend with the same one is not stored again.';
comment on column entries.at is 'When the gateway took it.';
comment on column entries.content is '{kind, …}: the kind and the fields that it uses, as on the wire.';

-- The words of entries, made behind their backs: to be acknowledged an entry does not wait for its words.
create table entry_search (
    organization_id uuid not null,
    conversation_id uuid not null,
    seq bigint not null check (seq > 0),
    at timestamptz(3) not null,
    words tsvector not null,
    primary key (organization_id, conversation_id, seq),
    constraint entry_search_conversation foreign key (organization_id, conversation_id) references conversations
        on delete cascade
) partition by hash (organization_id);
do $$
begin
    for part in 0..7 loop
        execute format(
            'create table entry_search_part_%s partition of entry_search for values with (modulus 8, remainder %s)',
            part, part);
        execute format('alter table entry_search_part_%s enable row level security', part);
    end loop;
end
$$;
create index entry_search_words on entry_search using gin (words);

create function chatdesk_entry_text(content jsonb) returns text
    language sql immutable parallel safe
    return coalesce(content ->> 'text', content -> 'attachment' ->> 'name', content -> 'rating' ->> 'comment');
comment on function chatdesk_entry_text(jsonb) is 'What an entry is found by; null: nothing.';

-- The parser of Postgres takes a/b for a file, a.b for a host, <b> for nothing at all, and -4 for a number. So that each of
-- their parts is a word, the characters that tell it so are others while it looks, and can be told from others afterwards.
create function chatdesk_searched(given text) returns text
    language sql immutable parallel safe
    return translate(translate(given, E'\x01\x02\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17', ''),
        '<&/.-+@_~:', E'\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17');
comment on function chatdesk_searched(text) is
    'A text as words are made of it: control characters 14 to 23 stand for < & / . - + @ _ ~ and :, 1 and 2 are left out.';

create function chatdesk_entry_words(organization uuid, search_language text, content jsonb) returns tsvector
    language sql immutable parallel safe
    return (
        select array_to_tsvector(array[chatdesk_organization_word(organization)]) || to_tsvector('simple'::regconfig, searched) || case
            when search_language = 'simple' then ''::tsvector
            else strip(to_tsvector(search_language::regconfig, searched))
        end
        from (select chatdesk_searched(chatdesk_entry_text(content)) as searched) entry
        where searched is not null
    );
comment on function chatdesk_entry_words(uuid, text, jsonb) is
    'The words of an entry: as they stand, with their places, so that phrases are found; in the language; the organization''s id. Null: no text.';
comment on table entry_search is 'What entries with text are found by.';
comment on column entry_search.organization_id is 'The tenant.';
comment on column entry_search.conversation_id is 'The log.';
comment on column entry_search.seq is 'The entry.';
comment on column entry_search.at is 'When the gateway took it: newer ones are found first.';
comment on column entry_search.words is
    'Its words, as they stand and in their organization''s language, and the organization''s id as a word among them.';

-- No foreign key: each would lock the organization's row against the other lanes' commits.
create table search_queue (
    organization_id uuid not null,
    id uuid not null,
    conversations uuid[] not null,
    first_seqs bigint[] not null,
    last_seqs bigint[] not null,
    primary key (organization_id, id),
    constraint search_queue_ranges check (
        cardinality(conversations) = cardinality(first_seqs) and cardinality(first_seqs) = cardinality(last_seqs))
);
comment on table search_queue is 'Parts of logs whose words are still to be made. Written with the entries themselves.';
comment on column search_queue.organization_id is 'The tenant.';
comment on column search_queue.id is 'In the order of commits, roughly (UUIDv7).';
comment on column search_queue.conversations is 'The logs.';
comment on column search_queue.first_seqs is 'Of each log, the first entry of the part.';
comment on column search_queue.last_seqs is 'Of each log, the last one.';

-- Counts that are kept. One row would make everybody wait for everybody: they are spread over slots and added up when read.
-- No foreign key: while an organization goes, its conversations are still counted down.
create table conversation_counts (
    organization_id uuid not null,
    slot smallint not null,
    status text not null check (status in ('open', 'pending', 'snoozed', 'resolved')),
    assignee_id uuid not null,
    department_id uuid not null,
    count bigint not null,
    primary key (organization_id, slot, status, assignee_id, department_id)
);
comment on table conversation_counts is 'How many conversations there are of each kind: the sum over the slots.';
comment on column conversation_counts.organization_id is 'The tenant.';
comment on column conversation_counts.slot is 'Which of several rows: those who count at once use different ones. Its count alone means nothing.';
comment on column conversation_counts.status is 'Their status.';
comment on column conversation_counts.assignee_id is 'Whose they are; zero: nobody''s.';
comment on column conversation_counts.department_id is 'Their department; zero: none.';
comment on column conversation_counts.count is 'What was added less what was taken away in this slot.';

create function chatdesk_count(counted conversations, delta integer) returns void
    language sql
begin atomic
    insert into conversation_counts as c (organization_id, slot, status, assignee_id, department_id, count)
    values (counted.organization_id, pg_backend_pid() % 16, counted.status,
        coalesce(counted.assignee_id, '00000000-0000-0000-0000-000000000000'),
        coalesce(counted.department_id, '00000000-0000-0000-0000-000000000000'), delta)
    on conflict (organization_id, slot, status, assignee_id, department_id) do update set count = c.count + excluded.count;
end;
comment on function chatdesk_count(conversations, integer) is 'Adds to the count of conversations like this one.';

create function chatdesk_count_conversation() returns trigger
    language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        perform chatdesk_count(old, -1);
    end if;
    if tg_op <> 'DELETE' then
        perform chatdesk_count(new, 1);
    end if;
    return null;
end
$$;
comment on function chatdesk_count_conversation() is 'Keeps conversation_counts.';

create table rating_counts (
    organization_id uuid not null,
    slot smallint not null,
    score smallint not null check (score between 1 and 5),
    count bigint not null,
    primary key (organization_id, slot, score)
);
comment on table rating_counts is 'How many conversations were rated how: the sum over the slots.';
comment on column rating_counts.organization_id is 'The tenant.';
comment on column rating_counts.slot is 'Which of several rows: those who count at once use different ones. Its count alone means nothing.';
comment on column rating_counts.score is 'The newest rating of a conversation, 1 (bad) to 5 (good).';
comment on column rating_counts.count is 'What was added less what was taken away in this slot.';

create function chatdesk_count_rating() returns trigger
    language plpgsql as $$
begin
    if tg_op <> 'INSERT' and old.rating is not null then
        insert into rating_counts as c (organization_id, slot, score, count)
        values (old.organization_id, pg_backend_pid() % 16, old.rating, -1)
        on conflict (organization_id, slot, score) do update set count = c.count - 1;
    end if;
    if tg_op <> 'DELETE' and new.rating is not null then
        insert into rating_counts as c (organization_id, slot, score, count)
        values (new.organization_id, pg_backend_pid() % 16, new.rating, 1)
        on conflict (organization_id, slot, score) do update set count = c.count + 1;
    end if;
    return null;
end
$$;
comment on function chatdesk_count_rating() is 'Keeps rating_counts.';
-- What is there is counted before it is counted on.
alter table conversations no force row level security;
insert into conversation_counts (organization_id, slot, status, assignee_id, department_id, count)
    select organization_id, 0, status, coalesce(assignee_id, '00000000-0000-0000-0000-000000000000'),
        coalesce(department_id, '00000000-0000-0000-0000-000000000000'), count(*)
    from conversations group by organization_id, 3, 4, 5;
insert into rating_counts (organization_id, slot, score, count)
    select organization_id, 0, rating, count(*) from conversations where rating is not null group by 1, 3;
-- Entries of before this version are to be found as well.
insert into search_queue (organization_id, id, conversations, first_seqs, last_seqs)
    select organization_id, gen_random_uuid(), array_agg(id), array_agg(1::bigint), array_agg(head_seq)
    from (select organization_id, id, head_seq,
            (row_number() over (partition by organization_id order by id)) / 100 as pack
        from conversations where head_seq > 0) packed
    group by organization_id, pack;
update conversations set rated_at = updated_at where rating is not null;
alter table conversations force row level security;
alter table conversations validate constraint conversations_rated;
create trigger counted after insert or delete on conversations
    for each row execute function chatdesk_count_conversation();
create trigger recounted after update on conversations
    for each row when (
        (old.status, old.assignee_id, old.department_id) is distinct from (new.status, new.assignee_id, new.department_id))
    execute function chatdesk_count_conversation();
create trigger rated after insert on conversations
    for each row when (new.rating is not null) execute function chatdesk_count_rating();
create trigger rerated after update on conversations
    for each row when (new.rating is distinct from old.rating) execute function chatdesk_count_rating();
create trigger unrated after delete on conversations
    for each row when (old.rating is not null) execute function chatdesk_count_rating();

-- Page views and events, by month: what has been kept long enough goes with its partition.
alter table page_views no force row level security;
alter table page_views disable row level security;
alter table events no force row level security;
alter table events disable row level security;
create table page_views_partitioned (
    organization_id uuid not null,
    visitor_id uuid not null,
    id uuid not null,
    at timestamptz(3) not null,
    url text constraint page_views_url check (octet_length(url) <= 2000),
    title text constraint page_views_title check (octet_length(title) <= 2000),
    referrer text constraint page_views_referrer check (octet_length(referrer) <= 2000)
) partition by range (at);
create table events_partitioned (
    organization_id uuid not null,
    visitor_id uuid not null,
    id uuid not null,
    at timestamptz(3) not null,
    name text not null constraint events_name check (octet_length(name) between 1 and 200),
    properties jsonb not null default '{}' constraint events_properties check (jsonb_typeof(properties) = 'object')
) partition by range (at);
create table page_views_other partition of page_views_partitioned default;
create table events_other partition of events_partitioned default;
alter table page_views_other enable row level security;
alter table events_other enable row level security;
insert into page_views_partitioned select organization_id, visitor_id, id, at, url, title, referrer from page_views;
insert into events_partitioned select organization_id, visitor_id, id, at, name, properties from events;
drop table page_views;
drop table events;
alter table page_views_partitioned rename to page_views;
alter table events_partitioned rename to events;
alter table page_views
    add constraint page_views_pkey primary key (organization_id, visitor_id, at, id),
    add constraint page_views_visitor foreign key (organization_id, visitor_id) references visitors on delete cascade;
alter table events
    add constraint events_pkey primary key (organization_id, visitor_id, at, id),
    add constraint events_visitor foreign key (organization_id, visitor_id) references visitors on delete cascade;
create index page_views_by_time on page_views (organization_id, at);
create index events_by_time on events (organization_id, at);
comment on table page_views is 'The pages of a site that its visitors saw.';
comment on column page_views.organization_id is 'The tenant.';
comment on column page_views.visitor_id is 'Who saw it.';
comment on column page_views.id is 'Given by the gateway, as at is, so that a batch that is written again changes nothing.';
comment on column page_views.at is 'When, by the gateway''s clock.';
comment on column page_views.url is 'location.href.';
comment on column page_views.title is 'document.title.';
comment on column page_views.referrer is 'document.referrer.';
comment on table events is 'What sites tracked of their visitors.';
comment on column events.organization_id is 'The tenant.';
comment on column events.visitor_id is 'Whom it is about.';
comment on column events.id is 'Given by the gateway, as at is, so that a batch that is written again changes nothing.';
comment on column events.at is 'When, by the gateway''s clock.';
comment on column events.name is 'What happened, in the site''s words.';
comment on column events.properties is 'Its circumstances: names with text, numbers, true or false.';

-- Both reckon in UTC, whatever the server's time zone. Both run as the owner, who may make and drop tables, and whom the security of a partition itself does not bind.
create function chatdesk_make_partitions(months integer) returns setof text
    language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
declare
    parent text;
    month timestamptz;
    part text;
begin
    foreach parent in array array['page_views', 'events'] loop
        for month in
            select m from generate_series(date_trunc('month', now()),
                date_trunc('month', now()) + make_interval(months => months), interval '1 month') m
        loop
            part := parent || '_' || to_char(month, 'YYYY_MM');
            continue when to_regclass('public.' || quote_ident(part)) is not null;
            execute format('create table %I (like %I including defaults including constraints)', part, parent);
            execute format('alter table %I enable row level security', part);
            execute format(
                'with moved as (delete from %I where at >= %L and at < %L returning *) insert into %I select * from moved',
                parent || '_other', month, month + interval '1 month', part);
            execute format('alter table %I attach partition %I for values from (%L) to (%L)',
                parent, part, month, month + interval '1 month');
            return next part;
        end loop;
    end loop;
end
$$;
comment on function chatdesk_make_partitions(integer) is
    'Makes the partitions of this month and so many after it, and says which are new. What had come to lie in the default partition moves.';

create function chatdesk_drop_partitions(before timestamptz) returns setof text
    language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
declare
    part record;
    filled boolean;
begin
    for part in
        select c.relname::text as name, i.inhparent::regclass::text as parent
        from pg_inherits i
        join pg_class c on c.oid = i.inhrelid
        where i.inhparent in ('public.page_views'::regclass, 'public.events'::regclass)
            and c.relname ~ '_[0-9]{4}_[0-9]{2}$'
            and to_date(right(c.relname::text, 7), 'YYYY_MM') + interval '1 month' <= before
    loop
        execute format('select exists (select from %I)', part.name) into filled;
        continue when filled;
        -- Again behind the lock, for what somebody was writing. The parent first, as whoever writes does.
        execute format('lock table only %I in access exclusive mode', part.parent);
        execute format('lock table %I in access exclusive mode', part.name);
        execute format('select exists (select from %I)', part.name) into filled;
        if not filled then
            execute format('drop table %I', part.name);
            return next part.name;
        end if;
    end loop;
end
$$;
comment on function chatdesk_drop_partitions(timestamptz) is
    'Drops the months that ended before then and that nothing is left of, and says which.';
revoke execute on function chatdesk_make_partitions(integer), chatdesk_drop_partitions(timestamptz) from public;
grant execute on function chatdesk_make_partitions(integer), chatdesk_drop_partitions(timestamptz) to chatdesk_maintenance;
select chatdesk_make_partitions(3);

-- Files whose rows are gone, whatever took them: their bytes are kept elsewhere and go later. No foreign key, for they
-- outlive their organization.
create table abandoned_files (
    organization_id uuid not null,
    key text not null,
    since timestamptz(3) not null default now(),
    primary key (organization_id, key)
);
comment on table abandoned_files is 'Files that no attachment names any more and that the file store may still hold.';
comment on column abandoned_files.organization_id is 'The tenant that they were of; it may be gone.';
comment on column abandoned_files.key is 'What the file store calls it.';
comment on column abandoned_files.since is 'When its row went.';

create function chatdesk_abandon_file() returns trigger
    language plpgsql as $$
begin
    insert into abandoned_files (organization_id, key) values (old.organization_id, old.key) on conflict do nothing;
    return null;
end
$$;
comment on function chatdesk_abandon_file() is 'Keeps abandoned_files.';
create trigger abandoned after delete on attachments for each row execute function chatdesk_abandon_file();

-- No foreign keys: what they would refer to may be what is wrong.
create table rejected_entries (
    organization_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    sender_kind text not null,
    sender_id uuid not null,
    client_id text not null,
    at timestamptz(3) not null,
    content bytea not null,
    reason text not null,
    rejected_at timestamptz(3) not null default now(),
    primary key (organization_id, id)
);
comment on table rejected_entries is 'Entries that Postgres would never take, set aside for whoever looks into it.';
comment on column rejected_entries.organization_id is 'The tenant.';
comment on column rejected_entries.id is 'The id under which the gateway passed it on.';
comment on column rejected_entries.conversation_id is 'The log that it was for.';
comment on column rejected_entries.sender_kind is 'Which side sent it.';
comment on column rejected_entries.sender_id is 'Who sent it.';
comment on column rejected_entries.client_id is 'The sender''s idempotency key.';
comment on column rejected_entries.at is 'When the gateway took it.';
comment on column rejected_entries.content is 'Its content as JSON, in bytes: as text it may be what cannot be stored.';
comment on column rejected_entries.reason is 'What Postgres said.';
comment on column rejected_entries.rejected_at is 'When it was set aside.';

-- What gateways keep in memory is announced when it changes: the payload is the organization.
create function chatdesk_announce() returns trigger
    language plpgsql as $$
declare
    changed jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
begin
    perform pg_notify('chatdesk_changed', coalesce(changed ->> 'organization_id', changed ->> 'id'));
    return null;
end
$$;
comment on function chatdesk_announce() is 'Notifies the channel chatdesk_changed of the organization whose row has changed.';
do $$
declare
    announced text;
begin
    foreach announced in array array['organizations', 'widget_settings', 'departments', 'members', 'department_members'] loop
        execute format('create trigger announced after insert or update or delete on %I'
            ' for each row execute function chatdesk_announce()', announced);
    end loop;
end
$$;

-- What was left to be said of the first tables.
comment on column accounts.id is 'The login.';
comment on column accounts.created_at is 'When it was made.';
comment on column members.organization_id is 'The tenant.';
comment on column members.id is 'The member.';
comment on column members.account_id is 'The login that lets them in.';
comment on column members.created_at is 'Since when they are one.';
comment on column member_sessions.organization_id is 'The tenant.';
comment on column member_sessions.member_id is 'Who is logged in.';
comment on column member_sessions.created_at is 'Since when.';
comment on column member_sessions.expires_at is 'Until when.';
create index member_sessions_expired on member_sessions (organization_id, expires_at);
comment on column departments.organization_id is 'The tenant.';
comment on column departments.id is 'The department.';
comment on column departments.name is 'What visitors and agents call it.';
comment on column departments.created_at is 'When it was made.';
comment on column widget_settings.organization_id is 'The tenant.';
comment on column widget_settings.primary_color is 'The colour of bubble, header and buttons: #RRGGBB.';
comment on column widget_settings.position is 'In which corner of the page it stands.';
comment on column widget_settings.bubble_icon is 'The picture on the bubble.';
comment on column widget_settings.greeting_message is 'What it says before anybody has written.';
comment on column widget_settings.auto_open is 'Whether the window opens by itself.';
comment on column widget_settings.show_agent_avatars is 'Whether agents are shown with their picture.';
comment on column widget_settings.show_typing_indicator is 'Whether it shows that somebody is typing.';
comment on column widget_settings.offline_message is 'What it says while nobody is there.';
comment on column widget_settings.created_at is 'When it was made.';
comment on column widget_settings.updated_at is 'When it was last saved.';
comment on column participants.organization_id is 'The tenant.';
comment on column participants.conversation_id is 'The conversation.';
comment on column participants.participant_id is 'A visitor or a member; kind says which.';
comment on column participants.kind is 'Which side they are on.';

-- Who may do what. Every role but the writer, the directory and the search is held to one organization, maintenance too.
do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array[
        'entries', 'page_views', 'events', 'department_members', 'entry_search', 'search_queue', 'conversation_counts',
        'rating_counts', 'abandoned_files', 'rejected_entries'
    ] loop
        execute format('alter table %I enable row level security', tenant_table);
        execute format('alter table %I force row level security', tenant_table);
        execute format(
            'create policy own_organization on %I to chatdesk_request'
            ' using (organization_id = chatdesk_organization()) with check (organization_id = chatdesk_organization())',
            tenant_table);
    end loop;
    foreach tenant_table in array array[
        'members', 'member_sessions', 'departments', 'department_members', 'widget_settings', 'visitors', 'widget_sessions',
        'conversations', 'entries', 'entry_search', 'search_queue', 'participants', 'attachments', 'page_views', 'events',
        'conversation_counts', 'rating_counts', 'abandoned_files', 'rejected_entries'
    ] loop
        execute format(
            'create policy maintained on %I to chatdesk_maintenance'
            ' using (organization_id = chatdesk_organization()) with check (organization_id = chatdesk_organization())',
            tenant_table);
        execute format('grant select, delete on %I to chatdesk_maintenance', tenant_table);
    end loop;
end
$$;
create policy maintained on organizations to chatdesk_maintenance
    using (id = chatdesk_organization()) with check (id = chatdesk_organization());
create policy maintained on accounts to chatdesk_maintenance using (true);
grant select, delete, update (deleted_at) on organizations to chatdesk_maintenance;
grant select (id), delete on accounts to chatdesk_maintenance;
grant update (content) on entries to chatdesk_maintenance;
grant update (name, email, phone, external_id, verified, attributes, erase, erase_since) on visitors
    to chatdesk_maintenance;
-- Locking a row, to wait for whoever makes its words, takes the right to change one.
grant update (id) on search_queue to chatdesk_maintenance;
grant update (preview_from, preview_text, answers, rating_comment) on conversations to chatdesk_maintenance;
grant insert, update on conversation_counts, rating_counts to chatdesk_maintenance;
grant insert on abandoned_files to chatdesk_maintenance;

grant update (search_language, conversations_days, visitors_days, page_views_days, events_days) on organizations
    to chatdesk_request;
grant select, insert, delete on department_members to chatdesk_request;
grant select on entries, page_views, events, rejected_entries to chatdesk_request;
grant select, delete on entry_search to chatdesk_request;
grant select, insert on search_queue to chatdesk_request;
grant select, insert, update on conversation_counts, rating_counts to chatdesk_request;
grant select, insert on abandoned_files to chatdesk_request;

-- The writer keeps logs, counts and words of all organizations.
create policy writer on entries to chatdesk_writer using (true) with check (true);
create policy writer on page_views to chatdesk_writer using (true) with check (true);
create policy writer on events to chatdesk_writer using (true) with check (true);
create policy writer on entry_search to chatdesk_writer using (true) with check (true);
create policy writer on search_queue to chatdesk_writer using (true) with check (true);
create policy writer on conversation_counts to chatdesk_writer using (true) with check (true);
create policy writer on rating_counts to chatdesk_writer using (true) with check (true);
create policy writer on rejected_entries to chatdesk_writer using (true) with check (true);
create policy writer on organizations for select to chatdesk_writer using (true);
grant select, insert on entries to chatdesk_writer;
grant insert, select (organization_id, visitor_id, at, id) on page_views, events to chatdesk_writer;
grant insert, select (organization_id, conversation_id, seq) on entry_search to chatdesk_writer;
-- Taking a row out of the queue locks it first.
grant select, insert, update, delete on search_queue to chatdesk_writer;
grant select, insert, update on conversation_counts, rating_counts to chatdesk_writer;
grant insert, select (organization_id, id) on rejected_entries to chatdesk_writer;
grant update (priority, rating_comment, rated_at) on conversations to chatdesk_writer;
grant select (id, search_language) on organizations to chatdesk_writer;

-- The search finds out which entries and contacts have a word. Their rows are then read as a request. A role of its own,
-- because an index on words cannot be used behind a policy: comparing words might tell of them.
create policy search on entry_search for select to chatdesk_search using (true);
create policy search on visitors for select to chatdesk_search using (true);
grant select on entry_search to chatdesk_search;
grant select (organization_id, id, created_at, verified, words) on visitors to chatdesk_search;

create policy directory on abandoned_files for select to chatdesk_directory using (true);
grant select (organization_id, since) on abandoned_files to chatdesk_directory;
