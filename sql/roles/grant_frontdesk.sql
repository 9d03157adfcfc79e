-- Purpose: the hospital's own system tells who has arrived, and sees nothing: neither the inbox nor anything else. Idempotent.
grant usage on schema etl to tijian_frontdesk;
grant insert (account, serial_number, arrived_at) on etl.arrival_inbox to tijian_frontdesk;
