import { expect, test } from 'vitest';
import type { WatchdogState } from '../host/watchdog/client.ts';
import { armedWatchdog } from './watchdog.ts';

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
  expect(armedWatchdog(state(), false)).toEqual({ timeoutMs: 10_000, proofAgeMs: 5000 });
  expect(armedWatchdog(state({ armed: false }), false)).toBeUndefined();
});

test('one that is armed but not fed still resets the machine', () => {
  expect(armedWatchdog(state({ feeding: false }), false)).toBeDefined();
});

test('where nobody may count on it the reason is told', () => {
  expect(armedWatchdog(state({ virtual: true }), false)).toMatchObject({ refusal: 'virtual' });
  expect(armedWatchdog(state(), true)).toMatchObject({ refusal: 'two-node' });
});
