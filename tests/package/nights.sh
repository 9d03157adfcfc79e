#!/bin/bash
# Runs inside the machine that `boot.sh` boots.
set -euo pipefail
export LC_ALL=C.UTF-8

step() { printf '\n== %s\n' "$*"; }
trap 'echo "FAILED in line $LINENO"; journalctl --no-pager -o cat -u tijian.service -u tijian-watch.service | tail -n 30' ERR

# night WORDS SUBSTATE: one start of the service says these words at its end, and leaves the unit in this state.
night() {
    local cursor state said
    journalctl --sync
    cursor=$(journalctl -n 1 --show-cursor -o cat | sed -n 's/^-- cursor: //p')
    systemctl start tijian.service
    for _ in $(seq 900); do
        state=$(systemctl show tijian.service -p SubState --value)
        [ "$state" = running ] || break
        sleep 0.2
    done
    said=$(journalctl --sync; journalctl --after-cursor="$cursor" -u tijian.service -o cat)
    printf '%s\nleft the unit: %s\n' "$(grep -v ' INFO \| WARN ' <<<"$said")" "$state"
    grep -q "$1" <<<"$said" && [ "$state" = "$2" ]
}

step 'install: nothing runs before somebody has configured it'
dpkg -i /root/tijian.deb
[ "$(systemctl is-enabled tijian.timer || true)" = disabled ]
[ "$(systemctl is-enabled tijian-watch.service || true)" = disabled ] && [ "$(systemctl is-active tijian-watch.service || true)" = inactive ]
systemctl start postgresql
until runuser -u postgres -- psql -qc 'select' >/dev/null 2>&1; do sleep 0.2; done
runuser -u postgres -- psql -qc "create role tijian_owner login createrole password 'x'" -c 'create database tijian owner tijian_owner'

# simulate OPTION...: the simulated platform, and an environment file for it.
simulate() {
    systemctl stop platform.service 2>/dev/null || true
    rm -f /run/platform.env
    systemd-run -q --unit platform sh -c "tijian simulate --listen 127.0.0.1:8999 $* > /run/platform.env"
    until [ -s /run/platform.env ]; do sleep 0.1; done
    sed 's|^export ||' /run/platform.env > /etc/tijian/environment
    cat >> /etc/tijian/environment <<END
TIJIAN_SITE_KEY='$(head -c 32 /dev/zero | base64)'
TIJIAN_DATA_DIR='/var/lib/tijian'
DATABASE_URL='postgresql://tijian_owner:x@127.0.0.1/tijian'
END
}
pipeline=/etc/tijian/pipelines/our-hospital.toml
sed 's|^base_url = .*|base_url = "http://127.0.0.1:8999"|; s|^enabled = .*|enabled = true|; s|^account = .*|account = "our-hospital"|
    s|^attempts_max = .*|attempts_max = 1|' /etc/tijian/pipelines/zheliban.toml > $pipeline

step '0: a night into a PostgreSQL server'
simulate
night ' good *$' dead
ls /var/lib/tijian/data/export/finance

step '3: some records are bad; the night is done'
sed -i 's/^account = .*/account = "another-hospital"/' $pipeline
simulate --defects 0.05
night ' some in quarantine *$' dead

step '3: a private server inside the service'
sed -i "s/^DATABASE_URL=.*/TIJIAN_PRIVATE_SERVER='1'/" /etc/tijian/environment
# Its folders are of the other warehouse.
rm -rf /var/lib/tijian/data
night ' some in quarantine *$' dead

step '2: a definition is wrong; nobody tries again'
sed -i 's/^version = 1/version = 9/' $pipeline
night 'status=2/' failed
sed -i 's/^version = 9/version = 1/' $pipeline
systemctl reset-failed tijian.service

step '75: the platform is gone; systemd waits to try again'
systemctl stop platform.service
night 'status=75/' auto-restart
systemctl stop tijian.service

step 'through the day: ready, rounds, told to end; the timer and it stop each other'
simulate
rm -rf /var/lib/tijian/data
mkdir -p /etc/systemd/system/tijian-watch.service.d
cat > /etc/systemd/system/tijian-watch.service.d/often.conf <<'END'
[Service]
ExecStart=
ExecStart=tijian run --watch 2s --metrics-listen 127.0.0.1:9464
WatchdogSec=5s
RestartSec=1s
END
systemctl daemon-reload
systemctl start tijian.timer
# watch PROPERTY: what systemd knows of it. until_watch PROPERTY PATTERN: waits for it.
watch() { systemctl show tijian-watch.service -p "$1" --value; }
until_watch() {
    for _ in $(seq 300); do grep -Eq "$2" <<<"$(watch "$1")" && return; sleep 0.2; done
    echo "$1 is '$(watch "$1")', not like '$2'"; return 1
}
rounds() { journalctl --sync; journalctl -u tijian-watch.service -o cat | grep -c 'last round: 1 of 1 accounts well' || true; }
# Returns when it has said that it is ready.
systemctl start tijian-watch.service
[ "$(watch SubState)" = running ] && [ "$(systemctl is-active tijian.timer || true)" = inactive ]
until_watch StatusText '^last round: 1 of 1 accounts well; next at '
for _ in $(seq 300); do [ "$(rounds)" -ge 3 ] && break; sleep 0.2; done
[ "$(rounds)" -ge 3 ]
printf 'made %s rounds, and says: %s\n' "$(rounds)" "$(watch StatusText)"
exec 3<>/dev/tcp/127.0.0.1/9464
printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3
grep -q '200 OK' <<<"$(cat <&3)"
exec 3>&-
# One that hangs is restarted.
kill -STOP "$(watch MainPID)"
until_watch NRestarts '^1$'
until_watch SubState '^running$'
systemctl stop tijian-watch.service
printf 'ended: %s, %s, status %s\n' "$(watch SubState)" "$(watch Result)" "$(watch ExecMainStatus)"
[ "$(watch SubState) $(watch Result) $(watch ExecMainStatus)" = 'dead success 0' ]
systemctl start tijian-watch.service
systemctl start tijian.timer
until_watch SubState '^dead$'
systemctl start tijian-watch.service
sed -i 's/^version = 1/version = 9/' $pipeline
systemctl restart tijian-watch.service || true
until_watch SubState '^failed$'
[ "$(watch ExecMainStatus)" = 2 ]
sed -i 's/^version = 9/version = 1/' $pipeline
systemctl reset-failed tijian-watch.service
systemctl start tijian-watch.service

step 'the timer, an upgrade, removal'
systemctl enable --now tijian.timer
systemctl list-timers --no-pager tijian.timer
dpkg -i /root/tijian.deb >/dev/null
[ "$(systemctl is-active tijian.timer)" = active ]
dpkg -r tijian
[ "$(systemctl is-active tijian.timer || true)" = inactive ]
dpkg -i /root/tijian.deb >/dev/null
systemctl start tijian-watch.service
dpkg -i /root/tijian.deb >/dev/null
[ "$(systemctl is-active tijian-watch.service)" = active ]
dpkg -r tijian
[ "$(systemctl is-active tijian-watch.service || true)" = inactive ]
[ -d /var/lib/tijian/data ] && [ -e /etc/tijian/environment ]

step done
echo 'all nights were as they should be'
