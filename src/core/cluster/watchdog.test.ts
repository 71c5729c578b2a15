import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WATCHDOG_ATTRIBUTE } from '../model/attributes.ts';
import type { Configuration, FenceDevice } from '../model/configuration.ts';
import { INFINITY_SCORE } from '../model/score.ts';
import { fencePlan } from '../fencing/choose.ts';
import { fencingPaths, fencingWays } from './fencing-levels.ts';
import { clusterMachine } from './machine.ts';
import { pictureOf } from './picture.ts';
import type { ClusterState } from './state.ts';
import { action, apply, n1, n2, n3, nodeOf, openView, probedNodes } from './testing/cluster.ts';
import { resetAfterMs, watchdogOf, watchdogText } from './watchdog.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

const options = (values: Readonly<Record<string, string>>): Partial<Configuration> => ({
  options: [{ id: 'options', score: INFINITY_SCORE, values }],
});
const RELIED_ON = { 'fencing-watchdog-timeout': '-1' };
const switchOf = (id: string, retries = 1): FenceDevice => ({
  ...plainFenceDevice,
  id,
  agent: 'fence_ipmilan',
  retries,
});

/** n3 has said that it is armed: 10 s, and 5 s for the proof. */
function armed(more: Partial<Configuration> = options(RELIED_ON), value = '10000 5000') {
  return apply(probedNodes(more), {
    kind: 'attribute',
    node: n3,
    name: WATCHDOG_ATTRIBUTE,
    value,
  });
}
const waysOf = (state: ClusterState): readonly string[] =>
  fencingWays(state, n3).map((way) => way.map(({ id }) => id).join('+'));

describe('a node that said that it is armed', () => {
  it('counts as reset after twice the proof age and the timeout', () => {
    expect(resetAfterMs(armed(), n3)).toBe(30_000);
    expect(resetAfterMs(armed(), n1)).toBeUndefined();
  });

  it('has to say it again to a cluster that starts from its disks', () => {
    const state = clusterMachine.restart(armed());
    expect(watchdogOf(state, n3)).toBeUndefined();
    expect(resetAfterMs(state, n3)).toBeUndefined();
  });

  it('is not off when it resets itself', () => {
    const methodFor = (fenceMethod: 'reboot' | 'off') =>
      fencePlan(armed(), { ...action('fence n3'), fenceMethod }, n1, 1)?.device;
    expect([methodFor('reboot'), methodFor('off')]).toEqual(['watchdog', undefined]);
  });

  it('is waited for longer if that is configured, and never for a shorter time', () => {
    const waited = (text: string): number | undefined =>
      resetAfterMs(armed(options({ 'stonith-watchdog-timeout': text })), n3);
    expect([waited('45s'), waited('1s')]).toEqual([45_000, 30_000]);
  });

  it('does not count where nobody has said that it is to', () => {
    expect(resetAfterMs(armed({}), n3)).toBeUndefined();
    const off = options({ 'fencing-watchdog-timeout': '0' });
    expect(resetAfterMs(armed(off), n3)).toBeUndefined();
  });

  it.each(['ignore', 'freeze'])('does not count with no-quorum-policy %s', (policy) => {
    const state = armed(options({ ...RELIED_ON, 'no-quorum-policy': policy }));
    expect(resetAfterMs(state, n3)).toBeUndefined();
  });

  it.each(['virtual', 'two-node'] as const)('does not count when it is refused: %s', (refusal) => {
    const state = armed(options(RELIED_ON), `10000 5000 ${refusal}`);
    expect(watchdogOf(state, n3)).toEqual({ timeoutMs: 10_000, proofAgeMs: 5000, refusal });
    expect(resetAfterMs(state, n3)).toBeUndefined();
    expect(watchdogText({ timeoutMs: 10_000, proofAgeMs: 5000, refusal })).toContain(refusal);
  });

  it.each(['', 'yes', '10000', '-1 5', '10000 5000 trusted'])('says nothing with "%s"', (text) => {
    expect(watchdogOf(armed(options(RELIED_ON), text), n3)).toBeUndefined();
  });

  it('keeps that while it is lost', () => {
    const lost = openView(armed(), { stay: 'n1 n2', left: { n3: 'node-down' } });
    expect(resetAfterMs(lost, n3)).toBe(30_000);
  });

  it('has to say it again in its next life, on the same boot too', () => {
    const held = openView(armed(), { stay: 'n1 n2', left: { n3: 'process-down' } });
    const back = openView(held, { stay: 'n1 n2', join: 'n3/2' });
    expect(nodeOf(back, 'n3').condition).toBe('online');
    expect(resetAfterMs(back, n3)).toBeUndefined();
  });

  it('makes a decision necessary: what could not be recovered before can be now', () => {
    const before = probedNodes(options(RELIED_ON));
    expect(armed().decision.wanted).toBeGreaterThan(before.decision.wanted);
    const has = (state: ClusterState): boolean =>
      pictureOf(state, n1, false).configuration.options.some(
        ({ values }) => values['have-watchdog'] === 'true',
      );
    expect([has(before), has(armed())]).toEqual([false, true]);
  });
});

