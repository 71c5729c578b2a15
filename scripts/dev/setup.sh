# `./dev setup`: what is missing gets installed, what changed gets built; quick when there is nothing.

setup() {
  setup_debian
  setup_guest
  setup_hypervisor
  setup_containers
  setup_criu
  setup_packages
  setup_native
  setup_bundle
}

# --- Debian packages ---

setup_debian() {
  local missing
  missing=$(missing_debian_packages)
  [[ -n $missing ]] || return 0
  if ! is_root; then
    say "without root, left out Debian packages: ${missing//$'\n'/ }"
    return 0
  fi
  say "installing Debian packages: ${missing//$'\n'/ }"
  locked install_debian_packages $missing
}

missing_debian_packages() {
  command -v dpkg-query >/dev/null || return 0
  local wanted installed
  wanted=$(sed 's/ *#.*//; /^$/d' scripts/dev/debian-packages | sort)
  if command -v npm >/dev/null; then wanted=$(grep -vx npm <<<"$wanted"); fi
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
    sed -n 's/^installed //p' | sort) || true # dpkg-query fails when it does not know one of them
  comm -23 <(printf '%s\n' "$wanted") <(printf '%s\n' "$installed")
}

install_debian_packages() {
  export DEBIAN_FRONTEND=noninteractive
  local keep_services_down=
  if [[ ! -e /usr/sbin/policy-rc.d ]]; then keep_services_down=yes; fi
  (
    if [[ -n $keep_services_down ]]; then
      trap 'rm -f /usr/sbin/policy-rc.d' EXIT
      printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
      chmod 755 /usr/sbin/policy-rc.d
    fi
    apt-get update -qq </dev/null
    apt-get install -qq -y --no-install-recommends "$@" </dev/null >/dev/null
  ) || die "apt-get could not install: $*"
}

# --- the kernel of the guests in e2e/watchdog and e2e/machines ---

guest_modules=(watchdog softdog button failover net_failover virtio_pci virtio_pci_legacy_dev virtio_pci_modern_dev
  virtio virtio_ring virtio_net virtio_blk virtio_console evdev
  configfs scsi_common scsi_mod sd_mod target_core_mod target_core_file libcrc32c iscsi_target_mod
  scsi_transport_iscsi libiscsi libiscsi_tcp iscsi_tcp)
# What logs in to a disk of the guest in e2e/fencing, and what answers in those of e2e/machines; installed, they would start services.
guest_packages=(open-iscsi libopeniscsiusr qemu-guest-agent)

# Only unpacked: an installed kernel would be in this machine's boot menu.
setup_guest() {
  guest_is_there && return 0
  if [[ $(uname -m) != x86_64 ]] || ! is_root || ! command -v apt-get >/dev/null; then return 0; fi
  locked fetch_guest_kernel
}

