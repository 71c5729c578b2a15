/** The real daemon proves its health to the real feeder, which hears the real Corosync. */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { startDaemon, untilSettled } from '../lab/product.ts';
import { until } from '../lab/run.ts';
import { repository } from '../lab/toolchain.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await createLab();
  await lab.startCorosync();
});
afterAll(() => lab.close());

const feeder = join(repository, 'native/build/holdfast-watchdog');

/** What it says of itself, the newest last. Its device is none, but that is seen only when it is used. */
function feed(node: LabNode): readonly string[] {
  const said: string[] = [];
  const child = node.spawn([feeder, '--device', '/dev/null']);
  if (child.stdout === null) throw new Error('its states are not read');
  createInterface(child.stdout).on('line', (line) => {
    said.push((JSON.parse(line) as { readonly why: string }).why);
  });
  return said;
}

test('the device is touched when there is quorum and a daemon that acts, and not before', async () => {
  const [first, second, third] = lab.nodes;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three');
  await startDaemon(first);
  const alone = feed(second);
  const said = feed(first);
  await until('the feeders', () => said.length > 0 && alone.length > 0);
  await startDaemon(third);
  await untilSettled([first, third]);
  await until('the first feeding', () => said.some((why) => why.includes('/dev/null')));
  expect(said[0]).toBe('the daemon has not proved its health yet');
  expect(said.at(-1)).toBe('/dev/null: it does not say what it supports');
  // No daemon runs there.
  expect(alone).toEqual(['the daemon has not proved its health yet']);
});
