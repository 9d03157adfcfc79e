#!/usr/bin/env bash
# Single callbacks to a platform that takes 20 ms for each answer. It refuses the batch's callback, so the reservations
# are acknowledged one by one.
#
#   cargo build --profile dist --locked && tests/bench/callbacks.sh [RESERVATIONS]
. "$(dirname "$0")/support.sh"

reservations=${1:-10000}

simulate "$reservations" --latency 20ms --fault callback=encrypted-failure:2
warehouse bench
pipeline bench
night callbacks
[ "$(of callbacks acknowledged)" = "$reservations" ]
row "$reservations single callbacks at 20 ms each" s "$(of callbacks acknowledge)" '' '20 s'
