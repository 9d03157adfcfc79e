#!/usr/bin/env bash
# What is rare and large: single callbacks by the ten thousands to a slow platform, and a delivery that is all refused.
# Minutes long, so `all.sh` leaves it out.
#
#   cargo build --profile dist --locked && tests/bench/burdens.sh [CALLBACKS [REFUSED]]
. "$(dirname "$0")/support.sh"

callbacks=${1:-50000}
refused=${2:-100000}

simulate "$callbacks" --latency 50ms --fault callback=encrypted-failure:2
warehouse bench
pipeline bench
night callbacks
[ "$(of callbacks acknowledged)" = "$callbacks" ]
row "$callbacks single callbacks at 50 ms each, 16 at a time" s "$(of callbacks acknowledge)" \
    "$(calculate "$callbacks * 0.05 / 16")"
row '  peak memory' MB "$(megabytes callbacks)"

# Seven of eight defects are refused; the eighth is a warning.
simulate "$((refused * 8 / 7))" --defects 1.0
warehouse bench
pipeline bench
night refused || [ $? = 3 ]
[ "$(of refused rejected)" -gt "$((refused * 9 / 10))" ]
row "$(of refused rejected) records refused in one delivery of $(of refused received): load" s "$(of refused load)"
row '  acknowledgements of the others, one by one' s "$(of refused acknowledge)"
row '  peak memory' MB "$(megabytes refused)"
# Nothing of it was acknowledged: all of it comes again.
night again || [ $? = 3 ]
[ "$(of again rejected)" = "$(of refused rejected)" ]
row '  the same refused records again the next night: load' s "$(of again load)"
row '  peak memory' MB "$(megabytes again)"
