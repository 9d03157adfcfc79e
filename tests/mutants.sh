#!/usr/bin/env bash
# Changes the pure rooms in every small way that cargo-mutants knows, one at a time, and asks their unit tests whether they
# notice:
#
#     tests/mutants.sh [FILE|FOLDER...]      # all rooms, or one: src/validate src/transform/history.rs
#
# Needs cargo-mutants (`cargo install --locked cargo-mutants@27.1.0`). The rooms, and what they stand on, are copied into a
# small crate of their own below target/mutants: it is built in seconds, because the layers are true. Fails where a change
# goes unnoticed that tests/mutants/equivalents.txt does not name, and where that list names one that is noticed, or that
# there is none of any more. Two runs side by side, each with half of the changes, leave theirs in target/mutants/0 and 1.
set -euo pipefail
cd "$(dirname "$0")/.."

rooms=("${@%/}")
[ $# -gt 0 ] || rooms=(src/transform src/validate src/reservation src/seal src/reconcile src/reconcile.rs
    src/platform/envelope.rs src/platform/scan.rs src/platform/plaintext.rs src/platform/cipher.rs
    src/platform/base64_text.rs src/platform/values.rs src/platform/members.rs src/platform/descent.rs
    src/platform/other_text.rs src/platform/whereabouts.rs src/platform/passing_look.rs src/platform/request_text.rs
    src/wording src/files/report/told.rs)

# What the crate holds: the rooms and their foundation, and of the platform what does no I/O, and what its errors name.
modules='certificates|clock|guidance|pipeline|plain_files|reconcile|reservation|rows|seal|transform|validate|wording'
platform='arrive_date base64_text cipher cipher_jdk_tests descent envelope error http members other_text passing_look'
platform+=' plaintext request_text scan values whereabouts'
crates='aead-stream|aes|aes-gcm|base64|base64-simd|chrono|compact_str|csv|ecb|fastbloom|fluent-bundle|getrandom|hex|hkdf|hmac|memchr'
crates+='|proptest|rcgen|reqwest|rust_decimal|rustix|rustls|rustls-native-certs|secrecy|serde|serde_json|sha2|strsim'
crates+='|tempfile|thiserror|toml|unic-langid'

cd target && mkdir -p mutants && cd mutants
crate=crate-0
mkdir -p "$crate/tests"
rm -rf "$crate"/{src,pipelines,texts,tests/fixtures}
cp -r ../../src ../../pipelines ../../texts ../../Cargo.lock "$crate"
cp -r ../../tests/fixtures "$crate/tests"
{
    printf '//! The pure rooms alone.\n#![allow(dead_code, unused_imports)]\npub mod files;\npub mod platform;\n'
    grep -E "^pub mod ($modules);" ../../src/lib.rs
    # The first test by name sees to it that the first failure ends them all: more is not asked.
    printf '#[cfg(test)]\nmod a_first {\n    #[test]\n    fn failure_ends_them_all() {\n'
    printf '        std::panic::set_hook(Box::new(|_| std::process::exit(101)));\n    }\n}\n'
} >"$crate/src/lib.rs"
# shellcheck disable=SC2086 # one word each
printf 'pub mod %s;\n' $platform >"$crate/src/platform/mod.rs"
# Of the files, what decides on the report's figures.
printf 'pub mod report;\n' >"$crate/src/files/mod.rs"
printf 'mod cells;\n#[cfg(test)]\nmod fixture;\nmod told;\n' >"$crate/src/files/report/mod.rs"
{
    printf '[package]\nname = "tijian"\nversion = "0.1.0"\nedition = "2024"\nautobins = false\n'
    printf '[lib]\ndoctest = false\n[workspace]\n'
    # The rooms are to be built quickly, and what they call is to be quick.
    printf '[profile.dev]\ndebug = false\n[profile.dev.package."*"]\nopt-level = 2\n'
    printf '[dependencies]\n'
    grep -E "^($crates) = " ../../Cargo.toml
} >"$crate/Cargo.toml"
# All tests together take two seconds of a core. What takes four times that runs on for ever: told by the processor's time,
# so that a busy machine calls nothing endless.
mkdir -p "$crate/.cargo"
printf '[target."cfg(unix)"]\nrunner = "prlimit --cpu=8"\n' >"$crate/.cargo/config.toml"

# Built once. The other copy begins with the same build: cargo goes by the times of files, which are kept.
nice cargo test --manifest-path "$crate/Cargo.toml" --target-dir "$crate/target" --no-run
rm -rf crate-1
cp -a crate-0 crate-1

selected=()
for room in "${rooms[@]}"; do
    if [ -d "../../$room" ]; then selected+=(--file "$room/**"); else selected+=(--file "$room"); fi
done
# mutate SHARD
mutate() (
    # A change may make a loop that takes memory without end.
    ulimit -v 6000000
    status=0
    mkdir -p "$1" && rm -rf "$1/mutants.out"
    CARGO_TARGET_DIR="$PWD/crate-$1/target" nice cargo mutants --dir "crate-$1" --in-place --output "$1" --no-config \
        --shard "$1/2" --sharding round-robin --minimum-test-timeout 120 --colors never "${selected[@]}" || status=$?
    # 2: something went unnoticed. 3: a change runs on for ever, which is noticed. Anything else is a failure of its own.
    [[ $status =~ ^[023]$ ]]
)
mutate 0 &
mutate 1
wait $!

# Every unnoticed change must be on the list, and nothing else may be. A change is listed as cargo-mutants names it, but
# for line and column.
outcome() { cat "0/mutants.out/$1.txt" "1/mutants.out/$1.txt"; }
unnoticed() { outcome missed | sed -E 's/^([^:]+):[0-9]+:[0-9]+: /\1: /' | sort; }
equivalents() {
    for room in "${rooms[@]}"; do grep -E "^$room[:/]" ../../tests/mutants/equivalents.txt || true; done | sort
}
for outcome in caught missed timeout unviable; do
    printf '%s: %s\n' "$outcome" "$(outcome "$outcome" | wc -l)"
done
outcome missed
# <: on the list, but noticed or gone. >: unnoticed, and not on the list.
diff <(equivalents) <(unnoticed)
