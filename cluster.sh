#!/usr/bin/env bash
# A cluster on this machine: PostgreSQL and N nodes, each on a loopback address of its own.
#   ./cluster.sh up 3 [--config FILE]   starts them, waits until all are ready, prints addresses and the API key
#   ./cluster.sh status                 what runs
#   ./cluster.sh logs [N]               the last lines of node N, or of all
#   ./cluster.sh down [--purge]         ends exactly what it started; --purge also deletes the data
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib.sh
source "$here/scripts/lib.sh"

MAX_NODES=40
state=$here/.cluster
pids=$state/processes

usage() {
  sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

address() { printf '127.0.0.%d' $((10 + $1)); }

# One at a time: two "up" at once would start two clusters on the same addresses.
lock() {
  mkdir -p "$state"
  exec 9>"$state/lock"
  flock -n 9 || die "another cluster.sh is at work here"
}

anything_runs() {
  local name pid start
  [[ -f $pids ]] || return 1
  while read -r name pid start; do
    if same_process "$pid" "$start"; then return 0; fi
  done <"$pids"
  return 1
}

up() {
  local nodes=$1 config=$2 i seeds=''
  [[ $nodes =~ ^[0-9]+$ ]] && ((nodes >= 1 && nodes <= MAX_NODES)) || die "the number of nodes is 1 to $MAX_NODES"
  [[ -z $config || -r $config ]] || die "cannot read $config"
  lock
  if anything_runs; then
    say "the cluster is up already (./cluster.sh status, ./cluster.sh down)"
    exit 1
  fi
  rm -f "$pids"
  trap 'status=$?; trap - EXIT INT TERM; ((status == 0)) || { say "not started: ending what was begun"; end_remembered "$pids" || true; }; exit "$status"' EXIT
  trap 'exit 130' INT TERM

  tandem_executable >/dev/null
  if [[ ! -f $state/api-key ]]; then (umask 077 && random_hex 24 >"$state/api-key"); fi
  TANDEM_API_KEY=$(<"$state/api-key")
  export TANDEM_API_KEY

  say "starting PostgreSQL ..."
  postgres_up "$state/pg" "$pids"
  printf '%s\n' "$POSTGRES_CONNECTION" >"$state/database"
  chmod 600 "$state/database"

  for ((i = 1; i <= nodes; i++)); do seeds+=${seeds:+,}$(address "$i"):4053; done
  printf '%s\n' "$nodes" >"$state/nodes"
  local arguments=(--storage postgresql --database "$POSTGRES_CONNECTION" --seeds "$seeds")
  [[ -z $config ]] || arguments+=(--config "$(readlink -f "$config")")
  local -a node_pids=()
  for ((i = 1; i <= nodes; i++)); do
    say "starting node $i ..."
    mkdir -p "$state/node-$i"
    : >"$state/node-$i/log"
    start_node "node-$i" "$state/node-$i" "$pids" --sip "$(address "$i"):5060" --http "$(address "$i"):8080" \
      --akka "$(address "$i"):4053" "${arguments[@]}"
    node_pids[i]=$NODE_PID
    # The first one makes the tables and joins itself; the others then join it.
    ((i > 1)) || wait_ready "node $i" "$NODE_PID" "$state/node-$i" "$(address "$i"):8080" 90
  done
  for ((i = 2; i <= nodes; i++)); do
    wait_ready "node $i" "${node_pids[i]}" "$state/node-$i" "$(address "$i"):8080" 90
  done
  trap - EXIT INT TERM
  printed "$nodes"
  printf 'API key: %s\n' "$TANDEM_API_KEY"
}

printed() {
  local i
  for ((i = 1; i <= $1; i++)); do
    printf 'node %d  sip %s:5060  http http://%s:8080  akka %s:4053\n' "$i" "$(address "$i")" "$(address "$i")" "$(address "$i")"
  done
}

status() {
  local name pid start running=0 word
  [[ -f $pids ]] || { echo "the cluster is down"; return 0; }
  while read -r name pid start; do
    word=gone
    if same_process "$pid" "$start"; then
      word=running
      running=1
      if [[ $name == node-* ]]; then
        curl -fsS -m 2 -o /dev/null "http://$(address "${name#node-}"):8080/ready" 2>/dev/null && word='running, ready' \
          || word='running, not ready'
      fi
    fi
    printf '%-10s process %-8s %s\n' "$name" "$pid" "$word"
  done <"$pids"
  ((running == 0)) || [[ ! -f $state/nodes ]] || printed "$(<"$state/nodes")"
}

down() {
  lock
  if [[ ! -f $pids ]]; then say "the cluster is down already"; else
    end_remembered "$pids" || die "something is still there (above)"
    say "the cluster is down"
  fi
  if [[ $1 == purge ]]; then
    local link=$state/pg/data
    if [[ -L $link && $(readlink "$link") == /var/tmp/tandem-postgres.* ]]; then rm -rf "$(readlink "$link")"; fi
    find "$state" -mindepth 1 ! -name lock -delete
    say "its data is deleted"
  fi
}

logs() {
  local i dir
  for dir in "$state"/node-*; do
    [[ -d $dir ]] || continue
    i=${dir##*-}
    [[ -z $1 || $1 == "$i" ]] || continue
    printf '== node %s\n' "$i"
    tail -n 40 "$dir/log"
  done
}

case ${1:-} in
  up)
    nodes=${2:-3}
    config=''
    if [[ ${3:-} == --config ]]; then config=${4:?--config needs a file}; elif (($# > 2)); then usage; fi
    up "$nodes" "$config"
    ;;
  down)
    case ${2:-} in '') down keep ;; --purge) down purge ;; *) usage ;; esac
    ;;
  status) status ;;
  logs) logs "${2:-}" ;;
  *) usage ;;
esac
