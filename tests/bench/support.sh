# shellcheck shell=bash
# What the benches share: a private server, the simulated platform, pipeline files, one night, its floor, the table.
# Sourced, not run. Everything is made in a fresh folder under /var/tmp (or TMPDIR), which is removed at the end, also after a failure.
#
# Needs Linux, psql, curl and GNU time (/usr/bin/time). TIJIAN: the program; by default the release build of this folder.
set -euo pipefail
# Numbers are written and read with a decimal point.
export LC_ALL=C.UTF-8

root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
tijian=$(realpath "${TIJIAN:-$root/target/dist/tijian}")
dir=$(mktemp -d "${TMPDIR:-/var/tmp}/tijian-bench.XXXXXX")
chmod 755 "$dir"
# The runs' standard error is shown only where something fails: a bench is read for its figures.
finish() {
    local status=$?
    [ "$status" = 0 ] || tail -n 5 "$dir"/*.log >&2 || true
    # shellcheck disable=SC2046 # one word per job
    kill $(jobs -p) 2>/dev/null || true
    wait
    rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '%s\n' "$*" >&2; }

# until_said FILE PATTERN PROCESS: waits for a background program's first words, as long as it lives.
until_said() {
    until grep -q "$2" "$1" 2>/dev/null; do
        kill -0 "$3" 2>/dev/null || { say "ended before it said $2: $(tail -n 1 "$dir"/*.log)"; return 1; }
        sleep 0.05
    done
}

"$tijian" --quiet --data-dir "$dir/data" db serve > "$dir/url" 2> "$dir/server.log" &
until_said "$dir/url" postgresql $!
server=$(cat "$dir/url")

# query ARGUMENTS...: psql on the current warehouse.
query() { psql -qXAt -v ON_ERROR_STOP=1 "$DATABASE_URL" "$@"; }

# database NAME: an empty one is the current one from here on.
database() {
    psql -qX "$server" -c "drop database if exists $1" -c "create database $1" 2> "$dir/psql.log"
    export DATABASE_URL=${server/\/tijian?/\/$1?}
}

# warehouse NAME: an empty warehouse of its own is the current one from here on. The one before goes, with its folders, which
# would refuse another one. (The floor has none.)
warehouse() {
    [ "$1" = floor ] || rm -rf "$dir/landing" "$dir/export"
    database "$1"
    "$tijian" --quiet migrate > "$dir/migrated" 2> "$dir/migrate.log"
}

# settle: writes out what earlier work left in memory, so that it is not paid for by what is timed next.
settle() { query -c checkpoint; }

platform=
# simulate RESERVATIONS [OPTION...]: a platform on its first night takes the place of the one before.
simulate() {
    [ -z "$platform" ] || { kill "$platform"; wait "$platform" || true; }
    # Or the old one's words would be taken for those of the new one.
    rm -f "$dir/environment"
    "$tijian" --quiet simulate --listen 127.0.0.1:0 --new-per-night 0 --reservations "$@" \
        > "$dir/environment" 2> "$dir/simulate.log" &
    platform=$!
    until_said "$dir/environment" AES_KEY "$platform"
    base_url=$(grep -om1 'http://127.0.0.1:[0-9]*' "$dir/environment")
    set -a
    # shellcheck disable=SC1091 # written a moment ago
    . "$dir/environment"
    set +a
}
export TIJIAN_SITE_KEY=BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=

# next_night: the platform's changes join its queue.
next_night() {
    curl -fsS -X POST "$base_url/simulator/night" > "$dir/night"
    prepare_answer
}

# prepare_answer: the platform writes its next answer now. The real one has machines of its own for that.
prepare_answer() { curl -fsS -X POST "$base_url/simulator/answer" > "$dir/prepared"; }

# pipeline NAME [EXPORT...]: writes NAME.toml with these exports: history, daily_volumes, finance, snapshots (finance, with the
# current state every night), workbooks (the same for Excel).
pipeline() {
    local name=$1 export
    shift
    cat > "$dir/$name.toml" <<TOML
version = 1
account = "bench"
[platform]
base_url = "$base_url"
api_key = { env = "ZHELIBAN_API_KEY" }
secret = { env = "ZHELIBAN_SECRET" }
aes_key = { env = "ZHELIBAN_AES_KEY" }
[contract]
file = "$root/pipelines/contracts/reservation.toml"
[landing]
dir = "$dir/landing"
TOML
    for export; do
        case $export in
            history) printf '[[export]]\nkind = "history"\nformat = "parquet"\ndir = "%s/export/history"\n' "$dir" ;;
            daily_volumes) printf '[[export]]\nkind = "daily_volumes"\nformat = "parquet"\ndir = "%s/export/volumes"\n' "$dir" ;;
            finance) printf '[[export]]\nkind = "finance"\nformat = "csv"\ndir = "%s/export/finance"\nprofile = "machine"\n' "$dir" ;;
            snapshots)
                printf '[[export]]\nkind = "finance"\nformat = "csv"\ndir = "%s/export/finance"\nprofile = "machine"\n' "$dir"
                printf 'snapshot = "nightly"\n'
                ;;
            workbooks) printf '[[export]]\nkind = "finance"\nformat = "xlsx"\ndir = "%s/export/workbooks"\nsnapshot = "nightly"\n' "$dir" ;;
        esac >> "$dir/$name.toml"
    done
}

# server_seconds: processor time that the private server has taken until now, of processes that have ended, too. Looks until two looks
# agree: what a process has taken passes to its parent when it ends, which may be between a look at one and at the other.
server_seconds() {
    local before='' now=''
    for _ in {1..20}; do
        # A process may end while it is looked at.
        now=$({ cat /proc/[0-9]*/stat 2> /dev/null || true; } |
            awk -v ticks="$(getconf CLK_TCK)" -v server="$(head -n 1 "$dir/data/postgres/data/postmaster.pid")" '
                { process = $1; sub(/^.*\) /, ""); if (process == server || $2 == server) total += $12 + $13 + $14 + $15 }
                END { printf "%.2f\n", total / ticks }')
        [ "$now" != "$before" ] || break
        before=$now
        sleep 0.1
    done
    echo "$now"
}

