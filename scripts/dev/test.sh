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
      run vitest run --project "$part" --passWithNoTests --reporter=default --reporter=json \
        --outputFile.json=".cache/tests/$part.json" "$@" </dev/null || failed=yes
    fi
  done
  tally "$#" || failed=yes
  [[ -z $failed ]]
}

# Prints `N passed, N failed, N skipped`. With root all must run: then a skipped test is a failure,
# unless arguments chose among the tests.
tally() {
  local skips=allowed
  if is_root && [[ $1 == 0 ]]; then skips=forbidden; fi
  node scripts/tally.ts "$skips" .cache/tests/*.json
}
