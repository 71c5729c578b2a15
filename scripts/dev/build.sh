# `./dev build`: the bundles in dist/, see rolldown.config.ts.

build() { rebuild_bundle && say "built $(cd dist && ls -1 ./*.js 2>/dev/null | paste -sd ' ')"; }

rebuild_bundle() { locked rebuild dist/.stamp bundle_stamp bundle; }

bundle() { rolldown --config rolldown.config.ts --log-level warn </dev/null >/dev/null; }
