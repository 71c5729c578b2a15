#!/bin/sh
# A machine with container runtimes, of packages that are only unpacked ($1), in mount and network namespaces of its
# own. What it writes is in $2, or nowhere. It waits until it is killed.
set -e
unpacked=$1
files=$2
hierarchy=$3

mkdir "$files/private"
mount -t tmpfs tmpfs "$files/private"
for top in usr etc; do
  mkdir "$files/private/$top" "$files/private/$top.work"
  mount -t overlay overlay /$top \
    -o "lowerdir=$unpacked/$top:/$top,upperdir=$files/private/$top,workdir=$files/private/$top.work"
done
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /var/lib
mkdir -p /run/netns /run/lock
ip link set lo up
# crun takes no hybrid of both versions (crun 1.8): it gets version 1 alone.
if [ "$hierarchy" = plain ] && [ -d /sys/fs/cgroup/unified ]; then umount /sys/fs/cgroup/unified; fi

mkdir -p /etc/containers
cat >/etc/containers/containers.conf <<END
[containers]
default_ulimits = ["nofile=10000:10000", "nproc=30000:30000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
END
cat >/etc/containers/storage.conf <<END
[storage]
driver = "vfs"
graphroot = "$files/private/graph"
runroot = "/run/graph"
END
echo '{"default":[{"type":"insecureAcceptAnything"}]}' >/etc/containers/policy.json

# What busybox alone makes of a system; each container's files are below a directory of its own.
mkdir -p "$files/root/bin" "$files/root/etc"
for directory in proc sys dev dev/pts dev/shm tmp usr var run root srv; do mkdir -p "$files/root/$directory"; done
cp /bin/busybox "$files/root/bin/"
for applet in sh sleep httpd cat echo kill true false wget; do ln -s busybox "$files/root/bin/$applet"; done
echo 'ID=test' >"$files/root/etc/os-release"
echo well >"$files/root/srv/index.html"
tar -C "$files/root" -c . | podman import --quiet - tiny >/dev/null

ip link add br0 type bridge forward_delay 0
ip address add 10.88.0.1/24 dev br0
ip link set br0 up
echo >"$files/ready"
exec sleep infinity
