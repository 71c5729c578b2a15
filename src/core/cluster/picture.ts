/** The scheduler's picture of the live cluster, from the replicated state at one point of the order. */
import type {
  Configuration,
  Location,
  NodeConfiguration,
  Resource,
} from '../model/configuration.ts';
import type { NodeName } from '../model/ids.ts';
import type { ClusterStatus, NodeStatus, Picture } from '../model/picture.ts';
import type { AttributeBlock } from '../model/rule.ts';
import { INFINITY_SCORE } from '../model/score.ts';
import { withFoundCapacity } from './capacity.ts';
import { isHeldBack } from './fence-loop.ts';
import { historyOf } from './live-history.ts';
import { emptiesNode, leavesNodeAlone } from './marks.ts';
import type { Mark } from './marks.ts';
import { clusterOption } from './options.ts';
import { sortedKeys, sortedValues } from './order.ts';
import { diskRoom } from './space.ts';
import type { ClusterState, NodeRecord } from './state.ts';
import { accessAttributes } from './unfencing.ts';
import { hasCountedWatchdog } from './watchdog.ts';

/** `alone`: the engine is gone, which is loss of quorum with policy stop whatever is configured. */
export function pictureOf(
  state: ClusterState,
  leader: NodeName | undefined,
  alone: boolean,
): Picture {
  const room = diskRoom(state);
  return {
    configuration: configurationOf(state, alone),
    status: alone ? aloneStatus(state, leader) : statusOf(state, leader),
    findings: [],
    ...(room.length === 0 ? {} : { diskRoom: room }),
  };
}

function configurationOf(state: ClusterState, alone: boolean): Configuration {
  const { model } = state.configuration;
  const marks = sortedValues(state.marks);
  return {
    ...model,
    nodes: nodesOf(state, marks),
    options: optionsOf(state, alone),
    resources: model.resources.map((resource) => withMarks(resource, marks)),
    constraints: [...model.constraints, ...marks.flatMap((mark) => moveConstraints(mark))],
  };
}

function optionsOf(state: ClusterState, alone: boolean): readonly AttributeBlock[] {
  const { options } = state.configuration.model;
  const found = hasCountedWatchdog(state) ? [HAVE_WATCHDOG, ...options] : options;
  const policy = policyWithoutQuorum(state, alone);
  return policy === undefined ? found : [withPolicy(policy), ...found];
}

/**
 * What is done instead of a policy that cannot be followed: without quorum nobody shoots, so who is
 * to be fenced stops everything, and nothing is started, so who is to go on as with quorum goes on
 * with what runs. Without its engine a node stops everything, whatever is configured.
 */
function policyWithoutQuorum(state: ClusterState, alone: boolean): string | undefined {
  if (alone) return 'stop';
  if (state.quorate && state.acting) return undefined;
  const configured = clusterOption(state.configuration.model, 'no-quorum-policy')?.toLowerCase();
  if (configured === 'ignore') return 'freeze';
  return configured === 'fence' || configured === 'suicide' ? 'stop' : undefined;
}

/** The scheduler takes the block of this name before all others, whatever their scores are. */
const FIRST_BLOCK = 'cib-bootstrap-options';

/** To the scheduler this is a fence device. */
const HAVE_WATCHDOG: AttributeBlock = {
  id: FIRST_BLOCK,
  score: INFINITY_SCORE,
  values: { 'have-watchdog': 'true' },
};

const withPolicy = (policy: string): AttributeBlock => ({
  id: FIRST_BLOCK,
  score: INFINITY_SCORE,
  values: { 'no-quorum-policy': policy },
});

/** Configured nodes and those that the engine names; marks become node attributes. */
function nodesOf(state: ClusterState, marks: readonly Mark[]): readonly NodeConfiguration[] {
  const configured = state.configuration.model.nodes;
  const known = new Set(configured.map((node) => node.name));
  const others = sortedKeys(state.nodes).filter((name) => !known.has(name));
  const added: readonly NodeConfiguration[] = others.map((name) => ({
    id: name,
    name,
    type: 'member',
    attributes: [],
    utilization: [],
  }));
  return [...configured, ...added].map((node) =>
    withFoundCapacity(state, withNodeMarks(node, marks, isHeldBack(state, node.name))),
  );
}

function withNodeMarks(
  node: NodeConfiguration,
  marks: readonly Mark[],
  heldBack: boolean,
): NodeConfiguration {
  const values: Record<string, string> = {};
  for (const mark of marks) {
    if (mark.kind === 'node-attribute' && mark.node === node.name) values[mark.name] = mark.value;
  }
  for (const mark of marks) {
    if (emptiesNode(mark, node.name)) values['standby'] = 'on';
    if (leavesNodeAlone(mark, node.name)) values['maintenance'] = 'true';
  }
  if (heldBack) values['standby'] = 'on';
  if (sortedKeys(values).length === 0) return node;
  const block = { id: `marks-${node.name}`, score: INFINITY_SCORE, values };
  return { ...node, attributes: [block, ...node.attributes] };
}

/** Commands count more than what is configured: their block comes first. */
function withMarks(resource: Resource, marks: readonly Mark[]): Resource {
  const values = markedMeta(resource.id, marks);
  const meta =
    values === undefined ? resource.meta : [metaBlock(resource.id, values), ...resource.meta];
  switch (resource.kind) {
    case 'primitive':
    case 'bundle':
      return { ...resource, meta };
    case 'group':
      return {
        ...resource,
        meta,
        members: resource.members.map((member) => markMember(member, marks)),
      };
    case 'clone':
      return {
        ...resource,
        meta,
        child: withMarks(resource.child, marks) as typeof resource.child,
      };
  }
}

