/**
 * "What if …": events as pure changes of a picture. Each leaves the picture as the cluster would see
 * it right after the event, before anything is done about it.
 */
import { knownNodeNames } from '../core/config/nodes.ts';
import { templateOf, valueOf } from '../core/config/values.ts';
import { eachPrimitive, eachResource } from '../core/config/walk.ts';
import type { Configuration, Primitive, Resource } from '../core/model/configuration.ts';
import { resourceId } from '../core/model/ids.ts';
import type { WallMs } from '../core/model/ids.ts';
import { suggestionText } from '../core/model/nearest.ts';
import type {
  NodeStatus,
  OperationRecord,
  Picture,
  ResourceHistory,
  TicketStatus,
} from '../core/model/picture.ts';
import type { AttributeBlock } from '../core/model/rule.ts';
import { parseBoolean } from '../core/model/value.ts';
import { absentNode, cleanlyGone, withTransient, withValue } from './what-if-nodes.ts';

export type WhatIfEvent =
  /** The node is gone without a word: it must be fenced. */
  | { readonly kind: 'node-down'; readonly node: string }
  /** The node is a member again, freshly booted. */
  | { readonly kind: 'node-up'; readonly node: string }
  /** The node has left in good order. */
  | { readonly kind: 'node-left'; readonly node: string }
  | { readonly kind: 'standby' | 'online' | 'maintenance'; readonly node: string }
  | {
      readonly kind: 'operation-failed';
      readonly resource: string;
      readonly node: string;
      /** `monitor` unless it is said otherwise. */
      readonly operation?: string;
      readonly exitCode?: number;
    }
  | { readonly kind: 'quorum'; readonly quorate: boolean }
  | {
      readonly kind: 'ticket';
      readonly ticket: string;
      readonly change: 'grant' | 'revoke' | 'standby' | 'activate';
    }
  | { readonly kind: 'stop' | 'start' | 'unmanage' | 'manage'; readonly resource: string };

export type WhatIfResult = { readonly picture: Picture } | { readonly error: string };

/** Applies the events in their order; an unknown name is an error with the nearest one. */
export function whatIf(
  picture: Picture,
  events: readonly WhatIfEvent[],
  now: WallMs,
): WhatIfResult {
  let current = picture;
  for (const event of events) {
    const error = nameError(current, event);
    if (error !== undefined) return { error };
    current = applyEvent(current, event, now);
  }
  return { picture: current };
}

function nameError(picture: Picture, event: WhatIfEvent): string | undefined {
  const { configuration, status } = picture;
  if ('node' in event) {
    const known = new Set([
      ...knownNodeNames(configuration),
      ...status.nodes.map(({ name }) => name),
    ]);
    if (!known.has(event.node)) return unknownName('node', event.node, known);
  }
  if ('resource' in event) {
    const known = new Set([...eachResource(configuration)].map(({ resource }) => resource.id));
    const id = resourceId(event.resource);
    if (!known.has(id)) return unknownName('resource', event.resource, known);
  }
  if (event.kind === 'ticket') {
    const known = knownTickets(picture);
    if (!known.has(event.ticket)) return unknownName('ticket', event.ticket, known);
  }
  return undefined;
}

/** Those that something depends on, and those that are known to be granted or not. */
function knownTickets({ configuration, status }: Picture): ReadonlySet<string> {
  const depended = configuration.constraints.flatMap((constraint) =>
    constraint.kind === 'ticket' ? [constraint.ticket] : [],
  );
  return new Set([...depended, ...status.tickets.map(({ id }) => id)]);
}

function unknownName(what: string, name: string, known: Iterable<string>): string {
  return `there is no ${what} "${name}"${suggestionText(name, known)}`;
}

function applyEvent(picture: Picture, event: WhatIfEvent, now: WallMs): Picture {
  switch (event.kind) {
    case 'node-down':
      return changeNode(withOtherDc(picture, event.node), event.node, (node) => ({
        ...node,
        memberSince: 0,
        processSince: 0,
        join: 'down',
        expected: 'member',
      }));
    case 'node-left':
      return changeNode(withOtherDc(picture, event.node), event.node, cleanlyGone);
    case 'node-up':
      return changeNode(picture, event.node, freshMember);
    case 'standby':
      return setNodeAttribute(picture, event.node, 'standby', 'on');
    case 'online':
      return setNodeAttribute(picture, event.node, 'standby', 'off');
    case 'maintenance':
      return setNodeAttribute(picture, event.node, 'maintenance', 'true');
    case 'operation-failed':
      return failOperation(picture, event, now);
    case 'quorum':
      return { ...picture, status: { ...picture.status, quorate: event.quorate } };
    case 'ticket':
      return changeTicket(picture, event, now);
    case 'stop':
      return setMeta(picture, event.resource, 'target-role', 'Stopped');
    case 'start':
      return setMeta(picture, event.resource, 'target-role', 'Started');
    case 'unmanage':
      return setMeta(picture, event.resource, 'is-managed', 'false');
    case 'manage':
      return setMeta(picture, event.resource, 'is-managed', 'true');
  }
}

