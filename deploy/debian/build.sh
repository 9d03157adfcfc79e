#!/usr/bin/env bash
# Makes target/debian/tijian_*.deb. Wants `cargo install --locked cargo-deb@3.8.0`, once per machine.
#   deploy/debian/build.sh             builds the release first
#   deploy/debian/build.sh BINARY      packs a program that is built already
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ $# = 0 ]; then
    cargo build --release --locked
    binary=target/release/tijian
else
    binary=$1
fi
# What the package holds beside files of this folder: made by the program itself, so that it cannot say something else.
rm -rf target/package
mkdir -p target/package/man
install -m 0755 "$binary" target/package/tijian
target/package/tijian man target/package/man
for shell in bash zsh fish; do
    target/package/tijian completions $shell > target/package/tijian.$shell
done
cargo deb --locked --no-build --no-strip
