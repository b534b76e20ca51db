-- The end of things: files whose rows are gone, entries that were refused; and who may do what with all that is new.

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
