import { describe, expect, it } from 'vitest';

import { plainFenceDevice } from '../model/testing/fence-device.ts';
import { statusView } from './status.ts';
import { LOCAL, clusterOf, configured, node, primitive, viewOf } from './testing/states.ts';

const nodes = [node('n1'), node('n2')];
const power = { ...plainFenceDevice, id: 'power', agent: 'fence_power' };

/** What the status of a whole cluster with a proved device says against these options. */
function saidOf(options: Record<string, string>, local = LOCAL, view = viewOf(['n1', 'n2'])) {
  const configuration = configured([primitive('web')], {
    fenceDevices: [power],
    options: [{ id: 'options', score: 0, values: options }],
  });
  return statusView(clusterOf(nodes, { configuration }), view, local).alarms;
}

const warning = (words: string) =>
  expect.objectContaining({
    severity: 'warning',
    text: expect.stringContaining(words) as string,
  }) as object;

describe('fencing that is switched off', () => {
  it.each(['fencing-enabled', 'stonith-enabled'])('by %s is said, with the way back', (name) => {
    expect(saidOf({ [name]: 'false' })).toEqual([
      {
        severity: 'warning',
        text:
          'Nothing is fenced (fencing-enabled: false): what ran on a lost node is started elsewhere ' +
          'although it may still run there, and two that write to the same data destroy it.',
        advice: 'take fencing-enabled out of the options, and apply it',
      },
    ]);
  });

  it('comes back with a device, where there is none', () => {
    const options = [{ id: 'options', score: 0, values: { 'fencing-enabled': 'false' } }];
    const configuration = configured([primitive('web')], { options });
    const view = viewOf(['n1', 'n2']);
    const { alarms } = statusView(clusterOf(nodes, { configuration }), view, LOCAL);
    const [first] = alarms;
    expect(first?.advice).toMatch(/^describe a device .*, take fencing-enabled out/);
  });

  it('is said on a node without quorum, too', () => {
    const alone = viewOf(['n1'], { quorate: false, phase: { kind: 'open', acting: false } });
    const said = saidOf({ 'fencing-enabled': 'false' }, LOCAL, alone);
    expect(said).toContainEqual(warning('Nothing is fenced'));
  });

  it.each(['freeze', 'ignore'])('is worse where the policy lets services go on: %s', (policy) => {
    const said = saidOf({ 'fencing-enabled': 'false', 'no-quorum-policy': policy });
    const worse = `a node that was only cut off goes on with it (no-quorum-policy: ${policy})`;
    expect(said).toContainEqual(warning(worse));
  });

  it('is no news where there is one machine, nor where it is on', () => {
    expect(saidOf({ 'fencing-enabled': 'false' }, { ...LOCAL, engine: 'local' })).toEqual([]);
    expect(saidOf({ 'fencing-enabled': 'true', 'startup-fencing': 'true' })).toEqual([]);
  });
});

it('nodes that were never seen and are not fenced are said', () => {
  expect(saidOf({ 'startup-fencing': 'no' })).toEqual([
    {
      severity: 'warning',
      text:
        'A node that was not seen since the cluster started counts as switched off, and is not fenced ' +
        '(startup-fencing: false): what still runs there is started a second time.',
      advice: 'take startup-fencing out of the options, and apply it',
    },
  ]);
  // That nothing at all is fenced has been said.
  expect(saidOf({ 'startup-fencing': 'no', 'fencing-enabled': 'no' })).toHaveLength(1);
});

describe('no-quorum-policy', () => {
  it('ignore is said, for it is not what it promises; freeze is', () => {
    expect(saidOf({ 'no-quorum-policy': 'ignore' })).toEqual([warning('the same as "freeze"')]);
    for (const policy of ['stop', 'freeze', 'demote', 'fence'])
      expect(saidOf({ 'no-quorum-policy': policy })).toEqual([]);
  });

  it.each(['freeze', 'ignore'])('%s takes the watchdogs out of the count', (policy) => {
    const options = { 'no-quorum-policy': policy, 'fencing-watchdog-timeout': '-1' };
    const said = saidOf(options);
    expect(said).toContainEqual(warning(`No watchdog counts with no-quorum-policy: ${policy}`));
    expect(said).not.toContainEqual(warning('the same as "freeze"'));
  });
});
