import { describe, expect, it } from 'vitest';
import type { FencingRecord } from '../cluster/state.ts';
import { incarnation, nodeName, wallMs } from '../model/ids.ts';
import { statusView } from './status.ts';
import { LOCAL, NOON, clusterOf, configured, node, primitive, viewOf } from './testing/states.ts';

const record: FencingRecord = {
  id: 'f1',
  target: nodeName('n2'),
  incarnation: incarnation('earlier'),
  method: 'off',
  device: 'power',
  executor: nodeName('n1'),
  reason: 'it is lost',
  begunAt: wallMs(NOON),
  attempt: 1,
  endedAt: wallMs(NOON),
  ok: true,
  text: 'ok',
  durationMs: 1000,
  boot: 'boot-1',
};

/** What the status says of n2 being there in the boot of that name. */
function saidOf(more: Partial<FencingRecord>, boot = 'boot-1') {
  const nodes = [node('n1'), { ...node('n2'), boot }];
  const cluster = clusterOf(nodes, { configuration: configured([primitive('web')]) });
  const fencing = { ...cluster.fencing, ended: [{ ...record, ...more }] };
  const { alarms } = statusView({ ...cluster, fencing }, viewOf(['n1', 'n2']), LOCAL);
  return alarms.filter(({ text }) => text.includes('was not off'));
}

describe('a node that was taken for off and has run on', () => {
  it('by the word of a device is an error, with what to look at', () => {
    expect(saidOf({})).toEqual([
      {
        severity: 'error',
        text:
          'n2 was not off: its fencing by power was confirmed, but its machine has run on since. ' +
          'What ran there and was started elsewhere may have run twice.',
        advice:
          'find out what power switches instead of n2 (a wrong plug?), then: holdfast fence test n2 --for-real; ' +
          'check the data of what ran there; it is said until n2 is restarted',
      },
    ]);
  });

  it('by the word of a person or of its watchdog', () => {
    const [mistaken] = saidOf({ by: 'anna', device: 'by-hand' });
    expect(mistaken?.text).toMatch(/^n2 was not off: anna confirmed by hand that n2 is off, but/);
    expect(mistaken?.advice).toMatch(/^check the data/);
    expect(saidOf({ device: 'watchdog' })[0]?.advice).toMatch(/^find out why its watchdog did not/);
  });

  it('is no news once its machine was restarted', () => {
    expect(saidOf({}, 'boot-2')).toEqual([]);
  });
});
