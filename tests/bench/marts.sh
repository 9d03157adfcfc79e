#!/usr/bin/env bash
# The marts on a large history, made by SQL: two versions per reservation, five years of check dates, five hospitals,
# twelve packages, four channels. Times what a load's refresh costs, and what an analyst's client waits for.
#
#   cargo build --profile dist --locked && tests/bench/marts.sh [VERSIONS]
#
# Needs psql. Works in a folder of its own under /var/tmp, and removes it. Ten million versions take 8 GB there.
set -euo pipefail

versions=${1:-10000000}
tijian=$(realpath "${TIJIAN:-$(dirname "$0")/../../target/dist/tijian}")
dir=$(mktemp -d /var/tmp/tijian-bench.XXXXXX)
chmod 755 "$dir"
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$dir"' EXIT

"$tijian" --quiet --data-dir "$dir/data" db serve > "$dir/url" &
until grep -q postgresql "$dir/url" 2>/dev/null; do sleep 0.05; done
DATABASE_URL=$(cat "$dir/url")
export DATABASE_URL
"$tijian" --quiet migrate > "$dir/migrated"

query() { psql -qXAt "$DATABASE_URL" -v ON_ERROR_STOP=1 "$@"; }
query <<SQL
insert into etl.runs (account, program_version) values ('bench', 'bench');
insert into etl.deliveries (run_id, account, effective_at, effective_source, received_at, landing_file, body_bytes, received, accepted, opened)
select 1, 'bench', timestamptz '2021-01-01' + night * interval '1 day', 'envelope', timestamptz '2021-01-01' + night * interval '1 day', night::text, 1, 0, 0, 0
from generate_series(1, 1800) as night;
insert into warehouse.reservation_versions (
    account, serial_number, version, valid_from, valid_to, change, person_id, card_type, birthdate, sex_code,
    hospital_code, hospital_name, check_date, hospital_package_id, hospital_package_name, add_combination_id,
    add_combination_name, examination_fee, order_status, pay_type, data_sources, fingerprint, delivery_id, request_id
)
select 'bench', lpad(r::text, 20, '0'), v, booked + (v - 1) * interval '3 days',
    case when v = 1 then booked + interval '3 days' else 'infinity' end,
    case when v = 1 then 'booked' when r % 10 = 0 then 'cancelled' else 'rescheduled' end,
    sha256((r % ($versions / 4))::text::bytea), '1', date '1960-01-01' + (r % 18000)::integer, (1 + r % 2)::text,
    'H' || r % 5, '医院' || r % 5, date '2021-01-05' + (r * 1800 / ($versions / 2))::integer + 20 + (r % 30)::integer + v,
    'P' || r / 5 % 12, '套餐' || r / 5 % 12, 'A' || r % 7 || ',A' || r % 11, '加项' || r % 7 || ',加项' || r % 11,
    500 + r % 3000, case when v = 2 and r % 10 = 0 then '5' when v = 2 then '2' else '1' end, '1', '渠道' || r / 60 % 4,
    sha256((r * 2 + v)::text::bytea), 1 + r * 1800 / ($versions / 2), 'R' || r % 1000
from generate_series(1::bigint, $versions / 2) as r
cross join generate_series(1, 2) as v
cross join lateral (select timestamptz '2021-01-05' + (r * 1800 / ($versions / 2)) * interval '1 day') as b (booked);
insert into etl.stale_check_dates select distinct account, check_date from warehouse.reservation_versions;
SQL
query -c 'vacuum analyze warehouse.reservation_versions'

cat > "$dir/bench.toml" <<TOML
version = 1
account = "bench"
[platform]
base_url = "http://127.0.0.1:1"
api_key = { env = "A" }
secret = { env = "B" }
aes_key = { env = "C" }
[contract]
file = "$(realpath "$(dirname "$0")/../../pipelines/contracts/reservation.toml")"
[landing]
dir = "$dir/landing"
TOML

# seconds WHAT COMMAND...: the wall time of a command.
seconds() {
    local what=$1 from
    shift
    from=$(date +%s.%N)
    "$@" > "$dir/out"
    awk -v what="$what" -v from="$from" -v to="$(date +%s.%N)" 'BEGIN { printf "%-62s %9.3f s\n", what, to - from }'
}
# asked WHAT SQL: the median of five answers, as a client that stays connected sees them.
asked() {
    printf '\\timing on\n' > "$dir/asked.sql"
    for _ in 1 2 3 4 5; do printf '%s;\n' "$2" >> "$dir/asked.sql"; done
    psql -qX "$DATABASE_URL" -f "$dir/asked.sql" -o "$dir/rows" | awk '/^Time/ { print $2 }' | sort -n |
        awk -v what="$1" '{ t[NR] = $1 } END { printf "%-62s %9.1f ms\n", what, t[int((NR + 1) / 2)] }'
}

echo "$versions versions, $(query -c 'select count(distinct check_date) from warehouse.reservation_versions') check dates"
seconds 'refresh of every check date (as after a first load)' "$tijian" --quiet export "$dir/bench.toml"
query -c "insert into etl.stale_check_dates select 'bench', date '2023-06-01' + n from generate_series(0, 59) as n"
seconds 'refresh of 60 touched dates (a night), start to exit' "$tijian" --quiet export "$dir/bench.toml"
seconds 'refresh of none, start to exit' "$tijian" --quiet export "$dir/bench.toml"
seconds 'report of nine months, start to exit' "$tijian" --quiet report --from 2023-01-01 --to 2023-09-30 --out "$dir/report.html"
month="check_date >= '2023-06-01' and check_date < '2023-07-01'"
asked 'daily_volumes, one month, every row' "select * from mart.daily_volumes where $month"
asked 'daily_volumes, one month, summed per day and hospital' "select check_date, hospital_code, sum(reservations), sum(fee_total) from mart.daily_volumes where $month group by 1, 2"
asked 'daily_volumes as of a past day, one month' "select check_date, sum(reservations) from mart.daily_volumes_as_of('2023-06-10', '2023-06-01', '2023-06-30') group by 1"
asked 'package_mix, one month' "select * from mart.package_mix where $month"
asked 'booking_pace, one month' "select lead_days, sum(reservations) from mart.booking_pace where $month group by 1"
asked 'add_on_uptake, one month' "select add_on_id, sum(reservations) from mart.add_on_uptake where $month group by 1"
asked 'reservation_events, one night' "select event, count(*) from mart.reservation_events where event_at >= '2023-06-05' and event_at < '2023-06-06' group by 1"
asked 'reservations_current, one reservation' "select * from mart.reservations_current where account = 'bench' and serial_number = '00000000000000001234'"
