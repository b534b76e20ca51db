-- Analyzing logs costs little.
--
-- On a busy day autovacuum analyzes all partitions of the logs each minute. To do that it read 30,000 entries of each with all that
-- they say, and sorted their JSON: seconds of a core, which acknowledgements waited for. What finds entries are their keys, of
-- which a tenth of the statistics says enough; nothing is ever planned by what an entry says, or by a queue's arrays.

alter table entries
    alter column organization_id set statistics 10,
    alter column conversation_id set statistics 10,
    alter column seq set statistics 10,
    alter column id set statistics 10,
    alter column sender_kind set statistics 10,
    alter column sender_id set statistics 10,
    alter column client_id set statistics 10,
    alter column at set statistics 10,
    alter column content set statistics 0;
alter table search_queue
    alter column organization_id set statistics 10,
    alter column id set statistics 10,
    alter column conversations set statistics 0,
    alter column first_seqs set statistics 0,
    alter column last_seqs set statistics 0;
