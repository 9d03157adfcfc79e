#!/usr/bin/env bash
# Every question, one table; then the pure stages, one core each. Nothing else should run on the machine meanwhile.
#
#   cargo build --profile dist --locked && tests/bench/all.sh [RESERVATIONS [VERSIONS...]]
#
# 1000000 reservations and nights into 100000, 1000000 and 10000000 versions by default: most of an hour, and 15 GB in
# /var/tmp. Left out are tests/bench/marts.sh and partitions.sh, which have tables of their own, and shards.sh, which takes ten
# minutes.
set -euo pipefail
bench=$(realpath "$(dirname "$0")")

reservations=${1:-1000000}
[ $# = 0 ] || shift

# The first script prints the heading of all.
"$bench/load.sh" "$reservations"
export BENCH_TABLE=begun
"$bench/nights.sh" "$@"
"$bench/empty.sh"
"$bench/callbacks.sh"
"$bench/parquet.sh" "$reservations"
"$bench/files.sh"
"$bench/peers.sh" 100000
cd "$bench/../.." && cargo bench --locked --bench stages
