#!/usr/bin/env bash
# The export of the whole history as Parquet, beside pyarrow that writes the same rows and columns from the same server,
# in the same order, zstd, one file per month as ours.
#
#   cargo build --profile dist --locked && tests/bench/parquet.sh [RESERVATIONS]
#
# Three rounds, of which the medians are shown. Ours from start to exit; pyarrow's from its connection to its last file's
# end, without the start of Python. Needs Python 3.11 or newer with venv; packages come by pip, into target/.
. "$(dirname "$0")/support.sh"

reservations=${1:-100000}
rounds=3

requirements=$root/tests/bench/requirements.txt
venv=$root/target/bench-python-$(sha256sum "$requirements" | cut -c1-12)
if [ ! -e "$venv/complete" ]; then
    say "making a Python environment in $venv"
    python3 -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: -r "$requirements"
    touch "$venv/complete"
fi

# A night of changes on them, so that there are versions that have ended.
simulate "$reservations"
warehouse bench
pipeline bench
pipeline exporting history
night first
next_night
night changes
query -c 'vacuum analyze warehouse.reservation_versions'
versions=$(query -c 'select count(*) from warehouse.reservation_versions')

ours=() floors=()
for round in $(seq "$rounds"); do
    say "parquet, round $round of $rounds"
    settle
    timed export "$tijian" --quiet export --all "$dir/exporting.toml"
    ours+=("$(wall export)")
    mkdir "$dir/pyarrow"
    settle
    timed pyarrow "$venv/bin/python" "$root/tests/bench/parquet.py" \
        "$DATABASE_URL" "$root/sql/export/select_history.sql" bench "$dir/pyarrow"
    read -r seconds rows < "$dir/pyarrow.json"
    [ "$rows" = "$versions" ]
    floors+=("$seconds")
    say "ours $(du -sk "$dir/export/history" | cut -f1) KB, pyarrow $(du -sk "$dir/pyarrow" | cut -f1) KB"
    rm -rf "$dir/pyarrow"
done
row "Parquet export of $versions versions (floor: pyarrow)" s "$(median "${ours[@]}")" "$(median "${floors[@]}")" 1.0
row '  its peak memory' MB "$(megabytes export)" "$(megabytes pyarrow)"
