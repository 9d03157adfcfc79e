-- The history: one row per version of a reservation (slowly changing dimension, type 2).
-- No foreign key to etl.deliveries: it would cost a trigger per row of a million-row COPY; sql/checks/ asks the same.
-- What is loaded again keeps the time at which it was recorded first.

create schema warehouse;

create table warehouse.reservation_versions (
    account text not null,
    serial_number text not null,
    version integer not null check (version >= 1),
    valid_from timestamptz not null,
    valid_to timestamptz not null,
    change text not null check (change in ('booked', 'rescheduled', 'cancelled', 'amended', 'reinstated')),
    person_id bytea,
    erhc_no text,
    name text,
    card_type text,
    idcard text,
    birthdate date,
    sex_code text,
    is_pregnant boolean,
    married text,
    mobile text,
    hospital_code text not null,
    hospital_name text,
    check_date date not null,
    hospital_package_id text,
    hospital_package_name text,
    add_combination_id text,
    add_combination_name text,
    examination_fee numeric(12, 2),
    order_status text not null,
    pay_type text,
    data_sources text,
    extra jsonb,
    fingerprint bytea not null,
    delivery_id bigint not null,
    request_id text not null,
    recorded_at timestamptz not null
        default coalesce(nullif(current_setting('tijian.recorded_at', true), '')::timestamptz, now()),
    primary key (account, serial_number, version),
    check (valid_from < valid_to)
);

-- One current version per reservation; also the loader's way to look it up.
create unique index reservation_versions_current_idx
    on warehouse.reservation_versions (account, serial_number)
    where valid_to = 'infinity';

-- Exports and volumes go by date of appointment. The date comes first: with the account first, a look-up by key could be
-- planned as a scan of everything the account has.
create index reservation_versions_check_date_idx on warehouse.reservation_versions (check_date, account);

-- What a delivery opened. Not a block-range index: a version that ends is written once more, new versions take the room of old
-- ones, and after some nights every block holds versions of every delivery.
create index reservation_versions_delivery_idx on warehouse.reservation_versions (delivery_id);

-- Analysts ask for days as Beijing has them.
create index reservation_versions_event_date_idx on warehouse.reservation_versions (
    ((valid_from at time zone 'Asia/Shanghai')::date)
);

-- A person's other reservations: who comes back, and who books again.
create index reservation_versions_person_idx on warehouse.reservation_versions (person_id, account)
    where valid_to = 'infinity' and person_id is not null;
