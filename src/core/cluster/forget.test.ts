import { describe, expect, it } from 'vitest';
import { nodeName, wallMs } from '../model/ids.ts';
import { isForgotten } from './forget.ts';
import { clusterMachine } from './machine.ts';
import type { ClusterState } from './state.ts';
import {
  applied,
  apply,
  conditions,
  configure,
  fenced,
  fenceRequest,
  lastWords,
  n1,
  n2,
  n3,
  openView,
  probedNodes,
} from './testing/cluster.ts';

const forget = { kind: 'node-forget', node: n3, by: 'anna' } as const;
const lost = (): ClusterState =>
  openView(probedNodes(), { stay: 'n1 n2', left: { n3: 'node-down' } });
const off = (): ClusterState => apply(lost(), { kind: 'fence-confirm', node: n3, by: 'anna' });

describe('a node is forgotten', () => {
  it('that is known to be off, and by nothing else', () => {
    const state = apply(off(), forget);
    expect(conditions(state)).toBe('n1 online, n2 online');
    expect(lastWords(state)).toEqual([
      'anna: n3 is forgotten, it is no part of the cluster any more',
    ]);
    expect(state.decision.wanted).toBeGreaterThan(off().decision.wanted);
  });

  it.each([
    ['while it is a member', probedNodes, 'holdfast node stop n3'],
    ['while it is not confirmed that it is off', lost, 'holdfast fence confirm n3'],
    ['while it is being fenced', () => apply(lost(), fenceRequest(lost(), 'n3')), 'being fenced'],
    ['while only its daemon is away', held, 'only the daemon of n3 is away'],
    ['that the configuration describes', described, 'take it out of "nodes"'],
  ])('not %s', (_, state, words) => {
    const before = state();
    const { state: after, answer } = applied(before, forget);
    expect(answer).toMatchObject({ refused: expect.stringContaining(words) });
    expect(after.nodes).toBe(before.nodes);
  });

  it('with its marks, its proofs and its failures; what was done stays in the history', () => {
    const mark = { by: 'anna', setAt: wallMs(0) };
    const failed = apply(lost(), fenceRequest(lost(), 'n3'));
    const state = apply(
      failed,
      fenced(failed, false),
      { kind: 'fence-confirm', node: n3, by: 'anna' },
      { kind: 'set-mark', mark: { ...mark, kind: 'node-standby', id: 'standby:n3', node: n3 } },
      { kind: 'set-mark', mark: { ...mark, kind: 'node-standby', id: 'standby:n2', node: n2 } },
      forget,
    );
    expect(Object.keys(state.marks)).toEqual(['standby:n2']);
    expect(state.fencing.failures).toEqual({});
    expect(state.fencing.ended.map(({ target }) => target)).toEqual(['n3', 'n3']);
  });

  it('although corosync.conf still names it; one that joins is a new node', () => {
    const gone = apply(off(), forget, { kind: 'nodes-configured', nodes: [n1, n2, n3] });
    expect(conditions(gone)).toBe('n1 online, n2 online');
    const kept = clusterMachine.decode(clusterMachine.encode(gone));
    expect(kept === undefined ? undefined : isForgotten(kept, n3)).toBe(true);
    const back = openView(gone, { stay: 'n1 n2', join: 'n3/9' });
    expect(conditions(back)).toBe('n1 online, n2 online, n3 online');
    expect(isForgotten(back, n3)).toBe(false);
  });

  it('and holds the feature level back no more', () => {
    const newer = off();
    const nodes = { ...newer.nodes };
    for (const name of [n1, n2]) nodes[name] = { ...nodes[name]!, featureLevel: 2 };
    const state = apply({ ...newer, nodes }, forget);
    expect(state.featureLevel).toBe(2);
    expect(newer.featureLevel).toBe(1);
  });
});

function held(): ClusterState {
  return openView(probedNodes(), { stay: 'n1 n2', left: { n3: 'process-down' } });
}

function described(): ClusterState {
  const node = {
    id: 'n3',
    name: nodeName('n3'),
    type: 'member',
    attributes: [],
    utilization: [],
  } as const;
  return apply(off(), configure({ nodes: [node] }));
}