function markMember<R extends Resource>(member: R, marks: readonly Mark[]): R {
  return withMarks(member, marks) as R;
}

const metaBlock = (id: string, values: Readonly<Record<string, string>>): AttributeBlock => ({
  id: `marks-${id}`,
  score: INFINITY_SCORE,
  values,
});

function markedMeta(
  id: string,
  marks: readonly Mark[],
): Readonly<Record<string, string>> | undefined {
  const values: Record<string, string> = {};
  for (const mark of marks) {
    if (!('resource' in mark) || mark.resource !== id) continue;
    if (mark.kind === 'resource-maintenance') values['maintenance'] = 'true';
    if (mark.kind === 'target-role') values['target-role'] = mark.role;
    if (mark.kind === 'restart' && mark.stopped !== true) values['target-role'] = 'Stopped';
  }
  return sortedKeys(values).length === 0 ? undefined : values;
}

function moveConstraints(mark: Mark): readonly Location[] {
  const wish = locationWish(mark);
  if (wish === undefined || !('resource' in mark)) return [];
  return [
    {
      kind: 'location',
      id: mark.id,
      target: { kind: 'resource', resource: mark.resource },
      ...wish,
      rules: [],
      discovery: 'always',
      ...(mark.expiresAt === undefined ? {} : { expiresAtWallMs: mark.expiresAt }),
    },
  ];
}

/** Strong, but not stronger than a ban or a requirement. */
const RETURN_SCORE = INFINITY_SCORE / 2;

function locationWish(mark: Mark): Pick<Location, 'node' | 'score'> | undefined {
  if (mark.kind === 'restart' && mark.stopped === true && mark.returnTo !== undefined) {
    return { node: mark.returnTo, score: RETURN_SCORE };
  }
  if (mark.kind !== 'move') return undefined;
  if (mark.to !== undefined) return { node: mark.to, score: INFINITY_SCORE };
  return mark.away === undefined ? undefined : { node: mark.away, score: -INFINITY_SCORE };
}

function statusOf(state: ClusterState, leader: NodeName | undefined): ClusterStatus {
  return {
    quorate: state.quorate && state.acting,
    ...(leader === undefined ? {} : { dc: leader }),
    recordedAt: state.time,
    nodes: sortedValues(state.nodes)
      .filter((node) => node.condition !== 'unseen')
      .map((node) => nodeStatus(state, node)),
    tickets: sortedKeys(state.tickets).map((id) => ticketStatus(state, id)),
  };
}

/**
 * What a node may decide that has lost its engine: it sees no quorum, and of the others nothing, so
 * that its stops wait for nobody whom it cannot hear.
 */
function aloneStatus(state: ClusterState, self: NodeName | undefined): ClusterStatus {
  const status = statusOf(state, self);
  const nodes = status.nodes.map((node): NodeStatus => {
    if (node.name === self) return node;
    const { id, name } = node;
    return { id, name, ...CONDITION_WORDS.down, transient: [], history: [] };
  });
  return { ...status, quorate: false, nodes };
}

function ticketStatus(state: ClusterState, id: string): ClusterStatus['tickets'][number] {
  const ticket = state.tickets[id];
  return {
    id,
    granted: ticket?.granted === true,
    standby: ticket?.standby === true,
    ...(ticket?.lastGrantedAt === undefined ? {} : { lastGrantedAt: ticket.lastGrantedAt }),
    attributes: {},
  };
}

/** Pacemaker Explained, "Node Status": what makes a node online, unclean or cleanly down. */
const CONDITION_WORDS = {
  online: { memberSince: 1, processSince: 1, join: 'member', expected: 'member' },
  held: { memberSince: 1, processSince: 1, join: 'member', expected: 'member' },
  lost: { memberSince: 0, processSince: 0, join: 'down', expected: 'member' },
  down: { memberSince: 0, processSince: 0, join: 'down', expected: 'down' },
  unseen: { memberSince: 0, processSince: 0, join: 'down', expected: 'member' },
} as const satisfies Readonly<Record<NodeRecord['condition'], Partial<NodeStatus>>>;

function nodeStatus(state: ClusterState, node: NodeRecord): NodeStatus {
  return {
    id: nodeId(state, node.name),
    name: node.name,
    ...CONDITION_WORDS[node.condition],
    ...(node.condition === 'held' ? { held: true } : {}),
    transient: transientOf(state, node),
    history: historyOf(state, node),
    ...(node.startedWith === undefined ? {} : { startedWith: node.startedWith }),
  };
}

function nodeId(state: ClusterState, name: NodeName): string {
  return state.configuration.model.nodes.find((node) => node.name === name)?.id ?? name;
}

function transientOf(state: ClusterState, node: NodeRecord): readonly AttributeBlock[] {
  // Who is lost has not left in good order, whatever it was about to do: it is fenced as any other.
  const leaves = node.shutdownRequested && node.condition !== 'lost';
  const shutdown = leaves ? { shutdown: String(Math.floor(node.since / 1000)) } : {};
  const values = { ...node.attributes, ...shutdown, ...accessAttributes(state, node) };
  return [{ id: `status-${node.name}`, score: 0, values }];
}
