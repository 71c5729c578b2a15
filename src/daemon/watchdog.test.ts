import { expect, test } from 'vitest';
import { MAJORITY } from '../core/model/engine.ts';
import { nodeName, nodeNumber } from '../core/model/ids.ts';
import type { WatchdogState } from '../host/watchdog/client.ts';
import { armedWatchdog } from './watchdog.ts';

const alone = { quorumOptions: MAJORITY, self: { node: nodeName('n1'), number: nodeNumber(1) } };
const state = (more: Partial<WatchdogState> = {}): WatchdogState => ({
  armed: true,
  feeding: true,
  timeoutMs: 10_000,
  proofAgeMs: 5000,
  identity: 'iTCO_wdt',
  canDisarm: true,
  virtual: false,
  why: '',
  ...more,
});

test('what was read back from the driver is what is told', () => {
  expect(armedWatchdog(state(), alone)).toEqual({ timeoutMs: 10_000, proofAgeMs: 5000 });
  expect(armedWatchdog(state({ armed: false }), alone)).toBeUndefined();
});

test('one that is armed but not fed still resets the machine', () => {
  expect(armedWatchdog(state({ feeding: false }), alone)).toBeDefined();
});

test('where nobody may count on it the reason is told', () => {
  expect(armedWatchdog(state({ virtual: true }), alone)).toMatchObject({ refusal: 'virtual' });
  expect(
    armedWatchdog(state(), { ...alone, quorumOptions: { ...MAJORITY, twoNode: true } }),
  ).toMatchObject({ refusal: 'two-node' });
});

const uuid = '91452ef6-641e-4fe0-9523-53f28b350ee2';
const disk = { path: '/dev/disk/by-id/a', uuid, healthy: true, why: '' };

test("disks for poison pills are told when each was read, under this node's own name", () => {
  const more = { node: 'n1', diskAgeMs: 5000, disks: [disk] };
  const told = armedWatchdog(state(more), alone);
  expect(told?.disks).toEqual({ ageMs: 5000, uuids: [uuid] });
  const unread = { ...disk, uuid: '' };
  for (const wrong of [{ node: 'n2' }, { disks: [disk, unread] }, { disks: [] }]) {
    expect(armedWatchdog(state({ ...more, ...wrong }), alone)?.disks).toBeUndefined();
  }
});
