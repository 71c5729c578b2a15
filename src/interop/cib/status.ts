/** Reads `status`: `node_state`s and tickets (Pacemaker Explained, "Status"). */
import { nodeName } from '../../core/model/ids.ts';
import type { NodeStatus, ResourceHistory, TicketStatus } from '../../core/model/picture.ts';
import type { AttributeBlock } from '../../core/model/rule.ts';
import { parseBoolean } from '../../core/model/value.ts';
import { blockReader } from './blocks.ts';
import { otherAttributes, skipped } from './draft.ts';
import type { Attributes, Draft, ElementReader, ReadContext } from './draft.ts';
import { historyReader, wallSeconds } from './history.ts';

export interface ReadStatus {
  readonly nodes: Draft<NodeStatus>[];
  readonly tickets: TicketStatus[];
}

export function statusReader(context: ReadContext, into: ReadStatus): ElementReader {
  const openTicket = (name: string, attributes: Attributes): ElementReader | undefined => {
    if (name === 'ticket_state') into.tickets.push(readTicket(attributes));
    // Before schema 1.2 tickets stood in a block of instance_attributes.
    return name === 'ticket_state' || name === 'instance_attributes' ? skipped : undefined;
  };
  const open = (name: string, attributes: Attributes): ElementReader | undefined => {
    if (name === 'node_state') return nodeStateReader(context, attributes, into.nodes);
    return name === 'tickets' ? { open: openTicket } : undefined;
  };
  return { open };
}

const JOIN_STATES: ReadonlySet<string> = new Set(['down', 'pending', 'member', 'banned']);
type JoinState = NonNullable<NodeStatus['join']>;

function joinState(text: string | undefined): JoinState | undefined {
  return text !== undefined && JOIN_STATES.has(text) ? (text as JoinState) : undefined;
}

/** A missing id or name is filled in at the end, from the configured nodes. */
function nodeStateReader(
  context: ReadContext,
  attributes: Attributes,
  into: Draft<NodeStatus>[],
): ElementReader {
  const transient: AttributeBlock[] = [];
  const capacities: AttributeBlock[] = [];
  const history: ResourceHistory[] = [];
  const state: Draft<NodeStatus> = {
    id: attributes['id'] ?? '',
    name: nodeName(attributes['uname'] ?? ''),
    transient,
    history,
  };
  into.push(state);
  readMembership(state, attributes);
  const openTransient = (name: string, child: Attributes): ElementReader | undefined => {
    if (name === 'instance_attributes') return blockReader(context, 'parameters', child, transient);
    if (name !== 'utilization') return undefined;
    state.transientUtilization = capacities;
    return blockReader(context, 'parameters', child, capacities);
  };
  const open = (name: string): ElementReader | undefined => {
    if (name === 'lrm') return historyReader(history);
    return name === 'transient_attributes' ? { open: openTransient } : undefined;
  };
  return { open };
}

function readMembership(state: Draft<NodeStatus>, attributes: Attributes): void {
  const memberSince = since(attributes['in_ccm'], 'true', 'false');
  const processSince = since(attributes['crmd'], 'online', 'offline');
  const join = joinState(attributes['join']);
  const expected = joinState(attributes['expected']);
  const fencedAt = wallSeconds(attributes['node_fenced']);
  const maintenance = attributes['node_in_maintenance'];
  if (memberSince !== undefined) state.memberSince = memberSince;
  if (processSince !== undefined) state.processSince = processSince;
  if (join !== undefined) state.join = join;
  if (expected !== undefined) state.expected = expected;
  if (fencedAt !== undefined) state.remoteFenced = fencedAt > 0;
  if (maintenance !== undefined) state.remoteMaintenance = parseBoolean(maintenance) ?? false;
}

/** Since feature set 3.18 a time in seconds, before a word; 1 stands for "yes, unknown when". */
function since(text: string | undefined, yes: string, no: string): number | undefined {
  if (text === undefined) return undefined;
  const lower = text.trim().toLowerCase();
  if (lower === yes) return 1;
  if (lower === no) return 0;
  if (/^\d{1,15}$/.test(lower)) return Number(lower);
  const word = parseBoolean(lower);
  if (word === undefined) return undefined;
  return word ? 1 : 0;
}

const TICKET_FIELDS: ReadonlySet<string> = new Set(['id', 'granted', 'standby', 'last-granted']);

function readTicket(attributes: Attributes): TicketStatus {
  const lastGrantedAt = wallSeconds(attributes['last-granted']);
  return {
    id: attributes['id'] ?? '',
    granted: parseBoolean(attributes['granted'] ?? '') ?? false,
    standby: parseBoolean(attributes['standby'] ?? '') ?? false,
    ...(lastGrantedAt !== undefined && { lastGrantedAt }),
    attributes: otherAttributes(attributes, TICKET_FIELDS),
  };
}
