# `./dev check`: everything that needs no run of the product. All parts run, then it fails if one did.

check() {
  local failed=()
  check_part 'types' tsc -b --pretty false
  check_part 'lint' oxlint
  check_part 'format' oxfmt --check .
  check_part 'boundaries' node scripts/boundaries.ts
  check_part 'unused code' knip --no-progress --no-config-hints
  ((${#failed[@]} == 0)) || die "check failed: $(printf '%s, ' "${failed[@]}" | sed 's/, $//')"
  say 'check passed: types, lint, format, boundaries, unused code'
}

# check_part NAME COMMAND...: quiet when it passes.
check_part() {
  local name=$1 output
  shift
  output=$(mktemp)
  if ! run env -u CI NO_COLOR=1 "$@" >"$output" 2>&1 </dev/null; then
    printf -- '--- %s: %s\n' "$name" "$*" >&2
    cat "$output" >&2
    failed+=("$name")
  fi
  rm -f "$output"
}
