/** Every resource that does not run says why, in one sentence, with what to do next. */
import { comesFirst } from '../model/comes-first.ts';
import type { Resource } from '../model/configuration.ts';
import type { PlannedAction } from '../model/plan.ts';
import { failureOf, failureText, failureViews } from './failures.ts';
import { instancesOf } from './instances.ts';
import { actionText, configuredId } from './names.ts';
import { blockerText } from './progress.ts';
import { isActing, isOnlyDisk, quorumView } from './quorum.ts';
import { childrenOf } from '../model/children.ts';
import type { Reading } from './reading.ts';
import type { ResourceState, ResourceView, WhyNot } from './types.ts';

/** Undefined for what runs as wanted. The first that applies, from the cluster down to the agent. */
export function whyNot(
  reading: Reading,
  resource: Resource,
  state: ResourceState,
  children: readonly ResourceView[],
): WhyNot | undefined {
  if (state === 'running') return undefined;
  if (resource.kind === 'group' || resource.kind === 'clone') return whyNotWhole(state, children);
  return (
    clusterStands(reading, state) ??
    fencingFails(reading, resource, state) ??
    somethingHappens(reading, resource) ??
    mayStillRun(reading, resource, state) ??
    stopFailed(reading, resource, state) ??
    stoppedOnPurpose(reading, resource) ??
    decided(reading, resource) ??
    decisionComes(reading) ??
    agentFailed(reading, resource) ??
    waitsForOrder(reading, resource) ??
    nothingKnown(resource)
  );
}

/** A group or clone: what its first member says that does not run. */
function whyNotWhole(state: ResourceState, children: readonly ResourceView[]): WhyNot | undefined {
  const first = children.find((child) => child.whyNot !== undefined);
  if (first?.whyNot === undefined) {
    return state === 'stopped' ? { reason: 'It has no members.' } : undefined;
  }
  const { onPurpose: _, ...why } = first.whyNot;
  const isOnPurpose = children.every((child) => child.whyNot?.onPurpose ?? !child.whyNot);
  return isOnPurpose ? { ...why, onPurpose: true } : why;
}

function clusterStands(reading: Reading, state: ResourceState): WhyNot | undefined {
  const { decision } = reading.cluster;
  if (!isActing(reading.view) && !isOnlyDisk(reading.view)) {
    const { quorate, sentence, advice } = quorumView(reading.view);
    const reason = quorate ? sentence : 'Nothing is started: there is no quorum.';
    return { reason, ...(advice === undefined ? {} : { advice }) };
  }
  if (decision.frozen === undefined || state === 'partly') return undefined;
  return {
    reason: `Nothing is done: the scheduler failed on this configuration: ${decision.frozen}`,
    advice: 'change the configuration (holdfast apply), and report the saved input',
  };
}

/** What waits for it is planned, but does not come by itself. */
function fencingFails(
  reading: Reading,
  resource: Resource,
  state: ResourceState,
): WhyNot | undefined {
  if (state !== 'unclean') return undefined;
  const { failures } = reading.cluster.fencing;
  const traces = reading.traces.get(resource.id) ?? [];
  const lost = traces.find(({ node }) => node.condition === 'lost' && failures[node.name]);
  if (lost === undefined) return undefined;
  const { name } = lost.node;
  return {
    reason: `It may still be running on ${name}, which is lost, and fencing ${name} fails.`,
    advice: `mend the fence device; or make sure that ${name} is off, then: holdfast fence confirm ${name}`,
  };
}

/** That it was to be stopped is not why it is as it is. */
function stopFailed(
  reading: Reading,
  resource: Resource,
  state: ResourceState,
): WhyNot | undefined {
  if (state !== 'failed' || failureOf(reading, resource.id)?.operation !== 'stop') return undefined;
  return agentFailed(reading, resource);
}

function somethingHappens(reading: Reading, resource: Resource): WhyNot | undefined {
  const ready = reading.readyOf.get(resource.id)?.find(isChange);
  if (ready !== undefined) return { reason: `Under way: ${actionText(ready)}.` };
  const waiting = reading.waitingOf.get(resource.id)?.find(isChange);
  if (waiting === undefined) return undefined;
  const blocker = blockerText(reading, waiting);
  const waits = blocker === undefined ? '' : `, after: ${blocker}`;
  return { reason: `Planned: ${actionText(waiting)}${waits}.` };
}

const isChange = (action: PlannedAction): boolean =>
  action.kind !== 'monitor' || action.intervalMs === 0;

