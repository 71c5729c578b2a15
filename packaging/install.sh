#!/bin/sh
# Installs what `./dev setup` has built: programs, systemd units, manual pages, completion.
#
#   packaging/install.sh [--prefix DIR] [--destdir DIR] [--remove]
#
#   --prefix DIR   where it runs from: /usr/local; a package says /usr
#   --destdir DIR  put it below DIR instead and change nothing of this machine: for a package
#   --remove       take away what was installed; state, configuration and services stay
#
# It brings its own Node: on the machine nothing is needed but Corosync and agents. A daemon that
# runs goes on as it is until it is restarted, with the files that it was started from.
set -eu
umask 022
cd "$(dirname "$(readlink -f "$0")")/.."

prefix=/usr/local
destdir=
act=put

fail() {
  echo "install: $1" >&2
  exit "${2:-1}"
}

usage() {
  sed -n '2,/^set/s/^# \{0,1\}//p' packaging/install.sh >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
    --prefix | --destdir)
      case ${2:-} in /*) ;; *) fail "$1 needs an absolute path" 2 ;; esac
      if [ "$1" = --prefix ]; then prefix=$2; else destdir=$2; fi
      shift 2
      ;;
    --remove) act=take && shift ;;
    *) usage ;;
  esac
done

lib=$destdir$prefix/lib
units="holdfastd.service holdfast-leave.service holdfast-watchdog.service"
# Drop-ins for all units whose names begin like this.
scopes="libpod-.scope.d docker-.scope.d"

put() {
  is_built || fail 'not built yet: run ./dev setup'
  put_programs
  put_command bin holdfast '' ''
  # As bin/holdfastd; why, says docs/decisions/memory.md.
  put_command sbin holdfastd 'export MALLOC_ARENA_MAX=1; ' '--max-semi-space-size=2 --no-parallel-scavenge --no-memory-reducer --no-flush-bytecode '
  for link in holdfast-poison fence_pill; do
    mkdir -p "$destdir$prefix/sbin"
    ln -sfT ../lib/holdfast/holdfast-poison "$destdir$prefix/sbin/$link"
  done
  for unit in $units; do
    sed "s,/usr/\(s\?bin\|lib\)/holdfast,$prefix/\1/holdfast," "packaging/systemd/$unit" |
      put_file "$lib/systemd/system/$unit"
  done
  for scope in $scopes; do
    put_file "$lib/systemd/system/$scope/50-holdfast.conf" <packaging/systemd/scope.conf
  done
  put_file "$lib/sysusers.d/holdfast.conf" <packaging/systemd/holdfast.sysusers
  for page in packaging/man/*.[1-8]; do
    [ ! -f "$page" ] || put_file "$destdir$prefix/share/man/man${page##*.}/${page##*/}" <"$page"
  done
  for example in examples/*; do
    put_file "$destdir$prefix/share/doc/holdfast/examples/${example##*/}" <"$example"
  done
  put_completion bash bash-completion/completions/holdfast
  put_completion zsh zsh/site-functions/_holdfast
  put_completion fish fish/vendor_completions.d/holdfast.fish
  [ -n "$destdir" ] || tell_machine
}

is_built() {
  [ -e dist/holdfastd.js ] && [ -e native/build/holdfast.node ] && [ -e node_modules/.bin/node ]
}

# A directory of its own for each build, and a link to the one in use: what runs keeps its files.
put_programs() {
  built="native/build/holdfast-launch native/build/holdfast-supervise native/build/holdfast.node"
  built="$built native/build/holdfast-watchdog native/build/holdfast-poison"
  # shellcheck disable=SC2086 # a list of words
  build=holdfast-$(cat dist/*.js $built native/build/libexec/crm-tool node_modules/.bin/node |
    sha256sum | cut -c1-12)
  former=$(readlink "$lib/holdfast" || true)
  mkdir -p "$lib"
  if [ ! -d "$lib/$build" ]; then
    rm -rf "$lib/.$build"
    mkdir "$lib/.$build"
    # shellcheck disable=SC2086 # a list of words
    cp dist/*.js $built LICENSE "$lib/.$build"
    cp -R native/build/libexec "$lib/.$build/libexec"
    cp -L node_modules/.bin/node "$lib/.$build/node"
    cp node_modules/node-linux-*/LICENSE "$lib/.$build/LICENSE.node"
    echo '{ "type": "module" }' >"$lib/.$build/package.json"
    mv "$lib/.$build" "$lib/$build"
  fi
  ln -sfT "$build" "$lib/.holdfast-link"
  mv -T "$lib/.holdfast-link" "$lib/holdfast"
  for old in "$lib"/holdfast-????????????; do
    case ${old##*/} in "$build" | "$former") ;; *) rm -rf "$old" ;; esac
  done
}

# put_command DIRECTORY NAME BEFORE NODE_OPTIONS
put_command() {
  put_file "$destdir$prefix/$1/$2" <<SCRIPT
#!/bin/sh
$3exec $prefix/lib/holdfast/node $4$prefix/lib/holdfast/$2.js "\$@"
SCRIPT
  chmod 755 "$destdir$prefix/$1/$2"
}

put_completion() {
  "$lib/holdfast/node" "$lib/holdfast/holdfast.js" completion "$1" | put_file "$destdir$prefix/share/$2"
}

# Standard input becomes the file, at once.
put_file() {
  mkdir -p "$(dirname "$1")"
  cat >"$1.new"
  mv -T "$1.new" "$1"
}

tell_machine() {
  if command -v systemd-sysusers >/dev/null; then
    systemd-sysusers "$lib/sysusers.d/holdfast.conf"
  elif ! getent group holdfast >/dev/null; then
    groupadd --system holdfast
  fi
  [ ! -d /run/systemd/system ] || systemctl daemon-reload
  echo "Installed below $prefix. On each node, when Corosync runs:"
  echo '    systemctl enable --now holdfastd holdfast-leave'
  echo 'After an update: systemctl restart holdfastd (no service stops).'
}

take() {
  if [ -z "$destdir" ] && [ -d /run/systemd/system ] && systemctl is-active -q holdfastd; then
    fail 'holdfastd runs here: "holdfast node stop --here --wait" moves its resources away, then
         "systemctl disable --now holdfastd holdfast-leave" ends it'
  fi
  for unit in $units; do rm -f "$lib/systemd/system/$unit"; done
  for scope in $scopes; do
    rm -f "$lib/systemd/system/$scope/50-holdfast.conf"
    rmdir "$lib/systemd/system/$scope" 2>/dev/null || true
  done
  rm -f "$lib/sysusers.d/holdfast.conf" "$destdir$prefix/bin/holdfast" "$destdir$prefix/sbin/holdfastd" \
    "$destdir$prefix/sbin/holdfast-poison" "$destdir$prefix/sbin/fence_pill"
  for page in packaging/man/*.[1-8]; do
    rm -f "$destdir$prefix/share/man/man${page##*.}/${page##*/}"
  done
  share=$destdir$prefix/share
  rm -f "$share/bash-completion/completions/holdfast" "$share/zsh/site-functions/_holdfast" \
    "$share/fish/vendor_completions.d/holdfast.fish"
  rm -rf "$share/doc/holdfast" "$lib/holdfast" "$lib"/holdfast-????????????
  [ -n "$destdir" ] || [ ! -d /run/systemd/system ] || systemctl daemon-reload
}

if [ -z "$destdir" ] && [ "$(id -u)" != 0 ]; then fail 'needs root, or --destdir'; fi
$act
