#!/usr/bin/env bash
# Installs what `deploy/dist.sh` has made on other systems, without a network, as docs/install.md says: the .deb, the .tar.gz and the
# .rpm on Debian's old and new releases, and the source with its own crates only. With the .deb and the .tar.gz it then takes the five
# steps of docs/install.zh-CN.md word for word, as a person in China does. As root; wants debootstrap, rpm, cpio and iproute2. Some
# minutes; with the source, which is built as a package is, many. What the five steps said is left in target/transcripts.
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
page=docs/install.zh-CN.md
mkdir -p target/transcripts
scratch=$(mktemp -d -p target)
trap 'rm -rf "$scratch"' EXIT

# fresh: the system as it was.
fresh() { rm -rf "$scratch/root"; cp -a "$base" "$scratch/root"; mkdir -p "$scratch/root/given"; cp "$deb" "$tar" "$scratch/root/given/"; }
# cut_off COMMAND...: without a network, with /proc and shared memory in that system; what it leaves running ends with it.
cut_off() {
    unshare --net --mount --pid --fork --kill-child sh -ec '
        ip link set lo up
        mount -t proc proc "$0/proc"
        mkdir -p "$0/dev/shm"
        mount -t tmpfs -o mode=1777 tmpfs "$0/dev/shm"
        "$@"' "$scratch/root" "$@"
}
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

# What a person does by hand between the blocks of the page, and the platform, which is not here.
cat > "$scratch/hands" <<'END'
edit_pipeline() {
    sed -i 's|^base_url = .*|base_url = "http://127.0.0.1:8998"|; s|^account = .*|account = "our-hospital"|' \
        /var/lib/tijian/pipelines/our-hospital.toml
}
edit_environment() (
    tijian simulate --listen 127.0.0.1:8998 > /root/platform 2> /root/platform.log &
    until [ -s /root/platform ]; do sleep 0.1; done
    . /root/platform
    for name in ZHELIBAN_API_KEY ZHELIBAN_SECRET ZHELIBAN_AES_KEY; do
        sed -i "s|^$name=''|$name='${!name}'|" /etc/tijian/environment
    done
)
enable_pipeline() { sed -i 's/^enabled = .*/enabled = true/' /var/lib/tijian/pipelines/our-hospital.toml; }
# What systemd does on a machine that has it.
start_server() { pg_ctlcluster "$(ls /usr/lib/postgresql)" main start; }
END

# sessions FORM: the page's blocks, in its order, for who installs the deb or the archive: a root shell for the steps 1 to 4, another
# one for the fifth, and one of an ordinary user. A block that nobody names below is run.
sessions() {
    local form=$1 step='' line block='' in_block=no
    local as_root=$scratch/root/root/steps as_root_again=$scratch/root/root/fifth as_user=$scratch/root/root/user
    : > "$as_root"; : > "$as_root_again"
    printf 'cd\ntijian demo\ncd /var/lib/tijian\ntijian check\n' > "$as_user"
    while IFS= read -r line; do
        case $in_block$line in
            no'## '*) step=${line#\#\# } ;;
            no'```sh') in_block=yes; block='' ;;
            yes'```')
                in_block=no
                case $form/$step/$block in
                    # Other systems, other forms, and what needs systemd: `boot.sh`.
                    */*/*'dnf install'* | */*/*-source* | */每晚*) ;;
                    archive/*/*'apt-get install ./'* | deb/*/*'tar -xzf'*) ;;
                    */第一步*/*our-hospital.toml*) printf '\n# == %s\n%sedit_pipeline\n' "$step" "$block" >> "$as_root" ;;
                    */第二步*/*TIJIAN_SITE_KEY*) printf '\n# == %s\nedit_environment\n%s' "$step" "$block" >> "$as_root" ;;
                    */第二步*/'apt-get install'*) printf '\n%sstart_server\n' "$block" >> "$as_root" ;;
                    */第四步*) printf '\n# == %s\n%s' "$step" "$block" | tee -a "$as_user" >> "$as_root" ;;
                    */第五步*) printf '# == %s\nenable_pipeline\n%s' "$step" "$block" >> "$as_root_again" ;;
                    *) printf '\n# == %s\n%s' "$step" "$block" >> "$as_root" ;;
                esac ;;
            yes*) block+=$line$'\n' ;;
        esac
    done < "$page"
    for block in sha256sum edit_pipeline edit_environment start_server 'tijian migrate' 'tijian audit'; do
        grep -qF "$block" "$as_root" || fail "$page has changed: nothing of it is '$block'"
    done
    grep -qF 'tijian status' "$as_root_again" || fail "$page has changed: no fifth step"
}

# five_steps SUITE FORM: as a person takes them; what it says is kept.
five_steps() {
    step "$1: the five steps of $page, word for word: the $2"
    fresh
    sessions "$2"
    cp target/packages/tijian-*.sha256 "$scratch/root/given/"
    cp "$scratch/hands" "$scratch/root/root/hands"
    # Who would answer apt-get with yes.
    echo 'APT::Get::Assume-Yes "true";' > "$scratch/root/etc/apt/apt.conf.d/99yes"
    # A session's lines are shown as they are read.
    inside '
        export LANG=zh_CN.UTF-8 HOME=/root
        session() { bash -ec ". /root/hands; set -v; . \$1" session "$1"; }
        cd /given
        session /root/steps
        session /root/fifth
        useradd --create-home --shell /bin/bash li
        chmod 755 /root
        runuser -u li -- env HOME=/home/li bash -ec "set -v; . /root/user"
        [ "$(stat -c "%a %U" /etc/tijian/environment /etc/tijian/owner | sort -u)" = "600 root" ]
        [ "$(grep -c "^DATABASE_URL=" /etc/tijian/environment)" = 1 ]
        ! grep -rq "$(sed "s/.*owner:\([^@]*\)@.*/\1/" /etc/tijian/owner)" /var/log /root
    ' > "target/transcripts/$1-$2.txt" 2>&1 || { tail -n 40 "target/transcripts/$1-$2.txt"; fail "see target/transcripts/$1-$2.txt"; }
    grep -q '^tijian：已安装' "target/transcripts/$1-$2.txt" || fail 'the installation does not speak Chinese'
    echo "ok   target/transcripts/$1-$2.txt"
}

for suite in "$@"; do
    [ "$suite" != source ] || continue
    base=target/system-$suite
    if [ ! -e "$base/complete" ]; then
        rm -rf "$base"
        debootstrap --variant=minbase --include=systemd,locales "$suite" "$base" http://deb.debian.org/debian >/dev/null
        chroot "$base" localedef -i zh_CN -f UTF-8 zh_CN.UTF-8
        # What its administrator has brought there: nothing is fetched later.
        chroot "$base" apt-get -q update
        chroot "$base" apt-get -qy install --download-only postgresql
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
    archive='umask 022; cd /tmp; tar -xzf /given/*.tar.gz; cd tijian-*; cp -r --remove-destination usr /; cp -rn etc /; /usr/libexec/tijian/set-up'
    # Root's umask may be a strict one.
    inside "umask 077; $archive"
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

    five_steps "$suite" deb
    five_steps "$suite" archive
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
