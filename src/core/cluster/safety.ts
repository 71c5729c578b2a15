/**
 * **A resource that must run once is never started while another copy may be running.** Checked
 * here where it is decided to spawn, whatever the plan says.
 */
import type { Configuration } from '../model/configuration.ts';
import type { NodeName, ResourceId } from '../model/ids.ts';
import { runningOperations } from '../transition/advance.ts';
import { activity } from './activity.ts';
import { isLookedFor } from './discovery.ts';
import { mayHaveArrived } from './migrations.ts';
import { sortedValues } from './order.ts';
import type { ClusterState, NodeRecord } from './state.ts';

export interface OtherCopy {
  readonly node: NodeName;
  readonly why: string;
}

/** Nodes other than `target` on which a copy of the primitive runs or may run, with the reason. */
export function otherCopies(
  state: ClusterState,
  resource: ResourceId,
  target: NodeName,
): readonly OtherCopy[] {
  if (mayRunManyTimes(state.configuration.model, resource)) return [];
  const copies: OtherCopy[] = [];
  for (const node of sortedValues(state.nodes)) {
    if (node.name === target) continue;
    const why = copyOn(state, node, resource);
    if (why !== undefined) copies.push({ node: node.name, why });
  }
  return copies;
}

/** May anything be left running on this node: not stopped for certain, or never looked for? */
export function mayRunAnything(state: ClusterState, { name, history }: NodeRecord): boolean {
  const { model } = state.configuration;
  if (sortedValues(history).some((known) => activity(known) !== 'inactive')) return true;
  return runningOnce(model).some((id) => history[id] === undefined && isLookedFor(model, id, name));
}

function copyOn(state: ClusterState, node: NodeRecord, resource: ResourceId): string | undefined {
  if (node.condition === 'down') return undefined;
  if (node.condition === 'unseen') return 'the node was never seen, anything may run there';
  const history = node.history[resource];
  if (mayHaveArrived(state, resource, node)) return 'it may have moved there';
  if (history === undefined && !isLookedFor(state.configuration.model, resource, node.name)) {
    return undefined;
  }
  const known = activity(history);
  if (known === 'active') return `it runs there (the node is ${node.condition})`;
  if (known === 'uncertain') return 'it is not known whether it runs there';
  const pending = runningOperations(state.transition).some(
    (entry) =>
      entry.node === node.name &&
      startsResource(entry.action.kind) &&
      (entry.action.instance ?? entry.action.resource) === resource,
  );
  return pending ? 'it is being started there' : undefined;
}

const startsResource = (kind: string): boolean =>
  kind === 'start' || kind === 'promote' || kind === 'migrate_from';

/** Members of clones and bundles have copies by design; their limits are the scheduler's (promoted ones: promoted.ts). */
const mayRunManyTimes = (configuration: Configuration, resource: ResourceId): boolean =>
  !runningOnce(configuration).includes(resource);

function runningOnce(configuration: Configuration): readonly ResourceId[] {
  return configuration.resources.flatMap((top) => {
    if (top.kind === 'primitive') return [top.id];
    return top.kind === 'group' ? top.members.map((member) => member.id) : [];
  });
}
