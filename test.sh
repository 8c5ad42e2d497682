#!/usr/bin/env bash
# Everything that must hold before a change is taken: installs from Debian what the tests need and is missing, builds with
# warnings as errors, checks the format, runs every test. The very last line is "N passed, N failed, N skipped"; the exit
# code is 0 only when nothing failed and something ran.
#   ./test.sh                 all of it
#   ./test.sh --quick         without the projects that start processes (Interop.Tests, Cluster.Tests); says so
#   ./test.sh --filter EXPR   only tests that EXPR selects (as for dotnet test --filter)
# Needs: the .NET SDK of global.json, and root where something must be installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

quick=no
filter=''
while (($# > 0)); do
  case $1 in
    --quick) quick=yes ;;
    --filter) filter=${2:?--filter needs an expression}; shift ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
  esac
  shift
done

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# No build server outlives this script.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false

results=$PWD/TestResults
passed=0 failed=0 skipped=0
step_started=$SECONDS
began=$SECONDS

step() { step_started=$SECONDS; printf '\n== %s\n' "$1"; }
took() { printf -- '-- %s: %d s\n' "$1" $((SECONDS - step_started)); }

# The closing line comes whatever happens, and it is the last.
closing() {
  local status=$?
  trap - EXIT
  if ((status != 0 && failed == 0)); then
    failed=1
    printf '\nStopped before the end (exit code %d): counted as one failure.\n' "$status"
  fi
  ((failed == 0)) || status=1
  if ((passed == 0 && failed == 0)); then
    printf '\nNo test ran.\n'
    status=1
  fi
  printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  exit "$status"
}
trap closing EXIT
trap 'exit 130' INT TERM

step 'Tools'
command -v dotnet >/dev/null || { echo 'The .NET SDK is missing: https://dotnet.microsoft.com/download (global.json says which).'; exit 1; }
missing=()
need() { command -v "$1" >/dev/null || [[ -n ${3:-} && -n $(compgen -G "$3") ]] || missing+=("$2"); }
need sipp sip-tester
need psql postgresql '/usr/lib/postgresql/*/bin/psql'
[[ -n $(compgen -G '/usr/lib/postgresql/*/bin/initdb') ]] || [[ " ${missing[*]} " == *' postgresql '* ]] || missing+=(postgresql)
need sqlite3 sqlite3
need tshark tshark
need ss iproute2
need jq jq
need curl curl
need ps procps
need setpriv util-linux
need kamailio kamailio
need baresip baresip-core
need sipsak sipsak
need svmap sipvicious
if ((${#missing[@]} > 0)); then
  echo "installing: ${missing[*]}"
  ((EUID == 0)) || { echo "Run this as root once, or: apt-get install ${missing[*]}"; exit 1; }
  # A server of the distribution's own is not wanted: the tests start private ones.
  mkdir -p /etc/postgresql-common
  [[ -e /etc/postgresql-common/createcluster.conf ]] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  policy=/usr/sbin/policy-rc.d
  if [[ -e $policy ]]; then policy=''; else install -m 755 <(printf '#!/bin/sh\nexit 101\n') $policy; fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  [[ -z $policy ]] || rm "$policy"
fi
took tools

step 'Restore (locked)'
dotnet restore Cluster.sln --locked-mode -v q
took restore

step 'Build (warnings are errors)'
dotnet build Cluster.sln -c Release --no-restore -v q -clp:NoSummary -p:TreatWarningsAsErrors=true
took build

step 'Format'
dotnet format whitespace Cluster.sln --no-restore --verify-no-changes -v q
if command -v git >/dev/null && git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  # Lists what breaks these rules and then fails.
  ! git grep -nIE '[[:blank:]]+$' -- '*.cs' '*.sh' '*.yaml' '*.csproj' '*.props' || { echo 'Blanks at the end of lines.'; exit 1; }
fi
took format

step 'Tests'
rm -rf "$results"
mkdir -p "$results"
projects=()
for project in tests/*/*.csproj; do
  name=$(basename "$project" .csproj)
  [[ $name != TestSupport ]] || continue
  if [[ $quick == yes && ($name == Interop.Tests || $name == Cluster.Tests) ]]; then
    echo "$name: left out by --quick"
    continue
  fi
  projects+=("$project")
done

# counter TRX NAME: one number of the result file's <Counters>.
counter() { sed -n 's/.*<Counters [^>]*\b'"$2"'="\([0-9]*\)".*/\1/p' "$1" | head -n 1; }

for project in "${projects[@]}"; do
  name=$(basename "$project" .csproj)
  trx=$results/$name.trx
  log=$results/$name.log
  started=$SECONDS
  arguments=(--no-build --no-restore -c Release --results-directory "$results" --logger "trx;LogFileName=$name.trx"
    --blame-hang-timeout 10m --blame-hang-dump-type none --nologo)
  [[ -z $filter ]] || arguments+=(--filter "$filter")
  status=0
  dotnet test "$project" "${arguments[@]}" >"$log" 2>&1 || status=$?
  if [[ -f $trx ]]; then
    total=$(counter "$trx" total) ok=$(counter "$trx" passed) bad=$(counter "$trx" failed)
    total=${total:-0} ok=${ok:-0} bad=${bad:-0}
    aside=$((total - ok - bad)) # Skipped ones stand in no counter of their own.
  else
    total=0 ok=0 bad=0 aside=0
  fi
  # A test host that died leaves fewer results than tests; the exit code still knows.
  if ((status != 0 && bad == 0)); then bad=1; fi
  passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + aside))
  printf '%-20s %5d passed, %d failed, %d skipped  (%d s)\n' "$name" "$ok" "$bad" "$aside" $((SECONDS - started))
  if ((bad > 0)); then
    printf -- '---- %s\n' "$log"
    tail -n 200 "$log"
    printf -- '----\n'
  fi
done
took tests
printf -- '-- all of it: %d s\n' $((SECONDS - began))
