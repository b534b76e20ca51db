-- Logs in partitions, words to search them by, and counts that are kept.
--
-- It copies entries, page views and events into partitioned tables, and so holds them for as long as that takes, and
-- binaries of before it cannot go on: the keys of page views and events change. None of them was released. Row-level
-- security binds the owner of these tables too: what is copied is first taken out of it, and gets its policies in V0005.

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
    client_id text collate "C" not null constraint entries_client_id check (octet_length(client_id) between 1 and 64),
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
    -- Two that move conversations between the same rows take these in one order, or they might wait for each other.
    if tg_op = 'UPDATE' and new.status < old.status then
        perform chatdesk_count(new, 1);
        perform chatdesk_count(old, -1);
        return null;
    end if;
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