/**
 * The feeder (native/watchdog.c) at its worst, in milliseconds from the moment at which the node was
 * cut off: the last proof was made before that, the last look was early enough to feed, and then the
 * feeder was held up for as long as the timer of the feeding before allowed.
 */
const lastReset = fc
  .record({
    timeoutMs: fc.integer({ min: 2000, max: 60_000 }),
    proofAgeMs: fc.integer({ min: 1000, max: 60_000 }),
    provedAtMs: fc.integer({ min: -3000, max: 0 }),
    lookAfter: fc.double({ min: 0, max: 1, noNaN: true }),
    heldUp: fc.double({ min: 0, max: 1, noNaN: true }),
    viewMs: fc.integer({ min: 0, max: 5000 }),
    /** Its clock and its timer against that of the others. */
    slow: fc.double({ min: 0.95, max: 1.05, noNaN: true }),
  })
  .map((drawn) => {
    const { timeoutMs, proofAgeMs, provedAtMs, lookAfter, heldUp, slow } = drawn;
    const fedMs = provedAtMs + slow * (lookAfter * proofAgeMs + heldUp * timeoutMs);
    return { ...drawn, resetMs: fedMs + slow * timeoutMs };
  });

it('nobody concludes that a machine was reset before it is', () => {
  fc.assert(
    fc.property(lastReset, ({ timeoutMs, proofAgeMs, viewMs, resetMs }) => {
      const state = armed(options(RELIED_ON), `${timeoutMs} ${proofAgeMs}`);
      expect(viewMs + (resetAfterMs(state, n3) ?? 0)).toBeGreaterThanOrEqual(resetMs);
    }),
    { numRuns: 500 },
  );
});

describe('the watchdog among the ways to fence', () => {
  it('is the only one without devices, and the last one behind them', () => {
    expect(waysOf(armed())).toEqual(['watchdog']);
    const both = armed({ ...options(RELIED_ON), fenceDevices: [switchOf('a', 2), switchOf('b')] });
    expect(waysOf(both)).toEqual(['a', 'a', 'b', 'watchdog']);
    expect(fencingWays(both, n2).map((way) => way[0]?.id)).toEqual(['a', 'a', 'b']);
  });

  it('is nothing that could be asked in a test', () => {
    expect(fencingPaths(armed(), n3)).toEqual([]);
  });

  it('gives way to a device of this name', () => {
    const state = armed({ ...options(RELIED_ON), fenceDevices: [switchOf('watchdog')] });
    expect(fencingWays(state, n3).map((way) => way[0]?.agent)).toEqual(['fence_ipmilan']);
  });
});
