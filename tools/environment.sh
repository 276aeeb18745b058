#!/usr/bin/env bash
# Make a virtual environment with the library (editable) and one of its extras, at the pinned versions.
# usage: tools/environment.sh PYTHON FOLDER demo|test|dev|peers
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1 folder=$2 extra=$3

"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || {
    echo "$python is not Python 3.11, 3.12 or 3.13; name one: make ... PYTHON=python3.12" >&2
    exit 1
}
# Debian keeps the venv module of its own Python in a package of its own.
"$python" -c 'import ensurepip, venv' 2>/dev/null || bash tools/apt.sh python3-venv
[ -x "$folder/bin/python" ] || "$python" -m venv "$folder"

# Building with the pinned build tool, not with the newest, makes the install the same every time.
case $extra in demo) extras=demo ;; test) extras=demo,test,pdfcheck ;; peers) extras=test,peers ;; *) extras=$extra ;; esac
export PIP_DISABLE_PIP_VERSION_CHECK=1
"$folder/bin/python" -m pip install --quiet --constraint constraints.txt hatchling editables
"$folder/bin/python" -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable ".[$extras]"
