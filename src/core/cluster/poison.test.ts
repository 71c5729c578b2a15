import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WATCHDOG_ATTRIBUTE } from '../model/attributes.ts';
import type { FenceDevice } from '../model/configuration.ts';
import { fencePlan } from '../fencing/choose.ts';
import { fencingWays } from './fencing-levels.ts';
import { clusterMachine } from './machine.ts';
import { PILL_AGENT, canTakePill, pillParameters, pillTerms } from './poison.ts';
import type { ClusterState } from './state.ts';
import { action, apply, n1, n3, nodeOf, openView, probedNodes } from './testing/cluster.ts';
import { resetAfterMs, watchdogOf, watchdogText } from './watchdog.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

const UUID = '91452ef6-641e-4fe0-9523-53f28b350ee2';
const OTHER = '11111111-2222-3333-4444-555555555555';

const device = (id: string, agent: string, more: Partial<FenceDevice> = {}): FenceDevice => ({
  ...plainFenceDevice,
  id,
  agent,
  parameters: { disks: '/dev/disk/by-id/a' },
  ...more,
});
const pill = device('pill', PILL_AGENT);

/** n3 has said this of its watchdog: 10 s, 5 s for a proof, 8 s for a disk. */
const said = (value: string | undefined, fenceDevices = [pill]): ClusterState =>
  apply(probedNodes({ fenceDevices }), {
    kind: 'attribute',
    node: n3,
    name: WATCHDOG_ATTRIBUTE,
    value,
  });
const proved = said(`10000 5000 pill:8000:${UUID},${OTHER}`);
const waysOf = (state: ClusterState): readonly string[] =>
  fencingWays(state, n3).map((way) => way.map(({ id }) => id).join('+'));

describe('a poison pill', () => {
  it('proves something about a node that has proved to read its disks with an armed watchdog', () => {
    expect(pillTerms(proved, n3)).toEqual({
      waitMs: 2 * (8000 + 10_000),
      uuids: [UUID, OTHER],
      boot: nodeOf(proved, n3).boot,
    });
    expect(waysOf(proved)).toEqual(['pill']);
    expect(fencePlan(proved, action('fence n3'), n1, 1)?.device).toBe('pill');
  });

  it.each([
    ['nothing', undefined],
    ['an armed watchdog without disks', '10000 5000'],
    ['a virtual machine', `10000 5000 virtual pill:8000:${UUID}`],
    ['a disk that is none', '10000 5000 pill:8000:x'],
    ['no disk', '10000 5000 pill:8000:'],
    ['too many disks', `10000 5000 pill:8000:${[UUID, UUID, UUID, UUID].join(',')}`],
  ])('proves nothing where %s was told', (_, value) => {
    const state = said(value);
    expect(pillTerms(state, n3)).toBeUndefined();
    expect(waysOf(state)).toEqual([]);
    expect(fencePlan(state, action('fence n3'), n1, 1)).toBeUndefined();
  });

  it('is what two nodes may use, each with quorum for itself', () => {
    const state = said(`10000 5000 two-node pill:8000:${UUID}`);
    expect(waysOf(state)).toEqual(['pill']);
    expect(resetAfterMs(state, n3)).toBeUndefined();
  });

  it('has to be proved again by a new life of the node, and after a cold start', () => {
    expect(pillTerms(clusterMachine.restart(proved), n3)).toBeUndefined();
    const lost = openView(proved, { stay: 'n1 n2', left: { n3: 'node-down' } });
    expect(pillTerms(lost, n3)).toEqual(pillTerms(proved, n3));
    expect(pillTerms(openView(lost, { stay: 'n1 n2', join: 'n3/2' }), n3)).toBeUndefined();
  });

  it('reboots or switches off, alone: it is no on, and no half of a power switch', () => {
    const power = device('power', 'fence_ipmilan');
    expect(canTakePill([pill], 'reboot')).toBe(true);
    expect(canTakePill([pill], 'off')).toBe(true);
    expect(canTakePill([pill], 'on')).toBe(false);
    for (const wanted of ['reboot', 'off'] as const)
      expect(canTakePill([power, pill], wanted)).toBe(false);
    const off = { ...action('fence n3'), fenceMethod: 'off' } as const;
    expect(fencePlan(proved, off, n1, 1)).toMatchObject({ device: 'pill', method: 'off' });
    const stays = { ...said(`10000 5000 pill:8000:${UUID}`, [{ ...pill, action: 'off' }]) };
    expect(fencePlan(stays, action('fence n3'), n1, 1)?.method).toBe('off');
    expect(canTakePill([power], 'off')).toBe(true);
  });

  it('leaves other devices as they are', () => {
    const power = device('power', 'fence_ipmilan');
    expect(waysOf(said(undefined, [pill, power]))).toEqual(['power']);
    expect(waysOf(said(`10000 5000 pill:8000:${UUID}`, [pill, power]))).toEqual(['pill', 'power']);
  });

  it('is told what only the cluster knows, whatever the configuration says', () => {
    const terms = pillTerms(proved, n3);
    if (terms === undefined) throw new Error('it was proved');
    expect(pillParameters(terms, '1.2.n3.1')).toEqual({
      pill_wait_ms: '36000',
      pill_uuids: `${UUID},${OTHER}`,
      pill_boot: terms.boot,
      pill_request: '1.2.n3.1',
    });
  });
});

const time = fc.integer({ min: 0, max: 600_000 });
const refusal = fc.constantFrom(undefined, 'virtual' as const, 'two-node' as const);

it('the waiting is never shorter than any way to the reset', () => {
  fc.assert(
    fc.property(time, time, time, fc.boolean(), (timeoutMs, proofAgeMs, ageMs, isProofLast) => {
      const text = watchdogText({ timeoutMs, proofAgeMs, disks: { ageMs, uuids: [UUID] } });
      const waitMs = pillTerms(said(text), n3)?.waitMs ?? -1;
      // The last feeding comes at most a timeout after what allows it is too old.
      const lastFedMs = (isProofLast ? proofAgeMs : ageMs) + timeoutMs;
      return waitMs >= lastFedMs + timeoutMs;
    }),
  );
});

it('what a node says is what the others read', () => {
  const disks = fc.record({
    ageMs: time,
    uuids: fc.array(fc.constantFrom(UUID, OTHER), { minLength: 1, maxLength: 3 }),
  });
  fc.assert(
    fc.property(time, time, refusal, fc.option(disks, { nil: undefined }), (t, p, why, read) => {
      const watchdog = {
        timeoutMs: t,
        proofAgeMs: p,
        ...(why === undefined ? {} : { refusal: why }),
        ...(read === undefined ? {} : { disks: read }),
      };
      expect(watchdogOf(said(watchdogText(watchdog)), n3)).toEqual(watchdog);
    }),
  );
});
