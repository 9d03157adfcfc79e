#!/usr/bin/env bash
# How the load's cost grows with the delivery: time beside its floor, and peak memory.
#
#   cargo build --profile dist --locked && tests/bench/growth.sh [RESERVATIONS...]
#
# Three rounds of each size below a million, one of the others. Ten million take ten minutes and 40 GB in /var/tmp.
. "$(dirname "$0")/support.sh"

sizes=("$@")
[ $# -gt 0 ] || sizes=(10000 100000 1000000 10000000)

for reservations in "${sizes[@]}"; do
    rounds=1
    [ "$reservations" -ge 1000000 ] || rounds=3
    loads=() floors=() memories=()
    for round in $(seq "$rounds"); do
        say "$reservations reservations, round $round of $rounds"
        first_night load "$reservations"
        loads+=("$(load_seconds load)")
        memories+=("$(megabytes load)")
        # The platform's memory and the landed delivery make room for the floor's file.
        kill "$platform"; wait "$platform" || true
        platform=
        rm -rf "$dir/landing"
        floors+=("$(floor load)")
    done
    row "load of $reservations reservations, all new" s "$(median "${loads[@]}")" "$(median "${floors[@]}")"
    row "  peak memory" MB "$(largest "${memories[@]}")"
done
