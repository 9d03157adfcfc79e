-- Purpose: every session says for itself what the promises rest on, whatever the defaults of server, database, role, PGOPTIONS
-- or DATABASE_URL are. A server that takes one of them not is no place for a warehouse. A setting that this version of
-- PostgreSQL does not know is left out. One round trip. Idempotent.
select set_config(wanted.name, wanted.value, false)
from (
    values
    -- The platform is told "received" on the strength of a COMMIT: off and local do not wait for all that others wait for.
    -- What the administrator has chosen beyond that (remote_write, remote_apply) stays.
    (
        'synchronous_commit',
        case
            when current_setting('synchronous_commit') in ('off', 'local') then 'on'
            else current_setting('synchronous_commit')
        end
    ),
    -- A night of a million reservations is as good as one of ten: no limit that somebody has set for others ends it. We may
    -- also be silent for as long as the platform takes. Only for somebody else's lock we do not wait for ever: half an hour
    -- is longer than any transaction of ours holds one, and short enough for the night to be repeated in time.
    ('statement_timeout', '0'),
    ('transaction_timeout', '0'),
    ('idle_in_transaction_session_timeout', '0'),
    ('idle_session_timeout', '0'),
    ('lock_timeout', '30min'),
    -- The kind of transaction that every statement was written for.
    ('default_transaction_isolation', 'read committed'),
    ('default_transaction_read_only', 'off'),
    ('default_transaction_deferrable', 'off'),
    -- What statements mean, and what is read from them. Names are written with their schema: nobody's own function or
    -- operator may come before PostgreSQL's.
    ('client_encoding', 'UTF8'),
    ('standard_conforming_strings', 'on'),
    ('search_path', 'pg_catalog'),
    ('timezone', 'UTC'),
    ('datestyle', 'ISO, YMD')
) as wanted (name, value)
where current_setting(wanted.name, true) is not null
