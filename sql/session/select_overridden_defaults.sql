-- Purpose: what server, database, role or DATABASE_URL had as defaults for this session, and would have ended or weakened a
-- night, if sessions did not set it for themselves. Reads only.
select setting.name, setting.reset_val || coalesce(setting.unit, '') as given
from pg_settings as setting
where setting.name in (
        'synchronous_commit', 'statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout',
        'idle_session_timeout', 'lock_timeout', 'default_transaction_isolation', 'default_transaction_read_only',
        'default_transaction_deferrable'
    )
    and setting.reset_val is distinct from setting.boot_val
    and setting.setting is distinct from setting.reset_val
order by setting.name
