#!/usr/bin/env bash
# Lays out what is installed, as the packages and the archive hold it: deploy/stage.sh PROGRAM FOLDER
# The pages lie beside each other as they do here, so that their links lead somewhere.
set -euo pipefail
program=$(realpath "$1")
root=$(realpath -m "$2")
cd "$(dirname "$0")/.."

rm -rf "$root"
install -D -m 0755 "$program" "$root/usr/bin/tijian"
# Made by the program itself, so that they cannot say something else.
install -d "$root/usr/share/man/man1" "$root/usr/share/man/zh_CN/man1"
"$program" man "$root/usr/share/man/man1" >/dev/null
"$program" man --lang zh "$root/usr/share/man/zh_CN/man1" >/dev/null
completions() { install -D -m 0644 /dev/null "$root/usr/share/$2" && "$program" completions "$1" > "$root/usr/share/$2"; }
completions bash bash-completion/completions/tijian
completions fish fish/vendor_completions.d/tijian.fish
# Where Debian's zsh looks, and where the others do.
completions zsh zsh/vendor-completions/_tijian
completions zsh zsh/site-functions/_tijian

install -d "$root/usr/lib/systemd/system"
install -m 0644 deploy/systemd/*.service deploy/systemd/*.timer deploy/finance/tijian-finance.* deploy/alert/*.service \
    "$root/usr/lib/systemd/system/"
install -D -m 0644 deploy/systemd/tijian.sysusers "$root/usr/lib/sysusers.d/tijian.conf"
install -D -m 0644 deploy/systemd/tijian.tmpfiles "$root/usr/lib/tmpfiles.d/tijian.conf"
install -D -m 0755 deploy/set-up "$root/usr/libexec/tijian/set-up"
install -m 0755 deploy/finance/deliver.sh deploy/alert/alert.sh "$root/usr/libexec/tijian/"
install -D -m 0644 deploy/environment "$root/usr/share/tijian/environment"

# In /etc: an operator changes contracts, and package managers keep what was changed.
etc=$root/etc/tijian/pipelines
install -d "$etc/contracts" "$etc/examples"
install -m 0644 pipelines/zheliban.toml "$etc/"
install -m 0644 pipelines/contracts/*.toml "$etc/contracts/"
install -m 0644 pipelines/examples/*.toml "$etc/examples/"

doc=$root/usr/share/doc/tijian
install -d "$doc/pipelines"
install -m 0644 ./*.md LICENSE "$doc/"
install -m 0644 pipelines/*.md "$doc/pipelines/"
cp -r docs "$doc/"
cp -r deploy "$doc/"
# What makes the packages.
rm -r "$doc"/deploy/{debian,rpm,dist.sh,set-up,stage.sh}
find "$doc" -type d -exec chmod 0755 {} + -o -type f -exec chmod 0644 {} +
