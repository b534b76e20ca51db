-- Who has read furthest stands in the conversation's own row, which each message writes anyway.
--
-- With each message its sender has read on, and participants got or changed a row for that: a tenth of what an append costs. Of
-- visitors a conversation has one, whose place is visitor_read_seq; and of its agents one has read furthest. Only the others need
-- rows. Rows that were written before stay, and count for no more than they say. Binaries of before it would move agent_read_seq
-- and leave the name beside it: they cannot go on. None of them was released.

alter table conversations add column agent_read_id uuid;
comment on column conversations.visitor_read_seq is 'How far its visitor has read. Never lowered; own entries count as seen.';
comment on column conversations.agent_read_seq is 'How far any agent has read. Never lowered; own entries count as seen.';
comment on column conversations.agent_read_id is
    'The agent who has read furthest, to agent_read_seq; null: nobody, or somebody whom participants has.';
comment on table participants is
    'How far agents have read who were overtaken by another one; the furthest of them and the visitor are in conversations.';
grant update (agent_read_id) on conversations to chatdesk_writer;
