#!/usr/bin/env bash
# Installs what the tests need and is missing, builds once, runs every test against the real servers.
# Last line, alone: "N passed, N failed". Exit code 0 only when something ran and nothing failed.
#   --fast   leaves out the browser, fault and scale suites
# A skipped test counts as failed: nothing is left out in silence. What --fast leaves out is named here and nowhere else.
set -uo pipefail
cd "$(dirname "$0")/.."

fast=false
for argument in "$@"; do
  case "$argument" in
    --fast) fast=true ;;
    *) echo "usage: infra/test.sh [--fast]" >&2; exit 64 ;;
  esac
done

# command that must exist:Debian package that brings it. A suite that needs another adds it here.
needed=(/usr/lib/postgresql/*/bin/postgres:postgresql nginx:nginx node:nodejs npm:npm curl:curl redis-server:redis-server haproxy:haproxy aiosmtpd:python3-aiosmtpd aapt2:aapt apksigner:apksigner chromium:chromium)
left_out_projects=(Entitlements.Portal.Tests Entitlements.Faults) # of --fast: whole projects
left_out_suites=(browser faults scale)                            # of --fast: tests with the trait Suite=<name>

passed=0 failed=0
work=$(mktemp -d /tmp/entitlements-test.XXXXXX)
chmod 0711 "$work" # database servers run as another user and must reach their folders below

finish() {
  local code=$?
  trap - EXIT INT TERM
  for pidfile in "$work"/*/data/postmaster.pid "$work"/*/server.pid "$work"/*/*/server.pid; do # servers whose test process was killed
    [ -f "$pidfile" ] && kill "$(head -n 1 "$pidfile")" 2>/dev/null && kill -CONT "$(head -n 1 "$pidfile")" 2>/dev/null # frozen ones, too
  done
  rm -rf "$work"
  [ "$code" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1 # ended before anything could be counted
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  exit $?
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { echo "== $*"; }
stop() { echo "$*" >&2; exit 1; }

install_missing() {
  local packages=() as_root=()
  for entry in "${needed[@]}"; do
    command -v ${entry%:*} >/dev/null 2>&1 || packages+=("${entry##*:}") # unquoted: the command may be a pattern
  done
  [ ${#packages[@]} -eq 0 ] && return
  [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
  say "installing ${packages[*]}"
  # the servers are started by the tests; what a package would start by itself is held back
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null && "${as_root[@]}" chmod +x "$policy"
  else
    policy=
  fi
  { "${as_root[@]}" apt-get -q update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "${packages[@]}"; } >"$work/apt.log" 2>&1
  local code=$?
  [ -n "$policy" ] && "${as_root[@]}" rm -f "$policy"
  [ "$code" -eq 0 ] || { tail -n 20 "$work/apt.log" >&2; stop "could not install ${packages[*]}"; }
}

install_node_modules() {
  command -v node >/dev/null && command -v npm >/dev/null || stop "node and npm are needed: tests run an outside OpenID provider"
  while IFS= read -r lock; do
    local folder stamp
    folder=$(dirname "$lock")
    stamp=$folder/node_modules/.package-lock.json
    [ -f "$stamp" ] && [ ! "$lock" -nt "$stamp" ] && continue
    say "npm ci in $folder"
    npm ci --prefix "$folder" --no-audit --no-fund --loglevel=error || stop "npm ci failed in $folder"
  done < <(find tests src \( -name node_modules -o -name bin -o -name obj \) -prune -o -name package-lock.json -print)
}

build() {
  export CI=true DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1 # CI=true: locked restore
  dotnet tool restore >"$work/tools.log" 2>&1 || { cat "$work/tools.log" >&2; stop "dotnet tool restore failed"; }
  say "building"
  dotnet build Entitlements.sln -c Release -v quiet -p:UseSharedCompilation=false || stop "the build failed"
}

# every project adds to the two counts
check_format() {
  say "checking the format"
  if dotnet csharpier check . >"$work/format.log" 2>&1; then
    passed=$((passed + 1))
  else
    cat "$work/format.log" >&2
    echo "run: dotnet csharpier format ." >&2
    failed=$((failed + 1))
  fi
}

run_project() {
  local name=$1 report=$work/$1.xml options=()
  if $fast; then
    for suite in "${left_out_suites[@]}"; do options+=(-trait- "Suite=$suite"); done
  fi
  say "$name"
  TMPDIR=$work "tests/$name/bin/Release/net10.0/$name" -noLogo -noColor -reporter quiet -failSkips "${options[@]}" -result-xml "$report"
  local code=$? before=$failed line
  while IFS= read -r line; do
    count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$line"; }
    passed=$((passed + $(count passed)))
    failed=$((failed + $(count failed) + $(count skipped) + $(count errors) + $(count not-run)))
    [ "$(count total)" -gt 0 ] || { echo "$name: no test ran" >&2; failed=$((failed + 1)); }
  done < <(grep -o '<assembly [^>]*>' "$report" 2>/dev/null || echo '<assembly total="0" passed="0" failed="0" skipped="0" errors="0" not-run="0" >')
  [ "$code" -eq 0 ] || [ "$failed" -gt "$before" ] || { echo "$name ended with $code" >&2; failed=$((failed + 1)); }
}

install_missing
install_node_modules
build
check_format
for project in tests/*/*.csproj; do
  name=$(basename "$project" .csproj)
  [ "$name" = Entitlements.Benchmarks ] && continue # figures, not tests
  if $fast && [[ " ${left_out_projects[*]} " == *" $name "* ]]; then
    say "$name is left out by --fast"
    continue
  fi
  run_project "$name"
done
