#!/usr/bin/env bash
# Runs the fuzz targets, one after the other, beside whatever else the machine does:
#
#     tests/fuzz/run.sh [SECONDS [TARGET...]]      # 720 seconds each, all targets
#
# Needs cargo-fuzz (`cargo install --locked cargo-fuzz@0.13.1`) and g++; stable Rust will do. What it finds on the way stays
# in target/fuzz/corpus and is where the next run begins. What breaks a promise lands in target/fuzz/found: fix it, and
# keep the file in tests/fuzz/seeds/TARGET under a name that says what it shows. `tests/it/fuzz.rs` replays all of these.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-720}
shift || true
targets=("$@")
[ $# -gt 0 ] || targets=(cell copy definition envelope record)

cp Cargo.lock tests/fuzz/Cargo.lock
for target in "${targets[@]}"; do
    mkdir -p "target/fuzz/corpus/$target" "target/fuzz/found/$target"
    # Inputs are as long as the longest field of a record; ten seconds for one of them is an endless loop.
    nice -n 19 cargo fuzz run --fuzz-dir tests/fuzz --target-dir target/fuzz --sanitizer none "$target" \
        "target/fuzz/corpus/$target" "tests/fuzz/seeds/$target" -- \
        -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="target/fuzz/found/$target/" </dev/null
done
