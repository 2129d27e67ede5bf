#!/bin/sh
# Installs the built library: install.sh [<directory of libroomcast> [<prefix> [<destdir>]]], by default target/release and
# /usr/local. LIBDIR is the directory of the libraries, by default <prefix>/lib. Needs only a shell. The installed tree is
# relocatable: roomcast.pc and the CMake package use paths relative to their own.
set -eu
# What is installed is for everybody, whoever installs it.
umask 022

here=$(cd "$(dirname "$0")" && pwd)
built=${1:-$here/../target/release}
prefix=${2:-/usr/local}
prefix=${prefix%/}
destdir=${3:-}
libdir=${LIBDIR:-$prefix/lib}

fail() { echo "install.sh: $1" >&2; exit 1; }

case $prefix/ in /*) ;; *) fail "the prefix must begin with /: $prefix" ;; esac
case $libdir in "$prefix"/*) ;; *) fail "LIBDIR must be below the prefix: $libdir" ;; esac
for library in libroomcast.so libroomcast.a; do
    [ -f "$built/$library" ] || fail "$built/$library is not built; run make build, or cargo build --release -p roomcast-c"
done

# The system libraries that Rust's standard library needs, for static linking. Other systems: see README.md.
case $(uname -s) in
Linux) system_libraries=${SYSTEM_LIBRARIES:--lgcc_s -lutil -lrt -lpthread -lm -ldl -lc} ;;
*) system_libraries=${SYSTEM_LIBRARIES:?not known for this system: see "Installing and linking" in bindings-c/README.md} ;;
esac

# The same as a CMake list.
system_library_list=$(echo "$system_libraries" | sed 's/ -/;-/g')

version=$(sed -n 's/^#define ROOMCAST_VERSION "\(.*\)"$/\1/p' "$here/include/roomcast.h")
abi=$(cat "$here/abi-version")
to_libdir=${libdir#"$prefix"/}
# The relative paths from roomcast.pc and from the CMake package to the prefix: one ".." per directory.
up() { echo "$1" | sed 's,[^/][^/]*,..,g'; }
pc_to_prefix=$(up "$to_libdir/pkgconfig")
cmake_to_prefix=$(up "$to_libdir/cmake/roomcast")

# fill <template> <file>: replaces the template's placeholders.
fill() {
    sed -e "s|@VERSION@|$version|g" -e "s|@ABI@|$abi|g" -e "s|@LIBDIR@|$to_libdir|g" \
        -e "s|@PC_TO_PREFIX@|$pc_to_prefix|g" -e "s|@CMAKE_TO_PREFIX@|$cmake_to_prefix|g" \
        -e "s|@SYSTEM_LIBRARIES@|$system_libraries|g" -e "s|@SYSTEM_LIBRARY_LIST@|$system_library_list|g" \
        "$here/install/$1" >"$2"
    chmod 644 "$2"
}
# put <mode> <from> <to>: never overwrites in place, since a program may have the old file loaded.
put() {
    rm -f "$3"
    cp "$2" "$3"
    chmod "$1" "$3"
}

root=$destdir$prefix
lib=$destdir$libdir
mkdir -p "$root/include" "$lib/pkgconfig" "$lib/cmake/roomcast"
put 644 "$here/include/roomcast.h" "$root/include/roomcast.h"
put 755 "$built/libroomcast.so" "$lib/libroomcast.so.$version"
ln -sf "libroomcast.so.$version" "$lib/libroomcast.so.$abi"
ln -sf "libroomcast.so.$abi" "$lib/libroomcast.so"
put 644 "$built/libroomcast.a" "$lib/libroomcast.a"
fill roomcast.pc.in "$lib/pkgconfig/roomcast.pc"
fill roomcast-config.cmake.in "$lib/cmake/roomcast/roomcast-config.cmake"
fill roomcast-config-version.cmake.in "$lib/cmake/roomcast/roomcast-config-version.cmake"
echo "roomcast $version for C is in $root"
