# Running children so that nothing outlives the script.

say() { printf 'dev: %s\n' "$*" >&2; }

die() {
  say "$1"
  exit "${2:-1}"
}

child=

# Runs a command in a process group of its own; Ctrl-C, a hang-up or a TERM end the whole group.
run() {
  local status=0
  set -m
  "$@" &
  child=$!
  set +m
  wait "$child" || status=$?
  child=
  return "$status"
}

# Asks the group to end, as Ctrl-C in a terminal does, and ends it by force after ten seconds.
end_child() {
  [[ -n $child ]] || return 0
  kill -INT -- "-$child" 2>/dev/null || return 0
  for _ in {1..100}; do
    kill -0 -- "-$child" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL -- "-$child" 2>/dev/null || true
}

trap 'end_child; exit 130' INT
trap 'end_child; exit 143' TERM
trap 'end_child; exit 129' HUP

is_root() { [[ $(id -u) == 0 ]]; }
