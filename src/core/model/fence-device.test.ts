import { expect, it } from 'vitest';
import type { FenceDevice } from './configuration.ts';
import { baseDelayMs, portOf, randomDelayMs, reaches, timeoutOf, triesOf } from './fence-device.ts';
import { nodeName } from './ids.ts';
import { plainFenceDevice } from './testing/fence-device.ts';

const device = (more: Partial<FenceDevice> = {}): FenceDevice => ({
  ...plainFenceDevice,
  id: 'power',
  agent: 'fence_apc',
  retries: 2,
  delayMs: 1000,
  ...more,
});
const [n1, n2] = [nodeName('n1'), nodeName('n2')];

it('a device without hosts reaches every node, by its own name', () => {
  expect([reaches(device(), n1), portOf(device(), n1)]).toEqual([true, 'n1']);
});

it('a device with hosts reaches these, by what it calls them', () => {
  const one = device({ hosts: { n1: 'plug 7' } });
  expect([reaches(one, n1), portOf(one, n1), reaches(one, n2)]).toEqual([true, 'plug 7', false]);
});

it('a pattern stands for many, and what it found stands in the port', () => {
  const one = device({ hosts: { 'db-*': 'vm-*.example', 'db-9': 'old' } });
  const ports = ['db-1', 'db-9', 'db-', 'web-1', 'db'].map((name) => {
    const node = nodeName(name);
    return reaches(one, node) ? portOf(one, node) : 'none';
  });
  expect(ports).toEqual(['vm-1.example', 'old', 'vm-.example', 'none', 'none']);
  const own = device({ hosts: { '*-a': '*-a' } });
  expect(portOf(own, nodeName('x$&-a'))).toBe('x$&-a');
  expect(reaches(device({ hosts: { 'a*a': '' } }), nodeName('a'))).toBe(false);
});

it('an action, and a node, may have a time or number of their own', () => {
  const one = device({
    timeoutsMs: { status: 5000 },
    retriesFor: { on: 99 },
    delaysMs: { n1: 0 },
  });
  expect([timeoutOf(one, 'status'), timeoutOf(one, 'off')]).toEqual([5000, 60_000]);
  expect([triesOf(one, 'on'), triesOf(one, 'off')]).toEqual([10, 2]);
  expect([baseDelayMs(one, n1), baseDelayMs(one, n2)]).toEqual([0, 1000]);
});

it('chance adds up to the most, of which the base is a part', () => {
  const one = device({ delayMaxMs: 5000 });
  const drawn = [0, 0.5, 0.999, 1, -1].map((chance) => randomDelayMs(one, n1, chance));
  expect(drawn).toEqual([0, 2000, 3996, 4000, 0]);
  expect(randomDelayMs(device({ delayMaxMs: 500 }), n1, 0.9)).toBe(0);
  expect(randomDelayMs(device(), n1, 0.9)).toBe(0);
});
