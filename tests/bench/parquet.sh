#!/usr/bin/env bash
# The export of the whole history as Parquet, beside pyarrow, polars and DuckDB that write the same rows and columns from the same
# server, in the same order, zstd, one file per month as ours. The floor is the fastest of them, and of file sizes the smallest.
#
#   cargo build --profile dist --locked && tests/bench/parquet.sh [RESERVATIONS]
#
# Three rounds, of which the medians are shown. Ours from start to exit; the others' from their connection to their last file's end,
# without the start of Python. Processor time is that of PostgreSQL, too.
. "$(dirname "$0")/support.sh"

reservations=${1:-100000}
rounds=3

python_environment
export PYTHONDONTWRITEBYTECODE=1

# A night of changes on them, so that there are versions that have ended.
simulate "$reservations"
warehouse bench
pipeline bench
pipeline exporting history
night first
next_night
night changes
query -c 'vacuum analyze warehouse.reservation_versions'
versions=$(query -c 'select count(*) from warehouse.reservation_versions')

for round in $(seq "$rounds"); do
    say "parquet, round $round of $rounds"
    settle
    timed export "$tijian" --quiet export --all "$dir/exporting.toml"
    wall export >> "$dir/ours.wall"
    processors export >> "$dir/ours.cpu"
    kilobytes=$(du -sk "$dir/export/history/check_month="* | awk '{ total += $1 } END { print total }')
    say "ours $(wall export) s, CPU $(own_cpu export) s + PostgreSQL's $(server_cpu export) s, $kilobytes KB"
    for tool in pyarrow polars duckdb; do
        mkdir "$dir/floor"
        settle
        timed "$tool" "$venv/bin/python" "$root/tests/bench/parquet.py" \
            "$tool" "$DATABASE_URL" "$root/sql/export/select_history.sql" bench "$dir/floor"
        read -r seconds cpu rows < "$dir/$tool.json"
        [ "$rows" = "$versions" ]
        echo "$seconds" >> "$dir/$tool.walls"
        calculate "$cpu + $(server_cpu "$tool")" >> "$dir/$tool.cpus"
        du -sk "$dir/floor" | cut -f1 > "$dir/$tool.kilobytes"
        say "$tool $seconds s, CPU $cpu s + PostgreSQL's $(server_cpu "$tool") s, $(cat "$dir/$tool.kilobytes") KB"
        rm -rf "$dir/floor"
    done
done

# least FIGURE: the smallest of the tools' medians.
least() {
    local tool
    # shellcheck disable=SC2046 # one word per round
    for tool in pyarrow polars duckdb; do median $(cat "$dir/$tool.$1"); done | sort -n | head -n 1
}
# shellcheck disable=SC2046 # one word per round
row "Parquet export of $versions versions (floor: pyarrow, polars, DuckDB)" s "$(median $(cat "$dir/ours.wall"))" "$(least walls)" 0.9
# shellcheck disable=SC2046
row "  processor time, PostgreSQL's included" s "$(median $(cat "$dir/ours.cpu"))" "$(least cpus)" 0.9
row '  size of its files' MB "$(calculate "$kilobytes / 1024")" "$(calculate "$(least kilobytes) / 1024")" 1.0
row '  its peak memory' MB "$(megabytes export)" \
    "$(for tool in pyarrow polars duckdb; do megabytes "$tool"; done | sort -n | head -n 1)"
