#!/usr/bin/env bash
# A night in which nothing has changed, from start to exit: the median of many, without exports and with.
#
#   cargo build --profile dist --locked && tests/bench/empty.sh
. "$(dirname "$0")/support.sh"

reservations=10000
nights=21

simulate "$reservations"
warehouse bench
pipeline plain
pipeline exporting history finance
night first exporting

# empty PIPELINE: milliseconds of an empty night.
empty() {
    local walls=()
    for _ in $(seq "$nights"); do
        night empty "$1"
        [ "$(of empty received)" = 0 ]
        walls+=("$(wall empty)")
    done
    calculate "1000 * $(median "${walls[@]}")"
}
row 'an empty night, start to exit' ms "$(empty plain)" '' '100 ms'
row '  with history (Parquet) and finance (CSV), of which nothing is owed' ms "$(empty exporting)" '' '100 ms'
