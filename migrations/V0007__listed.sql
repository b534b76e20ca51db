-- A message no longer moves its conversation in every index.
--
-- Lists are in the order of updated_at. As long as that stood in the indexes, each message left a dead row behind and a dead
-- entry in five of them; whoever locked the row next went through all of these. Now they hold the minute only, and lists sort
-- what belongs to one minute. So a row that is written again within a minute is changed in its page (HOT), for which pages
-- keep room, and what is dead there is cleared away by the next who comes by.
--
-- It writes conversations anew, and holds them for as long as that takes. Gateways of the version before go on working; they
-- page through lists slowly until they have been replaced.

alter table conversations set (fillfactor = 50);
alter table participants set (fillfactor = 80);
alter table conversations
    add column listed_at timestamptz(3) not null
        generated always as (date_bin('1 minute', updated_at, '1970-01-01 00:00:00+00')) stored;
comment on column conversations.listed_at is
    'The minute of updated_at: what lists are found by, and sorted by updated_at and id within. See LISTED of storage.';

drop index conversations_inbox;
drop index conversations_by_assignee;
drop index conversations_unassigned;
drop index conversations_by_department;
drop index conversations_by_priority;
create index conversations_inbox on conversations (organization_id, status, listed_at desc);
create index conversations_by_assignee on conversations (organization_id, assignee_id, status, listed_at desc)
    where assignee_id is not null;
create index conversations_unassigned on conversations (organization_id, status, listed_at desc) where assignee_id is null;
create index conversations_by_department on conversations (organization_id, department_id, status, listed_at desc)
    where department_id is not null;
create index conversations_by_priority on conversations (organization_id, priority, status, listed_at desc)
    where priority <> 'none';
