-- Purpose: whether this server keeps what is committed, and takes it at all. A default of database or role is not looked at
-- where a session sets it for itself. Reads only.
select
    pg_is_in_recovery() as is_standby,
    current_setting('fsync')::boolean as is_fsync_on,
    current_setting('full_page_writes')::boolean as are_full_pages_written,
    current_setting('session_replication_role') as replication_role,
    current_setting('server_encoding') as encoding,
    -- Read-only before this session said otherwise, and not by a default of the database or of the role: all of the server.
    exists (
        select
        from pg_settings as setting
        where setting.name = 'default_transaction_read_only'
            and setting.reset_val = 'on'
            and not exists (
                select
                from pg_db_role_setting as given
                cross join unnest(given.setconfig) as entry (line)
                where given.setdatabase in (0, (select oid from pg_database where datname = current_database()))
                    and given.setrole in (0, (select oid from pg_roles where rolname = session_user))
                    and entry.line = 'default_transaction_read_only=on'
            )
    ) as is_read_only
