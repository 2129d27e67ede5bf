#!/bin/sh
# Builds the C library alone: neither Python, nor Node, nor the sandbox. Needs Rust and a C compiler.
#
#     build.sh [<a command as `cargo rustc` with its options>]      by default: cargo rustc --locked
#
# What it builds is in target/release; as cargo does, it reads CARGO, CARGO_BUILD_TARGET and CARGO_TARGET_DIR. LIBRARIES is what
# to build, by default "shared static". PROFILE is cargo's profile, by default release.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
libraries=${LIBRARIES:-shared static}
[ $# -gt 0 ] || set -- "${CARGO:-cargo}" rustc --locked

triple=${CARGO_BUILD_TARGET:-}
previous=
for argument in "$@"; do
    [ "$previous" != --target ] || triple=$argument
    previous=$argument
done
# cargo-zigbuild's triples may end with a version of glibc.
triple=${triple%.[0-9]*.[0-9]*}
triple=${triple:-$("${RUSTC:-rustc}" -vV | sed -n 's/^host: //p')}

types='' linker='' unwinder=''
case $libraries in *static*) types="$types --crate-type staticlib" ;; esac
case $libraries in *shared*)
    types="$types --crate-type cdylib"
    case $triple in
    *-apple-* | *-windows-*) ;;
    *)
        ROOMCAST_TARGET=$triple
        export ROOMCAST_TARGET
        linker=$here/versioned-link.sh
        ;;
    esac
    # By default what is built for musl is static programs, which have no shared libraries.
    case $triple in *-musl*) RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=-crt-static" && export RUSTFLAGS ;; esac
    ;;
*)
    # A static program for musl may be linked by a compiler for glibc, such as Debian's musl-gcc, whose unwinder needs glibc. So
    # the library brings Rust's own.
    case $triple in
    *-musl*)
        own=$("${RUSTC:-rustc}" --print target-libdir --target "$triple")/self-contained
        [ ! -f "$own/libunwind.a" ] || unwinder=$own
        ;;
    esac
    ;;
esac
[ -n "$types" ] || { echo "build.sh: LIBRARIES must have shared or static: $libraries" >&2; exit 1; }

cd "$here"
# shellcheck disable=SC2086
exec "$@" --profile "${PROFILE:-release}" -p roomcast-c --lib $types -- ${linker:+-C "linker=$linker"} ${unwinder:+-L "native=$unwinder" -l static=unwind}
