#!/usr/bin/env bash
# Calls through the switch at a steady rate, by pairs of sipp (a caller and an answerer).
#   bench/calls.sh --rate R --seconds S [--hold H] [--nodes N] [--storage sqlite|postgresql] [--target HOST:PORT]
#                  [--pairs P] [--keep DIR] [--json]
# It starts a switch of its own (and PostgreSQL when asked) on fresh loopback addresses and ends both, unless --target names
# a switch that takes calls from 127.0.0.0/8 and knows where to send them. With --json the last line of stdout is one JSON
# object; else a table. What it means: bench/RESULTS.md.
set -euo pipefail
export LC_ALL=C.UTF-8 # Points in numbers, whatever the user's language.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../scripts/lib.sh
source "$here/../scripts/lib.sh"

CALLS_PER_PAIR=400      # One sipp does about a thousand a second; long before that its own delays show.
HOLD_SHORTEST=0.1       # A call without talk time costs nothing: money would prove nothing.
FEE=0.0125              # Of one period; a period is longer than any call here, so every call costs exactly this.
COST=0.0100
SETTLE_SECONDS=60       # After the last call: until all records are written.

rate='' seconds='' hold=$HOLD_SHORTEST nodes=1 storage='' target='' json=no pairs='' keep=''
while (($# > 0)); do
  case $1 in
    --rate) rate=${2:?}; shift ;;
    --seconds) seconds=${2:?}; shift ;;
    --hold) hold=${2:?}; shift ;;
    --nodes) nodes=${2:?}; shift ;;
    --storage) storage=${2:?}; shift ;;
    --target) target=${2:?}; shift ;;
    --pairs) pairs=${2:?}; shift ;;
    --keep) keep=${2:?}; shift ;;
    --json) json=yes ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
  esac
  shift
done
[[ $rate =~ ^[1-9][0-9]*$ && $seconds =~ ^[1-9][0-9]*$ ]] || die '--rate and --seconds are whole numbers'
[[ $nodes =~ ^[1-9]$ ]] || die '--nodes is 1 to 9'
[[ $hold =~ ^[0-9]+(\.[0-9]+)?$ ]] || die '--hold is seconds'
hold=$(awk -v h="$hold" -v m="$HOLD_SHORTEST" 'BEGIN { print (h < m ? m : h) }')
storage=${storage:-$( ((nodes > 1)) && echo postgresql || echo sqlite)}
[[ $storage == sqlite || $storage == postgresql ]] || die '--storage is sqlite or postgresql'
[[ $storage == postgresql || $nodes == 1 ]] || die 'several nodes need --storage postgresql'
for tool in sipp awk curl jq; do command -v "$tool" >/dev/null || die "$tool is missing (./test.sh installs it)"; done
[[ -n $target || $storage == postgresql ]] || command -v sqlite3 >/dev/null || die 'sqlite3 is missing (./test.sh installs it)'
[[ -n $pairs ]] || pairs=$(((rate + CALLS_PER_PAIR - 1) / CALLS_PER_PAIR))
((pairs >= nodes)) || pairs=$nodes
((rate >= pairs)) || die "--rate is at least the number of pairs ($pairs)"
((pairs <= 80)) || die 'too many pairs'

