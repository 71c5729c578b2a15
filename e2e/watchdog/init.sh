#!/bin/busybox sh
# Process 1 of the guest. The kernel's command line says what is to happen: scenario=NAME.
/bin/busybox mkdir -p /proc /sys /dev /run /tmp /sbin /usr/bin /usr/sbin /var/run /var/lib/corosync /var/log/corosync
/bin/busybox --install -s
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm
mount -t tmpfs shm /dev/shm
hostname n1
ip link set lo up
insmod /watchdog.ko
scenario=$(sed 's/.*scenario=\([a-z]*\).*/\1/' /proc/cmdline)
case $scenario in
  nowayout) insmod /softdog.ko nowayout=1 ;;
  *) insmod /softdog.ko ;;
esac
disk=
case $scenario in
  pill | lost)
    while read -r module; do insmod "/$module"; done </disk-modules
    until [ -b /dev/vda ]; do sleep 0.1; done
    disk='--node n1 --disk /dev/vda --disk-age 2'
    ;;
esac

# Uptime is the guest's own clock: the host may be busy.
mark() { echo "guest: $1 at $(cut -d' ' -f1 /proc/uptime)"; }
# wait_for WORDS FILE
wait_for() { until grep -q "$1" "$2" 2>/dev/null; do sleep 0.1; done; }
feed() {
  holdfast-watchdog --socket /run/watchdog.sock --timeout 3 --proof-age 2 $disk >>/run/states &
  feeder=$!
}
prove() {
  /bin/prove /run/watchdog.sock >>/run/heard &
  prover=$!
}
end() {
  cat /run/states
  mark "$1"
  poweroff -f
  sleep 60
}

corosync -f >/run/corosync.log 2>&1 &
corosync=$!
until corosync-quorumtool -s 2>&1 | grep -q 'Quorate: *Yes'; do sleep 0.2; done
mark 'quorate'
feed
prove
wait_for '"armed":true' /run/heard
cat /run/states
mark 'armed'

case $scenario in
  fed)
    sleep 6
    mark 'fed for longer than its timeout'
    # As an update of the package does.
    kill "$feeder"
    wait "$feeder"
    feed
    sleep 6
    mark 'fed by another process'
    kill -USR1 "$prover"
    wait_for '"armed":false,"feeding":false,"timeoutMs":3000' /run/states
    mark 'released'
    kill "$feeder"
    sleep 6
    end 'not needed any more'
    ;;
  nowayout)
    kill -USR1 "$prover"
    wait_for '"armed":false,"feeding":true' /run/states
    sleep 6
    mark 'released'
    prove
    wait_for '"armed":true.*"canDisarm":false' /run/states
    mark 'begins' && kill -STOP "$prover"
    ;;
  silent) mark 'begins' && kill -STOP "$prover" ;;
  killed) mark 'begins' && kill -KILL "$feeder" ;;
  # Two more nodes, which are not there.
  quorum) mark 'begins' && cp /corosync-of-three.conf /etc/corosync/corosync.conf && corosync-cfgtool -R ;;
  # The host leaves the pill when it reads this.
  pill) mark 'begins' && while :; do sleep 0.2 && mark 'runs'; done ;;
  lost) mark 'begins' && echo 1 >/sys/block/vda/device/../remove ;;
  corosync) mark 'begins' && kill -KILL "$corosync" ;;
esac
sleep 15
end 'not reset'
