#!/usr/bin/env bash
# Publishes the crates on crates.io:
#   release/publish-crates.sh [<option of cargo publish>…]
# A version that is there is left as it is: after a failure the command can be repeated.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n '/^\[workspace.package\]/,/^version/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
crates=()
# In the order of their dependencies.
for crate in roomcast-process-local roomcast roomcast-sandbox roomcast-testing; do
    if cargo info --quiet --registry crates-io "$crate@$version" >/dev/null 2>&1; then
        echo "$crate $version: published already"
    else
        crates+=(-p "$crate")
    fi
done
if [ "${#crates[@]}" -gt 0 ]; then
    cargo publish --locked "$@" "${crates[@]}"
fi
