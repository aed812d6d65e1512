#!/usr/bin/env bash
# The fault campaign in its long form: every fault on the product, on Strict and on the vulnerable build; writes a report.
#   infra/faults.sh [fault...]      for instance: infra/faults.sh F2 F8
# REPORT=folder says where to (default artifacts/faults/<time>). Needs what infra/test.sh installs; F13 and F14 also `apt-get install libfaketime`,
# F12 root, to mount small file systems. What cannot run says so and counts as failed.
# To try the harness: ARMS="Vulnerable Product Strict" and PROBATIVE=3000 are what a run does; less proves less.
set -euo pipefail
cd "$(dirname "$0")/.."
report=$(realpath -m "${REPORT:-artifacts/faults/$(date -u +%Y%m%dT%H%M%SZ)}")
dotnet build tests/Entitlements.Faults -c Release -v quiet
exec tests/Entitlements.Faults/bin/Release/net10.0/Entitlements.Faults campaign "$report" "$@"
