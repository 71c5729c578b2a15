# `./dev build`: the bundles in dist/, see rolldown.config.ts.

build() {
  locked rebuild dist/.stamp bundle_stamp bundle
  say "built: $(find dist -maxdepth 1 -name '*.js' | sort | paste -sd ' ')"
}

bundle() { rolldown --config rolldown.config.ts --log-level warn </dev/null >/dev/null; }
