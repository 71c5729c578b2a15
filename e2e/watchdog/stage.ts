/**
 * A cluster whose machines have watchdogs: the product's feeder, fed by the real daemon and the real Corosync,
 * with a device of the laboratory's (lab/tools/watchdog_lab.c).
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createLab } from '../lab/lab.ts';
import type { Lab, LabOptions } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { apply, daemonProcess, history, startDaemon, untilSettled } from '../lab/product.ts';
import { repository, tool } from '../lab/toolchain.ts';

export const built = join(repository, 'native/build');

/** What the feeders are started with, in seconds. */
export const TIMEOUT_S = 2;
export const PROOF_AGE_S = 2;
/** 2 × (the age of what it feeds on + the driver's timeout): what the others wait for. */
export const WAIT_MS = 2 * (PROOF_AGE_S + TIMEOUT_S) * 1000;

export async function createWatchdogLab(options: LabOptions = {}): Promise<Lab> {
  const lab = await createLab(options);
  copyFileSync(await tool('watchdog_lab'), join(lab.sharedDirectory, 'watchdog_lab.so'));
  return lab;
}

/** Boots what is off, and starts everything that a machine starts by itself. */
export async function makeWhole(
  nodes: readonly LabNode[],
  feederWords: readonly string[] = [],
): Promise<void> {
  for (const node of nodes) if (await bootUnarmed(node)) await startFeeder(node, feederWords);
  await untilSettled(nodes);
}

/** All but the feeder; false: it was up already. */
export async function bootUnarmed(node: LabNode): Promise<boolean> {
  await node.heal();
  await node.boot();
  const runs = node.processes().some(({ name }) => name === 'corosync');
  if (!runs) await node.startCorosync();
  if (daemonProcess(node) !== undefined) return false;
  await startDaemon(node);
  return true;
}

async function startFeeder(node: LabNode, more: readonly string[]): Promise<void> {
  const times = ['--timeout', String(TIMEOUT_S), '--proof-age', String(PROOF_AGE_S)];
  const words = ['--device', '/dev/null', '--node', node.name, ...times, ...more];
  await node.launch([join(built, 'holdfast-watchdog'), ...words], {
    log: '/var/log/holdfast/watchdog.log',
    environment: { LD_PRELOAD: '/run/lab/watchdog_lab.so' },
  });
}

export async function applyYaml(lab: Lab, node: LabNode, yaml: string): Promise<void> {
  const file = join(lab.directory, 'watchdog.yaml');
  writeFileSync(file, yaml);
  await apply(lab, node, file);
}

/** The first machine that is on. */
export function firstOn(nodes: readonly LabNode[]): LabNode {
  const node = nodes.find((each) => each.pid() !== undefined);
  if (node === undefined) throw new Error('all machines are off');
  return node;
}

export const lastNumber = async (node: LabNode): Promise<number> =>
  (await history(node)).at(-1)?.number ?? 0;

/** What the cluster has told since then, as this node has it. */
export async function toldSince(node: LabNode, before: number): Promise<string> {
  const told = (await history(node)).filter(({ number }) => number > before);
  return told.map(({ text }) => text).join('\n');
}
