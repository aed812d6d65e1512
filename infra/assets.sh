#!/usr/bin/env bash
# Builds what browsers are sent by the portal from src/Entitlements.Gateway/Portal/Assets into its folder "built", which is committed.
#   --check   builds elsewhere, and says what differs from what is committed
set -euo pipefail
cd "$(dirname "$0")/../src/Entitlements.Gateway/Portal/Assets"
case "${1:-}" in
  "" | --check) ;;
  *) echo "usage: infra/assets.sh [--check]" >&2; exit 64 ;;
esac
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --no-audit --no-fund --loglevel=error
fi
if [ "${1:-}" = --check ]; then
  fresh=$(mktemp -d)
  trap 'rm -rf "$fresh"' EXIT
  node build.mjs "$fresh" >/dev/null
  diff -rq --exclude='*.br' --exclude='*.gz' "$fresh" built # another zlib packs otherwise; a test unpacks what is committed
else
  node build.mjs
fi
