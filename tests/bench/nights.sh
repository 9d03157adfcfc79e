#!/usr/bin/env bash
# A night of some 17,000 changes into a small history and into large ones: what it takes, from start to exit, and how that
# grows. The floor is the same night into the smallest history.
#
#   cargo build --profile dist --locked && tests/bench/nights.sh [VERSIONS...]
#
# The changes hit 100,000 reservations that the simulated platform has delivered. Below them, SQL fills the same account
# up to VERSIONS (100000 1000000 10000000): two versions per reservation, five years of deliveries and check dates that
# are over. Three nights on each, of which the median is shown. Ten million versions take some ten GB in /var/tmp.
#
# KEYS=scattered: serial numbers of the filling stand between those of the platform, so that a night's keys are spread
# over the whole index. Otherwise they stand before them, as where a platform counts on.
. "$(dirname "$0")/support.sh"

[ $# -gt 0 ] || set -- 100000 1000000 10000000
reservations=100000
nights=3
case ${KEYS:-} in
    scattered) serial_number="format('ZJ109-%s-%s', lpad((r % $reservations)::text, 6, '0'), r / $reservations)" ;;
    *) serial_number="format('ZJ108-%s', lpad(r::text, 9, '0'))" ;;
esac

# fill VERSIONS: the history of reservations whose day has passed.
fill() {
    query <<SQL
insert into etl.runs (account, program_version) values ('bench', 'bench');
insert into etl.deliveries (
    run_id, account, effective_at, effective_source, received_at, landing_file, body_bytes, received, accepted, opened
)
select 1, 'bench', at, 'envelope', at, to_char(at, 'YYYY-MM-DD'), 1, 0, 0, 0
from generate_series(current_date - interval '1826 days', current_date - interval '2 days', '1 day') as at;
insert into warehouse.reservation_versions (
    account, serial_number, version, valid_from, valid_to, change, person_id, card_type, birthdate, sex_code,
    hospital_code, hospital_name, check_date, hospital_package_id, hospital_package_name, add_combination_id,
    add_combination_name, examination_fee, order_status, pay_type, data_sources, fingerprint, delivery_id, request_id
)
select 'bench', $serial_number, v, booked + (v - 1) * interval '3 days',
    case when v = 1 then booked + interval '3 days' else 'infinity' end,
    case when v = 1 then 'booked' when r % 10 = 0 then 'cancelled' else 'rescheduled' end,
    sha256((r % ($1 / 4))::text::bytea), '1', date '1960-01-01' + (r % 18000)::integer, (1 + r % 2)::text,
    'H' || r % 5, '医院' || r % 5, least(booked::date + 20 + (r % 30)::integer + v, current_date - 1),
    'P' || r / 5 % 12, '套餐' || r / 5 % 12, 'A' || r % 7 || ',A' || r % 11, '加项' || r % 7 || ',加项' || r % 11,
    500 + r % 3000, case when v = 2 and r % 10 = 0 then '5' when v = 2 then '2' else '1' end, '1', '渠道' || r / 60 % 4,
    sha256((r * 2 + v)::text::bytea), 1 + night, 'R' || r % 1000
from generate_series(0::bigint, $1 / 2 - 1) as r
cross join generate_series(1, 2) as v
cross join lateral (select r * 1825 / ($1 / 2) as night) as n
cross join lateral (select (current_date - 1826 + night::integer)::timestamptz as booked) as b;
SQL
}

smallest=
for versions; do
    say "a history of $versions versions"
    simulate "$reservations"
    warehouse bench
    pipeline bench
    [ "$versions" -le "$reservations" ] || fill $((versions - reservations))
    night first
    query -c 'vacuum analyze warehouse.reservation_versions'
    walls=()
    for _ in $(seq "$nights"); do
        next_night
        # As autovacuum does between nights: new versions take the room of old ones.
        query -c 'vacuum warehouse.reservation_versions'
        settle
        night changes
        walls+=("$(wall changes)")
        say "$(of changes opened) changes: $(wall changes) s, of which pull $(of changes pull), load $(of changes load), export $(of changes export)"
    done
    wall=$(median "${walls[@]}")
    row "a night of $(of changes opened) changes into $versions versions" s "$wall" "$smallest" 1.5
    smallest=${smallest:-$wall}
done
