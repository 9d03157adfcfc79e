#!/usr/bin/env bash
# Changes the pure rooms in every small way that cargo-mutants knows, one at a time, and asks their unit tests whether they
# notice:
#
#     tests/mutants.sh [FILE|FOLDER...]      # all rooms, or one: src/validate src/transform/history.rs
#
# Needs cargo-mutants (`cargo install --locked cargo-mutants@27.1.0`). The rooms, and what they stand on, are copied into a
# small crate of their own, target/mutants/crate: it is built in seconds, because the layers are true. Fails where a change
# goes unnoticed that tests/mutants/equivalents.txt does not name, and where that list names one that is noticed, or is none
# any more. What was found stays in target/mutants/mutants.out.
set -euo pipefail
cd "$(dirname "$0")/.."

rooms=("$@")
[ $# -gt 0 ] || rooms=(src/transform src/validate src/reservation src/seal src/reconcile src/reconcile.rs
    src/platform/envelope.rs src/platform/scan.rs src/platform/plaintext.rs src/platform/cipher.rs)

# What the crate holds: the rooms and their foundation, and of the platform what does no I/O.
modules='certificates|disposition|failure|pipeline|plain_files|reconcile|reservation|seal|transform|validate'
platform='cipher cipher_jdk_tests envelope error plaintext scan'
crates='aead-stream|aes|aes-gcm|base64|base64-simd|chrono|compact_str|csv|ecb|fastbloom|getrandom|hex|hkdf|hmac|memchr'
crates+='|reqwest|rust_decimal|rustix|rustls|secrecy|serde|serde_json|sha2|strsim|tempfile|thiserror|toml|proptest|rcgen'

crate=target/mutants/crate
mkdir -p "$crate"
rm -rf "$crate/src" "$crate/pipelines" "$crate/tests"
cp -r src pipelines "$crate"
mkdir "$crate/tests"
cp -r tests/fixtures "$crate/tests"
cp Cargo.lock "$crate"
{
    printf '//! The pure rooms alone.\n#![allow(dead_code, unused_imports)]\n'
    grep -E "^pub mod ($modules);" src/lib.rs
    echo 'pub mod platform;'
} >"$crate/src/lib.rs"
printf 'pub mod %s;\n' $platform >"$crate/src/platform/mod.rs"
{
    printf '[package]\nname = "tijian"\nversion = "0.1.0"\nedition = "2024"\nautobins = false\nautotests = false\n'
    printf '[lib]\ndoctest = false\n'
    printf '[dependencies]\n'
    grep -E "^($crates) = " Cargo.toml
    # The crates are quick, ours is built quickly.
    printf '[profile.dev]\ndebug = false\n[profile.dev.package."*"]\nopt-level = 2\n'
    printf '[workspace]\n'
} >"$crate/Cargo.toml"

# Built here once, and copied from here by every job.
nice cargo test --manifest-path "$crate/Cargo.toml" --target-dir "$crate/target" --lib --no-run

selected=()
for room in "${rooms[@]}"; do
    if [ -d "$room" ]; then selected+=(--file "$room/**"); else selected+=(--file "$room"); fi
done
status=0
nice cargo mutants --dir "$crate" --output target/mutants --no-config --jobs 2 --copy-target true --colors never \
    --minimum-test-timeout 60 --cargo-test-arg=--lib "${selected[@]}" || status=$?
# 2: something went unnoticed; 3: a change runs on for ever, which is noticed. Anything else is a failure of its own.
[[ $status =~ ^[023]$ ]] || exit "$status"

# Every unnoticed change must be on the list, and nothing else may be.
without_place() { sed -E 's/^([^:]+):[0-9]+:[0-9]+: /\1: /' "$1" | sort; }
of_rooms() {
    for room in "${rooms[@]}"; do grep -E "^$room[:/]" || true; done
}
