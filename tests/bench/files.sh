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

# One change in a hundred, so that every round owes the whole state, but hardly any entries.
simulate "$reservations" --changes 0.01
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

# beside WHAT OURS FLOOR [TARGET [FACTOR]]: a row of the table, with the median of the rounds' ratios, by FACTOR.
beside() {
    # shellcheck disable=SC2046 # one word per round
    row "$1" s "$(median $(cat "$dir/$2"))" "$(median $(cat "$dir/$3"))" "${4:-}" \
        "$(calculate "$(paired "$dir/$2" "$dir/$3") * ${5:-1}")"
}
ours_bytes=$(cat "$dir/ours-csv.bytes") psql_bytes=$(stat -c %s "$dir/floor.csv")
per_byte=$(calculate "$psql_bytes / $ours_bytes")
beside "CSV of $reservations rows for finance (floor: psql; ratio per byte)" ours-csv.walls psql.walls 1.2 "$per_byte"
beside "  processor time, PostgreSQL's included" ours-csv.cpus psql.cpus '' "$per_byte"
row '  its size' MB "$(calculate "$ours_bytes / 1048576")" "$(calculate "$psql_bytes / 1048576")"
beside "workbook of $reservations rows for finance (floor: DuckDB)" ours-xlsx.walls duckdb.walls 1.0
beside "  processor time, PostgreSQL's included" ours-xlsx.cpus duckdb.cpus
row '  its size' MB "$(calculate "$(cat "$dir/ours-xlsx.bytes") / 1048576")" \
    "$(calculate "$(stat -c %s "$dir/floor.xlsx") / 1048576")"
row '  its peak memory' MB "$(megabytes ours-xlsx)" "$(megabytes duckdb)"
