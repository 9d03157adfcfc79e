#!/usr/bin/env bash
# Makes the Debian package, checks what is in `deploy/`, installs the package, uses it, removes and purges it. As root, on a
# Debian machine that holds no tijian of its own: a container, say. Says at the end what could not be tried here.
#   tests/package/try.sh            makes all of a release first
#   tests/package/try.sh PROGRAM    packs a program that is built already
set -euo pipefail
cd "$(dirname "$0")/../.."

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
# expect WANTED COMMAND...: that it prints exactly this.
expect() {
    local wanted=$1 got; shift
    got=$("$@")
    [ "$got" = "$wanted" ] || fail "$* gives '$got', not '$wanted'"
    printf 'ok   %s: %s\n' "$*" "$wanted"
}
untried=()
has() { command -v "$1" >/dev/null || { untried+=("$2: $1 is not installed"); return 1; }; }

[ "$(id -u)" = 0 ] || fail 'run this as root'
for place in /etc/tijian /var/lib/tijian /usr/bin/tijian; do
    [ ! -e $place ] || fail "$place is there already: this machine has a tijian of its own"
done
! id tijian >/dev/null 2>&1 || fail 'there is a user tijian already'

cleanup() {
    dpkg --purge tijian >/dev/null 2>&1 || true
    rm -rf /etc/tijian /var/lib/tijian
    ! id tijian >/dev/null 2>&1 || userdel tijian 2>/dev/null || true
}
trap cleanup EXIT

step 'package'
deploy/dist.sh "$@"
package=$(ls target/packages/tijian_*.deb)
if has lintian 'the package'; then
    # Not a package of Debian's own archive: the changelog is in our form, and there is no address to write to.
    lintian --fail-on error --suppress-tags no-changelog,wrong-name-for-upstream-changelog,bogus-mail-host "$package"
fi

step 'manual pages and completions'
if has man 'manual pages'; then
    for page in target/stage/usr/share/man/man1/*.1; do
        said=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
        [ -z "$said" ] || fail "$page: $said"
    done
    printf 'ok   %s pages render without a warning\n' "$(ls target/stage/usr/share/man/man1 | wc -l)"
fi
bash -n target/stage/usr/share/bash-completion/completions/tijian
! has zsh 'completions' || zsh -n target/stage/usr/share/zsh/site-functions/_tijian
! has fish 'completions' || fish --no-execute target/stage/usr/share/fish/vendor_completions.d/tijian.fish
echo 'ok   completions parse'

step 'install'
dpkg -i "$package"
expect '600 root' stat -c '%a %U' /etc/tijian/environment
expect '755 tijian' stat -c '%a %U' /var/lib/tijian
expect /etc/tijian/pipelines readlink /var/lib/tijian/pipelines
expect /usr/sbin/nologin sh -c 'getent passwd tijian | cut -d: -f7'
cd /var/lib/tijian
runuser -u tijian -- tijian check
runuser -u tijian -- cat /etc/tijian/environment 2>/dev/null && fail 'the user of the nights reads the secrets file'
cd - >/dev/null
! has man 'manual pages' || man -w tijian tijian-run

step 'units'
systemd-analyze verify --man=no tijian.service tijian.timer tijian-watch.service tijian-alert@tijian.service tijian-finance.service tijian-finance.path tijian-finance.timer
for unit in tijian.service tijian-watch.service tijian-finance.service; do
    systemd-analyze security --offline=true --threshold=20 $unit | tail -n 1
done
systemd-analyze calendar --iterations=2 "$(sed -n 's/^OnCalendar=//p' deploy/systemd/tijian.timer)"
[ ! -e /etc/systemd/system/timers.target.wants/tijian.timer ] || fail 'the timer is enabled before anybody has configured it'
[ ! -e /etc/systemd/system/multi-user.target.wants/tijian-watch.service ] || fail 'the rounds are enabled before anybody has configured them'

step 'finance files, handed over'
! { has sshd SFTP && has curl mail && has python3 mail; } || tests/package/finance.sh /usr/libexec/tijian/deliver.sh

step 'a night, as cron starts it'
# Against the simulated platform, with a private server; what cron hands to the shell is the line of deploy/cron/tijian.
tijian simulate --listen 127.0.0.1:8999 > /tmp/tijian-simulated.env 2> /tmp/tijian-simulated.log &
simulator=$!
for _ in $(seq 50); do [ -s /tmp/tijian-simulated.env ] && break; sleep 0.2; done
sed 's|^export ||' /tmp/tijian-simulated.env > /etc/tijian/environment
printf "TIJIAN_SITE_KEY='%s'\nTIJIAN_DATA_DIR='/var/lib/tijian'\nTIJIAN_PRIVATE_SERVER='1'\n" "$(head -c 32 /dev/zero | base64)" >> /etc/tijian/environment
sed 's|^base_url = .*|base_url = "http://127.0.0.1:8999"|; s|^enabled = .*|enabled = true|; s|^account = .*|account = "our-hospital"|' \
    pipelines/zheliban.toml > /etc/tijian/pipelines/our-hospital.toml
line=$(grep '^[0-9]' deploy/cron/tijian)
expect root awk '/^[0-9]/ { print $6 }' deploy/cron/tijian
if (cd / && sh -c "$(cut -d' ' -f7- <<<"$line")"); then night=0; else night=$?; fi
[ $night = 0 ] || fail "the night ended with $night"
[ -n "$(ls /var/lib/tijian/data/export/finance/*.manifest.json)" ] || fail 'the night left no finance file'
echo 'ok   the night ended with 0 and left its files'
if has cron 'cron itself'; then
    # The same file, every minute.
    sed 's/^30 2,3,4 /* * /' deploy/cron/tijian > /etc/cron.d/tijian
    chmod 0644 /etc/cron.d/tijian
    cron -f &
    cron=$!
    for _ in $(seq 90); do [ "$(grep -c endpoint=order /tmp/tijian-simulated.log)" -ge 2 ] && break; sleep 1; done
    rm /etc/cron.d/tijian
    kill $cron
    [ "$(grep -c endpoint=order /tmp/tijian-simulated.log)" -ge 2 ] || fail 'cron did not start the night'
    echo 'ok   cron started a night of its own'
fi
kill $simulator

step 'upgrade: what an operator wrote stays'
cp /etc/tijian/environment /tmp/tijian-environment
dpkg -i "$package"
cmp /tmp/tijian-environment /etc/tijian/environment

step 'remove: configuration and data stay'
dpkg -r tijian
[ ! -e /usr/bin/tijian ] || fail 'the program is still there'
[ -e /etc/tijian/environment ] && [ -e /etc/tijian/pipelines/zheliban.toml ] && [ -d /var/lib/tijian/data ] || fail 'something is gone'

step 'purge: data, and the key that opens it, stay'
dpkg --purge tijian
[ ! -e /etc/tijian/pipelines/zheliban.toml ] || fail 'the template is still there'
[ -d /var/lib/tijian/data ] || fail 'patients data is gone'
cmp /tmp/tijian-environment /etc/tijian/environment
rm -f /tmp/tijian-environment /tmp/tijian-simulated.env /tmp/tijian-simulated.log

step 'purge of a package that nobody configured: nothing stays'
cleanup
dpkg -i "$package" >/dev/null
dpkg --purge tijian
[ ! -e /etc/tijian ] && [ ! -e /var/lib/tijian ] || fail 'something stays'

step 'done'
[ ${#untried[@]} = 0 ] || printf 'not tried: %s\n' "${untried[@]}"
