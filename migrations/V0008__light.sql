-- Logs are analyzed and vacuumed seldom, and lightly.
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

-- Partitions have settings of their own, the tables in front of them none. Whoever analyzes a table keeps a snapshot while they
-- do, and what was changed since cannot be cleared away: the rows of conversations in which much is written become long chains, and
-- an append takes twice as long. So it is done seldom and then without the pauses that make 100 ms of it seconds. Entries never
-- change, so that vacuum finds nothing dead: what it does for those that were added, to freeze them and mark their pages, can be
-- done for a million at a time.
do $$
declare
    part regclass;
begin
    for part in
        select inhrelid::regclass from pg_inherits where inhparent in ('entries'::regclass, 'entry_search'::regclass)
    loop
        execute format(
            'alter table %s set (autovacuum_vacuum_cost_delay = 0, autovacuum_vacuum_insert_threshold = 1000000,
                autovacuum_analyze_scale_factor = 2)', part);
    end loop;
end
$$;
alter table conversations set (autovacuum_vacuum_cost_delay = 0);
alter table participants set (autovacuum_vacuum_cost_delay = 0);
alter table search_queue set (autovacuum_vacuum_cost_delay = 0);
