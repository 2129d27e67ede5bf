#!/usr/bin/env bash
# Installs what `make dist` and `make test-dist` need beside Rust, Node and Python, on Debian. As root; otherwise it names what
# is missing, and fails.
set -euo pipefail

packages=(
    # Windows: compiler and linker.
    gcc-mingw-w64-x86-64
    # The C library's tarballs are tested by programs that are built with pkg-config and CMake.
    cmake pkg-config
    # C compilers for the programs that use them, with what these need to run.
    gcc gcc-aarch64-linux-gnu gcc-arm-linux-gnueabihf libc6-arm64-cross libc6-armhf-cross musl musl-dev musl-tools
    # Runs programs of other processors, and of Windows.
    qemu-user-static wine64
    # Fetches a Python for Windows; builds one for musl.
    maven python3.11 make binutils
)

missing=()
for package in "${packages[@]}"; do
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "not installed: ${missing[*]}; as root: apt-get install ${missing[*]}" >&2
    exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