fetch_guest_kernel() {
  guest_is_there && return 0 # another run did it while this one waited
  local package work=.cache/guest.new
  # apt-get update came with the packages; an older index names a version that is gone.
  package=$(guest_kernel_package) || { apt-get update -qq && package=$(guest_kernel_package); } || true
  [[ -n $package ]] || { say "left out the guest's kernel: no linux-image-cloud-amd64 here"; return 0; }
  say "unpacking $package for the tests in a guest"
  rm -rf "$work" && mkdir -p "$work/root"
  (
    cd "$work"
    apt-get download -qq "$package" 2>/dev/null || { apt-get update -qq && apt-get download -qq "$package"; }
    dpkg-deb --extract ./*.deb root
    mv root/boot/vmlinuz-* vmlinuz
    for module in "${guest_modules[@]}"; do
      find root/lib/modules -name "$module.ko" -exec mv {} . \;
    done
    rm -rf root ./*.deb
    apt-get download -qq "${guest_packages[@]}" 2>/dev/null
    for deb in ./*.deb; do dpkg-deb --extract "$deb" root; done
    find root -type f \( -name iscsistart -o -name qemu-ga -o -name 'libopeniscsiusr.so.*' \) -exec mv {} . \;
    rm -rf root ./*.deb
  ) || die "could not fetch $package"
  rm -rf .cache/guest && mv "$work" .cache/guest
}

guest_is_there() {
  local file
  for file in vmlinuz "${guest_modules[-1]}.ko" iscsistart qemu-ga; do
    [[ -e .cache/guest/$file ]] || return 1
  done
}

guest_kernel_package() {
  apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | grep .
}

# --- libvirt and sshd for e2e/agents/virsh.test.ts ---

# Only unpacked: installed, they would start services, add users and touch this machine's own sshd.
setup_hypervisor() {
  hypervisor_is_there && return 0
  if [[ $(uname -m) != x86_64 ]] || ! is_root || ! command -v apt-get >/dev/null; then return 0; fi
  locked fetch_hypervisor
}

hypervisor_packages=(libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients openssh-server)

hypervisor_is_there() { [[ -e .cache/hypervisor/usr/sbin/libvirtd ]]; }

fetch_hypervisor() {
  hypervisor_is_there && return 0 # another run did it while this one waited
  unpack_debs .cache/hypervisor "${hypervisor_packages[@]}"
}

# --- container runtimes for e2e/containers ---

# Only unpacked: installed, podman would come with a network of its own, and systemd would be upgraded.
setup_containers() {
  containers_are_there && return 0
  if ! is_root || ! command -v apt-get >/dev/null; then return 0; fi
  locked fetch_containers
}

container_packages=(runc crun podman conmon systemd-container)

containers_are_there() { [[ -e .cache/containers/usr/bin/podman && -e .cache/containers/usr/bin/systemd-nspawn ]]; }

fetch_containers() {
  containers_are_there && return 0 # another run did it while this one waited
  unpack_debs .cache/containers "${container_packages[@]}"
}

# unpack_debs DIRECTORY PACKAGE...
unpack_debs() {
  local place=$1 work=$PWD/$1.new deb top
  shift
  say "unpacking $* for the tests"
  rm -rf "$work" && mkdir -p "$work/debs/partial" "$work"/root/{etc,usr/{bin,sbin,lib},var}
  # apt-get update came with the packages; an older index names versions that are gone.
  fetch_debs "$work/debs" "$@" || { apt-get update -qq && fetch_debs "$work/debs" "$@"; } ||
    die "could not fetch $*"
  for deb in "$work"/debs/*.deb; do dpkg-deb --extract "$deb" "$work/root"; done
  # As on a machine whose /lib is a link to /usr/lib.
  for top in bin sbin lib; do
    if [[ -d $work/root/$top ]]; then cp -a "$work/root/$top/." "$work/root/usr/$top/"; fi
  done
  rm -rf "$place" && mv "$work/root" "$place" && rm -rf "$work"
}

# With everything that they need and that is not installed here.
fetch_debs() {
  local directory=$1
  shift
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends --reinstall \
    --download-only -o Dir::Cache::archives="$directory" "$@" </dev/null >/dev/null
}

# --- CRIU for e2e/containers/live.test.ts ---

# Debian 12 has none that is new enough. A later release's is unpacked beside its own C library, and started with its
# own loader: nothing of it gets into this machine. Where it cannot be fetched the tests say that they are left out.
setup_criu() {
  [[ -x .cache/criu/criu ]] && return 0
  if [[ $(uname -m) != x86_64 ]] || ! is_root || ! command -v apt-get >/dev/null; then return 0; fi
  locked fetch_criu
}

criu_release=forky

fetch_criu() {
  [[ -x .cache/criu/criu ]] && return 0 # another run did it while this one waited
  local work=$PWD/.cache/criu.new deb
  rm -rf "$work" && mkdir -p "$work"/{root,apt/{lists,cache/archives}/partial}
  if ! fetch_criu_debs "$work/apt"; then
    say "left out CRIU: Debian's $criu_release cannot be reached"
    rm -rf "$work"
    return 0
  fi
  say "unpacking CRIU of Debian's $criu_release for the tests"
  for deb in "$work"/apt/cache/archives/*.deb; do dpkg-deb --extract "$deb" "$work/root"; done
  rm -rf "$work/apt"
  cat >"$work/criu" <<'END'
#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
libraries=$root/usr/lib/x86_64-linux-gnu
exec "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" "$root/usr/sbin/criu" "$@"
END
  chmod 755 "$work/criu"
  rm -rf .cache/criu && mv "$work" .cache/criu
}

# From the archive that this machine has its own packages of, verified with Debian's keys, in lists of its own.
fetch_criu_debs() {
  local apt=$1 archive keys=/usr/share/keyrings/debian-archive-keyring.gpg
  [[ -e $keys ]] || return 1
  archive=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -m 1 '/debian/$') || return 1
  echo "deb [signed-by=$keys] $archive $criu_release main" >"$apt/sources.list"
  : >"$apt/status"
  local options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$apt/lists"
    -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache" -o APT::Architecture=amd64 -o Acquire::Languages=none
    -o Acquire::http::Timeout=20 -o Acquire::Retries=1 -o APT::Update::Error-Mode=any)
  apt-get "${options[@]}" update </dev/null >/dev/null 2>&1 &&
    apt-get "${options[@]}" install -y --no-install-recommends --download-only criu </dev/null >/dev/null 2>&1
}

# --- packages of package.json ---

setup_packages() {
  packages_are_current && return 0
  locked install_packages
}

# What is installed is marked by the sum of the lock file, inside node_modules: gone with it.
packages_are_current() {
  [[ -x node_modules/.bin/node ]] && [[ $(packages_stamp) == "$(cat node_modules/.stamp 2>/dev/null)" ]]
}

packages_stamp() { cat package.json package-lock.json .npmrc | sha256sum; }

install_packages() {
  packages_are_current && return 0 # another run did it while this one waited
  if ! lock_is_installed; then
    say 'installing the packages of package-lock.json'
    npm ci --loglevel=error --no-audit --no-fund </dev/null || die 'npm ci failed'
  fi
  link_node
  packages_stamp >node_modules/.stamp
}

# After `npm install SOMETHING` all is there already: do not take it away under a running test.
lock_is_installed() {
  [[ -x node_modules/.bin/node ]] && node scripts/lock-is-installed.ts
}

# Two packages bring `node`, one for each processor; npm links the one that it installed.
link_node() {
  [[ -x node_modules/.bin/node ]] && return 0
  local binary
  for binary in node_modules/node-linux-*/bin/node; do
    if [[ -x $binary ]]; then
      ln -sf "../${binary#node_modules/}" node_modules/.bin/node
      return 0
    fi
  done
  die "no package brings Node for $(uname -m); see optionalDependencies in package.json"
}

# --- the native addon and the bundle ---

setup_native() {
  [[ -x native/build.sh ]] || return 0
  rebuild_when_changed native/build/.stamp native_stamp native/build.sh
}

native_stamp() {
  { node --version; find native -path native/build -prune -o -type f -print0 | sort -z | xargs -0 cat; } |
    sha256sum
}

setup_bundle() { rebuild_when_changed dist/.stamp bundle_stamp bundle; }

bundle_stamp() {
  {
    cat node_modules/.stamp rolldown.config.ts
    find src -name '*.ts' ! -name '*.test.ts' -printf '%p %T@ %s\n' | sort
  } | sha256sum
}

# rebuild_when_changed STAMP_FILE STAMP_COMMAND BUILD_COMMAND
rebuild_when_changed() {
  [[ $($2) == "$(cat "$1" 2>/dev/null)" ]] && return 0
  locked rebuild "$@"
}

rebuild() {
  local stamp
  stamp=$($2)
  "$3" || die "$3 failed"
  mkdir -p "$(dirname "$1")"
  printf '%s\n' "$stamp" >"$1"
}

# Several runs in one checkout wait for one another where they write.
locked() {
  mkdir -p .cache
  (
    flock 9
    "$@" 9>&-
  ) 9>.cache/setup.lock
}
