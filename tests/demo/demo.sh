#!/usr/bin/env bash
# Two people talk through a server, on the screen. Everything lies in a directory that is gone
# afterwards; nothing waits by sleeping. Usage: tests/demo/demo.sh [DIRECTORY OF THE PROGRAMS]
set -euo pipefail

bin=${1:-$(dirname "${BASH_SOURCE[0]}")/../../build/bin}
readonly wait_s=20 # for any one event: a hundred times what it takes
work=$(mktemp -d)
declare -A pids=()

# The reader's own configuration, servers and profiles stay out of this.
unset UOD_SERVER UOD_PROFILE UOD_STATE_DIR
export HOME=$work XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data XDG_STATE_HOME=$work/state
: >"$work/server.toml"
mkfifo "$work/pipe"

bold='' dim='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
fi

narrate() { printf '\n%s%s%s\n' "$dim" "$*" "$plain"; }

finish() {
  local status=$? pid
  trap - EXIT
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  if ((status != 0)); then
    printf '\nThe demo did not go to its end. What the programs logged last:\n' >&2
    tail -n 15 "$work"/*.log >&2 || true
  fi
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

# wait_for TEXT FILE: until a line of the growing file holds the text. Pipes with names, here and
# below, because bash's nameless ones need /proc, which a bare chroot lacks.
wait_for() {
  local status=0 tail_pid
  tail -n +1 -f "$2" >"$work/pipe" &
  tail_pid=$!
  timeout "$wait_s" grep -qm1 -F -- "$1" <"$work/pipe" || status=$?
  kill "$tail_pid" 2>/dev/null || true
  wait "$tail_pid" 2>/dev/null || true
  ((status == 0)) || {
    printf 'Waited %s s in vain for "%s".\n' "$wait_s" "$1" >&2
    return 1
  }
}

# as WHO: from here on ${uod[@]} is that person's client.
as() {
  uod=("$bin/uod" --server "$address" --server-fingerprint "$fingerprint"
    --state-dir "$work/$1" --no-input)
}

# types WHO ARGS…: what WHO types, and what the program answers.
types() {
  printf '%s%s>%s uod %s\n' "$bold" "$1" "$plain" "${*:2}"
  as "$1"
  "${uod[@]}" "${@:2}" 2>>"$work/$1.log" | sed 's/^/       /'
}

# shows WHO: turns the events that WHO's `uod listen --json` prints into lines on the screen, and
# keeps them in a file to wait for.
shows() {
  local event name
  field() { [[ $event =~ \"$1\":\"?([^\",}]*) ]] && name=${BASH_REMATCH[1]}; }
  while IFS= read -r event; do
    field type || continue
    case $name in
      message)
        field from
        [[ $name != "$1" && $event =~ \"text\":\"([^\"]*)\" ]] || continue
        printf '       %s sees  %s: %s\n' "$1" "$name" "${BASH_REMATCH[1]}"
        ;;
      presence)
        field user
        local who=$name
        field online
        [[ $name == true ]] && name=online || name=away
        printf '       %s sees  (%s is %s)\n' "$1" "$who" "$name"
        ;;
      connection)
        field state
        printf '%s\n' "$name" >>"$work/$1.seen"
        ;;
    esac
  done | tee -a "$work/$1.seen"
}

listens() {
  : >"$work/$1.seen"
  printf '%s%s>%s uod listen\n' "$bold" "$1" "$plain"
  as "$1"
  mkfifo "$work/$1.pipe"
  shows "$1" <"$work/$1.pipe" &
  "${uod[@]}" --json listen >"$work/$1.pipe" 2>>"$work/$1.log" &
  pids[$1]=$!
  wait_for connected "$work/$1.seen"
}

leaves() {
  kill -TERM "${pids[$1]}"
  wait "${pids[$1]}" || true
  unset "pids[$1]"
}

# says FROM TO TEXT: sent, acknowledged, and seen by the other before the dialogue goes on.
says() {
  printf '%s%s>%s uod send %s "%s"\n' "$bold" "$1" "$plain" "$2" "$3"
  as "$1"
  "${uod[@]}" --json send "$2" "$3" >/dev/null 2>>"$work/$1.log"
  wait_for "$1: $3" "$work/$2.seen"
}

registers() {
  printf '%s%s>%s uod register --user %s --email %s@example.org\n' "$bold" "$1" "$plain" "$1" "$1"
  # A password for the length of a demo; never as an argument, where every process sees it.
  as "$1"
  head -c 18 /dev/urandom | base64 | "${uod[@]}" register --user "$1" \
    --email "$1@example.org" --password-stdin 2>>"$work/$1.log" | sed 's/^/       /'
}

narrate "A server starts: it makes its key and its database."
"$bin/uod-server" run --config "$work/server.toml" --data-dir "$work/server" \
  --listen 127.0.0.1:0 >"$work/server.out" 2>"$work/server.log" &
pids[server]=$!
wait_for "listening on " "$work/server.out"
read -r _ _ address _ fingerprint <"$work/server.out"
printf '%sserver>%s listening on %s fingerprint %s\n' "$bold" "$plain" "$address" "$fingerprint"

narrate "Alice and Bob each make an account. Their passwords never leave their machines."
registers alice
registers bob

narrate "They find each other."
types alice contacts search BO
types alice contacts add bob
types bob contacts add alice

narrate "Both listen, and talk."
listens alice
listens bob
says alice bob "Hello Bob. Can you hear me?"
says bob alice "Loud and clear. Who else can?"
says alice bob "Nobody on the way: it is TLS 1.3 from my machine to the server."
says bob alice "And if I go away now?"

narrate "Bob closes his client. Alice writes on."
leaves bob
types alice send bob "Then this waits for you."

narrate "Bob comes back: nothing is lost, and nothing is there twice."
types bob chats
types bob history alice

narrate "The server is told to end (SIGTERM): it answers what it accepted, and goes."
leaves alice
kill -TERM "${pids[server]}"
server_status=0
wait "${pids[server]}" || server_status=$?
unset "pids[server]"
((server_status == 0)) || {
  printf 'The server ended with status %s.\n' "$server_status" >&2
  exit 1
}
printf '\n%sTwo people have talked.%s Try it yourself: ./dev serve, and the tour in README.md.\n' \
  "$bold" "$plain"
