-- What a complete widget and a working agent need: who has a conversation and how it was liked, who a visitor is and
-- what they do on the site, files, and whether a member takes conversations.
--
-- It only expands: every new column is nullable or has a default, so that gateways of the version before go on working.

alter table members
    add column availability text not null default 'online' check (availability in ('online', 'away'));
comment on column members.availability is 'Whether they take conversations: chosen by them, kept until they choose again.';

-- The default is made anew for each row, those that are there included: adding the column writes them all, and no
-- policy stands in the way of that. Three ids hold more random bits than come out.
alter table widget_settings
    add column draft_preview boolean not null default false,
    add column identity_secret bytea not null
        default sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
        check (octet_length(identity_secret) = 32);
comment on column widget_settings.draft_preview is 'Whether agents see what a visitor types before it is sent.';
comment on column widget_settings.identity_secret is
    'What the site''s server signs identity tokens with. Random; never part of what a widget or its settings show.';

alter table visitors
    add column external_id text check (octet_length(external_id) between 1 and 200),
    add column verified boolean not null default false,
    add column attributes jsonb not null default '{}' check (jsonb_typeof(attributes) = 'object'),
    add constraint visitors_verified_by check (external_id is not null or not verified);
create unique index visitors_verified on visitors (organization_id, external_id) where verified;
comment on table visitors is 'Who visits a site: anonymous browsers with what they said of themselves, and people whom the site vouched for.';
comment on column visitors.external_id is
    'What the site calls them. Of a verified visitor it is unique; anybody else may claim any.';
comment on column visitors.verified is
    'Whether the site vouched for external_id with a signed token. Never changes: the two kinds are never merged.';
comment on column visitors.attributes is 'What the site and its agents noted of them: names with text, numbers, true or false.';

alter table conversations
    add column assignee_id uuid,
    add column rating smallint check (rating between 1 and 5),
    add constraint conversations_assignee foreign key (organization_id, assignee_id) references members
        on delete set null (assignee_id);
create index conversations_by_assignee on conversations (organization_id, assignee_id) where assignee_id is not null;
comment on column conversations.assignee_id is 'The member whose conversation it is; null: nobody''s.';
comment on column conversations.rating is 'The visitor''s newest rating, 1 (bad) to 5 (good).';
comment on column conversations.preview_text is
    'The first 140 characters of the newest message, of a file those of its name; notes do not count.';

create table attachments (
    organization_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    uploader_kind text not null check (uploader_kind in ('visitor', 'agent')),
    uploader_id uuid not null,
    client_id text not null check (octet_length(client_id) between 1 and 64),
    name text not null check (octet_length(name) between 1 and 200),
    size bigint not null check (size > 0),
    media_type text not null check (octet_length(media_type) between 1 and 200),
    sha256 bytea not null check (octet_length(sha256) = 32),
    key text not null check (octet_length(key) between 1 and 200),
    created_at timestamptz(3) not null default now(),
    touched_at timestamptz(3) not null default now(),
    done_at timestamptz(3),
    sent_at timestamptz(3),
    primary key (organization_id, id),
    constraint attachments_upload unique (organization_id, uploader_id, client_id),
    constraint attachments_key unique (organization_id, key),
    constraint attachments_conversation foreign key (organization_id, conversation_id) references conversations
        on delete cascade
);
create index attachments_by_conversation on attachments (organization_id, conversation_id);
-- For the sweep over all organizations, which alone asks for what was left lying.
create index attachments_unfinished on attachments (touched_at) where done_at is null;
create index attachments_unsent on attachments (touched_at) where done_at is not null and sent_at is null;
comment on table attachments is 'Files of conversations, those on their way included. The bytes are kept elsewhere.';
comment on column attachments.organization_id is 'The tenant.';
comment on column attachments.id is 'The upload''s id, and later the file''s.';
comment on column attachments.conversation_id is 'The conversation that it was sent to.';
comment on column attachments.uploader_kind is 'Which side sent it.';
comment on column attachments.uploader_id is 'A visitor or a member; uploader_kind says which.';
comment on column attachments.client_id is 'The uploader''s idempotency key: opening again with it finds this row.';
comment on column attachments.name is 'The file''s name, as the uploader gave it.';
comment on column attachments.size is 'Its length in bytes.';
comment on column attachments.media_type is 'Its media type; checked against its bytes when they are all there.';
comment on column attachments.sha256 is 'The SHA-256 of its bytes, as the uploader gave it; checked likewise.';
comment on column attachments.key is 'Names the file in its URL and in the file store; not to be guessed.';
comment on column attachments.created_at is 'When the upload was opened.';
comment on column attachments.touched_at is
    'When it was last opened again, or asked for by its sender; what is unfinished, or unsent, is given up some time after.';
