-- The tables of the first conversation, their tenancy and the roles that may touch them.
--
-- Every tenant table's primary key begins with organization_id and every foreign key carries it, so that a row cannot
-- point into another tenant, and so that each table can later be partitioned or distributed by it as it stands.
-- Two tables stand above tenants: organizations (the tenants themselves) and accounts (a person may log in to several).

-- Roles belong to the cluster, not to this database: another database of the cluster may be creating them right now.
do $$
declare
    wanted text;
    may_set boolean;
begin
    foreach wanted in array array['chatdesk_request', 'chatdesk_writer', 'chatdesk_directory'] loop
        begin
            if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
                execute format('create role %I nologin', wanted);
            end if;
        exception when duplicate_object or unique_violation then
            null;
        end;
        -- Since version 16 whoever creates a role may administer it but not yet become it.
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

-- The tenant of the running transaction, or null: then no policy below lets a row through.
create function chatdesk_organization() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('chatdesk.organization', true), '')::uuid;
comment on function chatdesk_organization() is
    'The organization that the current transaction acts for, as set by set_config(''chatdesk.organization'', …, true).';

create table organizations (
    id uuid primary key,
    name text not null check (octet_length(name) between 1 and 200),
    created_at timestamptz(3) not null default now()
);
comment on table organizations is 'The tenants.';
comment on column organizations.name is 'What its members call it.';

create table accounts (
    id uuid primary key,
    email text not null check (octet_length(email) between 3 and 200),
    email_key text not null constraint accounts_email unique check (octet_length(email_key) between 3 and 400),
    password_hash text not null,
    created_at timestamptz(3) not null default now()
);
comment on table accounts is 'Logins. A person has one, whatever number of organizations they are a member of.';
comment on column accounts.email is 'The address as it was typed.';
comment on column accounts.email_key is
    'The address in Unicode lower case, made by the gateway: the database''s own lower() depends on its locale.';
comment on column accounts.password_hash is 'An argon2id hash in PHC form.';

create table members (
    organization_id uuid not null constraint members_organization references organizations on delete cascade,
    id uuid not null,
    account_id uuid not null references accounts,
    name text not null check (octet_length(name) between 1 and 200),
    role text not null check (role in ('owner', 'admin', 'agent')),
    created_at timestamptz(3) not null default now(),
    primary key (organization_id, id),
    constraint members_account unique (organization_id, account_id)
);
create index members_by_account on members (account_id);
comment on table members is 'Who works for an organization.';
comment on column members.name is 'How colleagues and visitors of this organization see them.';
comment on column members.role is 'owner: everything; admin: settings, members, conversations; agent: conversations.';

create table member_sessions (
    organization_id uuid not null,
    token_hash bytea not null check (octet_length(token_hash) = 32),
    member_id uuid not null,
    created_at timestamptz(3) not null default now(),
    expires_at timestamptz(3) not null,
    primary key (organization_id, token_hash),
    constraint member_sessions_member foreign key (organization_id, member_id) references members on delete cascade
);
create index member_sessions_by_token on member_sessions (token_hash);
comment on table member_sessions is 'Logins that are in force.';
comment on column member_sessions.token_hash is 'SHA-256 of the token in the member''s cookie; the token itself is not kept.';

create table departments (
    organization_id uuid not null references organizations on delete cascade,
    id uuid not null,
    name text not null check (octet_length(name) between 1 and 200),
    place smallint not null,
    created_at timestamptz(3) not null default now(),
    primary key (organization_id, id)
);
comment on table departments is 'What a visitor may choose to talk to.';
comment on column departments.place is 'Its place in the list, from 0.';

create table widget_settings (
    organization_id uuid primary key references organizations on delete cascade,
    widget_key text not null constraint widget_settings_key unique check (octet_length(widget_key) between 1 and 200),
    enabled boolean not null default true,
    primary_color text not null default '#3B82F6' check (primary_color ~ '^#[0-9A-Fa-f]{6}$'),
    position text not null default 'bottom-right' check (position in ('bottom-right', 'bottom-left')),
    bubble_icon text not null default 'chat' check (octet_length(bubble_icon) between 1 and 200),
    greeting_message text not null default 'Hello! How can we help?' check (octet_length(greeting_message) <= 1000),
    auto_open boolean not null default false,
    auto_open_delay integer not null default 5 check (auto_open_delay between 0 and 3600),
    show_agent_avatars boolean not null default true,
    show_typing_indicator boolean not null default true,
    business_hours jsonb,
    offline_message text not null default 'Nobody is here right now. Leave a message and we will answer it.'
        check (octet_length(offline_message) <= 1000),
    allowed_domains text[] not null default '{}' check (cardinality(allowed_domains) <= 100),
    pre_chat_form jsonb not null default '{"enabled": false, "fields": []}',
    created_at timestamptz(3) not null default now(),
    updated_at timestamptz(3) not null default now()
);
comment on table widget_settings is 'How an organization''s widget looks and behaves.';
comment on column widget_settings.widget_key is 'The public key in the site''s snippet.';
comment on column widget_settings.enabled is 'Whether the widget answers at all.';
comment on column widget_settings.auto_open_delay is 'Seconds until the window opens by itself, with auto_open.';
comment on column widget_settings.business_hours is 'When agents are to be expected; null: always.';
comment on column widget_settings.allowed_domains is
    'Hosts that may embed the widget, exactly or as *.suffix; empty: any.';
