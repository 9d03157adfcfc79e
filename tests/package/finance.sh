#!/usr/bin/env bash
# Tries what hands finance files over, with servers of this machine: a folder, a mounted share (as root, where that is allowed), SFTP,
# and mail. Each with success, with failure, and once more: nothing goes twice, and nothing is lost. No root is needed.
#   tests/package/finance.sh [SCRIPT]      deploy/finance/deliver.sh, unless another place is named
set -euo pipefail
cd "$(dirname "$0")/../.."
script=$(realpath "${1:-deploy/finance/deliver.sh}")

step() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
for program in sshd sftp ssh-keygen curl openssl python3; do
    PATH=$PATH:/usr/sbin command -v $program >/dev/null || fail "$program is not installed"
done

place=$(mktemp -d)
servers=()
cleanup() {
    for server in "${servers[@]}"; do kill "$server" 2>/dev/null || true; done
    ! mountpoint -q "$place/share" || umount "$place/share"
    rm -rf "$place"
}
trap cleanup EXIT

export FINANCE_DIR=$place/export
mkdir -p "$FINANCE_DIR/months" "$FINANCE_DIR/2026-11" "$place/home"
delta='demo_finance_delta_000001_20261101T020001.xlsx'
zh='2026-11/demo_财务增量_000002_20261102T020001.xlsx'
odd='2026-11/a "quoted" name.csv'
month='months/demo_财务月结_2026-10.xlsx'
files=("$zh" "$odd" "$delta" "$month")
for file in "$delta" "$zh" "$odd"; do
    head -c 70000 /dev/urandom > "$FINANCE_DIR/$file"
    printf '{"file":"%s"}\n' "$file" > "$FINANCE_DIR/$file.manifest.json"
done
head -c 70000 /dev/urandom > "$FINANCE_DIR/$month"
echo 'no manifest yet' > "$FINANCE_DIR/demo_finance_delta_000009_20261109T020001.xlsx"

