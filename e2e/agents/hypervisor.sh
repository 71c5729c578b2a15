#!/bin/sh
# A machine with libvirt and sshd, of packages that are only unpacked ($1). What it writes is in $2, or nowhere.
# It must be process 1 of namespaces of its own: all of it ends with that.
set -e
unpacked=$1
files=$2
[ $$ = 1 ] && [ -d "$files/private" ] || exit 2
. "$(dirname "$0")/libvirt.sh"

mount -t tmpfs tmpfs "$files/private"
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/sshd
lay "$unpacked" "$files/private"
ip link set lo up
hostname hypervisor

user sshd 64050
# No password, and yet not locked.
sed -i 's/^root:[^:]*/root:*/' /etc/shadow

ssh-keygen -q -t ed25519 -N '' -f /run/host-key
ssh-keygen -q -t ed25519 -N '' -f "$files/key"
echo "[127.0.0.1]:2222 $(cat /run/host-key.pub)" >"$files/known-hosts"
/usr/sbin/sshd -f /dev/null -h /run/host-key -p 2222 -E "$files/sshd.log" -o ListenAddress=127.0.0.1 \
  -o AuthorizedKeysFile="$files/key.pub" -o StrictModes=no -o UsePAM=no -o PidFile=none \
  -o PermitRootLogin=prohibit-password -o PasswordAuthentication=no

start_libvirt "$files/libvirtd.log"

cat >/run/guest.xml <<END
<domain type='qemu'>
  <name>n1</name><memory unit='MiB'>16</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <devices><emulator>/usr/bin/qemu-system-x86_64</emulator><memballoon model='none'/></devices>
</domain>
END
virsh --quiet --connect qemu:///system define /run/guest.xml
virsh --quiet --connect qemu:///system start n1
echo >"$files/ready"
wait
