-- Who is known and where they were: contacts and what they are found by, departments' members, the language and the
-- patience of organizations, and what gateways keep in memory announced when it changes.

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
    foreach announced in array array['organizations', 'widget_settings', 'departments'] loop
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
