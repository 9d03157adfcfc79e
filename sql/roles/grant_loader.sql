-- Purpose: what the nightly run, exports, retention, status, audit, report and verification do, and nothing beyond it: a
-- person's identity is erased, and the site key replaced, by the owner. Derived from the statements in sql/: a new one that
-- needs more says so here. No right to change or drop an object, to empty a table, to take a version of the history away or
-- change what it says, or to give a right to somebody else. Idempotent.
grant usage on schema etl, warehouse, mart, finance to tijian_loader;

-- The ledger.
grant select on etl.schema_migrations, etl.warehouse to tijian_loader;
grant select, insert on etl.site_keys to tijian_loader;
grant select, insert, update (finished_at, outcome, failure, seconds, retention_note) on etl.runs to tijian_loader;
grant
    select,
    insert,
    update (
        received, accepted, rejected, unchanged, opened, closed, adjusted, warned, unknown_fields, unknown_fields_more
    )
    on etl.deliveries to tijian_loader;
grant select, insert, update (received, accepted, rejected) on etl.batches to tijian_loader;
grant select, insert, update (confirmed_by) on etl.unconfirmed_reservations to tijian_loader;
grant select, insert on etl.delivery_problems to tijian_loader;

-- The journal; and deliveries that are loaded again after a restored backup, under their old numbers.
grant select, insert on etl.journal to tijian_loader;
grant select, update on sequence etl.deliveries_delivery_id_seq to tijian_loader;
grant select on etl.replays to tijian_loader;
grant select, insert, update (state, attempts, last_error, finished_at, withdrawn_by) on etl.outbox to tijian_loader;
grant select, insert, update (delivery_id) on etl.touched_months to tijian_loader;
grant select, insert, update (delivery_id, exported_at, path, rows, sha256) on etl.exports to tijian_loader;

-- What is published to lakes.
grant select, insert, update (number, publication_id, claim_id) on etl.lakes to tijian_loader;
grant
    select,
    insert (lake, number, versions, is_withdrawing),
    update (number, claimed_at, published_at, versions, is_withdrawing),
    delete
    on etl.lake_publications to tijian_loader;
grant select, insert (lake, account, delivery_id, number), update (number, is_stale) on etl.lake_deliveries to tijian_loader;
grant select, update (closed_at, published_at), delete on etl.lake_decodings to tijian_loader;
grant select on etl.lake_decoded_accounts to tijian_loader;

-- Notes that are struck off when they are done with.
grant select, insert, delete on etl.unchanged_records, etl.stale_check_dates to tijian_loader;

-- The quarantine, and its records past their days.
-- (An upsert that takes a value over from the new row has to be allowed to read that column.)
grant
    select,
    insert,
    delete,
    update (
        serial_number, request_id, sealed_record, reasons, attempts, last_delivery_id, last_position, last_seen_at,
        resolved_at, resolution, resolved_by
    )
    on etl.rejections to tijian_loader;

-- Which reservations were erased, but not by which erasure: they are not tried again.
grant select (account, serial_number) on etl.erased_reservations to tijian_loader;
-- Since when retention must remember what was erased.
grant select (account, erased_at, last_delivery_id) on etl.erasures to tijian_loader;

-- The inbox of arrivals, its rows past their days, and the arrivals that are taken, or withdrawn.
grant
    select,
    insert (account, serial_number, arrived_at, source),
    delete,
    update (state, reason, finished_at)
    on etl.arrival_inbox to tijian_loader;
grant select, insert, delete on warehouse.arrivals to tijian_loader;

-- Who looks at a quarantined record is put on record, in the login's own name, and cannot take that back.
grant insert (account, action, subject_id, operator) on etl.access_log to tijian_loader;

-- The history: versions are added and ended.
grant select, insert, update (valid_to) on warehouse.reservation_versions to tijian_loader;
grant select, insert, delete on warehouse.daily_volumes to tijian_loader;

-- What exports and the report are made from.
grant select on all tables in schema mart, finance to tijian_loader;
grant execute on function mart.age_band(integer) to tijian_loader;
grant insert, update (label_zh, label_en) on mart.code_labels to tijian_loader;
grant insert on finance.handoffs, finance.numbered_movements, finance.months, finance.month_balances to tijian_loader;
alter default privileges in schema mart, finance grant select on tables to tijian_loader;
