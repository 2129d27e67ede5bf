#!/bin/sh
# Tests the C library that was built: bindings-c/tests/run.sh [<directory of libroomcast>], by default target/release.
# Needs a C and a C++ compiler; uses valgrind if it is installed.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
lib=$(cd "${1:-$here/../target/release}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

passed=0
failed=0
# test_that <name> <command…>
test_that() {
    name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
        echo "ok     $name"
    else
        failed=$((failed + 1))
        echo "FAILED $name"
        sed 's/^/  /' "$work/log"
    fi
}

warnings='-Wall -Wextra -Wpedantic -Wconversion -Werror'
shared="-I$here/include -L$lib -lroomcast -Wl,-rpath,$lib"
static="-I$here/include $lib/libroomcast.a -lpthread -lm -ldl"
compile_c() { ${CC:-cc} "$@"; }
compile_cxx() { ${CXX:-c++} "$@"; }
if command -v valgrind >/dev/null; then
    lost=definite,indirect,possible
    checked() {
        valgrind -q --leak-check=full --show-leak-kinds=$lost --errors-for-leak-kinds=$lost --error-exitcode=9 "$@"
    }
else
    echo "valgrind is not installed: memory is not checked"
    checked() { "$@"; }
fi

# --- documents: what they show compiles ---
awk '/^ \*     #include <roomcast.h>/ { on = 1 } on { line = substr($0, 8); print line } on && line == "}" { exit }' \
    "$here/include/roomcast.h" >"$work/manual.c"
awk '/^```c$/ { on = 1; next } /^```$/ { if (on) exit } on' "$here/README.md" >"$work/readme.c"
for document in manual readme; do
    # shellcheck disable=SC2086
    test_that "the program in the $document" compile_c -std=c99 $warnings "$work/$document.c" $shared -o "$work/$document"
done

# --- the header, in every standard that compilers here know ---
echo '#include <roomcast.h>' >"$work/only.c"
cp "$work/only.c" "$work/only.cpp"
for standard in c99 c11 c17; do
    # shellcheck disable=SC2086
    test_that "the header alone, $standard" compile_c -std=$standard $warnings -I"$here/include" -c "$work/only.c" -o "$work/only.o"
done
for standard in c++11 c++14 c++17 c++20; do
    # shellcheck disable=SC2086
    test_that "the header alone, $standard" compile_cxx -std=$standard $warnings -I"$here/include" -c "$work/only.cpp" -o "$work/only.o"
done

# --- the library ---
only_ours() { ! nm -D --defined-only "$lib/libroomcast.so" | grep -v ' roomcast_'; }
declared() { grep -oE '\broomcast_[a-z0-9_]+\(' "$here/include/roomcast.h" | tr -d '(' | sort -u; }
exported() { nm -D --defined-only "$lib/libroomcast.so" | sed -n 's/.* T //p' | sort -u; }
as_declared() { declared >"$work/declared" && exported >"$work/exported" && diff "$work/declared" "$work/exported"; }
test_that 'only roomcast_* is exported' only_ours
test_that 'what the header declares is what the library exports' as_declared

# shellcheck disable=SC2086
{
    compile_cxx -std=c++11 $warnings "$here/tests/test_header.cpp" $shared -o "$work/test_header"
    compile_c -std=c99 $warnings "$here/tests/test_roomcast.c" $shared -o "$work/test_shared"
    compile_c -std=c99 $warnings "$here/tests/test_roomcast.c" $static -o "$work/test_static"
}
test_that 'the header in C++' checked "$work/test_header"
test_that 'the tests, linked statically' "$work/test_static"
echo "$passed passed, $failed failed"

# Its own closing line counts its own tests.
checked "$work/test_shared" && [ "$failed" -eq 0 ]
