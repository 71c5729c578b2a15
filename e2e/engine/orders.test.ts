import { afterAll, beforeAll, expect, it } from 'vitest';

import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import { faults, loseMessages } from './orders.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await createLab();
  await lab.startCorosync();
}, 60_000);

afterAll(async () => {
  await lab.close();
});

/**
 * Whoever finds that this fails has learned that Corosync commits what it orders: then the rules of
 * the replicated store can be simpler. See docs/decisions/cpg-orders.md for how often it happens.
 */
it('CPG orders, it does not commit: a sender delivers what the others never get', async () => {
  const fault = faults['nobody hears the sender']!;
  for (let round = 0; round < 20; round += 1) {
    const { delivered, alone } = await loseMessages(lab, 'n3', fault, 'one');
    expect(delivered).toBeLessThanOrEqual(1);
    if (alone === 1) return;
  }
  expect.unreachable('not once in 20 rounds');
}, 120_000);
