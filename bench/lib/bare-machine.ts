/** The same guests moved by a bare QMP script, without any cluster: what the figures stand beside. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { qemuArguments } from '../../src/agents/vm/arguments.ts';
import { tapOf } from '../../src/agents/vm/networks.ts';
import { triedFirstMs } from '../../src/agents/vm/migration.ts';
import { asRecord, openQmp } from '../../src/agents/vm/qmp.ts';
import type { Qmp } from '../../src/agents/vm/qmp.ts';
import { parseVmSettings } from '../../src/agents/vm/settings.ts';
import type { Lab } from '../../e2e/lab/lab.ts';
import { kernelWords } from '../../e2e/machines/guest.ts';
import type { LabNode } from '../../e2e/lab/node.ts';
import { sleep } from '../../e2e/lab/run.ts';

export const firstPort = 30_000;

export const bareParameters = (
  address: string,
  memory: number,
  disks?: string,
): Readonly<Record<string, string>> => ({
  memory: String(memory),
  accelerator: 'tcg',
  kernel: '/run/lab/vmlinuz',
  initrd: '/run/lab/guest.cpio',
  append: kernelWords('', address),
  networks: 'br0',
  ...(disks === undefined ? {} : { disks }),
});

export interface BareMove {
  readonly totalMs: number;
  /** As QEMU reports it. */
  readonly downtimeMs: number;
}

export interface BareMachine {
  readonly move: (to: LabNode) => Promise<BareMove>;
  readonly stop: () => Promise<void>;
}

export interface BareOptions {
  readonly name: string;
  /** As the agent `vm` takes them. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly port: number;
  /** The disk is copied along; `disk` is what the guest's is called in QEMU. */
  readonly copies?: boolean;
  /** Before a QEMU starts there. */
  readonly prepare?: (node: LabNode) => Promise<void>;
}

interface Running {
  readonly node: LabNode;
  readonly tap: string;
  readonly child: ChildProcess;
  readonly qmp: Qmp;
}

/** Resolves when the guest runs; it may still be booting. */
export async function bootBare(lab: Lab, on: LabNode, options: BareOptions): Promise<BareMachine> {
  let running = await start(lab, on, options, []);
  return {
    move: async (to) => {
      const beganAt = performance.now();
      const next = await start(lab, to, options, ['-incoming', 'defer']);
      const downtimeMs = await migrate(running.qmp, next, options);
      const totalMs = performance.now() - beganAt;
      await end(running);
      running = next;
      return { totalMs, downtimeMs };
    },
    stop: () => end(running),
  };
}

async function start(
  lab: Lab,
  node: LabNode,
  { name, parameters, prepare }: BareOptions,
  more: readonly string[],
): Promise<Running> {
  const parsed = parseVmSettings(parameters);
  if (parsed.kind === 'wrong') throw new Error(parsed.reason);
  await prepare?.(node);
  const tap = tapOf(name, 0);
  if (parsed.settings.networks.length > 0) {
    await node.ask(['ip', 'tuntap', 'add', 'dev', tap, 'mode', 'tap']);
    await node.ask(['ip', 'link', 'set', 'dev', tap, 'master', 'br0', 'up']);
  }
  const own = (what: string): string => `bare-${name}-${node.name}-${what}`;
  const places = {
    control: `/run/lab/${own('control')}`,
    watch: `/run/lab/${own('watch')}`,
    guestAgent: `/run/lab/${own('agent')}`,
    expected: '',
  };
  const boot = { resource: name, settings: parsed.settings, places } as const;
  const words = qemuArguments({ ...boot, accelerator: 'tcg', incoming: false });
  const child = node.spawn(['/usr/bin/qemu-system-x86_64', ...words, ...more]);
  return { node, tap, child, qmp: await talk(join(lab.sharedDirectory, own('control'))) };
}

async function talk(path: string): Promise<Qmp> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    if (existsSync(path)) {
      const qmp = await openQmp(path, AbortSignal.timeout(600_000)).catch(() => undefined);
      if (qmp) return qmp;
    }
    await sleep(2);
  }
  throw new Error(`no QEMU at ${path}`);
}

/** What a careful script does, and no more; answers the downtime. */
async function migrate(
  source: Qmp,
  { node, qmp: target }: Running,
  { port, copies = false }: BareOptions,
): Promise<number> {
  const address = node.address;
  const capabilities = copies ? [{ capability: 'pause-before-switchover', state: true }] : [];
  await source.ask('migrate-set-capabilities', { capabilities });
  await source.ask('migrate-set-parameters', {
    'max-bandwidth': 2 ** 40,
    'downtime-limit': triedFirstMs, // the agent's, so that the pauses can be compared
  });
  if (copies) await mirror(source, target, address, port + 1);
  const uri = `tcp:${address}:${String(port)}`;
  await target.ask('migrate-incoming', { uri });
  await source.ask('migrate', { uri });
  if (copies) {
    await untilStatus(source, 'pre-switchover');
    await source.ask('block-job-cancel', { device: 'mirror' });
    await untilJobs(source, (jobs) => jobs.length === 0);
    await source.ask('migrate-continue', { state: 'pre-switchover' });
  }
  const done = await untilStatus(source, 'completed');
  while (asRecord(await target.ask('query-status'))['status'] !== 'running') await sleep(2);
  if (copies) await target.ask('nbd-server-stop');
  return Number(done['downtime']);
}

async function mirror(source: Qmp, target: Qmp, host: string, port: number): Promise<void> {
  const addr = { type: 'inet', data: { host, port: String(port) } };
  await target.ask('nbd-server-start', { addr });
  const offer = { id: 'offer', type: 'nbd', 'node-name': 'disk0', name: 'disk0', writable: true };
  await target.ask('block-export-add', offer);
  await source.ask('blockdev-add', {
    driver: 'nbd',
    'node-name': `copy${String(port)}-${String(Date.now())}`.slice(0, 31),
    server: { type: 'inet', host, port: String(port) },
    export: 'disk0',
  });
  const nodes = (await source.ask('query-named-block-nodes')) as readonly { 'node-name': string }[];
  const copy = nodes.find((each) => each['node-name'].startsWith('copy'))?.['node-name'];
  await source.ask('blockdev-mirror', {
    'job-id': 'mirror',
    device: 'disk0',
    target: copy,
    sync: 'full',
    'copy-mode': 'write-blocking',
  });
  await untilJobs(source, (jobs) => jobs.every((job) => asRecord(job)['ready'] === true));
}

async function untilJobs(qmp: Qmp, isThere: (jobs: readonly unknown[]) => boolean): Promise<void> {
  while (!isThere((await qmp.ask('query-block-jobs')) as readonly unknown[])) await sleep(2);
}

/** QEMU 7.2 may call it completed a moment before it has counted the time. */
async function untilStatus(qmp: Qmp, wanted: string): Promise<Readonly<Record<string, unknown>>> {
  for (;;) {
    const answer = asRecord(await qmp.ask('query-migrate'));
    const { status } = answer;
    const counted = wanted !== 'completed' || Number(answer['total-time']) > 0;
    if (status === wanted && counted) return answer;
    if (status === 'failed') throw new Error(`the bare migration: ${String(answer['error-desc'])}`);
    await sleep(2);
  }
}

async function end({ node, tap, child, qmp }: Running): Promise<void> {
  qmp.ask('quit').catch(() => undefined);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  qmp.close();
  await node.exec(['ip', 'link', 'del', 'dev', tap]);
}
