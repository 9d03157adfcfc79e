#!/usr/bin/env bash
# Makes everything that a release gives away, in target/packages: a .deb, an .rpm and a .tar.gz of one program for glibc 2.17 and later, on
# the kind of processor that this machine has; the source with all crates, which builds without a network; a bill of materials; sums.
#   deploy/dist.sh             builds the program first, of a commit, the same byte for byte wherever that is
#   deploy/dist.sh PROGRAM     packs a program that is built already; no source
# Wants Rust, a C compiler, make, git, Python 3 with venv. Gets its other tools by pip and cargo, into target/dist-tools.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C TZ=UTC
umask 022

fail() { printf 'dist.sh: %s\n' "$*" >&2; exit 1; }
for tool in cargo cc make git python3 objdump; do
    command -v $tool >/dev/null || fail "$tool is not here. Debian: apt-get install gcc libc6-dev make git python3-venv"
done

# The oldest C library that the program is to run with.
glibc=$(sed -n 's/^depends = "libc6 (>= \([0-9.]*\)).*/\1/p' Cargo.toml)
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml)
commit=$(git rev-parse --short=12 HEAD)
changed=$(git status --porcelain)
tag=$(git tag --points-at HEAD 'v*')
if [ $# = 0 ]; then
    [ -z "$changed" ] || fail 'commit first: a package is of a commit'
    [ -z "$tag" ] || [ "$tag" = "v$version" ] || fail "Cargo.toml says $version, the tag $tag"
fi
# No file and no package is newer than its commit.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
machine=$(uname -m)
triple=$machine-unknown-linux-gnu
name=tijian-$version-linux-$machine
dist=target/packages
stage=target/stage
tools=$PWD/target/dist-tools
rm -rf $dist
mkdir -p $dist

# archive NAME.tar.gz FOLDER: a folder as an archive that knows neither its owner nor when it was made.
archive() {
    tar --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u+rw,go=rX \
        -C "$(dirname "$2")" -cf - "$(basename "$2")" | gzip -9n > "$1"
}

[ -e "$tools/bin/pip" ] || python3 -m venv "$tools"
"$tools/bin/pip" install -q --disable-pip-version-check ziglang==0.15.2 cargo-zigbuild==0.24.1
# Not optimised: they build in a third of the time, and pack in half a minute.
for tool in cargo-deb@3.8.0 cargo-generate-rpm@0.21.1 cargo-cyclonedx@0.5.9; do
    cargo install -q --debug --locked --root "$tools" $tool
done
export PATH="$tools/bin:$PATH"

if [ $# = 0 ]; then
    # Where it was built is in no byte of it.
    flags="-ffile-prefix-map=$PWD=/tijian -ffile-prefix-map=${CARGO_HOME:-$HOME/.cargo}=/cargo"
    CFLAGS=$flags CXXFLAGS=$flags TIJIAN_COMMIT=$commit \
        RUSTFLAGS="--remap-path-prefix=$PWD=/tijian --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo" \
        cargo zigbuild --profile dist --locked --target $triple.$glibc
    program=target/$triple/dist/tijian
    newest=$(objdump -T $program | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)
    [ "$newest" = "GLIBC_$glibc" ] || fail "the program needs $newest, not GLIBC_$glibc"
    [ "$($program --version)" = "tijian $version ($commit)" ] || fail "the program says that it is $($program --version)"
else
    program=$1
fi

deploy/stage.sh "$program" $stage
find $stage -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
# (Its warning: the units are not in the folder that it searches. They are among the others.)
cargo deb -q --locked --no-build --no-strip --output $dist/
cargo generate-rpm --auto-req builtin --payload-compress gzip --output $dist/

folder=$dist/$name
mkdir $folder
cp -r $stage/. $folder
cp LICENSE $folder/
cat > $folder/INSTALL <<END
usr/share/doc/tijian/docs/install.md         how to install this
usr/share/doc/tijian/docs/install.zh-CN.md   安装方法
END
archive $dist/$name.tar.gz $folder
rm -r $folder

cargo cyclonedx -q --format json --spec-version 1.5 --target $triple --no-build-deps --override-filename $name.cdx
sed "s|file://$PWD|file:///tijian|" $name.cdx.json > $dist/$name.cdx.json
rm $name.cdx.json

if [ $# = 0 ]; then
    folder=$dist/tijian-$version-source
    git archive --prefix="$folder/" HEAD | tar -x
    # For an installer without a network: crates from the archive, and the commit, which git would know.
    {
        printf 'TIJIAN_COMMIT = "%s"\n\n' "$commit"
        cargo vendor --locked --versioned-dirs $folder/vendor | sed "s|$folder/||"
    } >> $folder/.cargo/config.toml
    archive $folder.tar.gz $folder
    rm -r $folder
fi

cd $dist
sha256sum -- * > $name.sha256
rustc --version
python-zig version
sha256sum -- *
