#!/usr/bin/env bash
# The load beside its floor: the same rows, already typed, by psql's \copy into the same table with the same indexes,
# in one transaction on the same server. Prints seconds, their ratio, and tijian's peak memory.
#
#   cargo build --release --locked && tests/bench/load.sh [RESERVATIONS]
#
# Needs psql, curl and GNU time (/usr/bin/time). Works in a folder of its own under /var/tmp, and removes it.
set -euo pipefail

reservations=${1:-100000}
tijian=$(realpath "$(dirname "$0")/../../target/release/tijian")
dir=$(mktemp -d /var/tmp/tijian-bench.XXXXXX)
chmod 755 "$dir"
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$dir"' EXIT

# until_said FILE PATTERN: waits for a background program's first words.
until_said() { until grep -q "$2" "$1" 2>/dev/null; do sleep 0.05; done; }

"$tijian" --quiet --data-dir "$dir/data" db serve > "$dir/url" &
until_said "$dir/url" postgresql
server=$(cat "$dir/url")
"$tijian" --quiet simulate --listen 127.0.0.1:0 --reservations "$reservations" --new-per-night 0 > "$dir/environment" &
until_said "$dir/environment" AES_KEY
base_url=$(grep -om1 'http://127.0.0.1:[0-9]*' "$dir/environment")
set -a
. "$dir/environment"
set +a
export TIJIAN_SITE_KEY=BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=
export DATABASE_URL="$server"

cat > "$dir/bench.toml" <<TOML
version = 1
account = "bench"
[platform]
base_url = "$base_url"
api_key = { env = "ZHELIBAN_API_KEY" }
secret = { env = "ZHELIBAN_SECRET" }
aes_key = { env = "ZHELIBAN_AES_KEY" }
[contract]
file = "$(realpath "$(dirname "$0")/../../pipelines/contracts/reservation.toml")"
[landing]
dir = "$dir/landing"
TOML

# night NAME: one run; keeps its JSON and its peak memory.
night() {
    /usr/bin/time -f %M -o "$dir/$1.memory" "$tijian" --quiet run --output json "$dir/bench.toml" > "$dir/$1.json"
}
# of NAME FIGURE: a figure of a night's JSON.
of() { grep -o "\"$2\":[0-9.]*" "$dir/$1.json" | cut -d: -f2; }

# floor NAME: what a night has written, copied into an empty warehouse of the same schema.
columns='account, serial_number, version, valid_from, valid_to, change, person_id, erhc_no, name, card_type, idcard,
    birthdate, sex_code, is_pregnant, married, mobile, hospital_code, hospital_name, check_date, hospital_package_id,
    hospital_package_name, add_combination_id, add_combination_name, examination_fee, order_status, pay_type,
    data_sources, extra, fingerprint, delivery_id, request_id, recorded_at'
columns=$(tr -d '\n' <<< "$columns")
floor() {
    psql -qX "$server" -c "\\copy (select $columns from warehouse.reservation_versions where delivery_id = $(of "$1" delivery)) to '$dir/rows'"
    psql -qX "$server" -c "create database floor_$1"
    local target=${server/\/tijian?/\/floor_$1?}
    DATABASE_URL="$target" "$tijian" --quiet migrate > "$dir/migrated"
    psql -qX "$target" -c '\timing on' -c 'begin' -c "\\copy warehouse.reservation_versions ($columns) from '$dir/rows'" -c 'commit' |
        awk '/Time/ { total += $2 } END { printf "%.2f\n", total / 1000 }'
}

report() {
    local pull load floor
    pull=$(of "$1" pull) load=$(of "$1" load) floor=$(floor "$1")
    awk -v name="$1" -v rows="$(of "$1" opened)" -v pull="$pull" -v load="$load" -v floor="$floor" \
        -v kilobytes="$(cat "$dir/$1.memory")" 'BEGIN {
        printf "%-8s %9d versions: pull %.2f s + load %.2f s = %.2f s; \\copy %.2f s; ratio %.2f (load alone %.2f); peak memory %.0f MB\n",
            name, rows, pull, load, pull + load, floor, (pull + load) / floor, load / floor, kilobytes / 1024 }'
}

night initial
report initial
curl -fsS -X POST "$base_url/simulator/night" > "$dir/night"
night changes
report changes