comment on column widget_settings.pre_chat_form is 'The form before a conversation: {enabled, fields: [{key, label, kind, required, options}]}.';

create table visitors (
    organization_id uuid not null references organizations on delete cascade,
    id uuid not null,
    name text check (octet_length(name) between 1 and 2000),
    email text check (octet_length(email) between 1 and 2000),
    phone text check (octet_length(phone) between 1 and 2000),
    created_at timestamptz(3) not null default now(),
    primary key (organization_id, id)
);
comment on table visitors is 'Anonymous browsers, and what they said of themselves. Nothing here is verified.';

create table widget_sessions (
    organization_id uuid not null,
    id uuid not null,
    session_token bytea not null check (octet_length(session_token) = 32),
    visitor_id uuid not null,
    ip_address inet,
    user_agent text check (octet_length(user_agent) <= 2000),
    referrer text check (octet_length(referrer) <= 2000),
    current_url text check (octet_length(current_url) <= 2000),
    country text,
    city text,
    device_type text,
    browser text,
    os text,
    created_at timestamptz(3) not null default now(),
    last_seen_at timestamptz(3) not null default now(),
    expires_at timestamptz(3) not null default now() + interval '30 days',
    primary key (organization_id, id),
    constraint widget_sessions_token unique (organization_id, session_token),
    constraint widget_sessions_visitor foreign key (organization_id, visitor_id) references visitors on delete cascade
);
create index widget_sessions_by_visitor on widget_sessions (organization_id, visitor_id);
comment on table widget_sessions is 'One browser''s session with one organization''s widget.';
comment on column widget_sessions.session_token is 'SHA-256 of the token that the browser keeps; the token itself is not kept.';
comment on column widget_sessions.referrer is 'The page''s document.referrer when the session began.';
comment on column widget_sessions.current_url is 'The page that the browser was on when last seen.';
comment on column widget_sessions.expires_at is '30 days after the session was last resumed.';

create table conversations (
    organization_id uuid not null,
    id uuid not null,
    visitor_id uuid not null,
    client_id text not null check (octet_length(client_id) between 1 and 64),
    department_id uuid,
    status text not null default 'open' check (status in ('open', 'pending', 'snoozed', 'resolved')),
    head_seq bigint not null default 0 check (head_seq >= 0),
    preview_from text check (preview_from in ('visitor', 'agent', 'system')),
    preview_text text check (char_length(preview_text) <= 140),
    visitor_read_seq bigint not null default 0 check (visitor_read_seq between 0 and head_seq),
    agent_read_seq bigint not null default 0 check (agent_read_seq between 0 and head_seq),
    answers jsonb not null default '[]',
    created_at timestamptz(3) not null default now(),
    updated_at timestamptz(3) not null default now(),
    primary key (organization_id, id),
    constraint conversations_start unique (organization_id, visitor_id, client_id),
    constraint conversations_visitor foreign key (organization_id, visitor_id) references visitors on delete cascade,
    constraint conversations_department foreign key (organization_id, department_id) references departments
        on delete set null (department_id),
    check ((preview_from is null) = (preview_text is null))
);
create index conversations_inbox on conversations (organization_id, status, updated_at desc, id desc);
create index conversations_by_department on conversations (organization_id, department_id)
    where department_id is not null;
comment on table conversations is
    'Conversations, each with a summary of its log. Its row''s lock is what puts the log in order: see entries.seq.';
comment on column conversations.client_id is 'The visitor''s idempotency key: starting again with it finds this row.';
comment on column conversations.head_seq is 'The seq of the newest entry; 0 for an empty log.';
comment on column conversations.preview_text is 'The first 140 characters of the newest message; notes do not count.';
comment on column conversations.visitor_read_seq is 'How far the visitor has read.';
comment on column conversations.agent_read_seq is 'How far any agent has read.';
comment on column conversations.answers is 'The answers to the pre-chat form: [{key, value}] in the form''s order.';
comment on column conversations.updated_at is 'When the newest entry was taken, by the gateway''s clock; never goes back.';

