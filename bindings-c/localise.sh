#!/bin/sh
# Writes a copy of the static library that exports the functions of roomcast.h and nothing else: localise.sh <library> <to>.
#
# A static library of Rust has Rust's standard library in it, and exports all of that, so a program could not link a second one
# beside it. For ELF; needs ld, objcopy, nm and ar of GNU or LLVM. CROSS_COMPILE is the prefix of their names for another
# processor, e.g. aarch64-linux-gnu-; LD, OBJCOPY, NM and AR are the programs themselves. Where they are missing, or cannot do it,
# the copy exports all, and a line on stderr says why; if LOCALISE is "always", it fails instead.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
library=$1 to=$2
ld=${LD:-${CROSS_COMPILE:-}ld}
objcopy=${OBJCOPY:-${CROSS_COMPILE:-}objcopy}
nm=${NM:-${CROSS_COMPILE:-}nm}
ar=${AR:-${CROSS_COMPILE:-}ar}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# not_possible <why>
not_possible() {
    if [ "${LOCALISE:-}" = always ]; then
        echo "localise.sh: $1" >&2
        exit 1
    fi
    echo "localise.sh: $to exports the symbols of Rust's standard library, too, since $1: a program that links another Rust" \
        "library statically may fail to link" >&2
    cp "$library" "$to"
    exit 0
}

for tool in "$ld" "$objcopy" "$nm" "$ar"; do
    command -v "$tool" >/dev/null || not_possible "$tool is not installed"
done

# Declarations are outside of comments, and begin a line.
sed -n -e '/^ *[/ ]\*/d' -e 's/^[a-z].*[ *]\(roomcast_[a-z0-9_]*\)(.*/\1/p' "$here/include/roomcast.h" | sort >"$work/functions"

# One object of what these functions need; without groups, whose names must not be local. LLVM's linker takes no --gc-sections here.
sed 's/^/--undefined=/' "$work/functions" >"$work/roots"
"$ld" -r --force-group-allocation --gc-sections "@$work/roots" "$library" -o "$work/all.o" 2>"$work/said" ||
    "$ld" -r --force-group-allocation "@$work/roots" "$library" -o "$work/all.o" 2>>"$work/said" ||
    not_possible "$ld failed: $(tail -n 1 "$work/said")"
# Named, the format is not guessed: the guess may be a compiler's plug-in, because of the bitcode in Rust's own objects.
format=$("$ld" --print-output-format 2>/dev/null) || format=
"$objcopy" ${format:+-I "$format"} -R .llvmbc -R .llvmcmd --wildcard --keep-global-symbol='roomcast_*' \
    "$work/all.o" "$work/roomcast.o" 2>"$work/said" || not_possible "$objcopy failed: $(tail -n 1 "$work/said")"
(cd "$work" && "$ar" rcsD libroomcast.a roomcast.o) 2>"$work/said" || not_possible "$ar failed: $(tail -n 1 "$work/said")"

# Tools for another processor may do nothing, and say nothing.
"$nm" -g --defined-only "$work/libroomcast.a" 2>/dev/null | sed -n 's/^[0-9a-f]* [A-Z] //p' | sort >"$work/exported"
cmp -s "$work/functions" "$work/exported" || not_possible "$ld and $objcopy did not write what roomcast.h declares"
cp "$work/libroomcast.a" "$to"
