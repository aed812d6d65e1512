#!/usr/bin/env bash
# Benchmarks, release build. Micro-benchmarks of the engine: arguments go to BenchmarkDotNet, for instance: infra/bench.sh --job short --filter '*Evaluator*'
# Whole processes under load: infra/bench.sh process [load|growth|revocation|flight|inbox|ends|urgent]... [rounds=5] [seconds=8] [connections=16,64] [json=FILE]
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- --filter '*'
if [ "$1" = process ] && ! command -v wrk >/dev/null; then
  echo "wrk is needed: apt-get install wrk" >&2
  exit 69
fi
exec dotnet run -c Release --project tests/Entitlements.Benchmarks -- "$@"
