#!/usr/bin/env bash
# Put the tools that the benchmarks compare with beside the library, in one environment.
# usage: tools/peers.sh PYTHON FOLDER
#
# These three name no version that allows the pandas this library is pinned at; each runs on it all the same. So
# they come without their requirements, and what they import stands in the extra `peers`.
set -euo pipefail
cd "$(dirname "$0")/.."
bash tools/environment.sh "$1" "$2" peers
"$2/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --constraint constraints.txt \
    aequitas bdp-model-gate equiboots
