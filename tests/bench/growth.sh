#!/usr/bin/env bash
# How the load's cost grows with the delivery and the history: time beside its floor, peak memory, and the processor time of each change
# of a night after it, in which 17 % have changed. Its floor is that of the smallest history.
#
#   cargo build --profile dist --locked && tests/bench/growth.sh [RESERVATIONS...]
#
# Three rounds of each size below a million, one of the others. Ten million take a quarter of an hour and 40 GB in /var/tmp.
. "$(dirname "$0")/support.sh"

sizes=("$@")
[ $# -gt 0 ] || sizes=(10000 100000 1000000 10000000)

smallest=
for reservations in "${sizes[@]}"; do
    rounds=1
    [ "$reservations" -ge 1000000 ] || rounds=3
    loads=() floors=() memories=() changes=()
    for round in $(seq "$rounds"); do
        say "$reservations reservations, round $round of $rounds"
        first_night load "$reservations"
        loads+=("$(load_seconds load)")
        memories+=("$(megabytes load)")
        query -c 'vacuum analyze warehouse.reservation_versions'
        next_night
        settle
        night changes
        changes+=("$(calculate "$(processors changes) * 1000000 / $(of changes opened)")")
        memories+=("$(megabytes changes)")
        # The platform's memory and the landed delivery make room for the floor's file.
        kill "$platform"; wait "$platform" || true
        platform=
        rm -rf "$dir/landing"
        floors+=("$(floor load)")
    done
    row "load of $reservations reservations, all new" s "$(median "${loads[@]}")" "$(median "${floors[@]}")"
    change=$(median "${changes[@]}")
    row "  processor time of a change in the night after it" µs "$change" "$smallest" 1.2
    smallest=${smallest:-$change}
    row "  peak memory" MB "$(largest "${memories[@]}")"
done
