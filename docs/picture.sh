#!/usr/bin/env bash
# Makes the README's pictures: the report of the demo, as a browser shows it, in English and in Chinese. Wants Chromium and fonts with
# Chinese letters (Debian: chromium, fonts-noto-cjk).
#   docs/picture.sh            builds the program first
#   docs/picture.sh BINARY     takes one that is built already
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# = 0 ]; then
    cargo build --locked
    set -- target/debug/tijian
fi
tijian=$(realpath "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
"$tijian" demo --dir "$dir/demo" > /dev/null
for lang in en zh; do
    (. "$dir/demo/environment.sh"; "$tijian" report --lang $lang --out "$dir/$lang.html" > /dev/null)
done
# The demo's nights are of one January: without the banner that says how old its data is.
sed -i 's|</style>|#stale { display: none; }</style>|' "$dir"/*.html
shoot() {
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 --user-data-dir="$dir/browser" \
        --virtual-time-budget=8000 --window-size=1200,900 --screenshot="$2" "file://$dir/$1.html" > /dev/null 2>&1
    [ -s "$2" ]
}
shoot en docs/report.png
shoot zh docs/report.zh-CN.png
ls -l docs/report*.png
