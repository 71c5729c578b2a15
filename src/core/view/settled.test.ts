import { describe, expect, it } from 'vitest';

import { wallMs } from '../model/ids.ts';
import { statusView } from './status.ts';
import {
  LOCAL,
  NOON,
  action,
  chain,
  clusterOf,
  configured,
  histories,
  history,
  node,
  primitive,
  viewOf,
} from './testing/states.ts';

const web = configured([primitive('web')]);
const running = node('n1', { history: histories(history('web', 'monitor 7', 'start 0')) });
const idle = node('n2', { history: histories(history('web', 'monitor 7')) });

describe('settled', () => {
  const settled = (more: Parameters<typeof clusterOf>[1], view = viewOf(['n1'])) =>
    statusView(clusterOf([running], { configuration: web, ...more }), view, LOCAL).settled;

  it('when nothing is under way', () => {
    expect(settled({})).toBe(true);
    expect(settled({ transition: chain([action('start web n1', 0), 'done']) })).toBe(true);
  });

  it('not while an action runs or waits, a decision is wanted, or nothing may be done', () => {
    expect(settled({ transition: chain([action('start web n1', 0), 'ready']) })).toBe(false);
    const { decision } = clusterOf([]);
    expect(settled({ decision: { ...decision, wanted: 9 } })).toBe(false);
    expect(settled({}, viewOf(['n1'], { phase: { kind: 'open', acting: false } }))).toBe(false);
  });

  it('not while a daemon is away: what comes next has its time', () => {
    const held = { ...idle, condition: 'held' as const, since: wallMs(NOON - 1000) };
    const status = statusView(
      clusterOf([running, held], { configuration: web }),
      viewOf(['n1']),
      LOCAL,
    );
    expect(status.settled).toBe(false);
    expect(status.next).toEqual([
      {
        kind: 'time',
        text: 'n2 counts as lost unless its daemon comes back',
        node: 'n2',
        at: NOON - 1000 + LOCAL.daemonGraceMs,
      },
    ]);
  });

  it('while nothing is configured: decisions wait for a configuration', () => {
    const { decision } = clusterOf([]);
    const configuration = { ...web, version: 0 };
    expect(settled({ configuration, decision: { ...decision, wanted: 9 } })).toBe(true);
  });
});
