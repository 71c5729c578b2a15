/**
 * A whole cluster whose machines have watchdogs (lab/tools/watchdog_lab.c) and a shared disk: the poison pill
 * is the only fence device. What a real kernel does: watchdog.test.ts.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { statusOf } from '../chaos/ask.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { holdfastAsk, runsOn, status } from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { applyYaml, built, createWatchdogLab, firstOn, lastNumber } from './stage.ts';
import { PROOF_AGE_S, WAIT_MS, makeWhole, toldSince } from './stage.ts';

const disk = '/run/lab/pills';

const directory = mkdtempSync(join(tmpdir(), 'pills-'));
let lab: Lab;

beforeAll(async () => {
  // Where the machines' /usr/sbin is made from.
  mkdirSync(join(directory, 'sbin'), { recursive: true });
  copyFileSync(join(built, 'holdfast-poison'), join(directory, 'sbin/fence_pill'));
  mkdirSync(join(directory, 'agents'), { recursive: true });
  writeFileSync(join(directory, 'agents/stuck'), stuck, { mode: 0o755 });
  lab = await createWatchdogLab({ directory, timedAgents: ['Dummy'] });
  const path = join(lab.sharedDirectory, 'pills');
  writeFileSync(path, '');
  truncateSync(path, 1 << 20);
  execFileSync(join(built, 'holdfast-poison'), ['create', '--disk', path]);
});
afterAll(async () => {
  await lab.close();
  rmSync(directory, { recursive: true });
});

async function whole(): Promise<void> {
  // Disks that were not read count after the same time as proofs that were not given.
  await makeWhole(lab.nodes, ['--disk', disk, '--disk-age', String(PROOF_AGE_S)]);
  await applyYaml(lab, first(), configuration);
  await untilReady();
}

const configuration = [
  'version: 1',
  'cluster: pills',
  'options: { fencing-loop-limit: 0, no-quorum-policy: fence, fencing-watchdog-timeout: 1s }',
  'fencing:',
  '  devices:',
  `    pill: { agent: fence_pill, action: off, parameters: { disks: ${disk} } }`,
  'resources:',
  '  web: { agent: "ocf:heartbeat:stuck", monitor: 5s }',
  '',
].join('\n');

async function untilReady(): Promise<void> {
  await until('web runs', async () => runsOn(await status(first()), 'web') !== undefined);
  await until('everybody takes a pill', async () => {
    const { alarms } = await status(first());
    return !alarms.some(({ text }) => text.includes('takes no poison pill'));
  });
}

test('a node that cannot stop its service is a member: the pill switches it off, and is waited for', async () => {
  await whole();
  const { server, other, before } = await strikePlace();
  const struckAt = performance.now();
  await holdfastAsk(other, 'resource', 'move', 'web', other.name);
  await until('it is off', () => server.pid() === undefined, 20_000);
  const offAt = performance.now();
  expect(runsOn(await status(other), 'web')).not.toBe(other.name);
  // Its watchdog alone would have taken two seconds more, and would not have said so.
  expect(logOf(server)).toContain('this machine is switched off');
  await until('web runs elsewhere', () => runsElsewhere(other, server), 40_000);
  const told = await toldSince(other, before);
  expect(told).toContain(`fencing ${server.name} (off) by pill`);
  expect(told).toContain(`fencing of ${server.name} by pill is confirmed`);
  expect(performance.now() - struckAt).toBeGreaterThan(WAIT_MS);
  // It was off long before anybody counted on it.
  expect(performance.now() - offAt).toBeGreaterThan(WAIT_MS / 4);
}, 90_000);

test('no-quorum-policy fence: who is cut off says that it is reset, and is', async () => {
  await whole();
  const { server, other } = await strikePlace();
  await server.drop();
  const last = await lastWords(server);
  expect(last).toMatch(/This machine is reset by its watchdog within \d s: .* without quorum/);
  expect(runsOn(await status(other), 'web')).not.toBe(other.name);
}, 90_000);

async function strikePlace() {
  const server = lab.node(runsOn(await status(first()), 'web') ?? '');
  const other = lab.nodes.find((node) => node !== server);
  if (other === undefined) throw new Error('there is no other node');
  return { server, other, before: await lastNumber(other) };
}

/** Alarms that its daemon has told until its machine is gone. */
async function lastWords(node: LabNode): Promise<string> {
  const said = new Set<string>();
  const isGone = async (): Promise<boolean> => {
    for (const { text } of (await statusOf(node))?.alarms ?? []) said.add(text);
    return node.pid() === undefined;
  };
  await until(`${node.name} is reset`, isGone, 20_000, 100);
  return [...said].join('\n');
}

const logOf = (node: LabNode): string =>
  readFileSync(join(node.directory, 'log/holdfast/watchdog.log'), 'utf8');

const first = (): LabNode => firstOn(lab.nodes);

async function runsElsewhere(seen: LabNode, lost: LabNode): Promise<boolean> {
  const now = await status(seen);
  const at = runsOn(now, 'web');
  const resource = now.resources.find(({ id }) => id === 'web');
  return at !== undefined && at !== lost.name && resource?.state === 'running';
}

/** Its stop fails: what it runs may be there still. */
const stuck = `#!/bin/sh
case $1 in
  meta-data)
    echo '<?xml version="1.0"?><resource-agent name="stuck" version="1.0"><version>1.1</version>'
    echo '<longdesc lang="en">Does not stop.</longdesc><shortdesc lang="en">Stuck</shortdesc>'
    echo '<parameters/><actions><action name="start" timeout="5s"/><action name="stop" timeout="5s"/>'
    echo '<action name="monitor" timeout="5s" interval="5s"/><action name="meta-data" timeout="5s"/>'
    echo '</actions></resource-agent>' ;;
  start) touch /run/stuck ;;
  monitor) [ -e /run/stuck ] || exit 7 ;;
  stop) [ ! -e /run/stuck ] ;;
esac
`;
