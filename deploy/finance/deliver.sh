#!/bin/sh
# Hands finance files over to where the office looks for them, each once. What goes where stands in /etc/tijian/finance:
#   FINANCE_DIR=/var/lib/tijian/data/export/finance      the folder of the finance export
#   FINANCE_TO=folder:/srv/finance                       a folder of this machine
#   FINANCE_TO=share:/mnt/finance                        a mounted share; refused while nothing is mounted there
#   FINANCE_TO=sftp:tijian@files.example:/in             with the key FINANCE_KEY, and the host in FINANCE_KNOWN_HOSTS
#   FINANCE_TO=mail:office@example.com                   by FINANCE_SMTP (smtps://… or smtp://…, always with TLS), from FINANCE_FROM
#
# A file is whole when its manifest stands beside it, and its manifest goes last, here as there. Under its own name it appears
# whole, except by mail. What has gone is remembered below STATE_DIRECTORY; remove a mark there to have the file sent once more.
# Exit status: 0 all is there; else one could not be sent: the next start tries it again, and goes on from there.
set -eu

: "${FINANCE_DIR:?}" "${FINANCE_TO:?}" "${STATE_DIRECTORY:?}"
way=${FINANCE_TO%%:*}
place=${FINANCE_TO#*:}

to_folder() {
    mkdir -p "$place/$(dirname "$1")"
    cp "$FINANCE_DIR/$1" "$place/$(dirname "$1")/.$(basename "$1").part"
    mv "$place/$(dirname "$1")/.$(basename "$1").part" "$place/$1"
}

to_sftp() {
    host=${place%%:*}
    folder=${place#*:}/$(dirname "$1")
    # A line that begins with - may fail: the folder may be there, and the file may not.
    said=$(sftp -q -b - -i "${FINANCE_KEY:?}" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes \
        -o UserKnownHostsFile="${FINANCE_KNOWN_HOSTS:?}" -P "${FINANCE_PORT:-22}" "$host" 2>&1 > /dev/null <<END
-mkdir "$folder"
put "$FINANCE_DIR/$1" "$folder/.$(basename "$1").part"
-rm "$folder/$(basename "$1")"
rename "$folder/.$(basename "$1").part" "$folder/$(basename "$1")"
END
    ) || { echo "$said" >&2; return 1; }
}

# The file and its manifest in one message. A netrc file has the login, if there is one: a command line is seen by every user of
# the machine.
to_mail() {
    set -- "$1" "$(basename "$1")" "$FINANCE_DIR/$1.manifest.json"
    [ -e "$3" ] || set -- "$1" "$2"
    curl --silent --show-error --fail --ssl-reqd --max-time 300 ${FINANCE_NETRC:+--netrc-file "$FINANCE_NETRC"} \
        --url "${FINANCE_SMTP:?}" --mail-from "${FINANCE_FROM:?}" --mail-rcpt "$place" \
        --header "From: ${FINANCE_FROM}" --header "To: $place" \
        --header "Subject: =?UTF-8?B?$(printf '财务文件 %s' "$2" | base64 -w 0)?=" \
        --form "=$2;type=text/plain; charset=utf-8" --form "=@\"$FINANCE_DIR/$1\";encoder=base64" ${3:+--form "=@\"$3\";encoder=base64"}
}

send() {
    [ ! -e "$STATE_DIRECTORY/$1" ] || return 0
    case $way in
        folder | share) to_folder "$1" ;;
        sftp) to_sftp "$1" ;;
        mail) [ "${1%.manifest.json}" != "$1" ] || to_mail "$1" ;;
    esac
    mkdir -p "$STATE_DIRECTORY/$(dirname "$1")"
    : > "$STATE_DIRECTORY/$1"
    echo "sent: $1"
}

case $way in
    folder | sftp | mail) ;;
    share) mountpoint -q "$place" || { echo "nothing is mounted at $place: mount the share" >&2; exit 1; } ;;
    *) echo "FINANCE_TO must begin with folder:, share:, sftp: or mail:" >&2; exit 2 ;;
esac

cd "$FINANCE_DIR"
# Months have no manifest: they appear whole. The rest has one; by their numbers, the oldest first.
deliver() {
    find . -type f \( -name '*.manifest.json' -o -path './months/*' \) ! -name '.*' | LC_ALL=C sort | while IFS= read -r found; do
        found=${found#./}
        file=${found%.manifest.json}
        # A snapshot whose days are over may go while this runs.
        [ -e "$file" ] || continue
        send "$file"
        [ "$file" = "$found" ] || send "$found"
    done
}

# What appears meanwhile does not start the unit again: until nothing is left.
sent=
while now=$(find "$STATE_DIRECTORY" -type f | wc -l) && [ "$now" != "$sent" ]; do
    sent=$now
    deliver
done
