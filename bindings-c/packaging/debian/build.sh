#!/usr/bin/env bash
# Builds the Debian packages libroomcast0 and libroomcast-dev: build.sh [<directory>]. By default they are put into target/debian.
#
# Needs what debian/control has as Build-Depends, and fakeroot; Rust may also come from rustup. The crates come from the network or
# cargo's cache, or from vendor/ in the source tree if `cargo vendor` has made it. DEBFULLNAME and DEBEMAIL are the maintainer.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
out=${1:-$root/target/debian}
mkdir -p "$out"
out=$(cd "$out" && pwd)

version=$(sed -n 's/^#define ROOMCAST_VERSION "\(.*\)"$/\1/p' "$root/bindings-c/include/roomcast.h")
abi=$(cat "$root/bindings-c/abi-version")
maintainer="${DEBFULLNAME:-The roomcast authors} <${DEBEMAIL:-roomcast@example.org}>"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

tree=$out/roomcast-$version
rm -rf "$tree"
"$here/../source.sh" "$tree"
tar --create --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --directory="$out" \
    "roomcast-$version" | gzip -9n >"$out/roomcast_$version.orig.tar.gz"

mkdir "$tree/debian"
cp -r "$here"/* "$tree/debian/"
rm "$tree/debian/build.sh"
# The name of the library's package has the ABI's version.
for file in "$tree"/debian/libroomcast.*; do
    mv "$file" "$tree/debian/libroomcast$abi.${file##*/libroomcast.}"
done
sed -i -e "s/@ABI@/$abi/g" -e 's|@MAINTAINER@|'"$maintainer"'|g' "$tree/debian/control" "$tree"/debian/*.lintian-overrides \
    "$tree"/debian/tests/*
cat >"$tree/debian/changelog" <<END
roomcast ($version-1) unstable; urgency=medium

  * This version of roomcast; its CHANGELOG.md says what is new.

 -- $maintainer  $(LC_ALL=C date --utc --date="@$SOURCE_DATE_EPOCH" --rfc-email)
END

# debhelper gives the build a home of its own, in which neither rustup nor cargo's cache is.
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
cd "$tree"
# -d: dpkg does not know of a Rust that rustup installed.
dpkg-buildpackage --unsigned-source --unsigned-changes --no-check-builddeps
