# `./dev test [--unit|--e2e] [vitest arguments]`: check, then unit and scenario tests, then end to end.

run_tests() {
  local parts=(unit e2e) named= failed= part
  case ${1:-} in
    --unit) parts=(unit) named=yes && shift ;;
    --e2e) parts=(e2e) named=yes && shift ;;
  esac
  check
  rm -rf .cache/tests
  for part in "${parts[@]}"; do
    if [[ $part == e2e ]] && ! is_root; then
      say 'left out: the end-to-end tests (e2e/), which need root'
      [[ -z $named ]] || exit 1
    else
      run "run_$part" "$@" || failed=yes
    fi
  done
  tally "$#" || failed=yes
  [[ -z $failed ]]
}

# On all cores: nothing else runs meanwhile, and one less would be half of two.
run_unit() { run_project unit --maxWorkers=100% "$@"; }

# Clusters on a Corosync one after the other; beside them what bears company, told when both have ended.
run_e2e() {
  local failed= beside
  mkdir -p .cache/tests
  run_stories e2e-beside "$@" >.cache/tests/beside.log 2>&1 &
  beside=$!
  run_stories e2e "$@" || failed=yes
  wait "$beside" || failed=yes
  cat .cache/tests/beside.log
  [[ -z $failed ]]
}

# run_stories NAME [vitest arguments]: when all were to run, the few files that failed are tried once more.
run_stories() {
  run_project "$@" && return
  [[ $# == 1 ]] || return 1
  local report=.cache/tests/$1.json again=.cache/tests/again/$1.json files
  files=$(node scripts/second-try.ts files "$report") || return 1
  say "once more from the beginning: ${files//$'\n'/ }"
  vitest run --project "$1" --reporter=default --reporter=json --outputFile.json="$again" $files </dev/null || true
  node scripts/second-try.ts put "$again" "$report"
}

# run_project NAME [vitest arguments]
run_project() {
  vitest run --project "$1" --passWithNoTests --reporter=default --reporter=json \
    --outputFile.json=".cache/tests/$1.json" "${@:2}" </dev/null
}

# Prints `N passed, N failed, N skipped`. With root all must run: then a skipped test is a failure,
# unless arguments chose among the tests.
tally() {
  local skips=allowed
  if is_root && [[ $1 == 0 ]]; then skips=forbidden; fi
  node scripts/tally.ts "$skips" .cache/tests/*.json
}
