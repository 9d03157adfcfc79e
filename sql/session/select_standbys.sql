-- Purpose: who follows this server, as far as this login may see it: how many standbys there are, how many of them a COMMIT waits for
-- (null: the login may not see that), and whether it is to wait for any. Subscribers of logical replication and backups that
-- are under way are no standbys. Reads only.
select
    count(*) as standbys,
    case
        when pg_has_role('pg_read_all_stats', 'usage') then
            count(*) filter (where follower.sync_state in ('sync', 'quorum'))
    end as synchronous,
    current_setting('synchronous_standby_names') <> '' as is_asked_for
from pg_stat_replication as follower
where follower.state is distinct from 'backup'
    and not exists (
        select
        from pg_replication_slots as slot
        where slot.active_pid = follower.pid
            and slot.slot_type = 'logical'
    )
