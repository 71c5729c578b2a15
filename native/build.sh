#!/bin/sh
# Builds native/build/holdfast.node, and the small programs beside it, with the C compiler and the
# headers that come with the Node of node_modules. Does nothing when they are newer than their
# sources. CC and CFLAGS are respected.
set -eu
cd "$(dirname "$0")"

fail() {
  echo "native/build.sh: $1" >&2
  exit 1
}

case "$(uname -m)" in
  x86_64) platform=x64 ;;
  aarch64) platform=arm64 ;;
  *) fail "no Node headers for $(uname -m): only x86_64 and aarch64 are supported" ;;
esac
headers=../node_modules/node-linux-$platform/include/node
compiler=${CC:-cc}
out=build/holdfast.node
sources="holdfast.c announce.c connection.c libraries.c process.c system.c"

newest=$(ls -t "$out" build.sh ./*.c ./*.h 2>/dev/null | head -n 1)
programs="launch supervise watchdog poison"
for program in $programs; do [ -x "build/holdfast-$program" ] || newest=missing; done
# What resource agents call, each a link to one program, and links to what some look for beside it
# because their HA_SBIN_DIR is this directory (nfsnotify and clvm of resource-agents).
tools="crm_attribute crm_master attrd_updater crm_node crm_resource crm_mon cibadmin pacemakerd"
system_tools="sm-notify clvmd cmirrord lvmconf"
for tool in crm-tool $tools; do [ -x "build/libexec/$tool" ] || newest=missing; done
if [ "$newest" = "$out" ] && [ "${1:-}" != --force ]; then exit 0; fi
[ -f "$headers/node_api.h" ] || fail "$headers is missing: run 'npm ci' first"
command -v "$compiler" >/dev/null || fail "no C compiler '$compiler': install gcc (Debian: apt install gcc libc6-dev)"

flags="-std=gnu11 -O2 -fPIC -fvisibility=hidden -pthread -Wall -Wextra -Wshadow -Wstrict-prototypes"
flags="$flags -fstack-protector-strong -D_FORTIFY_SOURCE=2 -Wl,-z,relro,-z,now ${CFLAGS:-}"
mkdir -p build
if echo '#include <corosync/quorum.h>' | "$compiler" -E - >/dev/null 2>&1; then
  "$compiler" -std=gnu11 -fsyntax-only -I"$headers" abi-check.c || fail "corosync.h differs from Corosync's headers"
fi
# The programs first: the addon is the newest file when all is built.
for program in $programs; do
  # shellcheck disable=SC2086 # a list of words
  "$compiler" $flags -o "build/holdfast-$program.$$" "$program.c" || fail "the compiler refused $program.c"
  mv "build/holdfast-$program.$$" "build/holdfast-$program"
done
mkdir -p build/libexec
# shellcheck disable=SC2086 # a list of words
"$compiler" $flags -o "build/libexec/crm-tool.$$" crm-tool.c crm-http.c || fail "the compiler refused crm-tool.c"
mv "build/libexec/crm-tool.$$" build/libexec/crm-tool
for tool in $tools; do ln -sf crm-tool "build/libexec/$tool"; done
ln -sf ../holdfast-poison build/libexec/fence_pill
for tool in $system_tools; do ln -sf "/usr/sbin/$tool" "build/libexec/$tool"; done
# Written beside and renamed: a running daemon keeps the file that it has mapped.
# shellcheck disable=SC2086 # both are lists of words
"$compiler" $flags -shared -I"$headers" -o "$out.$$" $sources || fail "the compiler refused the addon"
mv "$out.$$" "$out"
