#!/usr/bin/env bash
# Boots a small Debian of its own with systemd and PostgreSQL, installs the package in it, and lets systemd run nights: that the
# service, closed as tightly as it is, can do its work, and what systemd makes of each exit status. As root, on Debian; wants
# debootstrap, systemd-container, and a package (`deploy/dist.sh`). Some minutes, most of them at first.
set -euo pipefail
cd "$(dirname "$0")/../.."

root=target/machine
package=$(ls target/packages/tijian_*.deb)
if [ ! -e $root/complete ]; then
    rm -rf $root
    mkdir -p $root
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates,postgresql,init-system-helpers \
        bookworm $root http://deb.debian.org/debian
    touch $root/complete
fi
machine=$(mktemp -d -p target)
trap 'rm -rf "$machine"' EXIT
cp -a $root/. "$machine"
rm -f "$machine/etc/machine-id"
cp "$package" "$machine/root/tijian.deb"
cp tests/package/nights.sh "$machine/root/"
cat > "$machine/etc/systemd/system/nights.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/root/nights.sh
StandardOutput=file:/root/nights.log
StandardError=inherit
ExecStopPost=systemctl poweroff
UNIT
mkdir -p "$machine/etc/systemd/system/graphical.target.wants"
ln -s ../nights.service "$machine/etc/systemd/system/graphical.target.wants/"
timeout 900 systemd-nspawn --quiet --register=no --keep-unit --private-network -D "$machine" -b --console=pipe </dev/null >/dev/null || true
cat "$machine/root/nights.log"
grep -q '^all nights were as they should be$' "$machine/root/nights.log"
