# Functions that cluster.sh and bench/calls.sh share. Sourced, never run.
# A process is always named by its number and its start time together: the kernel gives a number to somebody else later,
# but never with the same start time. Nothing here ends a process by name.

root_of_repository() { cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd; }

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# Start time of a process in clock ticks since boot; fails when there is none (or only a zombie).
process_start() {
  local stat
  # Not $(<file): when the process is gone, that ends the whole script in spite of "||".
  IFS= read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  stat=${stat##*) } # The name before it may hold blanks and brackets.
  # shellcheck disable=SC2086
  set -- $stat
  [[ $1 != Z && $1 != X ]] || return 1
  printf '%s\n' "${20}"
}

# same_process PID START: true while that very process runs.
same_process() {
  local now
  now=$(process_start "$1") && [[ $now == "$2" ]]
}

# remember FILE NAME PID: appends "name pid start" to FILE.
remember() {
  local start
  start=$(process_start "$3") || return 1
  printf '%s %s %s\n' "$2" "$3" "$start" >>"$1"
}

# end_process PID START SIGNAL SECONDS: asks with SIGNAL, insists with KILL after SECONDS; true when it is gone.
end_process() {
  local pid=$1 start=$2 signal=$3 tries=$(($4 * 10))
  same_process "$pid" "$start" || return 0
  kill -s "$signal" "$pid" 2>/dev/null || true
  while same_process "$pid" "$start" && ((tries-- > 0)); do sleep 0.1; done
  if same_process "$pid" "$start"; then
    say "process $pid did not end within $4 s after SIG$signal: killing it"
    kill -s KILL "$pid" 2>/dev/null || true
    tries=50
    while same_process "$pid" "$start" && ((tries-- > 0)); do sleep 0.1; done
  fi
  ! same_process "$pid" "$start"
}

# end_remembered FILE: ends what FILE lists, the last first. True when all are gone; FILE is then removed.
end_remembered() {
  local file=$1 name pid start left=0
  [[ -f $file ]] || return 0
  while read -r name pid start; do
    local signal=TERM
    [[ $name == postgres ]] && signal=INT # Fast shutdown: TERM would wait for every client.
    if end_process "$pid" "$start" "$signal" 30; then :; else
      say "$name (process $pid) is still there"
      left=1
    fi
  done < <(tac "$file")
  ((left == 0)) && rm -f "$file"
  return "$left"
}

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# A TCP port that nobody listens on now.
free_port() {
  local port tries=100
  while ((tries-- > 0)); do
    port=$((20000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { printf '%s\n' "$port"; return 0; }
  done
  die "no free port found"
}

postgres_bin() {
  local initdb
  # Debian's own place first; a link in the path may stand alone, without psql and postgres beside it.
  initdb=$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1) || true
  [[ -n $initdb ]] || initdb=$(readlink -f "$(command -v initdb)") || true
  [[ -n $initdb ]] || die "PostgreSQL is not installed: apt-get install postgresql (./test.sh does it)"
  dirname "$initdb"
}

# PostgreSQL refuses to run as root.
as_postgres() {
  if ((EUID == 0)); then
    setpriv --reuid=postgres --regid=postgres --init-groups -- env HOME=/tmp "$@"
  else
    "$@"
  fi
}

# postgres_up DIR PIDFILE: makes DIR when it is new, starts a server on a loopback port, sets POSTGRES_CONNECTION (Npgsql),
# POSTGRES_URI and POSTGRES_PID. DIR holds data/, port, password and log.
postgres_up() {
  local dir=$1 pids=$2 bin port password
  bin=$(postgres_bin)
  mkdir -p "$dir"
  if [[ ! -f $dir/password ]]; then (umask 077 && random_hex 16 >"$dir/password"); fi
  password=$(<"$dir/password")
  # A home of root's is closed to user postgres: its files then live in /var/tmp, and the link says where.
  if [[ ! -e $dir/data ]]; then
    if ((EUID == 0)); then
      chown postgres: "$dir"
      if ! as_postgres test -w "$dir"; then
        local elsewhere
        elsewhere=$(mktemp -d /var/tmp/tandem-postgres.XXXXXX)
        chown postgres: "$elsewhere"
        ln -sfn "$elsewhere" "$dir/data"
      else
        as_postgres mkdir -p "$dir/data"
      fi
    else
      mkdir -p "$dir/data"
    fi
  fi
  local data
  data=$(readlink -f "$dir/data")
  if [[ ! -f $data/PG_VERSION ]]; then
    local secret
    secret=$(mktemp)
    printf '%s\n' "$password" >"$secret"
    ((EUID != 0)) || chown postgres: "$secret"
    as_postgres "$bin/initdb" -D "$data" -U tandem -A scram-sha-256 --pwfile="$secret" -E UTF8 --locale=C \
      >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; rm -f "$secret"; die "initdb failed"; }
    rm -f "$secret"
  fi
  port=$(free_port)
  printf '%s\n' "$port" >"$dir/port"
  : >"$dir/log"
  if ((EUID == 0)); then
    setsid setpriv --reuid=postgres --regid=postgres --init-groups -- "$bin/postgres" -D "$data" -h 127.0.0.1 -p "$port" \
      -c unix_socket_directories='' -c max_connections=200 </dev/null >>"$dir/log" 2>&1 9>&- &
  else
    setsid "$bin/postgres" -D "$data" -h 127.0.0.1 -p "$port" -c unix_socket_directories='' -c max_connections=200 \
      </dev/null >>"$dir/log" 2>&1 9>&- &
  fi
  POSTGRES_PID=$!
  remember "$pids" postgres "$POSTGRES_PID" || { cat "$dir/log" >&2; die "PostgreSQL did not start"; }
  local tries=300
  export PGPASSWORD=$password
  until "$bin/psql" -h 127.0.0.1 -p "$port" -U tandem -d postgres -qtAc 'select 1' >/dev/null 2>&1; do
    ((tries-- > 0)) && kill -0 "$POSTGRES_PID" 2>/dev/null || { tail -n 20 "$dir/log" >&2; die "PostgreSQL did not start"; }
    sleep 0.1
  done
  if [[ -z $("$bin/psql" -h 127.0.0.1 -p "$port" -U tandem -d postgres -qtAc \
    "select 1 from pg_database where datname = 'tandem'") ]]; then
    "$bin/psql" -h 127.0.0.1 -p "$port" -U tandem -d postgres -qc 'create database tandem'
  fi
  unset PGPASSWORD
  # shellcheck disable=SC2034 # For the script that sources this.
  POSTGRES_CONNECTION="Host=127.0.0.1;Port=$port;Username=tandem;Password=$password;Database=tandem"
}

# The executable; TANDEM_BIN names another one. Builds it when it is missing.
tandem_executable() {
  local root exe
  root=$(root_of_repository)
  exe=${TANDEM_BIN:-$root/src/Node/bin/Release/net10.0/tandem}
  if [[ ! -x $exe ]]; then
    [[ -z ${TANDEM_BIN:-} ]] || die "TANDEM_BIN names $TANDEM_BIN, which is no executable file"
    say "building the switch (once) ..."
    dotnet build "$root/src/Node" -c Release --nologo -v q >&2 || die "the build failed"
  fi
  printf '%s\n' "$exe"
}

# start_node NAME DIR PIDFILE ARGUMENTS...: starts tandem serve in the background; sets NODE_PID. Its output is in DIR/log.
start_node() {
  local name=$1 dir=$2 pids=$3
  shift 3
  mkdir -p "$dir"
  setsid "$(tandem_executable)" serve --data "$dir/data" "$@" </dev/null >>"$dir/log" 2>&1 9>&- &
  # shellcheck disable=SC2034 # For the script that sources this.
  NODE_PID=$!
  remember "$pids" "$name" "$NODE_PID" || { tail -n 20 "$dir/log" >&2; die "$name did not start"; }
}

# wait_ready NAME PID DIR HTTP SECONDS: until GET /ready says 200.
wait_ready() {
  local name=$1 pid=$2 dir=$3 http=$4 tries=$(($5 * 5))
  until curl -fsS -m 2 -o /dev/null "http://$http/ready" 2>/dev/null; do
    process_start "$pid" >/dev/null || { tail -n 30 "$dir/log" >&2; die "$name ended before it was ready"; }
    ((tries-- > 0)) || { tail -n 30 "$dir/log" >&2; die "$name is not ready after $5 s"; }
    sleep 0.2
  done
}
