/** A node is evacuated for maintenance: when it counts as empty, and that it stays so. */
import { describe, expect, it } from 'vitest';
import { wallMs } from '../model/ids.ts';
import { endedEvacuations } from './evacuation.ts';
import type { Mark } from './marks.ts';
import type { ClusterState } from './state.ts';
import {
  apply,
  carryOut,
  clone,
  lastWords,
  n1,
  openView,
  planCommand,
  probedNodes,
  results,
  threeNodes,
} from './testing/cluster.ts';

const mark: Mark = {
  kind: 'node-maintenance',
  id: 'maintenance-node:n1',
  node: n1,
  evacuation: 'wanted',
  by: 'anna',
  setAt: wallMs(0),
};
const evacuate = (state: ClusterState): ClusterState => apply(state, { kind: 'set-mark', mark });
/** The leader has decided, and nothing is to be done any more. */
const decided = (state: ClusterState): ClusterState => apply(state, planCommand(state));
/** What the leader has noted then. */
const noted = (state: ClusterState): ClusterState =>
  endedEvacuations(state).reduce(
    (before, { id }) => apply(before, { kind: 'evacuation-ends', id }),
    state,
  );
const evacuation = (state: ClusterState): string | undefined => {
  const found = noted(state).marks['maintenance-node:n1'];
  return found?.kind === 'node-maintenance' ? found.evacuation : undefined;
};

describe('an evacuation', () => {
  it('is over when the last copy is stopped, and that asks for a decision', () => {
    const asked = evacuate(carryOut(probedNodes(), 'start web n1'));
    const moving = apply(asked, planCommand(asked, 'stop web n1'));
    expect(evacuation(moving)).toBe('wanted');
    const stopped = noted(apply(moving, results(moving, 'stop web n1')));
    expect(evacuation(stopped)).toBe('done');
    expect(lastWords(stopped)).toEqual(['n1 is empty: from now on nothing is touched there']);
    expect(stopped.decision.wanted).toBeGreaterThan(stopped.decision.answered);
  });

  it('of an empty node is over when the cluster has nothing more to do there', () => {
    const asked = evacuate(probedNodes());
    expect(evacuation(asked)).toBe('wanted');
    expect(evacuation(decided(asked))).toBe('done');
    expect(evacuation(apply(asked, planCommand(asked, 'stop web n1')))).toBe('wanted');
    expect(evacuation(apply(asked, planCommand(asked, 'stop web n2')))).toBe('done');
  });

  it('waits for what may run there: a clone, what was never looked for, what failed to stop', () => {
    const cloned = carryOut(
      probedNodes({ resources: [clone('webs', 'web')] }),
      'start web:0 n1',
      'start web:1 n2',
    );
    expect(evacuation(decided(evacuate(cloned)))).toBe('wanted');
    expect(evacuation(decided(evacuate(threeNodes())))).toBe('wanted');
    const running = carryOut(probedNodes(), 'start web n1');
    const stopping = apply(running, planCommand(running, 'stop web n1'));
    const stuck = apply(stopping, results(stopping, 'stop web n1: 1'));
    expect(evacuation(decided(evacuate(stuck)))).toBe('wanted');
  });

  it('waits while nobody knows: the node is lost or its daemon is away; once it is off, it is empty', () => {
    const asked = evacuate(probedNodes());
    const held = openView(asked, { stay: 'n2 n3', left: { n1: 'process-down' } });
    expect(evacuation(decided(held))).toBe('wanted');
    const lost = openView(asked, { stay: 'n2 n3', left: { n1: 'node-down' } });
    expect(evacuation(decided(lost))).toBe('wanted');
    const off = apply(lost, { kind: 'fence-confirm', node: n1, by: 'bert' });
    expect(evacuation(off)).toBe('done');
  });

  it('is not begun again by what runs there later', () => {
    const over = noted(decided(evacuate(probedNodes())));
    const byHand = carryOut(over, 'start web n1');
    expect(evacuation(decided(byHand))).toBe('done');
    const back = openView(byHand, { stay: 'n2 n3', join: 'n1/2b' });
    expect(evacuation(decided(back))).toBe('done');
  });

  it('is not over when something was found there before that is in the order', () => {
    const asked = evacuate(probedNodes());
    const found = carryOut(asked, 'start web n1');
    expect(apply(found, { kind: 'evacuation-ends', id: mark.id }).marks[mark.id]).toEqual(
      asked.marks[mark.id],
    );
  });

  it('that is asked for again, or not any more, is another mark of the same name', () => {
    const over = noted(decided(evacuate(probedNodes())));
    expect(evacuation(evacuate(over))).toBe('wanted');
    const { evacuation: _, ...plain } = mark;
    const kept = apply(over, { kind: 'set-mark', mark: plain });
    expect(evacuation(decided(kept))).toBeUndefined();
    expect(lastWords(apply(over, { kind: 'clear-mark', id: mark.id, by: 'anna' }))).toEqual([
      'anna: ended "n1 evacuated for maintenance"',
    ]);
  });
});
