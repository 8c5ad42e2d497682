#!/usr/bin/env bash
# Fuzzing of what peers send with afl-fuzz, led by the code that an input reaches.
#   scripts/fuzz.sh [--seconds N] [--target T] [--keep]
# Each target (or T alone: message, rewrite, stream, framer, layer, fields, sdp) runs for N seconds (default 60). Ends with 1 when
# an input crashes, takes a second of processor time or 256 MB of heap, or when the process grows by more than 64 MB; the inputs
# are then kept under fuzz-findings/. With --keep what afl found is minimised and added to tests/Fuzz/corpus. Installs afl++
# (Debian, as root) when it is missing.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Of the clock: only what never ends. A second of processor time is counted by the target itself.
HANG_MS=10000
HEAP_BYTES=0x10000000
GEN0_BYTES=0x1000000
MAX_GROWTH_KB=65536
WARM_UP_S=5
MAX_KEPT_BYTES=3000
seconds=60 keep=no targets=(message rewrite stream framer layer fields sdp)

usage() { sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

while (($# > 0)); do
  case $1 in
    --seconds) seconds=${2:?}; shift ;;
    --target) [[ " ${targets[*]} " == *" ${2:?} "* ]] || usage; targets=("$2"); shift ;;
    --keep) keep=yes ;;
    *) usage ;;
  esac
  shift
done
if ! command -v afl-fuzz >/dev/null; then
  ((EUID == 0)) || { echo 'Run this as root once, or: apt-get install afl++' >&2; exit 1; }
  DEBIAN_FRONTEND=noninteractive apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends afl++ >/dev/null
fi
work=$(mktemp -d /tmp/tandem-fuzz.XXXXXX)
trap 'rm -rf "$work"' EXIT
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
cd "$root"
dotnet tool restore >/dev/null
dotnet build tests/Fuzz -c Release -v q -clp:NoSummary
cp -r tests/Fuzz/bin/Release/net10.0 "$work/bin"
# Before it is instrumented: instrumented code runs only once afl's memory is mapped.
for target in "${targets[@]}"; do
  mkdir -p "$work/seeds-$target"
  dotnet "$work/bin/Tandem.Fuzz.dll" --seeds "$target" "$work/seeds-$target"
done
dotnet sharpfuzz "$work/bin/Tandem.Sip.dll"

# A managed process reserves far more addresses than it uses, so its heap is limited, not its address space (-m none). The
# run time handles its own signals and does not dump core.
export AFL_SKIP_BIN_CHECK=1 AFL_NO_UI=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1
export AFL_ALLOW_TMP=1 AFL_HANG_TMOUT=$HANG_MS
export DOTNET_GCHeapHardLimit=$HEAP_BYTES DOTNET_GCgen0size=$GEN0_BYTES DOTNET_gcConcurrent=0
export DOTNET_DbgEnableMiniDump=0 DOTNET_TieredPGO=0
dotnet=$(command -v dotnet)

# The resident kilobytes of the process that a running afl-fuzz feeds, once a second, into a file until it ends.
watch_memory() {
  local fuzzer=$1 file=$2 child
  while kill -0 "$fuzzer" 2>/dev/null; do
    sleep 1
    child=$(pgrep -P "$fuzzer" -f Tandem.Fuzz.dll | head -n 1) || continue
    awk '/^VmRSS:/ { print $2 }' "/proc/$child/status" >>"$file" 2>/dev/null || true
  done
}

# Copies the inputs that afl saved as crashes and hangs of a target, and the one at hand when afl itself gave up.
keep_findings() {
  local target=$1 found=$2
  mkdir -p "fuzz-findings/$target"
  find "$found/crashes" "$found/hangs" -name 'id*' -exec cp {} "fuzz-findings/$target/" \; 2>/dev/null || true
  [[ ! -f $found/.cur_input ]] || cp "$found/.cur_input" "fuzz-findings/$target/last-input"
}

# Adds the smallest set of inputs with the same edges to the corpus, named by content, so that none comes in twice.
keep_inputs() {
  local target=$1 queue=$2 min=$work/min-$1 file
  nice -n 10 afl-cmin -e -t "$HANG_MS" -m none -i "$queue" -o "$min" \
    -- "$dotnet" "$work/bin/Tandem.Fuzz.dll" "$target" >"$work/$target.cmin.log" 2>&1 ||
    { tail -n 20 "$work/$target.cmin.log" >&2; return 1; }
  mkdir -p "tests/Fuzz/corpus/$target"
  find "$min" -type f -size "-${MAX_KEPT_BYTES}c" | while read -r file; do
    # A seed comes from the corpus or from the torture messages: it is there already.
    [[ $(basename "$file") == *orig:seed-* ]] ||
      cp "$file" "tests/Fuzz/corpus/$target/afl-$(sha256sum "$file" | cut -c1-12).dat"
  done
}

status=0
for target in "${targets[@]}"; do
  nice -n 10 afl-fuzz -V "$seconds" -t "$HANG_MS" -m none -i "$work/seeds-$target" -o "$work/out-$target" \
    -x tests/Fuzz/sip.dict -- "$dotnet" "$work/bin/Tandem.Fuzz.dll" "$target" >"$work/$target.log" 2>&1 &
  fuzzer=$!
  found=$work/out-$target/default rss=$work/$target.rss
  : >"$rss"
  watch_memory "$fuzzer" "$rss" &
  watcher=$!
  if ! wait "$fuzzer"; then
    tail -n 20 "$work/$target.log" >&2
    keep_findings "$target" "$found"
    status=1
    continue
  fi
  wait "$watcher" || true
  read -r execs inputs crashes hangs < <(awk -F' *: *' '{ v[$1] = $2 }
    END { print v["execs_done"], v["corpus_count"], v["saved_crashes"], v["saved_hangs"] }' "$found/fuzzer_stats")
  read -r first last < <(awk -v warm="$WARM_UP_S" 'NR <= warm { first = $1 } { last = $1 } END { print first + 0, last + 0 }' "$rss")
  printf '%-8s %10s executions, %5s inputs, %s crashes, %s hangs, resident %s kB after %s s and %s kB at the end\n' \
    "$target" "$execs" "$inputs" "$crashes" "$hangs" "$first" "$WARM_UP_S" "$last"
  if ((crashes > 0 || hangs > 0)); then
    keep_findings "$target" "$found"
    status=1
  fi
  if ((last > first + MAX_GROWTH_KB)); then
    echo "$target grows" >&2
    status=1
  fi
  [[ $keep == no ]] || keep_inputs "$target" "$found/queue" || status=1
done
exit "$status"
