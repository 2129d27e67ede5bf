#!/bin/sh
# Tests the built C library: run.sh [<directory of libroomcast> [<pytest's arguments…>]], by default target/release.
# Needs the .venv that `make build` makes, and a C and a C++ compiler; uses valgrind, cmake, pkg-config, php, luajit, ruby, abidiff, LLVM's
# binutils, mandoc, man and groff, and the headers of libuv, libevent and GLib if they are installed, and reports what was not tested if
# they are not. If CI is set, a missing tool is a failure.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
ROOMCAST_LIB=$(cd "${1:-$root/target/release}" && pwd)
export ROOMCAST_LIB
[ $# -eq 0 ] || shift

cd "$here"
exec "$root/.venv/bin/python" -m pytest -q -n 2 "$@"
