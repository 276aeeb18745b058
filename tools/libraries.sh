#!/usr/bin/env bash
# Install what WeasyPrint draws with, and what the tests look at a PDF with; silent where all is there.
# usage: tools/libraries.sh PYTHON
set -euo pipefail
cd "$(dirname "$0")/.."
missing=()
# The libraries are loaded by these names, so loading them is the test, on any distribution.
loads() { "$1" -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$2" 2>/dev/null; }
loads "$1" libpango-1.0.so.0 || missing+=(libpango-1.0-0)
loads "$1" libpangoft2-1.0.so.0 || missing+=(libpangoft2-1.0-0)
loads "$1" libharfbuzz-subset.so.0 || missing+=(libharfbuzz-subset0)
{ command -v pdftotext && command -v pdftoppm; } >/dev/null || missing+=(poppler-utils)
[ ${#missing[@]} -eq 0 ] || bash tools/apt.sh "${missing[@]}"
