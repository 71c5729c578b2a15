import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bridge, CableFault, Port } from './bridge.ts';
import { freezeCgroup, makeCgroup } from './cgroup.ts';
import { processesBeside, signal } from './host.ts';
import type { HostProcess } from './host.ts';
import { keptDirectories, nodePlan } from './plan.ts';
import type { NodePlan } from './plan.ts';
import { run, runOrThrow, start } from './run.ts';
import type { RunOptions, RunResult } from './run.ts';
import { tool } from './toolchain.ts';

export interface EnterOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** The cgroup inside the machine in which the program runs. Default `lab.slice`. */
  readonly cgroup?: string;
}

/** One whole machine: namespaces of its own with a process 1, and a cable to the switch. */
export interface Machine {
  readonly name: string;
  /** Its folder on the host; `log` in it is the machine's /var/log. */
  readonly directory: string;
  /** Process 1 as the host sees it; undefined while the machine is off. */
  readonly pid: () => number | undefined;
  /** Powers on. Nothing runs in it but process 1. No error when it is on already. */
  readonly boot: () => Promise<void>;
  /**
   * Power loss: the link goes down and process 1 is killed in the same act; answers when every
   * process is gone. No error when it is off already.
   */
  readonly kill: () => Promise<void>;
  readonly exec: (
    argv: readonly string[],
    options?: RunOptions & EnterOptions,
  ) => Promise<RunResult>;
  /** As `exec`, but a failure throws; answers what the program printed. */
  readonly ask: (argv: readonly string[], options?: RunOptions & EnterOptions) => Promise<string>;
  /**
   * Starts a program whose streams are pipes to here. End it by SIGTERM to the child returned, which
   * passes it on. SIGKILL works too, but leaves a zombie to the host's init: until that is reaped,
   * `kill` of the machine waits.
   */
  readonly spawn: (argv: readonly string[], options?: EnterOptions) => ChildProcess;
  /** Starts a program that belongs to process 1, with its output in a log file inside. */
  readonly launch: (argv: readonly string[], options: LaunchOptions) => Promise<void>;
  /** Processes inside, with the pids of the host. */
  readonly processes: () => readonly HostProcess[];
  readonly setFault: (fault: CableFault | undefined) => Promise<void>;
  /**
   * Every process stands still, or goes on: a virtual machine that is paused. It can be switched off
   * meanwhile. False where nothing can be frozen: it is off, or the host has no cgroup2.
   */
  readonly freeze: (frozen: boolean) => boolean;
}

export interface LaunchOptions extends EnterOptions {
  readonly log: string;
  /** Start it again this long after each end, as systemd's Restart=always with RestartSec does. */
  readonly restartAfterMs?: number | undefined;
}

export interface MachineOptions {
  readonly plan: NodePlan;
  /** Without a port and a bridge the machine has no network but its own loopback. */
  readonly port?: Port;
  readonly bridge?: Bridge;
  /** Lines of /etc/hosts besides localhost. */
  readonly hosts: string;
  /** Called after each boot and kill, so that the lab's record stays true. */
  readonly changed: () => void;
}

/** Waiting for something of a machine that is off is in vain: throws. */
export function mustBeOn(machines: readonly Pick<Machine, 'name' | 'pid'>[]): void {
  for (const { name, pid } of machines) if (pid() === undefined) throw new Error(`${name} is off`);
}

