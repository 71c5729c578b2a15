# To be sourced: libvirt of packages that are only unpacked ($1), in namespaces that are somebody's own.
# What is written to the system stays in the directory $2, which is best in memory.
set -e

lay() {
  unpacked=$1
  private=$2
  for top in usr etc var; do
    mkdir -p "$private/$top" "$private/$top.work" "$private/$top.new"
    mount -t overlay overlay "$private/$top.new" \
      -o "lowerdir=$unpacked/$top:/$top,upperdir=$private/$top,workdir=$private/$top.work"
    # What is mounted there already stays to be seen.
    while read -r _ at _; do
      case $at in /"$top"/*) mount --bind "$at" "$private/$top.new${at#/"$top"}" ;; esac
    done </proc/self/mounts
    mount --rbind "$private/$top.new" "/$top"
  done
  # Where it exists it does not always work, and then nothing boots.
  if [ -e /dev/kvm ]; then mount --bind /dev/null /dev/kvm; fi
  configure
}

# The packages' scripts would have added these.
user() { grep -q "^$1:" /etc/passwd || echo "$1:x:$2:$2::/run:/usr/sbin/nologin" >>/etc/passwd; }
group() { grep -q "^$1:" /etc/group || echo "$1:x:$2:" >>/etc/group; }

configure() {
  user libvirt-qemu 64055
  group libvirt-qemu 64055
  group kvm 64056
  group libvirt 64057
  cat >/etc/libvirt/libvirtd.conf <<END
host_uuid = "$(cat /proc/sys/kernel/random/uuid)"
auth_unix_rw = "none"
listen_tls = 0
listen_tcp = 1
auth_tcp = "none"
END
  cat >/etc/libvirt/qemu.conf <<END
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
user = "root"
group = "root"
remember_owner = 0
END
  mkdir -p /run/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt
}

# Returns when it answers; it listens for other nodes, too.
start_libvirt() {
  "$unpacked/usr/sbin/libvirtd" --listen >"$1" 2>&1 &
  until virsh --connect qemu:///system uri >/dev/null 2>&1; do
    kill -0 $! || exit 1
    sleep 0.05
  done
}
