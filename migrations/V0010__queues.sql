-- Nothing is vacuumed or analyzed for what it holds for a moment only.
--
-- While more is written than words can be made of, search_queue grows, and once a minute autovacuum read all of it to mark its pages,
-- and wrote them: acknowledgements waited for it. Its rows are deleted before long, which is what it is vacuumed for; it is read
-- through its key whatever its statistics say. And of which words
-- entries have, a tenth of the statistics says enough.

alter table search_queue set (autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_threshold = 1000000);
alter table entry_search
    alter column organization_id set statistics 10,
    alter column conversation_id set statistics 10,
    alter column seq set statistics 10,
    alter column at set statistics 10,
    alter column words set statistics 10;
