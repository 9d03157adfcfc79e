#!/usr/bin/env bash
# The current state for finance, as CSV beside psql's \copy of the same query, and as an Excel workbook beside DuckDB's extension for
# them. Ours makes a manifest with it.
#
#   cargo build --profile dist --locked && tests/bench/files.sh [RESERVATIONS]
#
# Three rounds, of which the medians are shown. Everything from start to exit, but DuckDB without the start of Python.
. "$(dirname "$0")/support.sh"

reservations=${1:-100000}
rounds=3
python_environment
export PYTHONDONTWRITEBYTECODE=1

# A change in a thousand, so that every round owes the whole state, but hardly any entries.
simulate "$reservations" --changes 0.001
warehouse bench
pipeline bench
pipeline csv snapshots
pipeline xlsx workbooks
night first
query -c 'vacuum analyze warehouse.reservation_versions'
for kind in csv xlsx; do "$tijian" --quiet export "$dir/$kind.toml" > "$dir/exported" 2> "$dir/export.log"; done
select=$(sed "s/\$1/'bench'/; /^--/d" "$root/sql/export/select_finance.sql" | tr '\n' ' ')

# ours KIND FOLDER: what is owed, as .KIND in export/FOLDER, of which the snapshot is by far the most.
ours() {
    rm -f "$dir/export/$2"/*
    settle
    timed "ours-$1" "$tijian" --quiet export "$dir/$1.toml"
    wall "ours-$1" >> "$dir/ours-$1.walls"
    processors "ours-$1" >> "$dir/ours-$1.cpus"
    stat -c %s "$dir/export/$2/"*_finance_2*."$1" > "$dir/ours-$1.bytes"
}

for round in $(seq "$rounds"); do
    say "files, round $round of $rounds"
    next_night
    night changes
    ours csv finance
    settle
    timed psql psql -qX -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "\\copy ($select) to '$dir/floor.csv' (format csv, header)"
    wall psql >> "$dir/psql.walls"
    processors psql >> "$dir/psql.cpus"
    [ "$(wc -l < "$dir/floor.csv")" = $((reservations + 1)) ]
    ours xlsx workbooks
    settle
    timed duckdb "$venv/bin/python" "$root/tests/bench/workbook.py" "$DATABASE_URL" "$select" "$dir/floor.xlsx"
    read -r seconds cpu rows < "$dir/duckdb.json"
    [ "$rows" = "$reservations" ]
    echo "$seconds" >> "$dir/duckdb.walls"
    calculate "$cpu + $(server_cpu duckdb)" >> "$dir/duckdb.cpus"
    say "CSV $(wall ours-csv) s, psql $(wall psql) s; workbook $(wall ours-xlsx) s, DuckDB $seconds s"
done

# per_gigabyte FILE BYTES: the median of its times, for as much.
per_gigabyte() {
    # shellcheck disable=SC2046 # one word per round
    calculate "$(median $(cat "$dir/$1")) / $2 * 1e9"
}
ours_bytes=$(cat "$dir/ours-csv.bytes") psql_bytes=$(stat -c %s "$dir/floor.csv")
row "CSV of $reservations rows for finance, for each GB (floor: psql)" s \
    "$(per_gigabyte ours-csv.walls "$ours_bytes")" "$(per_gigabyte psql.walls "$psql_bytes")" 1.2
row "  processor time, PostgreSQL's included" s \
    "$(per_gigabyte ours-csv.cpus "$ours_bytes")" "$(per_gigabyte psql.cpus "$psql_bytes")"
# shellcheck disable=SC2046
row "workbook of $reservations rows for finance (floor: DuckDB)" s \
    "$(median $(cat "$dir/ours-xlsx.walls"))" "$(median $(cat "$dir/duckdb.walls"))" 1.0
# shellcheck disable=SC2046
row "  processor time, PostgreSQL's included" s "$(median $(cat "$dir/ours-xlsx.cpus"))" "$(median $(cat "$dir/duckdb.cpus"))"
row '  its size' MB "$(calculate "$(cat "$dir/ours-xlsx.bytes") / 1048576")" \
    "$(calculate "$(stat -c %s "$dir/floor.xlsx") / 1048576")"
row '  its peak memory' MB "$(megabytes ours-xlsx)" "$(megabytes duckdb)"
