/** A real systemd as process 1 on a node of the laboratory, with a system bus and Corosync's unit. */
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { descendantsOf } from '../lab/host.ts';
import { busiest, lastWords } from '../lab/last-words.ts';
import type { LabNode } from '../lab/node.ts';
import { run, runOrThrow, until } from '../lab/run.ts';
import type { RunResult } from '../lab/run.ts';
import { repository } from '../lab/toolchain.ts';

export interface SystemdMachine {
  /** Runs a program beside systemd's services, whatever comes of it. */
  readonly run: (...argv: readonly string[]) => Promise<RunResult>;
  /** As `run`, but a failure throws; answers what the program printed, without white space around. */
  readonly ask: (...argv: readonly string[]) => Promise<string>;
  /** A property of a unit, as `systemctl show` has it. */
  readonly property: (unit: string, name: string) => Promise<string>;
  /** Settles when process 1 has ended: the machine is down. */
  readonly ended: Promise<unknown>;
}

/**
 * A pid namespace within the node, whose network, host name and /run it keeps. Its own are
 * /usr/local, into which Holdfast is installed, and a /etc that it may write to. Units are read from
 * where an administrator, this test and the installation put them, not from this machine's own, so
 * that nothing of its boot is repeated; but Corosync's unit is Debian's.
 */
const script = `set -e
install=$1 local=$2
mount --bind "$local" /usr/local
cd /run
mkdir -p etc/upper etc/work kept dbus
for place in corosync holdfast nginx; do mkdir kept/$place; mount --bind /etc/$place kept/$place; done
touch kept/hosts; mount --bind /etc/hosts kept/hosts
mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work overlay /etc
for place in corosync holdfast nginx hosts; do mount --bind kept/$place /etc/$place; done
mount -t tmpfs tmpfs /etc/systemd/system
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
"$install" > /var/log/install.log # before there is a systemd to be told of it
mkdir -p systemd/system
cd systemd/system
for target in basic sysinit network-online time-sync remote-fs; do
  printf "[Unit]\\nDefaultDependencies=no\\n" > $target.target
done
printf "[Unit]\\nRequires=basic.target\\nAfter=basic.target\\nWants=dbus.service\\n" > multi-user.target
printf "[Unit]\\nDefaultDependencies=no\\n[Socket]\\nListenStream=/run/dbus/system_bus_socket\\n" > dbus.socket
{ printf "[Unit]\\nDefaultDependencies=no\\nRequires=dbus.socket\\n[Service]\\nType=notify\\nNotifyAccess=main\\n"
  printf "ExecStart=/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile --systemd-activation\\n"
} > dbus.service
for unit in shutdown.target umount.target final.target poweroff.target systemd-poweroff.service corosync.service; do
  ln -s /lib/systemd/system/$unit .
done
cp /run/lab/units/* .
mkdir corosync.service.d holdfastd.service.d # there is no journal here
printf "[Service]\\nStandardOutput=append:/var/log/corosync/stdio.log\\n" > corosync.service.d/log.conf
printf "[Service]\\nStandardOutput=append:/var/log/holdfast/holdfastd.log\\n" > holdfastd.service.d/log.conf
exec env -i PATH="$PATH" container=lab \\
  SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/systemd/system:/usr/local/lib/systemd/system \\
  /lib/systemd/systemd --system --unit=multi-user.target --log-target=console --log-level=warning`;

/** Boots it, with Holdfast installed and these units of the test's own; nothing of them is started. */
export async function bootSystemd(
  node: LabNode,
  shared: string,
  units: Readonly<Record<string, string>>,
): Promise<SystemdMachine> {
  mkdirSync(join(shared, 'units'), { recursive: true });
  for (const [name, text] of Object.entries(units))
    writeFileSync(join(shared, 'units', name), text);
  const local = join(node.directory, 'local');
  mkdirSync(local, { recursive: true });
  const namespaces =
    '--fork --kill-child --pid --mount --mount-proc --cgroup --propagation private';
  const install = join(repository, 'packaging', 'install.sh');
  const child = node.spawn(
    ['unshare', ...namespaces.split(' '), '--', 'sh', '-c', script, 'sh', install, local],
    { cgroup: 'machine' },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (piece: Buffer) => (said += piece.toString()));
  const ended = once(child, 'exit');
  let pid: number | undefined;
  await until('systemd is process 1', () => {
    if (child.exitCode !== null) throw new Error(`no systemd: ${said}`);
    pid = descendantsOf(child.pid ?? 0).find(({ name }) => name === 'systemd')?.pid;
    return pid !== undefined;
  });
  const machine = machineAt(['nsenter', '-a', '-t', String(pid), '--'], ended, () =>
    [said, lastWords(node.directory), busiest()].join('\n'),
  );
  const bus = async () => (await machine.run('busctl', 'status', busName)).code === 0;
  await until('systemd is on the bus', bus, 20_000, 50);
  return machine;
}

const busName = 'org.freedesktop.systemd1';

/** `said`: what is told of the machine when a program fails in it. */
function machineAt(
  enter: readonly string[],
  ended: Promise<unknown>,
  said: () => string,
): SystemdMachine {
  const ask: SystemdMachine['ask'] = async (...argv) => {
    try {
      return (await runOrThrow([...enter, ...argv])).trim();
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${said()}`, { cause: error });
    }
  };
  return {
    run: (...argv) => run([...enter, ...argv]),
    ask,
    property: (unit, name) => ask('systemctl', 'show', '--value', `--property=${name}`, unit),
    ended,
  };
}