# timed NAME COMMAND...: runs it; keeps its output, its wall time in seconds, its peak memory in kilobytes, and the processor time of it
# and of the server meanwhile.
timed() {
    local name=$1 from to before
    shift
    before=$(server_seconds)
    from=$EPOCHREALTIME
    /usr/bin/time -f '%M %U %S' -o "$dir/$name.memory" "$@" > "$dir/$name.json" 2> "$dir/$name.log"
    to=$EPOCHREALTIME
    calculate "$to - $from" > "$dir/$name.wall"
    calculate "$(server_seconds) - $before" > "$dir/$name.server"
}

# night NAME [PIPELINE]: one run of bench.toml, or of another pipeline.
night() { timed "$1" "$tijian" --quiet run --output json "$dir/${2:-bench}.toml"; }
# of NAME FIGURE: a figure of that run's JSON.
of() { grep -o "\"$2\":[0-9.]*" "$dir/$1.json" | cut -d: -f2; }
# wall NAME, megabytes NAME, own_cpu NAME: what the process took; server_cpu NAME: what the server took for it; processors NAME: both.
wall() { cat "$dir/$1.wall"; }
# (After a failure, GNU time says so in a line above the numbers.)
megabytes() { tail -n 1 "$dir/$1.memory" | awk '{ printf "%.4f\n", $1 / 1024 }'; }
own_cpu() { tail -n 1 "$dir/$1.memory" | awk '{ print $2 + $3 }'; }
server_cpu() { cat "$dir/$1.server"; }
processors() { calculate "$(own_cpu "$1") + $(server_cpu "$1")"; }
# load_seconds NAME: from the answer's first byte to COMMIT.
load_seconds() { calculate "$(of "$1" pull) + $(of "$1" load)"; }

