# Verbs that run a TypeScript file of the checkout. `NAME` in a path is the first argument,
# or `main` when there is no such file.

declare -A programs=(
  [demo]='e2e/demo/main.ts'
  [bench]='bench/NAME.ts'
  [sim]='src/sim/main.ts'
  [differ]='e2e/differ/main.ts'
  [hostile]='e2e/hostile/main.ts'
  [steady]='e2e/steady/main.ts'
  [lab]='e2e/lab/main.ts'
  [chaos]='e2e/chaos/main.ts'
)

program_help() {
  cat <<'END'
  demo [--vms]               a cluster on this machine, to look at; with virtual machines
  bench NAME [--json]        measure; without NAME it lists what there is
  sim                        the core under seeded faults, in virtual time
  differ                     compare decisions with another cluster manager's
  hostile [--seed N]         messages and requests from somebody who means harm: nothing may fail
  chaos [--seed N]           a real cluster under seeded faults: nothing may ever run twice
  steady [--for 30m]         a busy machine: no membership change, no fencing, no failed monitor
  lab                        machines of network namespaces, for the end-to-end tests and by hand
END
}

# run_program VERB ARGUMENTS...: the Node process takes this script's place, so signals reach it.
run_program() {
  local verb=$1 path=${programs[$1]}
  shift
  if [[ $path == *NAME* && -f ${path/NAME/${1:-}} ]]; then
    path=${path/NAME/$1}
    shift
  else
    path=${path/NAME/main}
  fi
  [[ -f $path ]] || die "$verb: there is no $path in this checkout$(choices "${programs[$verb]}")" 2
  exec node "$path" "$@"
}

choices() {
  [[ $1 == *NAME* ]] || return 0
  local file names=()
  for file in ${1/NAME/*}; do
    [[ ! -f $file || $file == *.test.ts ]] || names+=("$(basename "$file" .ts)")
  done
  printf '; there is: %s' "${names[*]:-nothing yet}"
}
