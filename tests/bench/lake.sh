#!/usr/bin/env bash
# The lake: whether readers ever see half a publication while nights publish; then, for each size, what it takes to publish a history
# that is years old, to rebuild it on a Spark cluster of two workers, to compare that with PostgreSQL, and the same from landed files.
#
#   cargo build --profile dist --locked && tests/bench/lake.sh [RESERVATIONS...]
#
# 20000 reservations by default, in six accounts, and some two and a half versions of each: the last night but one acknowledges nothing,
# so the last one delivers its states again. READS: reads meanwhile (1000), of at least so many PUBLICATIONS (20). EXECUTOR_MEMORY: of each
# of Spark's workers (1g). Needs Java 17, and Python 3.11 with venv; packages come by pip.
. "$(dirname "$0")/support.sh"

[ $# -gt 0 ] || set -- 20000
# Three for each of two shards.
accounts=(hospital-1 hospital-2 hospital-3 hospital-4 hospital-5 hospital-11)
memory=${EXECUTOR_MEMORY:-1g}

# everywhere PATH [OPTION...]: calls every account's platform there.
everywhere() {
    local path=$1 address
    shift
    for address in "${addresses[@]}"; do curl -fsS -X POST "$@" "$address$path" > "$dir/called"; done
}

# province RESERVATIONS CHANGES: an empty warehouse, and that many reservations in all accounts, of which that share changes in a night.
province() {
    local number
    simulate $(($1 / ${#accounts[@]})) --changes "$2" --accounts "${#accounts[@]}"
    mapfile -t addresses < <(grep -o 'http://127.0.0.1:[0-9]*' "$dir/environment")
    warehouse bench
    rm -rf "$dir/accounts" "$dir/lake"
    mkdir "$dir/accounts"
    for number in "${!accounts[@]}"; do
        base_url=${addresses[number]}
        pipeline bench
        sed "s/^account = .*/account = \"${accounts[number]}\"/" "$dir/bench.toml" > "$dir/accounts/${accounts[number]}.toml"
    done
    everywhere /simulator/answer
}

# to_the_lake: from here on, all accounts publish, into $lake.
to_the_lake() {
    local file
    for file in "$dir"/accounts/*.toml; do printf '[[export]]\nkind = "lake"\nurl = "file://%s/lake"\n' "$dir" >> "$file"; done
    lake=$dir/lake/$(query -c 'select warehouse_id from etl.warehouse')
}

# ours COMMAND...: tijian, for all accounts.
ours() { "$tijian" --quiet --data-dir "$dir/work" "$@" "$dir"/accounts/*.toml; }
# timed_ours NAME COMMAND...: the same, timed.
timed_ours() {
    local name=$1
    shift
    timed "$name" "$tijian" --quiet --data-dir "$dir/work" "$@" --output json "$dir"/accounts/*.toml
}

# named PART FIGURE: the sum of it over the objects that the pointer names there.
named() {
    python3 -c 'import json, sys; print(sum(file[sys.argv[3]] for file in json.load(open(sys.argv[1]))[sys.argv[2]]))' "$lake/pointer.json" "$@"
}

# read_meanwhile: nights with few changes publish, one after the other, until a reader has read enough.
read_meanwhile() {
    local reader nights=0
    province 6000 0.02
    to_the_lake
    ours run > "$dir/run.json" 2> "$dir/run.log"
    "$python" "$root/tests/bench/lake.py" "$lake" "${READS:-1000}" "${PUBLICATIONS:-20}" > "$dir/reads.json" 2> "$dir/reads.log" &
    reader=$!
    while kill -0 "$reader" 2> /dev/null; do
        everywhere /simulator/night
        ours run > "$dir/run.json" 2> "$dir/run.log"
        # Nothing is left for it, as a rule.
        ours lake publish > "$dir/publish.json" 2> "$dir/publish.log"
        nights=$((nights + 1))
    done
    wait "$reader"
    say "$(of reads reads) reads while $nights nights published: $(cat "$dir/reads.json")"
    row "reads by DuckDB while nights published" '' "$(of reads reads)"
    row "  publications that were read" '' "$(of reads publications)"
    row "  reads that found a file gone" '' "$(of reads gone)" '' 0
}

# grow RESERVATIONS: nights until there are two and a half versions of each reservation.
grow() {
    local versions
    province "$1" 0.5
    for night in 1 2 3 4; do
        [ "$night" = 1 ] || { everywhere /simulator/night; everywhere /simulator/answer; }
        # From the last night but one on, nothing is acknowledged; so the last one delivers its states once more, beside newer ones.
        [ "$night" != 3 ] || everywhere /simulator/faults -d '{"endpoint":"callback","fault":"http-503","times":1000000}'
        ours run --accounts-at-once 2 > "$dir/run.json" 2> "$dir/run.log" || [ "$night" -ge 3 ]
        versions=$(query -c 'select count(*) from warehouse.reservation_versions')
        say "night $night: $versions versions"
    done
    [ "$versions" -ge $(($1 * 9 / 4)) ]
    kill "$platform"; wait "$platform" || true
    platform=
    query -c 'vacuum analyze warehouse.reservation_versions'
}

# spark CLASS NAME PATTERN OPTION...: starts a part of the cluster, its process is in $started.
spark() {
    local class=$1 name=$2 pattern=$3
    shift 3
    "$SPARK_HOME/bin/spark-class" "org.apache.spark.deploy.$class" --host 127.0.0.1 --webui-port 0 "$@" > "$dir/$name.log" 2>&1 &
    started=$!
    until_said "$dir/$name.log" "$pattern" "$started"
}

# cluster: a master and two workers of one core each. $engine is what lets them work.
cluster() {
    local port number
    python_environment "$root/tests/readers/requirements-spark.txt"
    SPARK_HOME=$("$venv/bin/python" -c "import importlib.util as u; print(u.find_spec('pyspark').submodule_search_locations[0])")
    export SPARK_HOME SPARK_LOCAL_IP=127.0.0.1 SPARK_DAEMON_MEMORY=256m SPARK_LOCAL_DIRS=$dir/spark
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    spark master.Master master 'I have been elected leader' --port "$port"
    workers=()
    for number in 1 2; do
        spark worker.Worker "worker-$number" 'Successfully registered' --cores 1 --memory "$memory" --work-dir "$dir/spark/$number" \
            "spark://127.0.0.1:$port"
        workers+=("$started")
    done
    engine="$SPARK_HOME/bin/spark-sql --master spark://127.0.0.1:$port --executor-memory $memory --driver-memory 512m"
    engine+=" --conf spark.ui.enabled=false --conf spark.driver.host=127.0.0.1"
}

# watch_executors FILE: notes their peak memory so far, and that of the planners beside them, in kilobytes, for as long as it is left alive.
watch_executors() {
    local executor planner
    while sleep 0.5; do
        for executor in $(pgrep -P "$(IFS=,; echo "${workers[*]}")"); do
            for planner in $(pgrep -P "$executor" -x "$(basename "$tijian")"); do
                awk '/^VmHWM/ { print "planner", $2 }' "/proc/$planner/status" 2> /dev/null || true
            done
            awk '/^VmHWM/ { print "executor", $2 }' "/proc/$executor/status" 2> /dev/null || true
        done
    done > "$1"
}

# seen FILE WHICH: the largest of those, in megabytes.
seen() { awk -v which="$2" '$1 == which && $2 > most { most = $2 } END { printf "%.0f\n", most / 1024 }' "$1"; }

# rebuild NAME [OPTION]: lets Spark build, and prints what it took, part by part.
rebuild() {
    local name=$1 watch part seconds
    shift
    watch_executors "$dir/$name.watched" &
    watch=$!
    timed_ours "$name" lake rebuild --engine "$engine" "$@"
    kill "$watch"; wait "$watch" || true
    row "rebuild $* on Spark, two executors of one core and $memory" s "$(wall "$name")"
    # Spark says after each statement how long it took; after the settings, in other words.
    paste <(printf '%s\n' "${statements[@]}") <(grep -o '^Time taken: [0-9.]* seconds$' "$dir/work/lake/rebuild.log" | cut -d' ' -f3) \
        > "$dir/$name.parts"
    while read -r part seconds; do
        [ -n "$seconds" ] || { say "Spark did not say how long $part took"; return 1; }
        case $part in write_*) row "  ${part#write_}" s "$seconds" ;; esac
    done < "$dir/$name.parts"
    row "  peak memory of the larger executor" MB "$(seen "$dir/$name.watched" executor)"
    row "  of the planner beside it" MB "$(seen "$dir/$name.watched" planner)"
    row "  of the client, Spark's driver" MB "$(megabytes "$name")"
    row "  its size, for each million versions" MB \
        "$(calculate "$(du -sb "$(find "$lake/built" -mindepth 1 -maxdepth 1 | sort | tail -n 1)" | cut -f1) / 1e6 / $versions * 1e6")"
}
mapfile -t statements < <(grep -o 'lake_sql!("[a-z_]*")' "$root/src/engine/script.rs" | cut -d'"' -f2 | grep -Ev 'count_check|configure_session')

# verify NAME [OPTION]: compares with PostgreSQL. Fails on any difference.
verify() {
    local name=$1 before
    shift
    before=$(query -c 'select temp_bytes from pg_stat_database where datname = current_database()')
    timed_ours "$name" lake verify "$@"
    row "verify $*, against PostgreSQL" s "$(wall "$name")"
    row "  peak memory of tijian" MB "$(megabytes "$name")"
    row "  temporary files of PostgreSQL, for each million versions" MB \
        "$(query -c "select (temp_bytes - $before) / $versions from pg_stat_database where datname = current_database()")"
}

# decode: two shards of processes, side by side.
decode() {
    local shard from=$EPOCHREALTIME processes=() wall states
    for shard in 0 1; do
        /usr/bin/time -f '%M %U %S' -o "$dir/decode-$shard.memory" "$tijian" --quiet --data-dir "$dir/work" lake publish --shard "$shard/2" \
            --output json "$dir"/accounts/*.toml > "$dir/decode-$shard.json" 2> "$dir/decode-$shard.log" &
        processes+=($!)
    done
    wait "${processes[0]}"
    wait "${processes[1]}"
    wall=$(calculate "$EPOCHREALTIME - $from")
    states=$(cat "$dir"/decode-?.json | grep -o '"states":[0-9]*' | cut -d: -f2 | paste -sd+)
    row "decoding $((states)) landed states in two shards, side by side" s "$wall"
    row "  states in a second" '' "$(calculate "($states) / $wall")"
    row "  peak memory of the larger shard" MB "$(largest "$(megabytes decode-0)" "$(megabytes decode-1)")"
}

python_environment
python=$venv/bin/python
read_meanwhile
cluster
for reservations; do
    grow "$reservations"
    to_the_lake
    versions=$(query -c 'select count(*) from warehouse.reservation_versions')
    settle
    timed floor psql -qX "$DATABASE_URL" -c '\copy (select * from mart.reservation_versions) to /dev/null'
    timed_ours publish lake publish
    [ "$(named states rows)" = "$versions" ]
    row "publishing $versions versions, all owed" s "$(wall publish)" "$(wall floor)"
    row "  processor time, with PostgreSQL's" s "$(processors publish)" "$(processors floor)"
    row "  peak memory" MB "$(megabytes publish)"
    row "  states, for each million versions" MB "$(calculate "$(named states bytes) / $versions")"
    row "  deliveries, all of them" kB "$(calculate "$(named deliveries bytes) / 1000")"
    settle
    rebuild published
    verify sums
    verify rows --rows
    decode
    rebuild decoded --decoded
    verify decoded-sums
done
