#!/usr/bin/env bash
# Publishes the npm packages of a directory: those of the platforms first, since `roomcast`, `roomcast-sandbox` and
# `roomcast-cli` depend on them.
#   release/publish-npm.sh dist/npm [<option of npm publish>…]
# A version that the registry has is left as it is: after a failure the command can be repeated.
set -euo pipefail

directory=$1
shift

field() {
    tar -xOf "$1" package/package.json | node -p "JSON.parse(require('fs').readFileSync(0))['$2']"
}

platforms=()
main=()
for package in "$directory"/*.tgz; do
    case "$(field "$package" name)" in
    @roomcast/*) platforms+=("$package") ;;
    roomcast | roomcast-sandbox | roomcast-cli) main+=("$package") ;;
    *) echo "$package is not one of our packages" >&2 && exit 1 ;;
    esac
done
if [ "${#platforms[@]}" -eq 0 ] || [ "${#main[@]}" -ne 3 ]; then
    echo "$directory must have the packages roomcast, roomcast-sandbox and roomcast-cli, and those of their platforms" >&2
    exit 1
fi

for package in "${platforms[@]}" "${main[@]}"; do
    id="$(field "$package" name)@$(field "$package" version)"
    if [ -n "$(npm view "$id" version 2>/dev/null)" ]; then
        echo "$id: published already"
    else
        npm publish "$(realpath "$package")" "$@"
    fi
done
