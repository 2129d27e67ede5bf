#!/usr/bin/env bash
# Writes the source tree that packages are built from: source.sh <directory>. It has the files that git knows, as they are now; of
# a checkout without git, such as an unpacked release, all but what was built.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
to=$1
mkdir -p "$to"
to=$(cd "$to" && pwd)
cd "$root"
if git rev-parse --show-toplevel >/dev/null 2>&1; then
    git ls-files -z --cached --others --exclude-standard
else
    find . \( -name target -o -name node_modules -o -name .venv -o -name dist \) -prune -o -type f -print0
fi | while IFS= read -r -d '' file; do
    [ ! -e "$file" ] || printf '%s\0' "$file"
done | tar --null --files-from=- --create --file=- | tar --extract --file=- --directory="$to"
