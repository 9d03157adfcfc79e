-- What tests/bench/examples.sh asks: :reservations reservations with two versions each. A night is a delivery of a run of its own; the
-- first one brings a tenth of all.
insert into etl.runs (account, program_version)
select 'bench', 'bench'
from generate_series(0, 1000);

insert into etl.deliveries (
    run_id, account, effective_at, effective_source, received_at, landing_file, body_bytes, received, accepted, opened
)
select
    night + 1, 'bench', timestamptz '2024-01-10 02:00+08' + night * interval '1 day', 'envelope',
    timestamptz '2024-01-10 02:00+08' + night * interval '1 day', night::text, 1, 2, 2, 2
from generate_series(0, 1000) as night;

insert into warehouse.reservation_versions (
    account, serial_number, version, valid_from, valid_to, change, person_id, card_type, birthdate, sex_code,
    hospital_code, hospital_name, check_date, hospital_package_id, hospital_package_name, add_combination_id,
    add_combination_name, examination_fee, order_status, pay_type, data_sources, fingerprint, delivery_id, request_id
)
select
    'bench', lpad(r::text, 20, '0'), v, begins, ends,
    case when v = 1 then 'booked' when r % 10 = 0 then 'cancelled' when r % 3 = 0 then 'amended' else 'rescheduled' end,
    sha256(person::text::bytea), '1', date '1950-01-01' + (person * 37 % 20000)::integer, (1 + person % 2)::text,
    'H' || person % 5, '医院' || person % 5,
    date '2024-01-10' + night::integer + 10 + (r * 7 % 40)::integer + case when r % 10 > 0 and r % 3 > 0 then v else 0 end,
    'P' || r % 12, '套餐' || r % 12, 'A' || r % 7 || ',A' || r % 11, '加项' || r % 7 || ',加项' || r % 11,
    500 + r % 3000, case when v = 1 then '1' when r % 10 = 0 then '5' when r % 3 = 0 then '1' else '2' end, (r % 2)::text,
    '渠道' || r % 4, sha256((r * 2 + v)::text::bytea), 1 + night + (v - 1) * 3, 'R' || r % 1000
from generate_series(1::bigint, :reservations) as r
cross join lateral (
    select greatest(0, (r - :reservations / 10) * 990 / (:reservations - :reservations / 10)) as night, r * 7919 % (:reservations / 3) as person
) as made
cross join generate_series(1, 2) as v
cross join lateral (
    select
        timestamptz '2024-01-10 02:00+08' + (night + (v - 1) * 3) * interval '1 day' as begins,
        case when v = 1 then timestamptz '2024-01-10 02:00+08' + (night + 3) * interval '1 day' else 'infinity' end as ends
) as validity;

insert into etl.delivery_problems (account, delivery_id, field, rule, is_rejecting, records)
select account, delivery_id, field, 'dictionary', is_rejecting, 1 + delivery_id % 5
from etl.deliveries
cross join (values ('sexCode', true), ('payType', false), ('idcard', false)) as broken (field, is_rejecting);

insert into warehouse.arrivals (account, serial_number, arrived_at, source)
select account, serial_number, check_date + time '08:00' at time zone 'Asia/Shanghai', 'inbox'
from warehouse.reservation_versions
where valid_to = 'infinity' and order_status <> '5' and hospital_code < 'H3' and get_byte(fingerprint, 3) > 20
    and check_date < (now() at time zone 'Asia/Shanghai')::date;

insert into etl.stale_check_dates (account, check_date)
select distinct account, check_date
from warehouse.reservation_versions;

insert into mart.capacity (account, hospital_code, day, places)
select 'bench', 'H' || hospital, date '2024-01-01' + day, 120
from generate_series(0, 4) as hospital
cross join generate_series(0, 1200) as day;

vacuum analyze warehouse.reservation_versions, warehouse.arrivals;
