-- Purpose: what makes a session faster, and the server notice sooner that it is gone. Nothing rests on it, so a setting that this
-- server does not know or does not take is left out: on Windows, PostgreSQL takes no client_connection_check_interval but 0,
-- and before version 14 there is none. One round trip. Idempotent.
do $$
declare
    wanted record;
begin
    for wanted in
        select comfort.name, comfort.value
        from (
            values
            -- Just-in-time compilation costs more than our short queries take.
            ('jit', 'off'),
            -- Statements are kept, but each of their executions is planned for its own values: a plan for any values would be made for
            -- ten keys where a thousand come, and for one account where all are meant.
            ('plan_cache_mode', 'force_custom_plan'),
            -- A month's rows handed over from process to process take half as much processor time again, and are no sooner here:
            -- the files of a night are made beside each other anyway.
            ('max_parallel_workers_per_gather', '0'),
            -- A server that finds out soon when we are gone: a killed run would hold its account for as long as its last statement
            -- waits for a lock, and one whose machine lost its power for two hours, which is Linux's patience with a silent peer.
            -- (On a Unix socket, PostgreSQL takes the settings about TCP and ignores them.)
            ('client_connection_check_interval', '5s'),
            ('tcp_keepalives_idle', '60'),
            ('tcp_keepalives_interval', '10'),
            ('tcp_keepalives_count', '6')
        ) as comfort (name, value)
        where current_setting(comfort.name, true) is not null
    loop
        begin
            perform set_config(wanted.name, wanted.value, false);
        exception when others then null;
        end;
    end loop;
end
$$
