import { describe, expect, it } from 'vitest';

import { nodeName } from '../model/ids.ts';
import type { OpenedView, ViewMember } from '../store/types.ts';
import { clusterMachine, emptyCluster } from './machine.ts';
import type { ClusterState } from './state.ts';
import { addConfiguredNodes } from './nodes.ts';
import { applied, contextOf, member } from './testing/cluster.ts';

/** `n1:2 n2 n3/2:2`: members with the feature level of their programs behind a colon. */
function members(text: string): readonly ViewMember[] {
  return text.split(' ').map((each) => {
    const [name = '', level = '1'] = each.split(':');
    return { ...member(name), featureLevel: Number(level) };
  });
}

function open(
  state: ClusterState,
  text: string,
  { acting = true, mayHaveMissed = false } = {},
): ClusterState {
  const all = members(text);
  const known = (each: ViewMember): boolean =>
    state.nodes[each.node]?.incarnation === each.incarnation;
  const view: OpenedView = {
    ring: { sequence: state.epoch + 1, representative: 1 as never },
    epoch: state.epoch + 1,
    acting,
    quorate: acting,
    members: all,
    joined: all.filter((each) => !known(each)),
    left: [],
    dc: all[0]!.node,
    mayHaveMissed,
  };
  return clusterMachine.openView(state, view, contextOf(state));
}

const begun = open(emptyCluster, 'n1 n2 n3');
const said = (state: ClusterState): string => state.story.map(({ text }) => text).join('\n');

describe('the feature level', () => {
  it('is the lowest, node after node, and rises with the last one, once', () => {
    const one = open(begun, 'n1/2:2 n2 n3');
    const two = open(one, 'n1/2:2 n2/2:2 n3');
    expect([begun, one, two].map(({ featureLevel }) => featureLevel)).toEqual([1, 1, 1]);
    const three = open(two, 'n1/2:2 n2/2:2 n3/2:2');
    expect(three.featureLevel).toBe(2);
    expect(said(three)).toMatch(/all nodes know feature level 2: it is in force from now on$/);
    const again = open(three, 'n1/2:2 n2/2:2');
    expect(said(again).match(/feature level/g)).toHaveLength(1);
  });

  it('waits for a node that is away with an older program', () => {
    const away = open(begun, 'n1/2:2 n2/2:2');
    expect(away.featureLevel).toBe(1);
    expect(open(away, 'n1/2:2 n2/2:2 n3/2:2').featureLevel).toBe(2);
  });

  it('waits for one that was off, and of which nothing is known any more', () => {
    const life = begun.nodes[nodeName('n3')]!.incarnation;
    const left = { kind: 'node-leaves', node: nodeName('n3'), incarnation: life } as const;
    const off = applied(begun, left, nodeName('n3')).state;
    const alone = open(off, 'n1/2:2 n2/2:2', { mayHaveMissed: true });
    expect(alone.nodes[nodeName('n3')]?.condition).toBe('unseen');
    expect(alone.featureLevel).toBe(1);
  });

  it('does not wait for a node that was never there', () => {
    const four = addConfiguredNodes(begun, [nodeName('n4')]);
    expect(open(four, 'n1/2:2 n2/2:2 n3/2:2').featureLevel).toBe(2);
  });

  it('takes the lowest of several, and never falls', () => {
    const mixed = open(begun, 'n1/2:3 n2/2:2 n3/2:3');
    expect(mixed.featureLevel).toBe(2);
    expect(open(mixed, 'n1/2:3 n2/3:1 n3/2:3').featureLevel).toBe(2);
  });

  it('rises in no view that may not act, and nothing is noted there', () => {
    const lame = open(begun, 'n1/2:2 n2/2:2 n3/2:2', { acting: false });
    expect(lame.featureLevel).toBe(1);
    expect(lame.nodes[nodeName('n1')]?.featureLevel).toBe(undefined);
  });

  it('is in the snapshot, and stays over a restart from the disk', () => {
    const raised = open(begun, 'n1/2:2 n2/2:2 n3/2:2');
    const back = clusterMachine.decode(clusterMachine.encode(clusterMachine.restart(raised)));
    expect(back?.featureLevel).toBe(2);
    expect(back?.nodes[nodeName('n3')]?.featureLevel).toBe(2);
  });
});
