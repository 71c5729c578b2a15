/**
 * Makes views out of CPG's two callbacks. Pure.
 *
 * Corosync tells a change of the ring in this order (measured, docs/decisions/engines.md):
 *
 *     group: left by node-down     (if a daemon was on a lost node)
 *     group: joined by node-up     (if a daemon is on a node that came)
 *     ring:  id and nodes
 *
 * with no message in between. So a group that changed by node-down or node-up is held until the ring
 * is known: under the old ring's id it would pair with the old ring's quorum, and a lone node would
 * take itself for a quorate one. A group that changed by a process alone stays in the ring.
 */
import type { EngineEvent, GroupMember, LeaveReason, RingId } from '../../core/model/engine.ts';
import { assertNever, nodeNumber } from '../../core/model/ids.ts';
import type { NodeName } from '../../core/model/ids.ts';
import type { RawAddress, RawRecord } from '../../../native/holdfast.ts';

type ViewEvent = Extract<EngineEvent, { kind: 'engine-view' | 'engine-message' | 'engine-lost' }>;
type ViewRecord = Extract<RawRecord, { kind: 'message' | 'group' | 'ring' }>;
type Departure = { readonly member: GroupMember; readonly reason: LeaveReason };

export interface Assembly {
  /** Null until the first ring. */
  readonly ring: RingId | null;
  readonly members: readonly GroupMember[];
  /** What waits for the ring; null when nothing does. */
  readonly held: {
    readonly left: readonly Departure[];
    readonly messages: readonly ViewEvent[];
  } | null;
}

export const emptyAssembly: Assembly = { ring: null, members: [], held: null };

/** Messages that may wait for a ring. Corosync sends none there; more than this is a fault. */
export const heldMessagesMax = 4096;

/** CPG_REASON_* of cpg_model_initialize(3). */
const reason = { leave: 2, nodeDown: 3, nodeUp: 4 } as const;

/** Takes one record; gives the new assembly and the events that are complete now. */
export function assemble(
  assembly: Assembly,
  record: ViewRecord,
  nameOf: (number: number) => NodeName,
): { readonly assembly: Assembly; readonly events: readonly ViewEvent[] } {
  switch (record.kind) {
    case 'group':
      return takeGroup(assembly, record, nameOf);
    case 'ring':
      return takeRing(assembly, record);
    case 'message':
      return takeMessage(assembly, record);
    default:
      return assertNever(record);
  }
}

type Result = ReturnType<typeof assemble>;

function takeGroup(
  assembly: Assembly,
  record: Extract<RawRecord, { kind: 'group' }>,
  nameOf: (number: number) => NodeName,
): Result {
  const member = (address: RawAddress): GroupMember => ({
    node: nameOf(address.number),
    number: nodeNumber(address.number),
    process: address.process,
  });
  const members = record.members.map(member);
  const left = record.left.map((address) => ({
    member: member(address),
    reason: leaveReason(address.reason),
  }));
  const { ring, held } = assembly;
  if (ring === null || held !== null || changesRing(record)) {
    const waiting = { left: [...(held?.left ?? []), ...left], messages: held?.messages ?? [] };
    return { assembly: { ring, members, held: waiting }, events: [] };
  }
  return {
    assembly: { ring, members, held: null },
    events: [{ kind: 'engine-view', ring, members, left }],
  };
}

function takeRing(assembly: Assembly, record: Extract<RawRecord, { kind: 'ring' }>): Result {
  const { members, held } = assembly;
  const ring: RingId = {
    sequence: record.sequence,
    representative: nodeNumber(record.representative),
  };
  const view: ViewEvent = { kind: 'engine-view', ring, members, left: held?.left ?? [] };
  return {
    assembly: { ring, members, held: null },
    events: [view, ...(held?.messages ?? [])],
  };
}

function takeMessage(assembly: Assembly, record: Extract<RawRecord, { kind: 'message' }>): Result {
  const { members, held } = assembly;
  const sender = members.find(
    ({ number, process }) => number === record.number && process === record.process,
  );
  // The same at every member, for views and messages come in one order.
  if (sender === undefined) return { assembly, events: [] };
  const event: ViewEvent = { kind: 'engine-message', sender, text: record.text };
  if (held === null) return { assembly, events: [event] };
  if (held.messages.length === heldMessagesMax) {
    const why = `Corosync delivered ${heldMessagesMax} messages and did not name their ring`;
    return { assembly, events: [{ kind: 'engine-lost', reason: why }] };
  }
  const waiting = { left: held.left, messages: [...held.messages, event] };
  return { assembly: { ...assembly, held: waiting }, events: [] };
}

function changesRing(record: Extract<RawRecord, { kind: 'group' }>): boolean {
  return (
    record.left.some((address) => address.reason === reason.nodeDown) ||
    record.joined.some((address) => address.reason === reason.nodeUp)
  );
}

function leaveReason(number: number): LeaveReason {
  if (number === reason.leave) return 'leave';
  return number === reason.nodeDown ? 'node-down' : 'process-down';
}