/** Describes a machine that is still off. */
export async function createMachine(options: MachineOptions): Promise<Machine> {
  const { plan, port, bridge } = options;
  const enter = await tool('enter');
  let init: Running | undefined;
  let fault: CableFault | undefined;
  const inTurn = oneAtATime();
  layOut(options);

  const inside = (argv: readonly string[], within: EnterOptions, flags: readonly string[] = []) => {
    if (init === undefined) throw new Error(`${plan.name} is off: cannot run ${argv.join(' ')}`);
    const slice = within.cgroup ?? 'lab.slice';
    return enterArgv({ enter, pid: init.pid, cgroup: plan.cgroup, slice, flags, argv });
  };
  const powerOn = async () => {
    if (init !== undefined) return;
    init = await bootInit(plan);
    void forgetWhenEnded(init);
    if (port !== undefined) await bridge?.connect(port, init.pid, fault);
    options.changed();
  };
  const powerOff = async () => {
    const victim = init;
    if (victim === undefined) return;
    const unplugged = port === undefined ? undefined : bridge?.disconnect(port);
    signal(victim.pid, 'SIGKILL');
    // Whoever waits for the machine's end would stand still as well.
    if (plan.cgroup !== undefined) freezeCgroup(plan.cgroup, false);
    await Promise.all([victim.ended, unplugged]);
    options.changed();
  };
  const forgetWhenEnded = async (running: Running) => {
    await running.ended;
    if (init === running) init = undefined;
  };
  return {
    name: plan.name,
    directory: plan.directory,
    pid: () => init?.pid,
    boot: () => inTurn(powerOn),
    kill: () => inTurn(powerOff),
    exec: (argv, o = {}) => run(inside(argv, o), o),
    ask: (argv, o = {}) => runOrThrow(inside(argv, o), o),
    spawn: (argv, o = {}) => start(inside(argv, o), {}, o.environment),
    async launch(argv, o) {
      const again = o.restartAfterMs;
      const restart = again === undefined ? [] : ['--restart', String(again)];
      const environment = o.environment ?? {};
      await runOrThrow(inside(argv, o, ['--detach', o.log, ...restart]), { environment });
    },
    processes: () => (init === undefined ? [] : processesBeside(init.pid)),
    // In turn with booting: a cable that is plugged just now would keep the fault it began with.
    setFault: (wanted) =>
      inTurn(async () => {
        fault = wanted;
        const running = init;
        if (port === undefined || running === undefined) return;
        try {
          await bridge?.setFault(port, wanted);
        } catch (error) {
          // It has reset itself just now, and its cable went with it.
          if (!(await hasEnded(running))) throw error;
        }
      }),
    freeze: (frozen) => {
      if (init === undefined || plan.cgroup === undefined) return false;
      freezeCgroup(plan.cgroup, frozen);
      return true;
    },
  };
}

interface Running {
  readonly pid: number;
  /** Settles when process 1 is reaped, which the kernel allows only as the last of its namespace. */
  readonly ended: Promise<unknown>;
}

/** Whether it has, a moment after something of it was missing. */
const hasEnded = ({ ended }: Running): Promise<boolean> =>
  Promise.race([ended.then(() => true), sleep(1000, false)]);

/** The command line of tools/enter.c; `cgroup` is the machine's own, `slice` a path within it. */
export function enterArgv(how: {
  readonly enter: string;
  readonly pid: number;
  readonly cgroup: string | undefined;
  readonly slice: string;
  readonly flags?: readonly string[];
  readonly argv: readonly string[];
}): readonly string[] {
  const cgroup = how.cgroup === undefined ? '-' : join(how.cgroup, how.slice);
  return [how.enter, String(how.pid), cgroup, ...(how.flags ?? []), '--', ...how.argv];
}

/** Boot, kill and faults never overlap: a kill that meets a boot in progress must not find "off". */
function oneAtATime(): (act: () => Promise<void>) => Promise<void> {
  let last = Promise.resolve();
  return (act) => {
    const next = last.then(act);
    last = next.catch(() => {});
    return next;
  };
}

async function bootInit(plan: NodePlan): Promise<Running> {
  if (plan.cgroup !== undefined) makeCgroup(join(plan.cgroup, 'init.scope'));
  writeFileSync(join(plan.directory, 'boot_id'), `${randomUUID()}\n`);
  const planFile = join(plan.directory, 'plan');
  writeFileSync(planFile, nodePlan(plan));
  const child = start([await tool('init'), planFile], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const ready = once(createInterface(child.stdout!), 'line').then(([line]) => String(line));
  let said = '';
  child.stderr?.on('data', (piece: Buffer) => (said += piece.toString()));
  const first = await Promise.race([ready, once(child, 'close').then(() => said)]);
  const pid = /^ready (\d+)$/.exec(first)?.[1];
  if (pid === undefined) throw new Error(`${plan.name} does not boot: ${first.trim()}`);
  return { pid: Number(pid), ended };
}

/** The machine's own folders, and on the host the empty ones over which they are mounted. */
function layOut({ plan, hosts }: MachineOptions): void {
  for (const [path, folder] of keptDirectories) {
    mkdirSync(join(plan.directory, folder), { recursive: true });
    mkdirSync(path, { recursive: true });
  }
  for (const folder of ['log/corosync', 'log/holdfast', 'log/nginx', 'etc-corosync/uidgid.d'])
    mkdirSync(join(plan.directory, folder), { recursive: true });
  writeFileSync(join(plan.directory, 'hosts'), `127.0.0.1\tlocalhost\n${hosts}`);
}
