#!/usr/bin/env bash
# How fast SIP messages are read and written, and how many OPTIONS one core of a node answers.
#   bench/sip.sh [--seconds S] [--rounds N] [--window N] [--target IP:PORT] [--json]
# It starts a node of one worker on core 1 and its generator on core 0 (loopback UDP, closed loop of N requests under way),
# and ends the node. With --json the last line of stdout is one JSON object: parseInviteNs, parseInviteBytes,
# rewriteInviteNs, rewriteInviteBytes (a vendor's copy of an INVITE of about 900 bytes), optionsPerSecond (median of the
# rounds), with smallest and greatest. What it means: bench/RESULTS.md.
set -euo pipefail
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../scripts/lib.sh
source "$here/../scripts/lib.sh"

seconds=3 rounds=7 window=256 target='' json=no
while (($# > 0)); do
  case $1 in
    --seconds) seconds=${2:?}; shift ;;
    --rounds) rounds=${2:?}; shift ;;
    --window) window=${2:?}; shift ;;
    --target) target=${2:?}; shift ;;
    --json) json=yes ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
  esac
  shift
done
for tool in dotnet jq taskset; do command -v "$tool" >/dev/null || die "$tool is missing"; done

work=$(mktemp -d /tmp/tandem-sip-bench.XXXXXX)
pids=$work/processes
: >"$pids"
finish() {
  local status=$?
  trap - EXIT INT TERM
  end_remembered "$pids" || status=1
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

say 'building'
dotnet build "$here/Sip/SipBench.csproj" -c Release -v q --nologo >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2; die 'bench/Sip does not build'; }
bench=("$(dirname "$here")"/bench/Sip/bin/Release/net10.0/Tandem.SipBench)
[[ -x ${bench[0]} ]] || die "bench/Sip left no executable at ${bench[0]}"

say 'messages'
messages=$("${bench[0]}" messages --quiet | tail -n 1)

cpu='null' limit='null'
if [[ -z $target ]]; then
  net=127.$((100 + $$ % 100)).$((1 + RANDOM % 250))
  # The generator is a known source, as a customer's or vendor's own check would be.
  cat >"$work/sip.yaml" <<YAML
accounts: [{ account: bench, feeRateGroup: none }]
rateGroups: [{ name: none }]
mappingGateways: [{ name: generator, account: bench, remoteIps: ["$net.9"] }]
YAML
  tandem_executable >/dev/null
  start_node node "$work/node" "$pids" --sip "$net.1:5060" --http "$net.1:8080" --config "$work/sip.yaml"
  wait_ready node "$NODE_PID" "$work/node" "$net.1:8080" 120
  taskset -acp 1 "$NODE_PID" >/dev/null
  target=$net.1:5060 from=$net.9
  ticks() { IFS= read -r stat <"/proc/$NODE_PID/stat"; set -- ${stat##*) }; echo $((${12} + ${13})); }
else
  from=127.0.0.1
fi

say "options: $rounds rounds of $seconds s"
[[ -z ${NODE_PID:-} ]] || before=$(ticks)
began=$(date +%s%N)
options=$(taskset -c 0 "${bench[0]}" options --target "$target" --from "$from" --seconds "$seconds" --rounds "$rounds" \
  --window "$window" --warm 5 | tail -n 1)
if [[ -n ${NODE_PID:-} ]]; then
  # Share of its core that the node used: near 1 the node is what limits, below it the generator is.
  cpu=$(awk -v t=$(($(ticks) - before)) -v hz="$(getconf CLK_TCK)" -v n=$(($(date +%s%N) - began)) \
    'BEGIN { printf "%.2f", t / hz / (n / 1e9) }')
fi

result=$(jq -cn --argjson m "$messages" --argjson o "$options" --argjson cpu "$cpu" --arg commit "$(git -C "$here" rev-parse --short HEAD 2>/dev/null || echo unknown)" \
  '$m + $o + { nodeCpuShare: $cpu, commit: $commit }')
if [[ $json == yes ]]; then
  echo "$result"
else
  jq -r 'to_entries[] | "\(.key)\t\(.value)"' <<<"$result" | column -t
fi
