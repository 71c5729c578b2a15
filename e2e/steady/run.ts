/** Builds the cluster, keeps the machine busy, listens, and ends all that it began. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';

import type { EventView, StatusView } from '../../src/core/view/types.ts';
import { get } from '../chaos/ask.ts';
import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { apply, daemonProcess, history, mayBeScheduled, startDaemon } from '../lab/product.ts';
import { untilSettled } from '../lab/product.ts';
import { sleep, until } from '../lab/run.ts';
import { isBadEvent } from './report.ts';
import type { SteadyReport } from './report.ts';

export interface SteadyOptions {
  readonly forMs: number;
  readonly hogs: number;
  readonly resources: number;
  readonly directory: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Corosync's own defaults (corosync.conf(5)), and encrypted as Holdfast's manual says. */
const SHIPPED = { token: 3000, tokenCoefficient: 650, encryption: true } as const;
const LOOK_MS = 2000;
const STATUS_MS_MAX = 10_000;

export async function keepSteady(options: SteadyOptions): Promise<SteadyReport> {
  rmSync(options.directory, { recursive: true, force: true });
  mkdirSync(options.directory, { recursive: true });
  const lab = await createLab({ nodes: 3, directory: options.directory, ...SHIPPED });
  try {
    await bringUp(lab, options.resources);
    options.say('the cluster is up; now the machine gets busy');
    return await watchBusy(lab, options);
  } finally {
    await lab.close();
  }
}

async function bringUp(lab: Lab, resources: number): Promise<void> {
  await lab.startCorosync();
  await Promise.all(lab.nodes.map((node) => startDaemon(node)));
  await untilSettled(lab.nodes);
  const file = join(lab.directory, 'steady.yaml');
  writeFileSync(file, configuration(resources));
  await apply(lab, first(lab), file);
  await until('all resources run', async () => {
    const status = await look(first(lab));
    return status?.settled === true && status.resources.every(({ state }) => state === 'running');
  });
}

/** Without any timeout: those of the shipped defaults count. */
function configuration(resources: number): string {
  const lines = Array.from({ length: resources }, (_, at) =>
    at % 2 === 0
      ? `  sleeper-${at}: { agent: command, parameters: { command: /bin/sleep infinity }, monitor: 10s }`
      : `  dummy-${at}: { agent: "ocf:heartbeat:Dummy", monitor: 10s }`,
  );
  return [
    'version: 1',
    'cluster: steady',
    'fencing: { devices: { power: { agent: fence_lab } } }',
    'resources:',
    ...lines,
    '',
  ].join('\n');
}

async function watchBusy(lab: Lab, options: SteadyOptions): Promise<SteadyReport> {
  const watches = await Promise.all(lab.nodes.map((node) => node.watchMembership()));
  await until('the watches see the membership', () => watches.every((each) => each.current()));
  const before = {
    changes: watches.map((each) => each.changes().length),
    requests: lab.power.requests().length,
    event: (await history(first(lab))).at(-1)?.number ?? 0,
    daemons: lab.nodes.map((node) => daemonProcess(node)?.pid),
  };
  const hogs = Array.from({ length: options.hogs }, startHog);
  const seen = new Sightings();
  const begin = performance.now();
  try {
    for (let told = 0; performance.now() - begin < options.forMs && !options.signal.aborted;) {
      await Promise.all(lab.nodes.map((node) => seen.look(node)));
      await sleep(LOOK_MS);
      const minutes = Math.floor((performance.now() - begin) / 60_000);
      if (minutes > told) options.say(`${String((told = minutes))} min: ${seen.text()}`);
    }
    const membershipChanges = watches.reduce(
      (sum, { changes }, at) => sum + changes().length - (before.changes[at] ?? 0),
      0,
    );
    const events: readonly EventView[] = await history(first(lab));
    const asked = lab.power.requests().slice(before.requests);
    return {
      forMs: options.forMs,
      hogs: options.hogs,
      resources: options.resources,
      lastedMs: Math.round(performance.now() - begin),
      scheduled: await mayBeScheduled(),
      load: loadavg()[0] ?? 0,
      membershipChanges,
      fencingRequests: asked
        .filter(({ action }) => ['off', 'on', 'reboot'].includes(action))
        .map(({ action, node }) => `${action} ${node}`),
      troubles: [...seen.troubles],
      badEvents: events
        .filter((event) => event.number > before.event && isBadEvent(event))
        .map(({ text }) => text),
      daemonRestarts: lab.nodes.filter(
        (node, at) => daemonProcess(node)?.pid !== before.daemons[at],
      ).length,
      warnings: [...seen.warnings],
      loopBlockMaxMs: Math.round(seen.loopBlockMaxMs),
      statusMaxMs: Math.round(seen.statusMaxMs),
      statuses: seen.statuses,
      statusesMissed: seen.missed,
    };
  } finally {
    for (const hog of hogs) hog.kill('SIGKILL');
    for (const watch of watches) watch.stop();
  }
}

/** Ends by itself when this program is gone, however it went. */
const hog =
  'while kill -0 "$0" 2>/dev/null; do i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; done';

const startHog = () => spawn('/bin/sh', ['-c', hog, String(process.pid)], { stdio: 'ignore' });

/** What the statuses of all nodes have told so far. */
class Sightings {
  readonly troubles = new Set<string>();
  readonly warnings = new Set<string>();
  loopBlockMaxMs = 0;
  statusMaxMs = 0;
  statuses = 0;
  missed = 0;

  text(): string {
    const troubles = [...this.troubles].join('; ') || 'no trouble seen';
    return `${this.statuses} statuses, ${this.missed} late, the slowest ${Math.round(this.statusMaxMs)} ms; ${troubles}`;
  }

  async look(node: LabNode): Promise<void> {
    const begin = performance.now();
    const status = await look(node);
    if (status === undefined) {
      this.missed += 1;
      return;
    }
    this.statuses += 1;
    this.statusMaxMs = Math.max(this.statusMaxMs, performance.now() - begin);
    this.loopBlockMaxMs = Math.max(this.loopBlockMaxMs, status.daemon.loopBlockMaxMs);
    if (!status.quorum.acting) this.troubles.add(`${node.name}: ${status.quorum.sentence}`);
    for (const { name, state } of status.nodes)
      if (state !== 'online') this.troubles.add(`${name} is ${state}`);
    for (const { id, state } of status.resources)
      if (state !== 'running') this.troubles.add(`${id} is ${state}`);
    for (const { text } of status.failures) this.troubles.add(text);
    for (const { severity, text } of status.alarms)
      if (severity !== 'info') this.warnings.add(plain(text));
  }
}

/** Times differ from look to look. */
const plain = (text: string): string => text.replaceAll(/\d+(?:\.\d+)?/g, '…');

async function look(node: LabNode): Promise<StatusView | undefined> {
  const text = await get(node, '/v1/status', STATUS_MS_MAX);
  return text === undefined ? undefined : (JSON.parse(text) as StatusView);
}

function first({ nodes: [node] }: Lab): LabNode {
  if (node === undefined) throw new Error('a lab without nodes');
  return node;
}