work=$(mktemp -d /tmp/tandem-bench.XXXXXX)
chmod 755 "$work"
pids=$work/processes
: >"$pids"
finish() {
  local status=$?
  trap - EXIT INT TERM
  end_remembered "$pids" || status=1
  if [[ -n $keep ]]; then mkdir -p "$keep" && cp -r "$work/." "$keep/" || true; fi
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

# A /24 of this run's own: callers .11…, answerers .101…, nodes .1…; every peer then has the standard port.
net=127.$((100 + $$ % 100)).$((1 + RANDOM % 250))
caller_ip() { printf '%s.%d' "$net" $((10 + $1)); }
vendor_ip() { printf '%s.%d' "$net" $((100 + $1)); }
node_ip() { printf '%s.%d' "$net" "$1"; }
prefix() { printf '88%02d' "$1"; }
pair_rate() { echo $((rate / pairs + ($1 <= rate % pairs ? 1 : 0))); }

configuration() {
  local i period
  period=$(awk -v h="$hold" 'BEGIN { print int(h) + 60 }')
  cat <<YAML
accounts:
  - { account: bench, name: Customer, openingBalance: 1000000, feeRateGroup: retail }
  - { account: vendor, name: Vendor, type: clearing, limitMoney: 1000000, feeRateGroup: wholesale }
rateGroups:
  - { name: retail, rates: [ { feePrefix: "88", areaName: Bench, fee: $FEE, period: $period } ] }
  - { name: wholesale, rates: [ { feePrefix: "88", areaName: Bench, fee: $COST, period: $period } ] }
mappingGateways:
YAML
  for ((i = 1; i <= pairs; i++)); do
    printf '  - { name: caller-%d, account: bench, remoteIps: ["%s"] }\n' "$i" "$(caller_ip "$i")"
  done
  echo 'routingGateways:'
  for ((i = 1; i <= pairs; i++)); do
    printf '  - { name: vendor-%d, prefix: ["%s"], remoteIp: "%s", signalPort: 5060, clearingAccount: vendor }\n' \
      "$i" "$(prefix "$i")" "$(vendor_ip "$i")"
  done
}

# User and system time in ticks of these processes, their threads and their waited-for children.
cpu_ticks() {
  local pid total=0 stat
  for pid in "$@"; do
    IFS= read -r stat 2>/dev/null <"/proc/$pid/stat" || continue
    # shellcheck disable=SC2086
    set -- ${stat##*) }
    total=$((total + ${12} + ${13} + ${14} + ${15}))
  done
  echo "$total"
}
descendants() {
  local pid
  for pid in "$@"; do
    echo "$pid"
    # shellcheck disable=SC2046
    [[ ! -r /proc/$pid/task/$pid/children ]] || cat "/proc/$pid/task/"*"/children" 2>/dev/null | tr ' ' '\n' | sed '/^$/d' |
      while read -r child; do descendants "$child"; done
  done
}
peak_kb() {
  local pid total=0 kb
  for pid in "$@"; do
    kb=$(awk '/^VmHWM:/ { print $2 }' "/proc/$pid/status" 2>/dev/null) || kb=0
    total=$((total + ${kb:-0}))
  done
  echo "$total"
}
micros_per_call() { # ticks calls
  awk -v t="$1" -v hz="$(getconf CLK_TCK)" -v n="$2" 'BEGIN { if (n > 0) printf "%d", t * 1000000 / hz / n; else print "null" }'
}
# Records and money are read from the tables, not asked of the switch: counting is not its work that is measured here.
query() {
  if [[ $storage == postgresql ]]; then
    PGPASSWORD=$(<"$work/pg/password") "$(postgres_bin)/psql" -h 127.0.0.1 -p "$(<"$work/pg/port")" -U tandem -d tandem -qtAc "$1"
  else
    [[ -n ${sqlite_file:-} ]] || sqlite_file=$(find_sqlite_file)
    sqlite3 -cmd '.timeout 5000' "$sqlite_file" "$1"
  fi
}
find_sqlite_file() {
  local file
  while read -r file; do
    if [[ -n $(sqlite3 "$file" "select 1 from sqlite_master where name = 'cdr'" 2>/dev/null) ]]; then
      echo "$file"
      return
    fi
  done < <(find "$work/node-1/data" -type f)
  die "no SQLite file with call records under the data directory"
}

switch_pids=() database_pid=''
targets=()
if [[ -n $target ]]; then
  targets=("$target")
else
  configuration >"$work/bench.yaml"
  TANDEM_API_KEY=$(random_hex 24)
  export TANDEM_API_KEY
  tandem_executable >/dev/null
  arguments=(--config "$work/bench.yaml" --storage "$storage")
  if [[ $storage == postgresql ]]; then
    postgres_up "$work/pg" "$pids"
    database_pid=$POSTGRES_PID
    arguments+=(--database "$POSTGRES_CONNECTION")
  fi
  seeds=''
  for ((i = 1; i <= nodes; i++)); do seeds+=${seeds:+,}$(node_ip "$i"):4053; done
  ((nodes == 1)) || arguments+=(--seeds "$seeds")
  for ((i = 1; i <= nodes; i++)); do
    start_node "node-$i" "$work/node-$i" "$pids" --sip "$(node_ip "$i"):5060" --http "$(node_ip "$i"):8080" \
      --akka "$(node_ip "$i"):4053" "${arguments[@]}"
    switch_pids+=("$NODE_PID")
    wait_ready "node $i" "$NODE_PID" "$work/node-$i" "$(node_ip "$i"):8080" 120
    targets+=("$(node_ip "$i"):5060")
  done
fi

# Warm up, so that the first seconds do not measure the compiler: each pair a few calls, with their records, not counted.
answerers=() callers=()
start_sipp() { # name directory arguments...
  local name=$1 dir=$2
  shift 2
  (cd "$dir" && exec sipp "$@" </dev/null >screen.log 2>stderr.log) &
  SIPP_PID=$!
  remember "$pids" "$name" "$SIPP_PID" || die "$name did not start: $(tail -n 5 "$dir/stderr.log" 2>/dev/null)"
}
for ((i = 1; i <= pairs; i++)); do
  mkdir -p "$work/uas-$i" "$work/uac-$i" "$work/warm-$i"
  if [[ -z $target ]]; then
    start_sipp "uas-$i" "$work/uas-$i" -sf "$here/scenarios/uas.xml" -i "$(vendor_ip "$i")" -p 5060 -mp $((10000 + 2 * i)) \
      -nostdin -trace_stat -stf stat.csv -fd 1 -buff_size 4194304 -trace_err -error_file errors.log
    answerers+=("$SIPP_PID")
  fi
done
sleep 0.5

start_caller() { # pair directory calls rate
  start_sipp "$2" "$work/$2" "${targets[$((($1 - 1) % ${#targets[@]}))]}" -sf "$here/scenarios/uac.xml" \
    -i "$(caller_ip "$1")" -p 5060 -mp $((20000 + 2 * $1)) -nostdin -s "$(prefix "$1")${5:-1}" \
    -d "$(awk -v h="$hold" 'BEGIN { printf "%d", h * 1000 }')" -m "$3" -r "$4" -l 200000 -buff_size 4194304 \
    -timeout "$((seconds + 120 + ${hold%.*}))" -trace_stat -stf stat.csv -fd 1 -trace_err -error_file errors.log \
    -trace_shortmsg -shortmessage_file short.log
}
warm_calls=0
if [[ -z $target ]]; then
  warm=()
  for ((i = 1; i <= pairs; i++)); do
    warm_rate=$(($(pair_rate "$i") < 100 ? $(pair_rate "$i") : 100))
    start_caller "$i" "warm-$i" $((warm_rate * 5)) "$warm_rate" 9
    warm_calls=$((warm_calls + warm_rate * 5))
    warm+=("$SIPP_PID")
  done
  for pid in "${warm[@]}"; do wait "$pid" || true; done
fi

balance_micros() { [[ -n $target ]] || query "select coalesce(sum(amount_micros), 0) from ledger where account = 'bench'"; }
records() { if [[ -z $target ]]; then query 'select count(*) from cdr'; else echo 0; fi; }
settled() { # wanted
  local have=0 tries=$((SETTLE_SECONDS * 2))
  [[ -z $target ]] || return 0
  while ((tries-- > 0)); do
    have=$(records)
    ((have < $1)) || return 0
    sleep 0.5
  done
  say "after $SETTLE_SECONDS s there are $have records, not $1"
}
settled "$warm_calls"
balance_before=$(balance_micros)
records_before=$(records)
# shellcheck disable=SC2046
ticks_before=$(cpu_ticks $(descendants "${switch_pids[@]}"))
database_before=$([[ -z $database_pid ]] || cpu_ticks $(descendants "$database_pid"))

for ((i = 1; i <= pairs; i++)); do
  start_caller "$i" "uac-$i" $(($(pair_rate "$i") * seconds)) "$(pair_rate "$i")"
  callers+=("$SIPP_PID")
done
healthy=true unhealthy=()
for ((i = 0; i < pairs; i++)); do
  code=0
  wait "${callers[i]}" || code=$?
  # 0: all went well; 1: some calls failed, which the figures show; anything else is the generator's own trouble.
  ((code <= 1)) || { healthy=false; unhealthy+=("caller $((i + 1)) ended with code $code"); }
done

# stat FILE COLUMN: the last value of a column of sipp's statistics.
stat() {
  [[ -s $1 ]] || { echo 0; return; }
  awk -F';' -v c="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i } END { print (k ? $k : 0) + 0 }' "$1"
}
offered=0 completed=0 failed=0 retransmissions=0
for ((i = 1; i <= pairs; i++)); do
  file=$work/uac-$i/stat.csv
  offered=$((offered + $(stat "$file" 'TotalCallCreated')))
  completed=$((completed + $(stat "$file" 'SuccessfulCall(C)')))
  failed=$((failed + $(stat "$file" 'FailedCall(C)')))
  retransmissions=$((retransmissions + $(stat "$file" 'Retransmissions(C)')))
  # Late starts: at no full second may a caller be more than 300 ms of calls behind (or ahead of) its plan.
  late=$(awk -F';' -v r="$(pair_rate "$i")" '
    NR == 1 { for (i = 1; i <= NF; i++) col[$i] = i; next }
    { split($col["StartTime"], s, "\t"); split($col["CurrentTime"], n, "\t"); t = n[3] - s[3]; made = $col["TotalCallCreated"]
      if (made > last) { lag = r * t - made; if (lag > worst) worst = lag }; last = made }
    END { printf "%d", worst / r * 1000 }' "$file")
  ((late <= 300)) || { healthy=false; unhealthy+=("caller $i was $late ms behind its plan"); }
  watchdog=$(stat "$file" 'WatchdogMajor(C)')
  ((watchdog == 0)) || { healthy=false; unhealthy+=("caller $i stood still for seconds"); }
done
((offered == rate * seconds)) || { healthy=false; unhealthy+=("$offered of $((rate * seconds)) calls were started"); }

# Records and money are written in groups after the calls.
settled $((records_before + offered))
# shellcheck disable=SC2046
switch_ticks=$(($(cpu_ticks $(descendants "${switch_pids[@]}")) - ticks_before))
if [[ -n $database_pid ]]; then
  # shellcheck disable=SC2046
  database_ticks=$(($(cpu_ticks $(descendants "$database_pid")) - database_before))
fi
peak=null cpu=null cpu_database=null cdrs=null charged=null expected=null
if [[ -z $target ]]; then
  peak=$(($(peak_kb "${switch_pids[@]}") / 1024))
  cpu=$(micros_per_call "$switch_ticks" "$completed")
  [[ -z $database_pid ]] || cpu_database=$(micros_per_call "$database_ticks" "$completed")
  cdrs=$(($(records) - records_before))
  charged=$(awk -v a="$balance_before" -v b="$(balance_micros)" 'BEGIN { printf "%.4f", (a - b) / 1000000 }')
  expected=$(awk -v n="$completed" -v f="$FEE" 'BEGIN { printf "%.4f", n * f }')
fi

for ((i = 1; i <= ${#answerers[@]}; i++)); do
  pid=${answerers[i - 1]}
  kill -s USR1 "$pid" 2>/dev/null || true # Finishes its calls, writes its figures, ends.
done
for ((i = 1; i <= ${#answerers[@]}; i++)); do
  pid=${answerers[i - 1]}
  tries=100
  while process_start "$pid" >/dev/null && ((tries-- > 0)); do sleep 0.1; done
  retransmissions=$((retransmissions + $(stat "$work/uas-$i/stat.csv" 'Retransmissions(C)')))
done

# INVITE sent to the first 18x, per call, in microseconds of sipp's message log.
cat "$work"/uac-*/short.log | awk -F'\t' '
  $6 !~ /^CSeq: *1 INVITE/ { next }
  $4 == "S" { if (!($5 in sent)) sent[$5] = $3; next }
  $7 ~ /^SIP\/2.0 18/ && ($5 in sent) && !($5 in done) { done[$5]; printf "%.3f\n", ($3 - sent[$5]) * 1000 }' |
  sort -n >"$work/setup"
percentile() {
  awk -v p="$1" -v n="$(wc -l <"$work/setup")" 'BEGIN { k = int(n * p); if (k < n * p) k++; if (k < 1) k = 1 }
    NR == k { printf "%s", $1; found = 1 } END { if (!found) printf "null" }' "$work/setup"
}
p50=$(percentile 0.50) p99=$(percentile 0.99) p999=$(percentile 0.999)

# A generator that repeats itself may only be short of time; with nothing else wrong the figures stand, but say so.
((retransmissions * 100 <= offered)) || { healthy=false; unhealthy+=("$retransmissions messages sent again"); }
for line in "${unhealthy[@]}"; do say "generator: $line"; done

if [[ $json == yes ]]; then
  jq -cn --argjson offered "$offered" --argjson completed "$completed" --argjson failed "$failed" \
    --argjson retransmissions "$retransmissions" --argjson setupMsP50 "$p50" --argjson setupMsP99 "$p99" \
    --argjson setupMsP999 "$p999" --argjson cpuMicrosPerCall "$cpu" --argjson cpuMicrosPerCallDatabase "$cpu_database" \
    --argjson peakRssMb "$peak" --argjson cdrs "$cdrs" --argjson moneyExpected "$expected" --argjson moneyCharged "$charged" \
    --argjson generatorHealthy "$healthy" '$ARGS.named'
else
  printf '%-28s %s\n' 'offered' "$offered" 'completed' "$completed" 'failed' "$failed" \
    'retransmissions' "$retransmissions" 'INVITE to 18x p50 (ms)' "$p50" 'INVITE to 18x p99 (ms)' "$p99" \
    'INVITE to 18x p99.9 (ms)' "$p999" 'CPU per call (µs)' "$cpu" 'CPU per call, database (µs)' "$cpu_database" \
    'peak memory (MB)' "$peak" 'records' "$cdrs" 'money expected' "$expected" 'money charged' "$charged" \
    'generator healthy' "$healthy"
fi
