#!/usr/bin/env bash
# Many accounts on one machine, in shards: the first night of all of them, side by side; then a second one, in which one shard is
# killed, and the round after it, which makes it good. There is no floor: the targets are for 600 accounts on two cores.
#
#   cargo build --profile dist --locked && tests/bench/shards.sh [ACCOUNTS [CHANGES [SHARDS]]]
#
# 600 accounts of 1000 changes each in 4 shards by default: some ten minutes, and 3 GB in /var/tmp. AT_ONCE: accounts that each
# shard works on at once (4). Fails if an account is left out or loaded twice.
. "$(dirname "$0")/support.sh"

accounts=${1:-600} changes=${2:-1000} shards=${3:-4} at_once=${AT_ONCE:-4}
# One port for each account.
ulimit -n "$(ulimit -Hn)"
# Everything that changes in the second night: as many reservations as were new in the first.
simulate "$changes" --changes 1 --accounts "$accounts"
mapfile -t addresses < <(grep -o 'http://127.0.0.1:[0-9]*' "$dir/environment")
[ "${#addresses[@]}" = "$accounts" ]

# everywhere PATH: calls every account's platform there.
everywhere() { printf 'url = "%s'"$1"'"\n' "${addresses[@]}" | curl -fsS -X POST --config - > "$dir/called"; }

mkdir "$dir/accounts"
for number in "${!addresses[@]}"; do
    base_url=${addresses[number]}
    pipeline bench
    name=$(printf 'hospital-%05d' "$number")
    sed "s/^account = .*/account = \"$name\"/" "$dir/bench.toml" > "$dir/accounts/$name.toml"
done
rm "$dir/bench.toml"

# begin NAME: starts all shards, in the background; the processes are in $begun.
begin() {
    local shard
    begun=()
    for ((shard = 0; shard < shards; shard++)); do
        /usr/bin/time -f %M -o "$dir/$1.$shard.memory" "$tijian" --quiet run --output json --shard "$shard/$shards" \
            --accounts-at-once "$at_once" "$dir"/accounts/*.toml > "$dir/$1.$shard.json" 2> "$dir/$1.$shard.log" &
        begun+=($!)
    done
}

# round NAME: all shards from start to exit; its wall time.
round() {
    local from=$EPOCHREALTIME process
    begin "$1"
    for process in "${begun[@]}"; do wait "$process"; done
    calculate "$EPOCHREALTIME - $from"
}

# check NAME PULLS: fails unless every account has made so many good pulls, with CHANGES versions each, and nothing is owed.
check() {
    local found
    found=$(query -c "
        select count(*) filter (where versions = $changes * $2), count(*),
            (select count(*) from etl.outbox where state = 'pending')
        from (select count(*) as versions from warehouse.reservation_versions group by account) as counted")
    [ "$found" = "$accounts|$accounts|0" ] || { say "$1: good accounts, accounts, owed callbacks: $found"; return 1; }
}

# largest_of NAME: peak memory of its largest process, in megabytes.
largest_of() {
    local each
    mapfile -t each < <(tail -qn 1 "$dir/$1".*.memory | awk '{ printf "%.0f\n", $1 / 1024 }')
    say "$1: the processes took ${each[*]} MB"
    largest "${each[@]}"
}

everywhere /simulator/answer
warehouse bench
settle
wall=$(round first)
check first 1
[ "$(cat "$dir"/first.*.json | grep -o '"account":"[^"]*"' | sort | uniq -d | wc -l)" = 0 ]
row "$accounts accounts of $changes new reservations, in $shards shards" s "$wall" '' 600
row "the largest of their processes" MB "$(largest_of first)" '' 64

everywhere /simulator/night
everywhere /simulator/answer
settle
begin killed
# In the middle of its accounts.
until [ "$(query -c "select count(*) from etl.runs where finished_at is null")" -gt 0 ] &&
    [ "$(query -c "select count(*) from etl.deliveries")" -gt $((accounts + accounts / 4)) ]; do sleep 0.05; done
# The process is that of `time`, and its only child is the shard.
kill -KILL "$(pgrep -P "${begun[0]}")"
for process in "${begun[@]:1}"; do wait "$process"; done
wait "${begun[0]}" || true
left=$(query -c "select count(*) from (select account from etl.deliveries where accepted > 0 group by account having count(*) = 1) as left_out")
say "the killed shard has left $left accounts"
wall=$(round again)
check again 2
row "the round after one shard was killed, which left $left accounts" s "$wall"
row "the largest of its processes" MB "$(largest_of again)" '' 64
"$tijian" --quiet audit > "$dir/audit"