/** Another member decides when the one that decided goes. */
function withOtherDc(picture: Picture, leaving: string): Picture {
  const { status } = picture;
  if (status.dc !== leaving) return picture;
  const heir = status.nodes.find(
    ({ name, memberSince = 0 }) => memberSince > 0 && name !== leaving,
  );
  const { dc: _gone, ...others } = status;
  return { ...picture, status: heir ? { ...others, dc: heir.name } : others };
}

function changeNode(
  picture: Picture,
  name: string,
  change: (node: NodeStatus) => NodeStatus,
): Picture {
  const { status, configuration } = picture;
  const known = status.nodes.some((node) => node.name === name);
  const nodes = known ? status.nodes : [...status.nodes, absentNode(configuration, name)];
  const changed = nodes.map((node) => (node.name === name ? change(node) : node));
  return { ...picture, status: { ...status, nodes: changed } };
}

/** Nothing runs there yet, and nothing is remembered of its former life. */
function freshMember({ id, name }: NodeStatus): NodeStatus {
  return {
    id,
    name,
    memberSince: 1,
    processSince: 1,
    join: 'member',
    expected: 'member',
    transient: [],
    history: [],
  };
}

function setNodeAttribute(picture: Picture, node: string, name: string, value: string): Picture {
  const { configuration } = picture;
  const changed = changeNode(picture, node, (status) => ({
    ...status,
    transient: withoutValue(status.transient, name),
  }));
  const known = configuration.nodes.some((own) => own.name === node);
  if (!known) return changeNode(changed, node, (own) => withTransient(own, name, value));
  const nodes = configuration.nodes.map((own) =>
    own.name === node ? { ...own, attributes: withValue(own.attributes, name, value) } : own,
  );
  return { ...changed, configuration: { ...configuration, nodes } };
}

function withoutValue(blocks: readonly AttributeBlock[], name: string): readonly AttributeBlock[] {
  return blocks.map((block) => {
    const { [name]: _old, ...values } = block.values;
    return { ...block, values };
  });
}

function setMeta(picture: Picture, id: string, name: string, value: string): Picture {
  const { configuration } = picture;
  const resources = configuration.resources.map((resource) =>
    changeResource(resource, id, (own) => ({ ...own, meta: withValue(own.meta, name, value) })),
  );
  return { ...picture, configuration: { ...configuration, resources } };
}

function changeResource(
  resource: Resource,
  id: string,
  change: <T extends Resource>(resource: T) => T,
): Resource {
  const inner = <T extends Resource>(own: T): T => (own.id === id ? change(own) : own);
  switch (resource.kind) {
    case 'primitive':
      return inner(resource);
    case 'group':
      return inner({ ...resource, members: resource.members.map(inner) });
    case 'clone': {
      const { child } = resource;
      const changed =
        child.kind === 'group' ? { ...child, members: child.members.map(inner) } : child;
      return inner({ ...resource, child: inner(changed) });
    }
    case 'bundle':
      return inner({ ...resource, ...(resource.child && { child: inner(resource.child) }) });
  }
}

type TicketEvent = Extract<WhatIfEvent, { kind: 'ticket' }>;

function changeTicket(picture: Picture, event: TicketEvent, now: WallMs): Picture {
  const { status } = picture;
  const fresh = { id: event.ticket, granted: false, standby: false, attributes: {} };
  const known = status.tickets.some(({ id }) => id === event.ticket);
  const tickets = (known ? status.tickets : [...status.tickets, fresh]).map((ticket) =>
    ticket.id === event.ticket ? changedTicket(ticket, event.change, now) : ticket,
  );
  return { ...picture, status: { ...status, tickets } };
}

