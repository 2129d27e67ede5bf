#!/bin/sh
# The linker of the shared library, for ELF: gives what the library exports a version, ROOMCAST_<the ABI's version>, so that the
# loader tells one ABI from another. rustc says what is exported in a version script without a name, and linkers take no second
# script beside such a one; this gives it its name. build.sh passes this to rustc.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
abi=$(cat "$here/abi-version")

script=
for argument in "$@"; do
    case $argument in
    -Wl,--version-script=*) script=${argument#-Wl,--version-script=} ;;
    # Arguments that are too many for a command line: one per line.
    @*) script=$(sed -n 's/^"\{0,1\}-Wl,--version-script=\([^"]*\)"\{0,1\}$/\1/p' "${argument#@}") ;;
    esac
    [ -z "$script" ] || break
done
[ -n "$script" ] || { echo "versioned-link.sh: rustc passed no version script" >&2; exit 1; }
sed "1s/^{/ROOMCAST_$abi {/" "$script" >"$script.versioned"
mv "$script.versioned" "$script"

# What cargo would have called: cargo, and cargo-zigbuild, have the linker of a target in this variable.
name=CARGO_TARGET_$(echo "${ROOMCAST_TARGET:-}" | tr 'a-z.-' 'A-Z__')_LINKER
linker=
eval "linker=\${$name:-cc}"
exec "$linker" "$@"