create table entries (
    organization_id uuid not null,
    conversation_id uuid not null,
    seq bigint not null check (seq > 0),
    id uuid not null,
    sender_kind text not null check (sender_kind in ('visitor', 'agent', 'system')),
    sender_id uuid not null,
    client_id text not null check (octet_length(client_id) between 1 and 64),
    at timestamptz(3) not null,
    content jsonb not null,
    primary key (organization_id, conversation_id, seq),
    constraint entries_idempotency unique (organization_id, conversation_id, sender_id, client_id),
    constraint entries_conversation foreign key (organization_id, conversation_id) references conversations
        on delete cascade
);
comment on table entries is 'The logs: everything durable that happened in conversations.';
comment on column entries.seq is
    'Its place in the log, from 1, without gaps. Allotted while the conversation''s row is locked, so that entries become visible in the order of their seqs whichever gateway writes them.';
comment on column entries.id is 'The id under which the gateway passed it on before it was stored.';
comment on column entries.sender_id is 'A visitor, a member or (system) the organization itself; sender_kind says which.';
comment on column entries.client_id is 'The sender''s idempotency key: a resend with the same one is not stored again.';
comment on column entries.at is 'When the gateway took it.';
comment on column entries.content is '{kind, …}: the kind and the fields that it uses, as on the wire.';

create table participants (
    organization_id uuid not null,
    conversation_id uuid not null,
    participant_id uuid not null,
    kind text not null check (kind in ('visitor', 'agent', 'system')),
    last_read_seq bigint not null check (last_read_seq >= 0),
    primary key (organization_id, conversation_id, participant_id),
    constraint participants_conversation foreign key (organization_id, conversation_id) references conversations
        on delete cascade
);
comment on table participants is 'How far each participant of a conversation has read.';
comment on column participants.last_read_seq is 'Everything up to it has been seen. Never lowered; own entries count as seen.';

-- chatdesk_request: whoever handles a request sees and changes its own organization's rows and no others, whether or
-- not a statement remembers to say so.
do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array[
        'members', 'member_sessions', 'departments', 'widget_settings', 'visitors', 'widget_sessions',
        'conversations', 'entries', 'participants'
    ] loop
        execute format('alter table %I enable row level security', tenant_table);
        execute format('alter table %I force row level security', tenant_table);
        execute format(
            'create policy own_organization on %I to chatdesk_request'
            ' using (organization_id = chatdesk_organization()) with check (organization_id = chatdesk_organization())',
            tenant_table
        );
    end loop;
end
$$;
alter table organizations enable row level security;
alter table organizations force row level security;
create policy own_organization on organizations to chatdesk_request using (id = chatdesk_organization());
alter table accounts enable row level security;
alter table accounts force row level security;

grant select on organizations, members to chatdesk_request;
grant select, insert, delete on member_sessions to chatdesk_request;
grant select, insert, update, delete on departments to chatdesk_request;
grant select, update on widget_settings to chatdesk_request;
grant select, insert, update on visitors, widget_sessions to chatdesk_request;
grant select, insert on conversations to chatdesk_request;
grant select on entries, participants to chatdesk_request;

-- chatdesk_writer: the write-behind writer commits entries of many organizations together. It appends to logs, keeps
-- the summaries, and reads nothing else but what a summary shows of the visitor.
create policy writer on conversations to chatdesk_writer using (true) with check (true);
create policy writer on entries to chatdesk_writer using (true) with check (true);
create policy writer on participants to chatdesk_writer using (true) with check (true);
create policy writer on visitors for select to chatdesk_writer using (true);
grant select on conversations to chatdesk_writer;
grant update (status, head_seq, preview_from, preview_text, visitor_read_seq, agent_read_seq, updated_at)
    on conversations to chatdesk_writer;
grant select, insert on entries to chatdesk_writer;
grant select, insert, update on participants to chatdesk_writer;
grant select (organization_id, id, name, email) on visitors to chatdesk_writer;

-- chatdesk_directory: the look-ups that find out which organization a request belongs to, and sign-up, which makes one.
create policy directory on organizations to chatdesk_directory using (true) with check (true);
create policy directory on accounts to chatdesk_directory using (true) with check (true);
create policy directory on members to chatdesk_directory using (true) with check (true);
create policy directory on member_sessions for select to chatdesk_directory using (true);
create policy directory on widget_settings to chatdesk_directory using (true) with check (true);
grant select, insert on organizations, accounts, members to chatdesk_directory;
grant select on member_sessions to chatdesk_directory;
grant select (organization_id, widget_key) on widget_settings to chatdesk_directory;
grant insert (organization_id, widget_key) on widget_settings to chatdesk_directory;