function mayStillRun(
  reading: Reading,
  resource: Resource,
  state: ResourceState,
): WhyNot | undefined {
  if (state !== 'unclean') return undefined;
  const trace = reading.traces.get(resource.id)?.find(({ node }) => node.condition === 'lost');
  const node = trace?.node.name ?? 'a lost node';
  return {
    reason: `It may still be running on ${node}, which is lost and not confirmed to be off.`,
    advice: `make sure that ${node} is off, then: holdfast fence confirm ${node}`,
  };
}

/** By a command or in the configuration, of it or of what it is in: that is what must be started. */
function stoppedOnPurpose(reading: Reading, resource: Resource): WhyNot | undefined {
  const parents = reading.resources.get(resource.id)?.parents ?? [];
  for (const { id, meta } of [resource, ...parents]) {
    const mark = reading.marks.find((each) => each.kind === 'target-role' && each.resource === id);
    const advice = `holdfast resource start ${id}`;
    if (mark?.kind === 'target-role') {
      if (mark.role !== 'Stopped') return undefined;
      return { reason: `${id} is stopped, by ${mark.by}.`, advice, onPurpose: true };
    }
    const role = meta
      .map((block) => block.values['target-role'])
      .find((each) => each !== undefined);
    if (role === undefined) continue;
    if (role.toLowerCase() !== 'stopped') return undefined;
    const reason = `The configuration has ${id} stopped (target-role).`;
    return { reason, advice, onPurpose: true };
  }
  return undefined;
}

function decided(reading: Reading, resource: Resource): WhyNot | undefined {
  const parents = reading.resources.get(resource.id)?.parents ?? [];
  for (const id of [resource.id, ...parents.map((parent) => parent.id)]) {
    const entry = reading.unplaced.get(id);
    if (entry !== undefined) {
      const { advice } = entry;
      const reason = `${entry.reason}${agentsWords(reading, resource, entry.reason)}`;
      return { reason, ...(advice === undefined ? {} : { advice }) };
    }
  }
  return undefined;
}

/** A fail count says that it failed, and not what: the newest failure does. */
function agentsWords(reading: Reading, resource: Resource, reason: string): string {
  if (!reason.includes('(fail count ')) return '';
  const failure = failureViews(reading).find((each) => configuredId(each.resource) === resource.id);
  return failure === undefined ? '' : ` ${failureText(failure)}.`;
}

function decisionComes(reading: Reading): WhyNot | undefined {
  const { wanted, answered, because } = reading.cluster.decision;
  if (answered >= wanted) return undefined;
  return { reason: `A decision is being made, because ${because || 'something changed'}.` };
}

function agentFailed(reading: Reading, resource: Resource): WhyNot | undefined {
  const failure = failureOf(reading, resource.id);
  if (failure === undefined) return undefined;
  return {
    reason: `${failureText(failure)}.`,
    advice: `mend the cause, then: holdfast resource cleanup ${resource.id}`,
  };
}

/** It has its place, but its start comes after that of something that does not run. */
function waitsForOrder(reading: Reading, resource: Resource): WhyNot | undefined {
  const parents = reading.resources.get(resource.id)?.parents ?? [];
  const own = new Set<string>([resource.id, ...parents.map(({ id }) => id)]);
  for (const each of reading.cluster.configuration.model.constraints) {
    for (const { resources, requireAll } of comesFirst(each, (id) => own.has(id))) {
      const idle = resources.filter((id) => !runs(reading, id));
      const [first] = idle;
      if (first === undefined || (!requireAll && idle.length < resources.length)) continue;
      const what = requireAll || idle.length === 1 ? first : `any of ${idle.join(', ')}`;
      const tail = what === first ? 'which does not run' : 'none of which runs';
      return {
        reason: `It waits for ${what}, ${tail} (order ${each.id}).`,
        advice: `holdfast why ${first}`,
      };
    }
  }
  return undefined;
}

/** Every primitive in it runs somewhere. */
function runs(reading: Reading, id: string): boolean {
  const known = reading.resources.get(id)?.resource;
  const open = known === undefined ? [] : [known];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const children = childrenOf(next);
    open.push(...children);
    if (children.length > 0) continue;
    if (!instancesOf(reading, next.id).some(({ state }) => state === 'running')) return false;
  }
  return true;
}

function nothingKnown(resource: Resource): WhyNot {
  return {
    reason: 'The last decision gave no reason.',
    advice: `holdfast why ${resource.id}`,
  };
}
