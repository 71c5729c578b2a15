#!/bin/busybox sh
# Process 1 of a small guest: guest_lab serves at the address that the kernel's command line gives, and
# writes a growing number to its disk. The power button ends it, unless it is told to be deaf, and so does QEMU's
# guest agent where there is one: it runs /sbin/shutdown.
/bin/busybox mkdir -p /proc /sys /dev /usr/bin /usr/sbin
/bin/busybox --install -s
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci failover \
  net_failover virtio_net virtio_blk virtio_console button evdev; do
  insmod "/$module.ko"
done
option() { sed -n "s/.*\\b$1=\\([^ ]*\\).*/\\1/p" /proc/cmdline; }

ip link set lo up
ip address add "$(option address)/24" dev eth0
ip link set eth0 up
set -- # its disk, where it has one
[ -b /dev/vda ] && set -- /dev/vda
guest_lab "$@" &

if [ -x /bin/qemu-ga ]; then
  mkdir -p /run /var/run
  printf '#!/bin/sh\necho "guest: told by its agent" >/dev/console\npoweroff -f\n' >/sbin/shutdown
  chmod +x /sbin/shutdown
  (
    until port=$(grep -ls org.qemu.guest_agent.0 /sys/class/virtio-ports/*/name); do sleep 1; done
    exec qemu-ga --path "/dev/$(basename "${port%/name}")" --statedir /run
  ) &
fi
[ -n "$(option dirty)" ] && dirty_lab "$(option dirty)" &
echo 'guest: up'
[ -n "$(option deaf)" ] && while :; do sleep 1000; done
# The ACPI button as an input event; any event of it is a press.
for device in /sys/class/input/event*; do
  grep -qs 'Power Button' "$device/device/name" && button=/dev/input/${device##*/}
done
head -c 24 "$button" >/dev/null
echo 'guest: power button'
poweroff -f
