#!/usr/bin/env bash
# Install Debian packages, or say in one line which command would.
# usage: tools/apt.sh PACKAGE...
set -euo pipefail
say() {
    echo "missing: $*; install with: sudo apt-get install --yes --no-install-recommends $*" >&2
    exit 1
}
command -v apt-get >/dev/null || say "$@"
root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || say "$@"
    root=(sudo)
    # Without a terminal nobody can type a password.
    [ -t 0 ] || sudo -n true 2>/dev/null || say "$@"
fi
echo "installing Debian packages: $*"
export DEBIAN_FRONTEND=noninteractive
"${root[@]}" apt-get update --quiet=2 </dev/null || true
"${root[@]}" apt-get install --quiet=2 --yes --no-install-recommends "$@" </dev/null >/dev/null || say "$@"
