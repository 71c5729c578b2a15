#!/bin/busybox sh
# Process 1 of a guest that is a member of a cluster: Corosync, the daemon, the feeder and the kernel's own watchdog.
/bin/busybox mkdir -p /proc /sys /dev /run/holdfast /tmp /usr/bin /var/lib/corosync /var/lib/holdfast /var/log/corosync
/bin/busybox --install -s
export PATH=/usr/sbin:/usr/bin:/bin:/sbin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm
mount -t tmpfs shm /dev/shm
mount -t cgroup2 cgroup /sys/fs/cgroup
ln -s /run /var/run
while read -r module; do insmod "/$module"; done </modules
insmod /softdog.ko
hostname n3
ip link set lo up
ip address add 10.77.0.3/24 dev eth0
ip link set eth0 up

corosync -f >/run/corosync.log 2>&1 &
holdfast-watchdog --node n3 --timeout "$(cat /times/timeout)" --proof-age "$(cat /times/proof-age)" &
# Its own cgroup, as its unit gives it.
(
  mkdir -p /sys/fs/cgroup/system.slice/holdfastd.service
  sh -c 'echo $PPID' >/sys/fs/cgroup/system.slice/holdfastd.service/cgroup.procs
  exec chrt -r 1 /opt/holdfast/bin/holdfastd
) &
echo 'guest: up'
stop_daemon() {
  for process in /proc/[0-9]*; do
    grep -qs dist/holdfastd.js "$process/cmdline" && kill -STOP "${process#/proc/}"
  done
  echo 'guest: the daemon stands still'
}
# What the host types.
while read -r line; do eval "$line"; done </dev/console
while :; do sleep 1000; done
