#!/usr/bin/env bash
# The load beside its floor, with and without exports, its peak memory, and a night of changes on it.
#
#   cargo build --profile dist --locked && tests/bench/load.sh [RESERVATIONS]
#
# Three rounds, of which the medians are shown: an empty warehouse, the load, the floor, the same night with exports.
# The load is timed from the answer's first byte to COMMIT, a night with exports from start to exit.
. "$(dirname "$0")/support.sh"

reservations=${1:-100000}
rounds=3
# Memory is to stay as it is from here on, however large a delivery is.
reservations_small=10000

first_night small "$reservations_small"
first_night small_exporting "$reservations_small" history finance

loads=() floors=() walls=() memories=() exporting_memories=()
for round in $(seq "$rounds"); do
    say "load, round $round of $rounds"
    first_night load "$reservations"
    loads+=("$(load_seconds load)")
    memories+=("$(megabytes load)")
    floors+=("$(floor load)")
    first_night exporting "$reservations" history finance
    walls+=("$(wall exporting)")
    exporting_memories+=("$(megabytes exporting)")
    rm -rf "$dir/export" "$dir/landing"
done
floor=$(median "${floors[@]}")
row "load of $reservations reservations, all new" s "$(median "${loads[@]}")" "$floor" 1.5
row "  the whole run, with history (Parquet) and finance (CSV)" s "$(median "${walls[@]}")" "$floor" 2.2
row "peak memory of that load (floor: of $reservations_small)" MB "$(largest "${memories[@]}")" "$(megabytes small)" '128 MB, 1.20'
row "  with exports" MB "$(largest "${exporting_memories[@]}")" "$(megabytes small_exporting)" '128 MB, 1.20'

# The last round's warehouse, without the exports: a night without them is what the floor means.
pipeline bench
loads=() floors=()
for round in $(seq "$rounds"); do
    say "a night of changes, $round of $rounds"
    next_night
    settle
    night changes
    loads+=("$(load_seconds changes)")
    floors+=("$(floor changes)")
done
row "load of a night of $(of changes opened) changes on it (the floor only adds)" s "$(median "${loads[@]}")" "$(median "${floors[@]}")"
