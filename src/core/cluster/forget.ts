/**
 * A node that is gone for good is forgotten: its record, what was set for it, its proofs, and what it
 * holds back. **Only one that is known to be off**: otherwise nobody would fence it any more.
 */
import { raise } from './level.ts';
import type { NodeName } from '../model/ids.ts';
import { markText } from './marks-apply.ts';
import type { Mark } from './marks.ts';
import { sortedValues, without } from './order.ts';
import type { ClusterState } from './state.ts';
import { tell, want } from './tell.ts';
import { dropRefusal } from './unfencing.ts';

const FORGOTTEN_MAX = 100;

/** Undefined: it may be forgotten. */
export function forgetRefusal(state: ClusterState, name: NodeName): string | undefined {
  const node = state.nodes[name];
  if (node === undefined) return `there is no node ${name}`;
  if (state.fencing.active.some(({ target }) => target === name)) {
    return `${name} is being fenced: wait until that has ended (holdfast fence history)`;
  }
  switch (node.condition) {
    case 'online':
      return `${name} is online: let it leave first (holdfast node stop ${name}), and see that its daemon does not start again`;
    case 'held':
      return `only the daemon of ${name} is away, what it ran goes on there: stop its services, then holdfast fence confirm ${name}`;
    case 'lost':
    case 'unseen':
      return (
        `it is not confirmed that ${name} is off, so its services may be running there; switch it off, ` +
        `see that it is, and say so: holdfast fence confirm ${name}`
      );
    case 'down':
      return configuredRefusal(state, name);
  }
}

/** The scheduler would go on to expect a node that the configuration describes. */
function configuredRefusal({ configuration }: ClusterState, name: NodeName): string | undefined {
  if (!configuration.model.nodes.some((node) => node.name === name)) return undefined;
  return (
    `the configuration still describes ${name}: take it out of "nodes", with the constraints that ` +
    'name it, and apply that (holdfast export, holdfast apply)'
  );
}

/** The fencings that were done stay in the history. */
export function forgetNode(state: ClusterState, name: NodeName, by: string): ClusterState {
  const { failures, retryAt, tests = [], proofs = [], heldBack = [] } = state.fencing;
  const fencing = {
    ...state.fencing,
    failures: without(failures, name),
    retryAt: without(retryAt, name),
    ...(tests.length > 0 && { tests: tests.filter(({ target }) => target !== name) }),
    ...(proofs.length > 0 && { proofs: proofs.filter(({ target }) => target !== name) }),
    ...(heldBack.length > 0 && { heldBack: heldBack.filter(({ node }) => node !== name) }),
  };
  const others = forgottenNodes(state).filter((each) => each !== name);
  const next = {
    ...state,
    fencing,
    nodes: without(state.nodes, name),
    forgotten: [...others, name].slice(-FORGOTTEN_MAX),
  };
  const text = `${by}: ${name} is forgotten, it is no part of the cluster any more`;
  const told = tell(next, { kind: 'node', severity: 'warning', node: name, text });
  return want(raise(endMarks(dropRefusal(told, name), name)), text);
}

/** Gone for good: that corosync.conf still names them does not bring them back. */
export const forgottenNodes = (state: ClusterState): readonly NodeName[] => state.forgotten ?? [];

export const isForgotten = (state: ClusterState, name: NodeName): boolean =>
  forgottenNodes(state).includes(name);

/** One that joins after all is a node as any new one. */
export function remember(state: ClusterState, name: NodeName): ClusterState {
  if (!isForgotten(state, name)) return state;
  return { ...state, forgotten: forgottenNodes(state).filter((each) => each !== name) };
}

function endMarks(state: ClusterState, name: NodeName): ClusterState {
  let next = state;
  for (const mark of sortedValues(state.marks)) {
    if (!isAbout(mark, name)) continue;
    const text = `"${markText(mark)}" ended: ${name} is forgotten`;
    next = { ...next, marks: without(next.marks, mark.id) };
    next = tell(next, { kind: 'mark', severity: 'info', text });
  }
  return next;
}

const isAbout = (mark: Mark, name: NodeName): boolean =>
  ('node' in mark && mark.node === name) ||
  (mark.kind === 'move' && (mark.to === name || mark.away === name)) ||
  (mark.kind === 'restart' && mark.returnTo === name);
