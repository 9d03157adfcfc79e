#!/usr/bin/env bash
# Installs what `deploy/dist.sh` has made on other systems, without a network, as docs/install.md says: the .deb, the .tar.gz and the
# .rpm on Debian's old and new releases, and the source with its own crates only. As root; wants debootstrap, rpm and cpio. Some
# minutes; with the source, which is built as a package is, many.
#   tests/package/systems.sh [SUITE...] [source]     bullseye bookworm source, if nothing is said
set -euo pipefail
cd "$(dirname "$0")/../.."

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail 'run this as root'
[ $# -gt 0 ] || set -- bullseye bookworm source
deb=$(ls target/packages/tijian_*.deb)
rpm=$(ls target/packages/tijian-*.rpm)
tar=$(ls target/packages/tijian-*-linux-*.tar.gz)
scratch=$(mktemp -d -p target)
trap 'rm -rf "$scratch"' EXIT

# fresh: the system as it was.
fresh() { rm -rf "$scratch/root"; cp -a "$base" "$scratch/root"; mkdir -p "$scratch/root/given"; cp "$deb" "$tar" "$scratch/root/given/"; }
# cut_off COMMAND...: without a network, and with /proc in that system.
cut_off() { unshare --net --mount sh -ec 'mount -t proc proc "$0/proc"; exec "$@"' "$scratch/root" "$@"; }
inside() { cut_off chroot "$scratch/root" /bin/sh -ec "$1"; }
# What must be true however it was installed.
works='
    tijian --version
    cd /var/lib/tijian
    runuser -u tijian -- tijian check
    [ "$(stat -c "%a %U" /etc/tijian/environment)" = "600 root" ]
    [ "$(stat -c "%a %U" /var/lib/tijian)" = "755 tijian" ]
    [ "$(readlink /var/lib/tijian/pipelines)" = /etc/tijian/pipelines ]
    [ "$(getent passwd tijian | cut -d: -f7)" = /usr/sbin/nologin ]
    [ -e /usr/lib/systemd/system/tijian.timer ] && [ -e /usr/share/man/man1/tijian.1 -o -e /usr/share/man/man1/tijian.1.gz ]
    [ -e /usr/share/doc/tijian/LICENSE ] && [ -e /usr/share/doc/tijian/docs/install.zh-CN.md ]
    [ ! -e /etc/systemd/system/timers.target.wants/tijian.timer ]
'
# What an operator wrote outlives the program.
write='echo "# ours" >> /etc/tijian/environment; echo "# ours" >> /etc/tijian/pipelines/zheliban.toml'
written='grep -q "# ours" /etc/tijian/environment && grep -q "# ours" /etc/tijian/pipelines/zheliban.toml'

for suite in "$@"; do
    [ "$suite" != source ] || continue
    base=target/system-$suite
    if [ ! -e "$base/complete" ]; then
        rm -rf "$base"
        debootstrap --variant=minbase --include=systemd "$suite" "$base" http://deb.debian.org/debian >/dev/null
        touch "$base/complete"
    fi
    fresh
    step "$suite, glibc $(inside 'ldd --version' | sed -n '1s/.* //p'): the Debian package"
    inside 'dpkg -i /given/*.deb'
    inside "$works"
    inside "$write"
    inside 'dpkg -i --force-confold /given/*.deb'
    inside "$written; $works"
    inside "dpkg -r tijian; [ ! -e /usr/bin/tijian ]; $written"

    step "$suite: the archive, where there is no systemd"
    fresh
    inside 'rm /bin/systemd-sysusers /bin/systemd-tmpfiles'
    archive='cd /tmp; tar -xzf /given/*.tar.gz; cd tijian-*; cp -r --remove-destination usr /; cp -rn etc /; /usr/libexec/tijian/set-up'
    inside "$archive"
    inside "$works"
    inside "$write"
    inside "$archive; $written; cd /; $works"

    step "$suite: the rpm"
    fresh
    # Nothing else on this system is an rpm: what it requires is looked at, and not asked for.
    of_root=(rpm --root "$(realpath "$scratch/root")" --dbpath /var/lib/rpm --nodeps)
    cut_off "${of_root[@]}" -i "$rpm"
    inside "$works"
    inside "$write"
    cut_off "${of_root[@]}" -U --replacepkgs "$rpm"
    inside "$written; $works"
    cut_off "${of_root[@]}" -e tijian
    inside '[ ! -e /usr/bin/tijian ] && [ -d /var/lib/tijian ] && grep -q "# ours" /etc/tijian/environment && grep -q "# ours" /etc/tijian/pipelines/zheliban.toml.rpmsave'
done

step 'what the rpm requires, and that both packages hold the same'
rpm -qp --requires "$rpm"
[ "$(rpm -qp --requires "$rpm" | sed -n 's/.*(GLIBC_\([0-9.]*\)).*/\1/p' | sort -V | tail -n 1)" = 2.17 ] || fail 'it requires a newer C library'
[ "$(dpkg-deb -f "$deb" Depends | sed -n 's/^libc6 (>= \([0-9.]*\)),.*/\1/p')" = 2.17 ] || fail 'the Debian package requires another C library'
# (Debian has its manual pages compressed, a file of its own for the licence, and lists folders, too.)
diff <(rpm -qpl "$rpm" | sort) <(dpkg-deb -c "$deb" | sed -n '/\/$/!s|.* \./|/|p' | sed '/doc\/tijian\/copyright$/d; s/\.gz$//' | sort)

for word in "$@"; do
    [ "$word" = source ] || continue
    step 'the source, with an empty cargo home and no network'
    tar -xzf target/packages/tijian-*-source.tar.gz -C "$scratch"
    folder=$(realpath "$scratch"/tijian-*-source)
    mkdir "$scratch/cargo-home"
    (cd "$folder" && CARGO_HOME=$(realpath ../cargo-home) unshare -n cargo build --profile dist --locked && deploy/stage.sh target/dist/tijian target/stage)
    "$folder/target/stage/usr/bin/tijian" --version
    [ "$("$folder/target/stage/usr/bin/tijian" --version)" = "tijian $(basename "$folder" | cut -d- -f2) ($(git rev-parse --short=12 HEAD))" ] || fail 'it does not name its commit'
done
step 'all of them work'
