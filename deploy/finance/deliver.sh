#!/bin/sh
# Hands finance files over to where the office looks for them, each once. What goes where is set in /etc/tijian/finance:
#   FINANCE_DIR=/var/lib/tijian/data/export/finance      the folder of the finance export
#   FINANCE_TO=folder:/srv/finance                       a folder of this machine
#   FINANCE_TO=share:/mnt/finance                        a mounted share; refused while nothing is mounted there
#   FINANCE_TO=sftp:tijian@files.example:/in             with the key FINANCE_KEY, and the host in FINANCE_KNOWN_HOSTS
#   FINANCE_TO=mail:office@example.com                   by FINANCE_SMTP (smtps://… or smtp://…, always with TLS), from FINANCE_FROM
#
# A file is whole when its manifest is beside it, and its manifest goes last, here as there. Under its own name it appears
# whole, except by mail. What has gone is remembered below STATE_DIRECTORY, with its digest: what has become another file since goes
# again. Remove a mark there to have the file sent once more.
# Exit status: 0 all is there; 1 some could not be sent, which the next start tries again (the others have gone); 2 a setting is wrong.
set -eu

: "${FINANCE_DIR:?}" "${FINANCE_TO:?}" "${STATE_DIRECTORY:?}"
way=${FINANCE_TO%%:*}
place=${FINANCE_TO#*:}

# As sftp and curl read a name with blanks and quotation marks in it.
quoted() { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"; }

# On disk before it is called sent: a power cut leaves no empty file under a final name.
to_folder() {
    part="$place/$(dirname "$1")/.$(basename "$1").part"
    mkdir -p "$(dirname "$part")" && cp "$FINANCE_DIR/$1" "$part" && sync "$part" && mv -T "$part" "$place/$1" && sync "$(dirname "$part")"
}

to_sftp() {
    host=${place%%:*}
    folder=${place#*:}/$(dirname "$1")
    part=$(quoted "$folder/.$(basename "$1").part")
    final=$(quoted "$folder/$(basename "$1")")
    # A line that begins with - may fail: the folder may be there, and the file may not.
    said=$(sftp -b - -i "${FINANCE_KEY:?}" -o LogLevel=ERROR -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes \
        -o UserKnownHostsFile="${FINANCE_KNOWN_HOSTS:?}" -P "${FINANCE_PORT:-22}" "$host" 2>&1 > /dev/null <<END
-mkdir $(quoted "$folder")
put $(quoted "$FINANCE_DIR/$1") $part
-rm $final
rename $part $final
END
    ) || { echo "$said" >&2; return 1; }
}

# The file and its manifest in one message, which has the file's digest for its number: a message that goes twice, because its receipt
# was lost, is one for mail programs that look. A netrc file has the login, if there is one: a command line is seen by every user.
to_mail() {
    digest=$2
    set -- "$1" "$(basename "$1")" "$FINANCE_DIR/$1.manifest.json"
    [ -e "$3" ] || set -- "$1" "$2"
    curl --silent --show-error --fail --ssl-reqd --max-time 300 ${FINANCE_NETRC:+--netrc-file "$FINANCE_NETRC"} \
        --url "${FINANCE_SMTP:?}" --mail-from "${FINANCE_FROM:?}" --mail-rcpt "$place" \
        --header "From: ${FINANCE_FROM}" --header "To: $place" --header "Date: $(LC_ALL=C date -R)" --header "Message-ID: <$digest@tijian>" \
        --header "Subject: =?UTF-8?B?$(printf '财务文件 %s' "$2" | base64 -w 0)?=" \
        --form "=$(quoted "$2");type=text/plain; charset=utf-8" --form "=@$(quoted "$FINANCE_DIR/$1");encoder=base64" \
        ${3:+--form "=@$(quoted "$3");encoder=base64"}
}

send() {
    mark="$STATE_DIRECTORY/$1"
    digest=$(sha256sum < "$FINANCE_DIR/$1") && digest=${digest%% *} || return 1
    [ "$(cat "$mark" 2> /dev/null)" != "$digest" ] || return 0
    case $way in
        folder | share) to_folder "$1" ;;
        sftp) to_sftp "$1" ;;
        mail) [ "${1%.manifest.json}" != "$1" ] || to_mail "$1" "$digest" ;;
    esac || { echo "not sent: $1" >&2; return 1; }
    mkdir -p "$(dirname "$mark")" && echo "$digest" > "$mark" && echo "sent: $1"
}

case $way in
    folder | sftp | mail) ;;
    share) mountpoint -q "$place" || { echo "nothing is mounted at $place: mount the share" >&2; exit 1; } ;;
    *) echo "FINANCE_TO must begin with folder:, share:, sftp: or mail:" >&2; exit 2 ;;
esac

cd "$FINANCE_DIR"
# Months have no manifest: they appear whole. The rest has one; by their numbers, the oldest first. One that cannot be sent, because it
# is too large for a mailbox, say, holds up none behind it.
find . -type f \( -name '*.manifest.json' -o -path './months/*' \) ! -name '.*' | LC_ALL=C sort | {
    status=0
    while IFS= read -r found; do
        found=${found#./}
        file=${found%.manifest.json}
        # A snapshot whose days are over may go while this runs.
        [ -e "$file" ] || continue
        send "$file" || { status=1; continue; }
        [ "$file" = "$found" ] || send "$found" || status=1
    done
    exit "$status"
}