# first_night NAME RESERVATIONS [EXPORT...]: everything is new to an empty warehouse.
first_night() {
    local name=$1 reservations=$2
    shift 2
    simulate "$reservations"
    warehouse bench
    pipeline bench "$@"
    prepare_answer
    settle
    night "$name"
}

columns='account, serial_number, version, valid_from, valid_to, change, person_id, erhc_no, name, card_type, idcard,
    birthdate, sex_code, is_pregnant, married, mobile, hospital_code, hospital_name, check_date, hospital_package_id,
    hospital_package_name, add_combination_id, add_combination_name, examination_fee, order_status, pay_type,
    data_sources, extra, fingerprint, delivery_id, request_id, recorded_at'
columns=$(tr -d '\n' <<< "$columns")
# floor NAME: seconds that psql's \copy takes for the versions which that night opened, already typed, into an empty
# warehouse of the same schema, in one transaction on the same server.
floor() {
    query -c "\\copy (select $columns from warehouse.reservation_versions where delivery_id = $(of "$1" delivery)) to '$dir/rows'"
    local DATABASE_URL
    warehouse floor
    settle
    query -c '\timing on' -c begin -c "\\copy warehouse.reservation_versions ($columns) from '$dir/rows'" -c commit |
        awk '/^Time/ { total += $2 } END { printf "%.3f\n", total / 1000 }'
    psql -qX "$server" -c 'drop database floor'
    rm "$dir/rows"
}

# python_environment [FILE]: makes one in target/ with its packages (those that the benches need), unless it is there. It is in $venv from
# here on. Needs Python 3.11 or newer with venv; packages come by pip.
python_environment() {
    local requirements=${1:-$root/tests/bench/requirements.txt}
    venv=$root/target/bench-python-$(sha256sum "$requirements" | cut -c1-12)
    [ ! -e "$venv/complete" ] || return 0
    say "making a Python environment in $venv"
    python3 -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: -r "$requirements"
    touch "$venv/complete"
}

# calculate EXPRESSION, median NUMBER..., largest NUMBER...
calculate() { awk "BEGIN { printf \"%.4f\n\", $1 }"; }
median() { printf '%s\n' "$@" | sort -n | awk '{ n[NR] = $1 } END { print (n[int((NR + 1) / 2)] + n[int(NR / 2) + 1]) / 2 }'; }
# paired FILE FILE: the median of the ratios between numbers in the same line. What slows the machine for a while slows both.
# shellcheck disable=SC2046 # one word per line
paired() { median $(paste "$1" "$2" | awk '{ print ($2 > 0 ? $1 / $2 : 0) }'); }
largest() { printf '%s\n' "$@" | sort -n | tail -n 1; }

# row WHAT UNIT OURS [FLOOR [TARGET [RATIO]]]: a line of the table, under a heading that is printed once. RATIO is given where it
# is not just that of the two figures. WHAT is ASCII: awk counts bytes.
row() {
    if [ -z "${BENCH_TABLE:-}" ]; then
        BENCH_TABLE=begun
        printf '%-72s %11s %11s %6s  %s\n' what ours floor ratio target
    fi
    awk -v what="$1" -v unit="$2" -v ours="$3" -v floor="${4:-}" -v target="${5:-}" -v ratio="${6:-}" 'BEGIN {
        if (ratio == "" && floor != "") ratio = ours / floor
        digits = unit == "s" ? "%.2f " : "%.0f "
        printf "%-72s %11s %11s %6s  %s\n", what, sprintf(digits, ours) unit, floor == "" ? "" : sprintf(digits, floor) unit,
            floor == "" ? "" : sprintf("%.2f", ratio), target }'
}
