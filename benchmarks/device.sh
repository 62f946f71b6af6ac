#!/usr/bin/env bash
# Test and measure networks on a GPU: `benchmarks/device.sh [FOLDER] [--small] [--device cpu]`, under nine minutes.
# Needs Python with torch and NumPy and no network; what needs more and is not installed is named and left out.
# Writes device.json and device.md into FOLDER, $OUT by default.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}"
exec "${PYTHON:-python3}" -m benchmarks.device "$@"
