#!/bin/busybox sh
# Process 1 of a small guest: a web server at the address that the kernel's command line gives, and
# a number that grows on its disk, with the boot that wrote it. The power button ends it, unless it is told to be deaf.
/bin/busybox mkdir -p /proc /sys /dev /usr/bin /usr/sbin /www/cgi-bin
/bin/busybox --install -s
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci failover \
  net_failover virtio_net virtio_blk button evdev; do
  insmod "/$module.ko"
done
option() { sed -n "s/.*\\b$1=\\([^ ]*\\).*/\\1/p" /proc/cmdline; }

ip link set lo up
ip address add "$(option address)/24" dev eth0
ip link set eth0 up
cat /proc/sys/kernel/random/boot_id | tee /www/boot >/www/index.html
httpd -h /www
nc -ll -p 7 -e /bin/cat & # RFC 862: httpd keeps no connection, this does

if [ -b /dev/vda ]; then
  number=0
  while :; do
    number=$((number + 1))
    printf '%-16d%s\n' "$number" "$(cat /www/boot)" | dd of=/dev/vda bs=512 conv=sync,fsync 2>/dev/null
    echo "$number" >/www/number.new && mv /www/number.new /www/number
    sleep 0.1
  done &
fi
case $(option dirty) in
  '') ;;
  *)
    mount -t tmpfs memory /mnt -o "size=$(option dirty)m" 2>/dev/null || { mkdir /mnt && mount -t tmpfs memory /mnt; }
    while :; do dd if=/dev/zero of=/mnt/dirty bs=1M count="$(option dirty)" conv=notrunc 2>/dev/null; done &
    ;;
esac
echo 'guest: up'
[ -n "$(option deaf)" ] && while :; do sleep 1000; done
# The ACPI button as an input event; any event of it is a press.
for device in /sys/class/input/event*; do
  grep -qs 'Power Button' "$device/device/name" && button=/dev/input/${device##*/}
done
head -c 24 "$button" >/dev/null
echo 'guest: power button'
poweroff -f
