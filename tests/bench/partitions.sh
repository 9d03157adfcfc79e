#!/usr/bin/env bash
# Whether the history should be partitioned by hash of the account: the statements of a night, of an analyst and of the audit, on the
# table as the migration makes it and on partitioned copies of it, side by side. The schema is the migration's, the rows are made
# by SQL, the statements are read from sql/. docs/decisions/partitioning.md says what came out.
#
#   cargo build --profile dist --locked && tests/bench/partitions.sh [MILLIONS...]
#
# 1 and 10 million versions of 100 accounts by default. Needs pg_dump, too, and takes 0.6 GB per million and table in /var/tmp, or
# in TMPDIR. PARTITIONS: how many, a copy for each number ("16"). ACCOUNTS: accounts whose nights are timed (20), at most 40.
. "$(dirname "$0")/support.sh"

read -ra counts <<< "${PARTITIONS:-16}"
timed_accounts=${ACCOUNTS:-20}
sizes=("$@")
[ $# -gt 0 ] || sizes=(1 10)
sides=(plain "${counts[@]/#/hash}")

# An account has 154 new reservations a night, of which 47 change ten nights later; in the nights that are timed, 2,000 of the newest do.
accounts=100 new=154 changed=47 changed_after=10 changes=2000 block=50

# on SIDE ARGUMENTS...: psql on its database.
on() {
    local side=$1
    shift
    psql -qXAt -v ON_ERROR_STOP=1 "${server/\/tijian?/\/$side?}" "$@"
}

# make SIDE: the warehouse that the migrations have made, with the history in so many partitions, and no index yet. Every constraint
# and index of it is possible there: the account is in the primary key and in the unique index on current versions, and nothing
# refers to the history.
make() {
    local number=${1#hash} part='' partition
    psql -qX "$server" -c "create database $1"
    [ "$number" = plain ] || part='/^CREATE TABLE warehouse.reservation_versions (/,/^);/ s/^);/) PARTITION BY HASH (account);/'
    pg_dump --no-owner --no-privileges --section pre-data --section data "$DATABASE_URL" | sed "$part" | on "$1" > "$dir/restored"
    [ "$number" = plain ] || for ((partition = 0; partition < number; partition++)); do
        echo "create table warehouse.reservation_versions_$partition partition of warehouse.reservation_versions
            for values with (modulus $number, remainder $partition);"
    done | on "$1"
}

# fill SIDE: night by night, account by account, so that rows lie as they come. All is made of one block of nights, since the time
# that this takes is mostly that of making digests and texts.
fill() {
    local shifted
    shifted=$(sed -e "s/serial_number/substr(&, 1, 5) || lpad((substr(&, 6, 8)::int + shift)::text, 8, '0') || substr(&, 14)/" \
        -e "s/person_id/substr(&, 1, 28) || int4send(shift \/ $block \/ 3)/; s/check_date/& + shift/" \
        -e "s/delivery_id/& + shift * $accounts/; s/valid_from/& + shift * interval '1 day'/; s/valid_to/& + shift * interval '1 day'/" \
        <<< "$written")
    on "$1" <<SQL
create unlogged table bench.block as select * from bench.versions;
set synchronize_seqscans = off;
do \$\$
begin
    for this_night in 1..$block loop
        truncate bench.states;
        insert into bench.states
        select account, this_night, place, 1, this_night,
            case when place % 10 < 3 and this_night + $changed_after <= $block then this_night + $changed_after end
        from generate_series(1, $accounts) as account, generate_series(1, $new) as place
        union all
        select account, this_night - $changed_after, place, 2, this_night, null
        from generate_series(1, $accounts) as account, generate_series(1, $new) as place
        where this_night > $changed_after and place % 10 < 3;
        insert into bench.block select * from bench.versions order by account, version;
    end loop;
    for shift in 0..$nights - 1 by $block loop
        insert into warehouse.reservation_versions ($written) select $shifted from bench.block;
        commit;
    end loop;
end
\$\$;
drop table bench.block;
SQL
}

# complete SIDE: its constraints and indexes, the ledger, and the volumes of the dates that the timed nights change.
complete() {
    pg_dump --no-owner --no-privileges --section post-data "$DATABASE_URL" |
        sed "s/^ALTER TABLE ONLY warehouse.reservation_versions$/ALTER TABLE warehouse.reservation_versions/" |
        PGOPTIONS='-c maintenance_work_mem=512MB' on "$1" > "$dir/restored"
    on "$1" <<SQL
insert into etl.runs (run_id, account, program_version) overriding system value
select account, bench.account_name(account), 'bench' from generate_series(1, $accounts) as account;
insert into etl.deliveries (
    delivery_id, run_id, account, effective_at, effective_source, received_at, landing_file, body_bytes, received, accepted, opened
) overriding system value
select (night - 1) * $accounts + account, account, bench.account_name(account), '2020-01-01', 'envelope', '2020-01-01', night::text, 1,
    opened, opened, opened
from generate_series(1, $nights + 10) as night
cross join generate_series(1, $accounts) as account
cross join lateral (
    select case when night > $nights then $changes when (night - 1) % $block < $changed_after then $new else $new + $changed end
) as counted (opened);
insert into etl.batches (account, delivery_id, request_id, received, accepted, rejected)
select bench.account_name(account), ($nights + extra - 1) * $accounts + account,
    lpad(((account * 100000 + $nights + extra) * 2 + half)::text, 32, '0'), $changes / 2, $changes / 2, 0
from generate_series(1, $accounts) as account, generate_series(1, 10) as extra, generate_series(0, 1) as half;
insert into warehouse.daily_volumes
select account, check_date, hospital_code, max(hospital_name), hospital_package_id, max(hospital_package_name), data_sources,
    order_status, count(*), count(distinct person_id), sum(examination_fee), 0, false
from warehouse.reservation_versions
where valid_to = 'infinity' and check_date >= date '2020-01-01' + $nights - 60
group by account, check_date, hospital_code, hospital_package_id, data_sources, order_status;
vacuum analyze;
checkpoint;
SQL
}

# changes_of ACCOUNT EXTRA: what that account's night brings, the first, second or third after the fill: the rows, and the arguments of
# the statements. Nothing is read from the history, which would be in memory then. No reservation changes in two of the nights.
changes_of() {
    local night=$((nights + $2)) name=$dir/night.$1.$2
    query > "$name.sql" <<SQL
truncate bench.states;
insert into bench.states
select $1, booked, place, 2 + (place % 10 < 3 and booked + $changed_after <= $nights)::int, $night, null
from generate_series($nights - 39, $nights) as booked, generate_series(1, $new) as place
order by hashint8extended(booked * 1000 + place, 1)
limit $changes offset ($2 - 1) * $changes;
\\copy (select $written from bench.versions) to '$name.rows'
select format(E'\\\\set account %L\\n\\\\set delivery %s\\n\\\\set keys %L\\n\\\\set versions %L\\n\\\\set openings %L\\n'
        '\\\\set ends %L\\n\\\\set dates %L\\n\\\\set are_most %s\\n\\\\set month %L\\n\\\\set month_end %L',
    min(account), min(delivery_id), array_agg(serial_number), array_agg(version - 1), array_agg(version), array_agg(valid_from),
    array_agg(distinct check_date), 2 * count(distinct check_date) >= $nights + 52,
    date_trunc('month', min(valid_from))::date, (date_trunc('month', min(valid_from)) + interval '1 month')::date)
from bench.versions;
SQL
}

# statement FILE: its text. In several partitions, versions have the same ctid: only the account makes one of them of it.
statement() {
    local and_account=''
    [ "$side" = plain ] || and_account='s/^where ended.ctid = found.ctid$/& and ended.account = $1/'
    sed "$and_account" "$root/sql/$1.sql"
}

# prepare: the statements that a side's sessions run; and :cpu, the processor time of the session until now, in nanoseconds.
prepare() {
    cat <<SQL
\\set cpu 'select ''CPU '' || split_part(pg_read_file(''/proc/self/schedstat''), '' '', 1);'
\\o /dev/null
\\i $root/sql/session/configure_session.sql
\\i $root/sql/session/comfort_session.sql
\\o
prepare known (text) as $(statement load/select_what_is_known);
prepare look_up (text, text[]) as $(statement load/select_current_versions);
prepare end_versions (text, text[], int[], timestamptz[]) as $(statement load/close_versions);
prepare check_chain (text, text[], int[]) as $(statement load/check_changed_keys);
prepare acknowledge_batches (text, bigint, boolean) as $(statement load/insert_batch_acknowledgements);
prepare acknowledge (text, bigint, text) as $(statement load/insert_reservation_acknowledgements);
prepare mark_dates (text, date[]) as $(statement load/mark_stale_dates);
prepare take_dates (text) as $(statement mart/take_stale_dates);
prepare drop_volumes (text, date[]) as $(statement mart/delete_daily_volumes);
prepare make_volumes (text, date[]) as $(statement mart/insert_daily_volumes);
prepare read_month (text, date, date, boolean) as $(statement export/select_history);
prepare move (text, bigint) as select sum(amount) from finance.movements where account = \$1 and delivery_id = \$2;
SQL
}

# explained LABEL STATEMENT: runs it, and says how long it was planned and run; clocked LABEL COMMAND: as psql sees it.
explained() { printf '\\echo = %s\n:cpu\nexplain (analyze, costs off, timing off)\n%s;\n:cpu\n' "$1" "$2"; }
clocked() { printf '\\echo = %s\n:cpu\n\\timing on\n%s\n\\timing off\n:cpu\n' "$1" "$2"; }

# night: the load of one chunk, the refresh of the marts, and the export of a month, each in its transaction.
night() {
    echo begin\;
    echo "\\i $root/sql/session/configure_transaction.sql"
    explained known "execute known(:'account')"
    explained look_up "execute look_up(:'account', :'keys')"
    explained end "execute end_versions(:'account', :'keys', :'versions', :'ends')"
    clocked add "$(grep -v '^--' "$root/sql/load/copy_versions.sql" | tr '\n' ' ' | sed 's/^copy/\\copy/; s/from stdin.*/from pstdin/')"
    explained check "execute check_chain(:'account', :'keys', :'openings')"
    explained mark "execute mark_dates(:'account', :'dates')"
    explained owe "execute acknowledge_batches(:'account', :delivery, true)"
    explained owe_single "execute acknowledge(:'account', :delivery, null)"
    clocked commit commit\;
    echo begin\;
    echo "\\i $root/sql/session/configure_transaction.sql"
    explained take "execute take_dates(:'account')"
    printf '\\if :are_most\n\\i %s\n\\endif\n' "$root/sql/mart/configure_one_pass.sql"
    explained drop "execute drop_volumes(:'account', :'dates')"
    explained volumes "execute make_volumes(:'account', :'dates')"
    clocked commit_volumes commit\;
    explained month "execute read_month(:'account', :'month', :'month_end', true)"
    explained movements "execute move(:'account', :delivery)"
}

# ask: what analysts ask, of all accounts or of one.
ask() {
    local month="check_date >= :'month' and check_date < :'month_end'"
    explained pace "select lead_days, sum(reservations) from mart.booking_pace where $month group by 1"
    explained pace_of_one "select lead_days, sum(reservations) from mart.booking_pace where account = :'account' and $month group by 1"
    explained add_ons "select add_on_id, sum(reservations) from mart.add_on_uptake where $month group by 1"
    explained events "select event, count(*) from mart.reservation_events where event_date = :'month' group by 1"
    explained one "select * from mart.reservations_current where account = :'account' and serial_number = (:'keys'::text[])[1]"
}

# audit: some of what it reads, which is everything.
audit() {
    local check
    for check in versions_follow_each_other reservations_have_one_current_version deliveries_opened_what_they_say; do
        explained "$check" "select count(*) from ($(cat "$root/sql/checks/$check.sql")) as found"
    done
}

# keep SIDE: the milliseconds of each statement and those of the processor, one line per run, in a file per statement and side.
keep() {
    awk -v to="$dir/ms" -v side="$1" '
        function add(label, taken, cpu) {
            print taken >> (to "/" label "." side)
            print cpu >> (to "/" label "." side ".cpu")
        }
        $1 == "=" { label = $2; planned = 0; from = "" }
        /^Planning Time/ { planned = $3 }
        /^Execution Time/ { taken = $3 }
        /^Time/ { taken = $2 }
        $1 == "CPU" && from == "" { from = $2; next }
        $1 == "CPU" {
            cpu = ($2 - from) / 1e6
            add(label, planned + taken, cpu)
            print planned >> (to "/planning_" label "." side)
            part = label ~ /^(known|look_up|end|add|check|mark|owe|owe_single|commit)$/ ? "load" : \
                label ~ /^(take|drop|volumes|commit_volumes)$/ ? "refresh" : ""
            sum[part] += planned + taken
            cpus[part] += cpu
        }
        END { for (part in sum) if (part) add(part, sum[part], cpus[part]) }'
}

# one_night SIDE ACCOUNT EXTRA, one_answer SIDE all|once: a session of its own, as it comes.
one_night() { on "$1" -f "$dir/$1.prepare" -f "$dir/night.$2.$3.sql" -f "$dir/night" < "$dir/night.$2.$3.rows"; }
one_answer() { on "$1" -f "$dir/$1.prepare" -f "$dir/night.$timed_accounts.1.sql" -f "$dir/ask.$2"; }

# in_turn NUMBER: the sides, each as often the first.
in_turn() {
    local place
    for place in "${!sides[@]}"; do echo "${sides[($1 + place) % ${#sides[@]}]}"; done
}

# at_once SIDE FIRST EXTRA: nights of twenty accounts from FIRST on, four at a time; and the processor time of the whole server.
at_once() {
    local from before stream account workers=()
    before=$(server_seconds)
    from=$EPOCHREALTIME
    for stream in 0 1 2 3; do
        for account in $(seq $(($2 + stream)) 4 $(($2 + 19))); do one_night "$1" "$account" "$3"; done > "$dir/stream.$stream" &
        workers+=($!)
    done
    for stream in "${workers[@]}"; do wait "$stream"; done
    calculate "($EPOCHREALTIME - $from) * 1000" >> "$dir/ms/at_once.$1"
    calculate "($(server_seconds) - $before) * 1000" >> "$dir/ms/at_once.$1.cpu"
}

# line WHAT LABEL: medians, of time and processor time; and the medians of the ratios to the plain table.
# shellcheck disable=SC2046 # one word per line
line() {
    local side kind file=$dir/ms/$2
    printf '%-40s' "$1"
    for side in "${sides[@]}"; do
        for kind in '' .cpu; do
            [ -e "$file.plain$kind" ] || continue
            printf ' %9.1f' "$(median $(cat "$file.$side$kind"))"
            [ "$side" = plain ] || printf ' %5.2f' "$(paired "$file.$side$kind" "$file.plain$kind")"
        done
    done
    echo
}

written=$(sed -n '/^copy/,/^)/p' "$root/sql/load/copy_versions.sql" | sed '1d;$d' | tr -d '\n')
warehouse template
query -v accounts="$accounts" -v block="$block" -f "$root/tests/bench/partitions.sql"

# durable on|off: whether the server is as it comes. What is filled need not be, and autovacuum never runs beside what is timed.
durable() {
    query -c 'alter system set autovacuum = off' -c "alter system set fsync = $1" -c "alter system set full_page_writes = $1" \
        -c 'select pg_reload_conf()' -c checkpoint > "$dir/reloaded"
}
night > "$dir/night"
ask > "$dir/ask.once"
{ ask; audit; } > "$dir/ask.all"
for side in "${sides[@]}"; do prepare > "$dir/$side.prepare"; done

for millions in "${sizes[@]}"; do
    rm -rf "$dir/ms"
    mkdir "$dir/ms"
    nights=$((millions * block))
    say "$millions million: filling ${sides[*]}"
    durable off
    filling=()
    for side in "${sides[@]}"; do
        psql -qX "$server" -c "drop database if exists $side" 2> "$dir/psql.log"
        make "$side"
        { fill "$side" && complete "$side"; } &
        filling+=($!)
    done
    for process in "${filling[@]}"; do wait "$process"; done
    durable on
    sync
    for account in $(seq "$timed_accounts") {41..80}; do
        for extra in 1 2; do changes_of "$account" "$extra"; done
    done
    for extra in 1 2; do
        say "$millions million: nights of $timed_accounts accounts, round $extra of 2"
        for account in $(seq "$timed_accounts"); do
            for side in $(in_turn "$account"); do one_night "$side" "$account" "$extra" | keep "$side"; done
        done
    done
    for round in 0 1 2; do
        say "$millions million: four at once, round $((round + 1)) of 3"
        for side in $(in_turn "$round"); do at_once "$side" $((41 + round % 2 * 20)) $((1 + round / 2)); done
    done
    for round in 0 1 2; do
        say "$millions million: questions, round $((round + 1)) of 3"
        asked=once
        [ "$round" -gt 0 ] || asked=all
        for side in $(in_turn "$round"); do one_answer "$side" "$asked" | keep "$side"; done
    done
    say "$millions million: vacuum"
    clocked vacuum 'vacuum (analyze) warehouse.reservation_versions;' > "$dir/vacuum"
    for side in "${sides[@]}"; do
        on "$side" -f "$dir/$side.prepare" -f "$dir/vacuum" | keep "$side"
        # (To PostgreSQL, a table without partitions has no partition tree.)
        on "$side" > "$dir/ms/size.$side" -c "select sum(pg_total_relation_size(oid)) / 1e6 from pg_class
            where relkind = 'r' and relnamespace = 'warehouse'::regnamespace and relname like 'reservation\_versions%'"
    done

    printf '\n%-40s %9s %9s' "$millions million versions, milliseconds" plain cpu
    for side in "${sides[@]:1}"; do printf ' %9s %5s %9s %5s' "$side" ratio cpu ratio; done
    echo
    line "load of $changes changes" load
    line '  look up what is current' look_up
    line '    planning it' planning_look_up
    line '  end versions' end
    line '    planning it' planning_end
    line '  add versions' add
    line '  check the chain' check
    line '  write the outbox' owe
    line '  commit' commit
    line 'refresh of the marts' refresh
    line '  make volumes' volumes
    line '    planning it' planning_volumes
    line 'read a month for the export' month
    line 'movements for finance' movements
    line '    planning it' planning_movements
    line 'twenty nights, four at once' at_once
    line 'analyst: booking pace of a month' pace
    line '  of one account' pace_of_one
    line '  add-ons of a month' add_ons
    line '  events of a night' events
    line '  one reservation' one
    line '    planning it' planning_one
    line 'audit: versions follow each other' versions_follow_each_other
    line '  one current version' reservations_have_one_current_version
    line '  deliveries opened what they say' deliveries_opened_what_they_say
    line 'vacuum and analyze after these nights' vacuum
    line 'size in MB' size
done
