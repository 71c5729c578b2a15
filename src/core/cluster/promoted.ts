/**
 * **A copy is never promoted while another one may be promoted, where only one may be.** Checked
 * where it is decided to spawn, whatever the plan says, as it is for starts (safety.ts).
 */
import type { Clone, Configuration, Primitive } from '../model/configuration.ts';
import type { NodeName, ResourceId } from '../model/ids.ts';
import { OCF } from '../model/operation.ts';
import type { OperationRecord, ResourceHistory } from '../model/picture.ts';
import { runningOperations } from '../transition/advance.ts';
import { lastWord } from './activity.ts';
import { isLookedFor } from './discovery.ts';
import { baseName } from './fail-counts.ts';
import { sortedKeys, sortedValues } from './order.ts';
import type { OtherCopy } from './safety.ts';
import type { ClusterState, NodeRecord } from './state.ts';

/** Nodes other than `target` on which an instance is promoted or may be, with the reason. */
export function otherPromoted(
  state: ClusterState,
  instance: ResourceId,
  target: NodeName,
): readonly OtherCopy[] {
  const resource = baseName(instance);
  if (!isPromotedOnce(state.configuration.model, resource)) return [];
  const copies: OtherCopy[] = [];
  for (const node of sortedValues(state.nodes)) {
    if (node.name === target) continue;
    const why = promotedOn(state, node, resource);
    if (why !== undefined) copies.push({ node: node.name, why });
  }
  return copies;
}

function promotedOn(state: ClusterState, node: NodeRecord, resource: string): string | undefined {
  if (node.condition === 'down') return undefined;
  if (node.condition === 'unseen') return 'the node was never seen, anything may run there';
  const names = sortedKeys(node.history).filter((name) => baseName(name) === resource);
  const known = names.map((name) => promotion(node.history[name]));
  if (known.includes('promoted')) return `it is promoted there (the node is ${node.condition})`;
  const isUnasked =
    names.length === 0 && isLookedFor(state.configuration.model, resource, node.name);
  if (isUnasked || known.includes('uncertain')) {
    return 'it is not known whether it is promoted there';
  }
  const pending = runningOperations(state.transition).some(
    (entry) =>
      entry.node === node.name &&
      entry.action.kind === 'promote' &&
      baseName(entry.action.instance ?? entry.action.resource ?? '') === resource,
  );
  return pending ? 'it is being promoted there' : undefined;
}

type Promotion = 'promoted' | 'not-promoted' | 'uncertain';

/** Of what was never looked for, and of a promotion, demotion or stop with an open end, nobody knows. */
export function promotion(history: ResourceHistory | undefined): Promotion {
  const last = lastWord(history, (entry) => roleAfter(entry) !== undefined);
  return (last && roleAfter(last)) ?? 'uncertain';
}

/** Undefined: this says nothing of the role. */
function roleAfter({ operation, status, exitCode }: OperationRecord): Promotion | undefined {
  // Whatever becomes of a start, it promotes nothing.
  if (operation === 'start') return 'not-promoted';
  if (status === 'pending') return 'uncertain';
  if (operation === 'monitor') return roles.get(exitCode);
  if (status !== 'done') return 'uncertain';
  return operation === 'promote' ? 'promoted' : 'not-promoted';
}

/** Other answers of a monitor are failures, of which the role is not known to change. */
const roles: ReadonlyMap<number, Promotion> = new Map([
  [OCF.ok, 'not-promoted'],
  [OCF.degraded, 'not-promoted'],
  [OCF.notRunning, 'not-promoted'],
  [OCF.notInstalled, 'not-promoted'],
  [OCF.promoted, 'promoted'],
  [OCF.promotedDegraded, 'promoted'],
  [OCF.promotedFailed, 'promoted'],
]);

/** Where more of a clone may be promoted, or a rule decides how many, that is the scheduler's. */
function isPromotedOnce({ resources, resourceDefaults }: Configuration, id: string): boolean {
  const clone = resources.find(
    (top): top is Clone => top.kind === 'clone' && primitivesOf(top).some((each) => each.id === id),
  );
  if (clone === undefined) return false;
  const blocks = [...clone.meta, ...clone.child.meta, ...resourceDefaults];
  const limits = blocks.flatMap(({ values }) => LIMITS.map((name) => values[name]));
  return limits.every((limit) => limit === undefined || limit.trim() === '1');
}

/** The second one is the older name. */
const LIMITS = ['promoted-max', 'master-max'];

const primitivesOf = ({ child }: Clone): readonly Primitive[] =>
  child.kind === 'group' ? child.members : [child];