comment on column attachments.done_at is 'When its bytes were all there and right; null until then.';
comment on column attachments.sent_at is 'When an entry first named it; null until then.';

create table page_views (
    organization_id uuid not null,
    visitor_id uuid not null,
    id uuid not null,
    at timestamptz(3) not null,
    url text check (octet_length(url) <= 2000),
    title text check (octet_length(title) <= 2000),
    referrer text check (octet_length(referrer) <= 2000),
    primary key (organization_id, visitor_id, id),
    constraint page_views_visitor foreign key (organization_id, visitor_id) references visitors on delete cascade
);
create index page_views_newest on page_views (organization_id, visitor_id, at desc, id desc);
comment on table page_views is 'The pages of a site that its visitors saw.';
comment on column page_views.organization_id is 'The tenant.';
comment on column page_views.visitor_id is 'Who saw it.';
comment on column page_views.id is 'Given by the gateway, so that a batch that is written again changes nothing.';
comment on column page_views.at is 'When, by the gateway''s clock.';
comment on column page_views.url is 'location.href.';
comment on column page_views.title is 'document.title.';
comment on column page_views.referrer is 'document.referrer.';

create table events (
    organization_id uuid not null,
    visitor_id uuid not null,
    id uuid not null,
    at timestamptz(3) not null,
    name text not null check (octet_length(name) between 1 and 200),
    properties jsonb not null default '{}' check (jsonb_typeof(properties) = 'object'),
    primary key (organization_id, visitor_id, id),
    constraint events_visitor foreign key (organization_id, visitor_id) references visitors on delete cascade
);
create index events_newest on events (organization_id, visitor_id, at desc, id desc);
comment on table events is 'What sites tracked of their visitors.';
comment on column events.organization_id is 'The tenant.';
comment on column events.visitor_id is 'Whom it is about.';
comment on column events.id is 'Given by the gateway, so that a batch that is written again changes nothing.';
comment on column events.at is 'When, by the gateway''s clock.';
comment on column events.name is 'What happened, in the site''s words.';
comment on column events.properties is 'Its circumstances: names with text, numbers, true or false.';

do $$
declare
    tenant_table text;
begin
    foreach tenant_table in array array['attachments', 'page_views', 'events'] loop
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
grant update (availability) on members to chatdesk_request;
grant select, insert, update, delete on attachments to chatdesk_request;
grant select on page_views, events to chatdesk_request;

-- The writer also keeps what visitors do on the site, on which page each session was last seen, and which files were sent. Skipping rows that
-- are there already takes the right to read their keys.
create policy writer on page_views to chatdesk_writer using (true) with check (true);
create policy writer on events to chatdesk_writer using (true) with check (true);
create policy writer on attachments to chatdesk_writer using (true) with check (true);
create policy writer on widget_sessions to chatdesk_writer using (true) with check (true);
grant update (assignee_id, rating) on conversations to chatdesk_writer;
grant select (verified) on visitors to chatdesk_writer;
grant select (organization_id, id, sent_at), update (sent_at) on attachments to chatdesk_writer;
grant insert, select (organization_id, visitor_id, id) on page_views to chatdesk_writer;
grant insert, select (organization_id, visitor_id, id) on events to chatdesk_writer;
grant select (organization_id, id, current_url, last_seen_at), update (current_url, last_seen_at)
    on widget_sessions to chatdesk_writer;

-- What is asked across organizations: how far logs go, and which uploads were given up.
create policy directory on conversations for select to chatdesk_directory using (true);
create policy directory on attachments for select to chatdesk_directory using (true);
grant select (organization_id, id, head_seq) on conversations to chatdesk_directory;
grant select (organization_id, id, touched_at, done_at, sent_at) on attachments to chatdesk_directory;

comment on column conversations.updated_at is
    'When the newest entry was stored, by the clock of the gateway that stored it; never goes back.';
