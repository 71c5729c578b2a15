import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sortedValues } from '../cluster/order.ts';
import { isTimeDoubtful } from '../model/said.ts';
import { playScenario } from './testing/scenario.ts';

const story = (name: string): string =>
  readFileSync(new URL(`../../../scenarios/cluster/${name}.txt`, import.meta.url), 'utf8');

/** The world of a story at this second. */
const at = (name: string, seconds: number): ReturnType<typeof playScenario> =>
  playScenario(story(name).replace(/^ *\d+ end$/m, `${seconds} end`));

describe('a machine that boots with a clock a minute off', () => {
  it('does not join a cluster that acts, and says why, on all nodes', () => {
    const world = at('clock-refused', 39);
    const refused = world.machine('n3').node;
    const text =
      'this node does not join: its clock is 75 s behind that of n1; ' +
      'set both by one time source (chrony or another NTP client), then it joins by itself';
    expect(refused?.view.phase).toEqual({ kind: 'gathering', waitsFor: ['n1'], reason: text });
    expect(refused?.loggedPhase).toBe(text);
    for (const name of ['n1', 'n2']) {
      const findings = world.machine(name).node?.view.findings;
      expect(findings?.join()).toContain('n3 does not join while its clock is 75 s behind');
    }
  });

  it('joins when it is set, and nobody speaks of it any more', () => {
    const world = at('clock-refused', 60);
    for (const { node } of world.machines) {
      expect(node?.view.members.length).toBe(3);
      expect(node?.view.findings.join()).not.toContain('does not join');
    }
  });

  it('joins at once where nobody acts without it, and where it only was away', () => {
    const alone = story('clock-refused').replace('10 power-off n3', '10 power-off n2 n3');
    const apart = story('clock-refused').replace('10 power-off n3', '10 kill-daemon n3');
    const together = alone.replace('20 boot n3', '20 boot n2 n3').replace('40 clock n3 0\n', '');
    for (const text of [together, apart.replace('20 boot n3', '15 start-daemon n3')]) {
      const world = playScenario(text.replace(/^ *60 end$/m, '35 end'));
      expect(world.machine('n3').node?.view.members.map((each) => each.node)).toContain('n3');
    }
  });
});

describe('a clock that drifts', () => {
  it('is told by whom it differs from, and taken back', () => {
    const told = (seconds: number): string =>
      JSON.stringify(at('clock-drifts', seconds).cluster?.nodes['n2' as never]?.attributes);
    expect(told(19)).not.toContain('#clock');
    expect(told(35)).toContain('"#clock":"n1 -300000"');
    expect(told(60)).not.toContain('#clock');
  });

  it('ends nothing: half of the members have another time', () => {
    const { cluster } = at('clock-drifts', 39);
    expect(cluster === undefined || isTimeDoubtful(sortedValues(cluster.nodes))).toBe(true);
    expect(Object.keys(cluster?.marks ?? {})).toEqual(['standby:n2']);
  });

  it('of one among three does not hold up the others', () => {
    const text = story('clock-drifts').replace('clock n1 300', 'clock n2 300');
    const world = playScenario(text.replace('40 clock n1 0\n', ''));
    expect(world.cluster?.nodes['n2' as never]?.attributes['#clock']).toBe('n1 300000');
    expect(Object.keys(world.cluster?.marks ?? {})).toEqual([]);
  });
});