function changedTicket(
  ticket: TicketStatus,
  change: TicketEvent['change'],
  now: WallMs,
): TicketStatus {
  switch (change) {
    case 'grant':
      return { ...ticket, granted: true, lastGrantedAt: now };
    case 'revoke':
      return { ...ticket, granted: false };
    case 'standby':
      return { ...ticket, standby: true };
    case 'activate':
      return { ...ticket, standby: false };
  }
}

type FailureEvent = Extract<WhatIfEvent, { kind: 'operation-failed' }>;

/** A record of the failure, and the fail count that goes with it. */
function failOperation(picture: Picture, event: FailureEvent, now: WallMs): Picture {
  const { configuration } = picture;
  const primitive = failingPrimitive(configuration, event.resource);
  if (!primitive) return picture;
  const operation = event.operation ?? 'monitor';
  const intervalMs = operation === 'monitor' ? monitorInterval(configuration, primitive) : 0;
  return changeNode(picture, event.node, (node) => {
    const history = historyOf(configuration, node, primitive);
    const records = history.operations;
    const failed = failedRecord(event, { operation, intervalMs, records, now, history, node });
    const others = node.history.filter(({ resource }) => resource !== history.resource);
    const key = `${primitive.id}#${operation}_${intervalMs}`;
    const counted = countFailure(configuration, node.transient, { key, operation, now });
    return {
      ...node,
      transient: counted,
      history: [...others, { ...history, operations: [...records, failed] }],
    };
  });
}

/** The primitive itself, or the one within a clone or bundle. */
function failingPrimitive(configuration: Configuration, id: string): Primitive | undefined {
  for (const { primitive, within } of eachPrimitive(configuration)) {
    if (primitive.id === id || within.some((outer) => outer.id === id)) return primitive;
  }
  return undefined;
}

function monitorInterval(configuration: Configuration, primitive: Primitive): number {
  const template = templateOf(configuration, primitive.template);
  const operations = [...primitive.operations, ...(template?.operations ?? [])];
  return (
    operations.find(({ name, intervalMs }) => name === 'monitor' && intervalMs > 0)?.intervalMs ?? 0
  );
}

/** What is known there of the resource, under the name that an instance has there. */
function historyOf(
  configuration: Configuration,
  node: NodeStatus,
  primitive: Primitive,
): ResourceHistory {
  const known = node.history.find(
    ({ resource }) => resource === primitive.id || resource.startsWith(`${primitive.id}:`),
  );
  if (known) return known;
  const agent = primitive.agent ?? templateOf(configuration, primitive.template)?.agent;
  return { resource: primitive.id, agent: agent ?? { class: '', type: '' }, operations: [] };
}

interface FailureFacts {
  readonly operation: string;
  readonly intervalMs: number;
  readonly records: readonly OperationRecord[];
  readonly now: WallMs;
  readonly history: ResourceHistory;
  readonly node: NodeStatus;
}

function failedRecord(event: FailureEvent, facts: FailureFacts): OperationRecord {
  const { operation, intervalMs, records, now, history, node } = facts;
  const same = records.find((it) => it.operation === operation && it.intervalMs === intervalMs);
  const start = records.find((it) => it.operation === 'start');
  const digest = (same ?? start)?.digest;
  const callIds = node.history.flatMap(({ operations }) => operations.map(({ callId }) => callId));
  const last = callIds.reduce((most, callId) => Math.max(most, callId), 0);
  return {
    id: `${history.resource}_last_failure_0`,
    operation,
    intervalMs,
    callId: last + 1,
    status: 'error',
    exitCode: event.exitCode ?? 1,
    expectedExitCode: 0,
    transitionKey: '0:0:0:what-if',
    lastChangeAt: now,
    exitReason: 'what if',
    ...(digest !== undefined && { digest }),
    onNode: node.name,
  };
}

/** One more, or without limit where a failed start counts so (`start-failure-is-fatal`). */
function countFailure(
  configuration: Configuration,
  transient: readonly AttributeBlock[],
  {
    key,
    operation,
    now,
  }: { readonly key: string; readonly operation: string; readonly now: WallMs },
): readonly AttributeBlock[] {
  const fatal = parseBoolean(valueOf(configuration.options, 'start-failure-is-fatal') ?? 'true');
  const before = Number(valueOf(transient, `fail-count-${key}`) ?? 0);
  const count = operation === 'start' && fatal !== false ? 'INFINITY' : String(before + 1);
  const counted = withValue(transient, `fail-count-${key}`, count);
  return withValue(counted, `last-failure-${key}`, String(Math.floor(now / 1000)));
}
