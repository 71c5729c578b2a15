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

# Asks the group to end, as Ctrl-C in a terminal does (a run of tests then cleans up); what is left
# of it is ended by force, shell scripts' background jobs, which ignore Ctrl-C, among them.
end_child() {
  [[ -n $child ]] || return 0
  end_group INT 10 || end_group TERM 2 || end_group KILL 1
}

# end_group SIGNAL SECONDS: is the group gone within that time?
end_group() {
  local tenths=$(($2 * 10))
  kill "-$1" -- "-$child" 2>/dev/null || return 0
  while ((tenths-- > 0)); do
    group_lives || return 0
    sleep 0.1
  done
  return 1
}

# Has the group a process other than those that have ended and only wait for their parent to look?
group_lives() {
  kill -0 -- "-$child" 2>/dev/null || return 1
  ! command -v pgrep >/dev/null || pgrep -g "$child" -r D,R,S,T >/dev/null
}

trap 'end_child; exit 130' INT
trap 'end_child; exit 143' TERM
trap 'end_child; exit 129' HUP

is_root() { [[ $(id -u) == 0 ]]; }
