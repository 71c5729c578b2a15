#!/bin/sh
# A machine with libvirt and sshd, of packages that are only unpacked ($1). What it writes is in $2, or nowhere.
# It must be process 1 of namespaces of its own: all of it ends with that.
set -e
unpacked=$1
files=$2
[ $$ = 1 ] && [ -d "$files/private" ] || exit 2

mount -t tmpfs tmpfs "$files/private"
for top in usr etc var; do
  mkdir "$files/private/$top" "$files/private/$top.work"
  mount -t overlay overlay /$top \
    -o "lowerdir=$unpacked/$top:/$top,upperdir=$files/private/$top,workdir=$files/private/$top.work"
done
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/sshd /run/libvirt
# Where it exists it does not always work, and then nothing boots.
if [ -e /dev/kvm ]; then mount --bind /dev/null /dev/kvm; fi
ip link set lo up
hostname hypervisor

# The packages' scripts would have added these.
user() { grep -q "^$1:" /etc/passwd || echo "$1:x:$2:$2::/run:/usr/sbin/nologin" >>/etc/passwd; }
group() { grep -q "^$1:" /etc/group || echo "$1:x:$2:" >>/etc/group; }
user sshd 64050
user libvirt-qemu 64055
group libvirt-qemu 64055
group kvm 64056
group libvirt 64057
# No password, and yet not locked.
sed -i 's/^root:[^:]*/root:*/' /etc/shadow

cat >/etc/libvirt/libvirtd.conf <<END
host_uuid = "$(cat /proc/sys/kernel/random/uuid)"
auth_unix_rw = "none"
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
mkdir -p /var/lib/libvirt /var/cache/libvirt /var/log/libvirt

ssh-keygen -q -t ed25519 -N '' -f /run/host-key
ssh-keygen -q -t ed25519 -N '' -f "$files/key"
echo "[127.0.0.1]:2222 $(cat /run/host-key.pub)" >"$files/known-hosts"
/usr/sbin/sshd -f /dev/null -h /run/host-key -p 2222 -E "$files/sshd.log" -o ListenAddress=127.0.0.1 \
  -o AuthorizedKeysFile="$files/key.pub" -o StrictModes=no -o UsePAM=no -o PidFile=none \
  -o PermitRootLogin=prohibit-password -o PasswordAuthentication=no

libvirtd >"$files/libvirtd.log" 2>&1 &
until virsh --connect qemu:///system uri >/dev/null 2>&1; do
  kill -0 $! || exit 1
  sleep 0.05
done

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