# deliver STATUS: runs it, with its state in a folder of the way's own; what it said is in $said.
deliver() {
    local status=0
    mkdir -p "$STATE_DIRECTORY"
    said=$(HOME=$place/home sh "$script" 2>&1) || status=$?
    [ $status = "$1" ] || fail "it ended with $status, not $1: $said"
}
sent() { grep -c '^sent: ' <<<"$said" || true; }
# arrived FOLDER: everything is there, whole, and nothing else.
arrived() {
    local file
    for file in "${files[@]}"; do cmp "$FINANCE_DIR/$file" "$1/$file"; done
    for file in "$delta" "$zh" "$odd"; do cmp "$FINANCE_DIR/$file.manifest.json" "$1/$file.manifest.json"; done
    [ "$(find "$1" -type f | wc -l)" = 7 ] || fail "$(find "$1" -type f)"
}
# The same ways lead into every folder: $1 is where they end.
into_folder() {
    deliver 0
    [ "$(sent)" = 7 ] || fail "$said"
    arrived "$1"
    local before; before=$(find "$1" -type f -printf '%p %i %T@\n' | sort)
    deliver 0
    [ -z "$said" ] && [ "$before" = "$(find "$1" -type f -printf '%p %i %T@\n' | sort)" ] || fail "sent twice: $said"
    # One name is taken by a folder: the others go, and it goes when its place is free.
    rm -rf "$STATE_DIRECTORY" "${1:?}"/*
    mkdir -p "$1/$zh"
    deliver 1
    [ "$(sent)" = 5 ] && grep -qF "not sent: $zh" <<<"$said" || fail "$said"
    [ ! -e "$1/$zh.manifest.json" ] || fail 'a manifest has come without its file'
    rmdir "$1/$zh"
    deliver 0
    [ "$(sent)" = 2 ] || fail "$said"
    arrived "$1"
    # What has become another file goes again; and what is whole now.
    echo "made again, $FINANCE_TO" > "$FINANCE_DIR/$delta"
    deliver 0
    [ "$said" = "sent: $delta" ] || fail "$said"
    arrived "$1"
}

step 'a folder'
export STATE_DIRECTORY=$place/state-folder FINANCE_TO=folder:$place/folder
mkdir "$place/folder"
into_folder "$place/folder"

step 'a share'
export STATE_DIRECTORY=$place/state-share FINANCE_TO=share:$place/share
mkdir "$place/share"
deliver 1
grep -qF 'mount the share' <<<"$said" || fail "$said"
[ -z "$(ls "$place/share")" ] || fail 'something is below a share that is not mounted'
if mount -t tmpfs none "$place/share" 2>/dev/null; then
    into_folder "$place/share"
    umount "$place/share"
    deliver 1
    [ -z "$(ls "$place/share")" ] || fail 'something is below a share that is not mounted'
else
    echo 'not tried: nothing may be mounted here'
fi

step 'SFTP'
ssh-keygen -q -t ed25519 -N '' -f "$place/host"
ssh-keygen -q -t ed25519 -N '' -f "$place/key"
ssh-keygen -q -t ed25519 -N '' -f "$place/other"
cp "$place/key.pub" "$place/authorized"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat > "$place/sshd" <<END
Port $port
ListenAddress 127.0.0.1
HostKey $place/host
PidFile none
AuthorizedKeysFile $place/authorized
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
Subsystem sftp internal-sftp
END
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
start_sshd() {
    "$(PATH=$PATH:/usr/sbin command -v sshd)" -D -e -f "$place/sshd" 2>> "$place/sshd.log" &
    sshd=$!
    servers+=($sshd)
    for _ in $(seq 50); do ! (: < "/dev/tcp/127.0.0.1/$port") 2>/dev/null || break; sleep 0.1; done
}
start_sshd
export STATE_DIRECTORY=$place/state-sftp FINANCE_TO="sftp:$(id -un)@127.0.0.1:$place/sftp" FINANCE_PORT=$port
export FINANCE_KEY=$place/key FINANCE_KNOWN_HOSTS=$place/known
mkdir "$place/sftp"
touch "$place/known"
deliver 1
[ "$(sent)" = 0 ] && grep -qF 'Host key verification failed' <<<"$said" || fail "a host that nobody knows: $said"
printf '[127.0.0.1]:%s %s\n' "$port" "$(cat "$place/host.pub")" > "$place/known"
FINANCE_KEY=$place/other deliver 1
[ "$(sent)" = 0 ] && grep -qF 'Permission denied' <<<"$said" || fail "another key: $said"
[ -z "$(ls "$place/sftp")" ] || fail 'something has come'
into_folder "$place/sftp"
echo 'made again' > "$FINANCE_DIR/$zh"
kill $sshd
wait $sshd 2>/dev/null || true
deliver 1
[ "$(sent)" = 0 ] || fail "a server that is away: $said"
start_sshd
deliver 0
[ "$said" = "sent: $zh" ] || fail "$said"
arrived "$place/sftp"

step 'mail'
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$place/tls.key" -out "$place/tls.pem" 2>/dev/null
mkdir "$place/mails"
tests/package/mail_server.py "$place" > "$place/mail.port" 2> "$place/mail.log" &
servers+=($!)
for _ in $(seq 50); do [ ! -s "$place/mail.port" ] || break; sleep 0.1; done
export STATE_DIRECTORY=$place/state-mail FINANCE_TO=mail:office@example.com FINANCE_FROM=tijian@example.com
export FINANCE_SMTP="smtps://localhost:$(cat "$place/mail.port")" FINANCE_NETRC=$place/netrc
echo 'machine localhost login tijian password secret' > "$place/netrc"
mails() { find "$place/mails" -type f | wc -l; }
deliver 1
[ "$(mails)" = 0 ] || fail 'a certificate that nobody trusts: a message has come'
export CURL_CA_BUNDLE=$place/tls.pem
echo 'machine localhost login tijian password wrong' > "$place/netrc"
deliver 1
[ "$(mails)" = 0 ] || fail 'with a wrong password, a message has come'
echo 'machine localhost login tijian password secret' > "$place/netrc"
# One is refused; of another one, the receipt is lost.
printf '%s' 'a "quoted" name.csv' > "$place/refuse"
basename "$zh" > "$place/lose"
deliver 1
[ "$(mails)" = 3 ] || fail "$(ls "$place/mails"): $said"
[ "$(sent)" = 3 ] && grep -qF "not sent: $odd" <<<"$said" && grep -qF "not sent: $zh" <<<"$said" || fail "$said"
rm "$place/refuse" "$place/lose"
deliver 0
[ "$(sent)" = 4 ] || fail "$said"
deliver 0
[ -z "$said" ] || fail "sent twice: $said"
# Each file once, the one without a receipt twice, under one number; with what it is in the export.
python3 - "$place" "${files[@]}" <<'END'
import collections, email, email.policy, pathlib, sys
place, files = pathlib.Path(sys.argv[1]), sys.argv[2:]
mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in sorted((place / "mails").iterdir())]
numbers = collections.Counter(mail["Message-ID"] for mail in mails)
assert sorted(numbers.values()) == [1, 1, 1, 2], numbers
held = set()
for mail in mails:
    assert (mail["From"], mail["To"]) == ("tijian@example.com", "office@example.com"), mail.items()
    parts = {part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()}
    [name] = [name for name in parts if not name.endswith(".manifest.json")]
    [file] = [file for file in files if pathlib.Path(file).name == name]
    assert mail["Subject"] == f"财务文件 {name}", mail["Subject"]
    assert parts[name] == (place / "export" / file).read_bytes(), name
    assert (f"{name}.manifest.json" in parts) == (not file.startswith("months/")), parts.keys()
    held.add(file)
assert held == set(files), held
END

step 'done'
