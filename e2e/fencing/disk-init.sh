#!/bin/busybox sh
# Process 1 of the guest: one disk of the kernel's own iSCSI target, and a session with it for each of two nodes.
/bin/busybox mkdir -p /proc /sys /dev /run /tmp /sbin /usr/bin /usr/sbin /var/lib/corosync /var/log/corosync /var/run/cluster
/bin/busybox --install -s
export PATH=/usr/sbin:/usr/bin:/bin:/sbin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm
mount -t tmpfs shm /dev/shm
hostname n1
ip link set lo up
while read -r module; do insmod "/$module"; done </disk-modules
mkdir -p /etc/target /var/target/pr
mount -t configfs config /sys/kernel/config

target=/sys/kernel/config/target
mkdir -p $target/core/fileio_0/disk
truncate -s 8M /run/disk
echo fd_dev_name=/run/disk,fd_dev_size=8388608 >$target/core/fileio_0/disk/control
echo 1 >$target/core/fileio_0/disk/enable
# Not by loopback: there Linux 6.1 waits for ever in the middle of PREEMPT AND ABORT.
tpg=$target/iscsi/iqn.2000-01.guest:disk/tpgt_1
mkdir -p $tpg/np/127.0.0.1:3260 $tpg/np/127.0.0.2:3260 $tpg/lun/lun_0
ln -s $target/core/fileio_0/disk $tpg/lun/lun_0/port
echo 0 >$tpg/attrib/authentication
echo 1 >$tpg/attrib/generate_node_acls
echo 0 >$tpg/attrib/demo_mode_write_protect
echo 1 >$tpg/enable
# It logs in once to each address.
for number in 1 2; do
  iscsistart -i iqn.2000-01.guest:n$number -t iqn.2000-01.guest:disk -g 1 -a 127.0.0.$number -p 3260 >/run/login 2>&1 ||
    sed 's/^/guest: said: /' /run/login
done
for _ in $(seq 300); do [ -b /dev/sda ] && [ -b /dev/sdb ] && break; sleep 0.1; done
corosync -f >/run/corosync.log 2>&1 &
until corosync-cmapctl totem.cluster_name >/run/name 2>&1; do sleep 0.2; done

# as NODE PORT PROGRAM…: with the disk as that node sees it, and with what its agents have kept.
as() (
  mkdir -p "/run/$1/cluster"
  touch /dev/shared
  unshare -m sh -c 'mount --bind "/run/$1" /var/run && mount --bind "/dev/$2" /dev/shared && shift 2 && "$@"' - "$@"
)
port_of() { case $1 in n1) echo sda ;; *) echo sdb ;; esac; }
# fence NODE FILE: the agent on that node, with its input from the file.
fence() {
  as "$1" "$(port_of "$1")" sh -c 'fence_scsi <"$1" >/run/out 2>/run/errors' - "/asked/$2"
  echo "guest: $1 $2 exit $?"
  sed 's/^/guest: said: /' /run/errors
}
# writes NODE: past every cache.
writes() {
  if as "$1" "$(port_of "$1")" dd if=/dev/zero of=/dev/shared bs=4096 count=1 oflag=direct 2>/dev/null; then
    echo "guest: $1 writes"
  else
    echo "guest: $1 is refused"
  fi
}

while read -r verb node what; do $verb "$node" "$what"; done </story
echo 'guest: over'
poweroff -f
sleep 60
