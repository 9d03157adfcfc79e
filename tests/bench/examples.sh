#!/usr/bin/env bash
# The analysts' questions (sql/examples) on a million versions, made by SQL: three years of nights, five hospitals, a first
# load of a year's backlog, people who come back, cancel and book again, and two hospitals that report nobody. Each may take
# 200 ms. Then every view of the marts and of the dashboard, whole, as a program reads it that knows no filter. The build does not
# matter: all of it is PostgreSQL's work.
#
#   tests/bench/examples.sh [VERSIONS]
#
# Needs psql.
# shellcheck source-path=SCRIPTDIR
TIJIAN=${TIJIAN:-$(dirname "$0")/../../target/debug/tijian}
. "$(dirname "$0")/support.sh"

versions=${1:-1000000}
warehouse bench
query -v reservations=$((versions / 2)) -f "$root/tests/bench/examples.sql"
# Nobody is asked there.
base_url=http://127.0.0.1:1
pipeline bench
"$tijian" --quiet export "$dir/bench.toml" > "$dir/exported" 2> "$dir/export.log"
query -c 'vacuum analyze warehouse.daily_volumes'

# asked FILE [TARGET]: the median of five answers, as a client that stays connected sees them, the first and slowest left out.
asked() {
    { printf '\\timing on\n'; for _ in 1 2 3 4 5 6; do printf '\\i %s\n' "$1"; done; } > "$dir/asked.sql"
    query -f "$dir/asked.sql" -o "$dir/rows" | awk '/^Time/ { print $2 }' | tail -n +2 > "$dir/times"
    # shellcheck disable=SC2046 # one word per time
    row "$(basename "$1" .sql)" ms "$(median $(cat "$dir/times"))" '' "${2:-}"
}
for question in "$root"/sql/examples/*.sql; do asked "$question" '200 ms'; done

views="select relnamespace::regnamespace || '.' || relname from pg_class
    where relkind = 'v' and relnamespace in ('mart'::regnamespace, 'dashboard'::regnamespace) order by 1"
for view in $(query -c "$views"); do
    printf 'select * from %s;\n' "$view" > "$dir/$view.sql"
    asked "$dir/$view.sql"
done
