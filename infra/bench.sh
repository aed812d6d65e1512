#!/usr/bin/env bash
# Micro-benchmarks of the engine, release build. Arguments go to BenchmarkDotNet, for instance: infra/bench.sh --job short --filter '*Evaluator*'
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- --filter '*'
exec dotnet run -c Release --project tests/Entitlements.Benchmarks -- "$@"
