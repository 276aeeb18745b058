#!/usr/bin/env bash
# Renew constraints.txt: install everything at its newest allowed version in an environment of its own.
# usage: tools/constraints.sh PYTHON
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet hatchling editables
"$folder/bin/python" -m pip install --quiet --no-build-isolation --editable '.[dev,pdfcheck,peers]'
# Peers that forbid our versions, as in tools/peers.sh.
"$folder/bin/python" -m pip install --quiet --no-deps aequitas bdp-model-gate equiboots
{
    sed -n '/^#/p' constraints.txt
    "$folder/bin/python" -m pip freeze --exclude-editable | grep -viE '^(pip|setuptools|wheel)==' | sort -f
} >constraints.new
mv constraints.new constraints.txt
# The gate's own list keeps its names and takes the new versions.
while read -r line; do
    case $line in
        *==*) grep -i "^${line%%==*}==" constraints.txt ;;
        *) printf '%s\n' "$line" ;;
    esac
done <requirements-gate.txt >requirements-gate.new
mv requirements-gate.new requirements-gate.txt
