#!/usr/bin/env bash
# A night with all exports, beside scripts that others would write for it (tests/bench/peers): orjson with psql, polars, DuckDB, dlt.
# Of each the first night, when everything is new, and a night in which 17 % have changed, so that no check date is untouched.
#
#   cargo build --profile dist --locked && tests/bench/peers.sh [RESERVATIONS...]
#
# PEERS="script with_polars": only these. Three rounds, of which the medians are shown, also of the ratios: in each round everybody has a
# night in turn, from the same platform into a fresh database on the same server, from start to exit. Whoever's history is not that of
# the model (tests/bench/peers/model.py), version by version, fails the bench.
. "$(dirname "$0")/support.sh"

[ $# -gt 0 ] || set -- 10000
read -ra peers <<< "${PEERS:-script with_polars with_duckdb with_dlt}"
rounds=3
python_environment
# No caches beside the sources.
export PYTHONDONTWRITEBYTECODE=1

# model ARGUMENTS...
model() { "$venv/bin/python" "$root/tests/bench/peers/model.py" "$@"; }

# played WHO NIGHT: one night of ours or of a peer.
played() {
    local figures=$dir/$2-$1 what
    # What the model counts with is pulled before, and comes again.
    model pull "$base_url" "$dir/$2.delivery"
    prepare_answer
    settle
    case $1 in
        tijian)
            night night exporting
            changes=$(of night opened)
            ;;
        *) timed night "$venv/bin/python" "$root/tests/bench/peers/$1.py" "$base_url" "$DATABASE_URL" "$dir/export" ;;
    esac
    for what in wall processors server_cpu megabytes; do "$what" night >> "$figures.$what"; done
    say "$2, $1: $(wall night) s, CPU $(own_cpu night) s + PostgreSQL's $(server_cpu night) s, $(megabytes night) MB"
}

# both WHO: the first night and a night of changes.
both() {
    local history=peer.history
    simulate "$reservations"
    case $1 in
        tijian)
            warehouse bench
            pipeline exporting history daily_volumes snapshots
            history=warehouse.reservation_versions
            ;;
        *)
            rm -rf "$dir/export"
            database bench
            ;;
    esac
    played "$1" first
    next_night
    played "$1" changes
    [ "$1" = tijian ] || [ "$(wc -l < "$dir/export/finance.csv")" = $((reservations + 1)) ]
    model compare "$DATABASE_URL" "$history" "$dir/first.delivery" "$dir/changes.delivery"
}

# beside NIGHT PEER WHAT [WALL CPU]: four rows of the table, with the ratios that are aimed at.
beside() {
    line() {
        local ours=$dir/$night-tijian.$3 theirs=$dir/$night-$peer.$3
        # shellcheck disable=SC2046 # one word per round
        row "$1" "$2" "$(median $(cat "$ours"))" "$(median $(cat "$theirs"))" "$4" "$(paired "$ours" "$theirs")"
    }
    local night=$1 peer=$2
    line "$3 (floor: $peer)" s wall "${4:-}"
    line "  processor time, PostgreSQL's included" s processors "${5:-}"
    line "  PostgreSQL's alone" s server_cpu ''
    line '  peak memory' MB megabytes ''
}

for reservations; do
    rm -f "$dir"/first-* "$dir"/changes-*
    for round in $(seq "$rounds"); do
        say "$reservations reservations, round $round of $rounds"
        for who in tijian "${peers[@]}"; do both "$who"; done
    done
    for peer in "${peers[@]}"; do
        beside first "$peer" "first night of $reservations"
        case $peer in
            script) beside changes "$peer" "night of $changes changes on $reservations" 0.5 1.0 ;;
            *) beside changes "$peer" "night of $changes changes on $reservations" ;;
        esac
    done
done
