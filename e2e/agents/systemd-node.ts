/** A machine of namespaces with a real systemd as process 1 and a system bus. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, removeCgroup, startProcess, type StageOptions } from './stage.ts';

export interface SystemdNode {
  /** Runs a program inside; its standard output. Throws when it fails. */
  inside(...argv: readonly [string, ...string[]]): Promise<string>;
  /** Writes a unit; it is read after `daemon-reload`. */
  unit(name: string, text: string): Promise<void>;
  /** A stage whose driver is a unit with these properties, as the daemon is one. */
  asUnit(
    properties: readonly string[],
    words?: readonly string[],
  ): StageOptions & { readonly name: string };
  /** A stage whose driver is no unit, so that it outlives the bus. */
  readonly asProcess: StageOptions;
  /** Resolves when process 1 has ended. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/**
 * The node has a cgroup of its own as root of a cgroup namespace, mounted as pure v2: systemd would
 * otherwise make its slices in the machine's root, and set the machine's /sys/fs/cgroup read-only.
 * It reads units from /run alone, so that nothing of this machine's boot is repeated.
 */
const script = `set -e
echo $$ > "$1/cgroup.procs"
exec unshare --fork --kill-child --pid --mount --mount-proc --uts --ipc --net --cgroup \\
  --propagation private -- sh -c '
    set -e
    umount -R /sys/fs/cgroup
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p /run/lock /run/dbus /run/systemd/system
    cd /run/systemd/system
    printf "[Unit]\\nDefaultDependencies=no\\nWants=dbus.socket\\n" > lab.target
    printf "[Unit]\\nDefaultDependencies=no\\n[Socket]\\nListenStream=/run/dbus/system_bus_socket\\n" > dbus.socket
    { printf "[Unit]\\nDefaultDependencies=no\\nRequires=dbus.socket\\n[Service]\\nType=notify\\nNotifyAccess=main\\n"
      printf "ExecStart=/usr/bin/dbus-daemon --system --address=systemd: --nofork --nopidfile --systemd-activation\\n"
    } > dbus.service
    for unit in shutdown umount final poweroff; do
      ln -s /lib/systemd/system/$unit.target .
    done
    ln -s /lib/systemd/system/systemd-poweroff.service .
    hostname systemd-node
    exec env -i PATH="$PATH" container=lab SYSTEMD_UNIT_PATH=/run/systemd/system \\
      /lib/systemd/systemd --system --unit=lab.target --log-target=console --log-level=warning
  '`;

/** Settings of the section [Unit]. */
const inUnit = /^(DefaultDependencies|Conflicts|Before|After)=/;

/** systemd remembers a unit that others name in Before=: each driver gets a name of its own. */
let units = 0;

export async function bootSystemd(): Promise<SystemdNode> {
  const cgroup = makeCgroup();
  const child = spawn('sh', ['-c', script, 'sh', cgroup], {
    stdio: ['ignore', 'ignore', process.env['HOLDFAST_TEST_CONSOLE'] ? 'inherit' : 'ignore'],
  });
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const enter = ['nsenter', '-a', '-t', String(await processOne(child.pid ?? 0)), '--'];
  const inside: SystemdNode['inside'] = async (...argv) => {
    const [program = '', ...rest] = [...enter, ...argv];
    return (await promisify(execFile)(program, rest)).stdout;
  };
  await eventually(() => inside('busctl', 'status', 'org.freedesktop.systemd1'));
  const unit: SystemdNode['unit'] = async (name, text) => {
    const write = 'printf "%s\\n" "$2" > "/run/systemd/system/$1"; systemctl daemon-reload';
    await inside('sh', '-c', write, 'sh', name, text);
  };
  return {
    inside,
    unit,
    asUnit: (properties, words = []) => {
      units += 1;
      const name = `holdfastd-${String(units)}.service`;
      return {
        name,
        words: [`unit=${name}`, ...words],
        start: async (argv) => {
          const command = argv.map((word) => `"${word}"`).join(' ');
          const lines = ['[Unit]', ...properties.filter((one) => inUnit.test(one)), '[Service]'];
          const rest = properties.filter((one) => !inUnit.test(one));
          await unit(name, [...lines, ...rest, `ExecStart=${command}`].join('\n'));
          await inside('systemctl', 'start', name);
          return { kill: () => inside('systemctl', 'kill', '--signal=KILL', name) };
        },
      };
    },
    asProcess: { start: startProcess(enter), words: ['unit=holdfastd.service'] },
    ended,
    close: async () => {
      child.kill('SIGKILL'); // --kill-child: the whole node goes
      await ended;
      await eventually(() => Promise.resolve(removeCgroup(cgroup)));
    },
  };
}

/** systemd itself, the only child of unshare, as soon as it is that. */
function processOne(unshare: number): Promise<number> {
  return eventually(() => {
    const path = `/proc/${String(unshare)}/task/${String(unshare)}/children`;
    const pid = Number(readFileSync(path, 'utf8').trim());
    const name = readFileSync(`/proc/${String(pid)}/comm`, 'utf8');
    if (name !== 'systemd\n') throw new Error(`process 1 is ${name}`);
    return Promise.resolve(pid);
  });
}

function makeCgroup(): string {
  const hybrid = '/sys/fs/cgroup/unified';
  const root = existsSync(hybrid) ? hybrid : '/sys/fs/cgroup';
  const path = join(root, `holdfast-systemd-${String(process.pid)}-${String(Date.now())}`);
  mkdirSync(path);
  return path;
}
