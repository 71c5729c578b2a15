/** A node's condition changes: the record and the story say so together. */
import type { ClusterState, NodeCondition, NodeRecord } from './state.ts';
import { tell } from './tell.ts';

const SEVERITY: Readonly<Record<NodeCondition, 'good' | 'warning' | 'error' | 'info'>> = {
  online: 'good',
  held: 'warning',
  lost: 'error',
  down: 'info',
  unseen: 'warning',
};

export function setCondition(
  state: ClusterState,
  node: NodeRecord,
  condition: NodeCondition,
  because: string,
): ClusterState {
  const changed = { ...node, condition, because, since: state.time };
  const next = { ...state, nodes: { ...state.nodes, [node.name]: changed } };
  return tell(next, {
    kind: 'node',
    severity: SEVERITY[condition],
    node: node.name,
    text: `${node.name} is ${CONDITION_WORDS[condition]}: ${because}`,
  });
}

const CONDITION_WORDS: Readonly<Record<NodeCondition, string>> = {
  online: 'online',
  held: 'held (its daemon is away)',
  lost: 'lost (unclean)',
  down: 'down (clean)',
  unseen: 'not seen yet',
};
