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

 * An epoch is a ring with the members that it had when the last one came to it. Every member of a
 * view names it alike, also one that has just come and knows nothing of the ring's past.
 */
import type { GroupMember, LeaveReason, RingId } from '../../core/model/engine.ts';
import { assertNever, nodeNumber } from '../../core/model/ids.ts';
import type { NodeName } from '../../core/model/ids.ts';
import type { RawAddress, RawRecord } from '../../../native/holdfast.ts';

type ViewRecord = Extract<RawRecord, { kind: 'message' | 'group' | 'ring' }>;
type GroupRecord = Extract<RawRecord, { kind: 'group' }>;
type Departure = { readonly member: GroupMember; readonly reason: LeaveReason };

export type GroupEvent =
  | {
      readonly kind: 'view';
      readonly epoch: string;
      readonly ring: RingId;
      /** Ascending by number, each node once: Corosync may keep a process that has ended beside the daemon. */
      readonly members: readonly GroupMember[];
      readonly left: readonly Departure[];
    }
  | { readonly kind: 'message'; readonly sender: GroupMember; readonly text: string }
  | { readonly kind: 'broken'; readonly reason: string };

export interface Assembly {
  /** Null until the first ring. */
  readonly ring: RingId | null;
  readonly members: readonly GroupMember[];
  /** The members when the last one came, as text. */
  readonly founders: string;
  /** What waits for the ring; null when nothing does. */
  readonly held: {
    readonly left: readonly Departure[];
    readonly messages: readonly GroupEvent[];
  } | null;
}

export const emptyAssembly: Assembly = { ring: null, members: [], founders: '', held: null };

/** Messages that may wait for a ring. Corosync sends none there; more than this is a fault. */
export const heldMessagesMax = 4096;

/** CPG_REASON_* of cpg_model_initialize(3). */
const reason = { leave: 2, nodeDown: 3, nodeUp: 4 } as const;

interface Result {
  readonly assembly: Assembly;
  readonly events: readonly GroupEvent[];
}

/** Takes one record; gives the new assembly and the events that are complete now. */
export function assemble(
  assembly: Assembly,
  record: ViewRecord,
  nameOf: (number: number) => NodeName,
): Result {
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

function takeGroup(
  assembly: Assembly,
  record: GroupRecord,
  nameOf: (number: number) => NodeName,
): Result {
  const member = (address: RawAddress): GroupMember => ({
    node: nameOf(address.number),
    number: nodeNumber(address.number),
    process: address.process,
  });
  const members = record.members.map(member).toSorted(byNumber);
  const left = record.left.map((address) => ({
    member: member(address),
    reason: leaveReason(address.reason),
  }));
  const { ring, held } = assembly;
  const founders = record.joined.length > 0 ? membersText(members) : assembly.founders;
  if (ring === null || held !== null || changesRing(record)) {
    const waiting = { left: [...(held?.left ?? []), ...left], messages: held?.messages ?? [] };
    return { assembly: { ring, members, founders, held: waiting }, events: [] };
  }
  return view({ ring, members, founders, held: null }, ring, left, []);
}

function takeRing(assembly: Assembly, record: Extract<RawRecord, { kind: 'ring' }>): Result {
  const { members, held } = assembly;
  const ring: RingId = {
    sequence: record.sequence,
    representative: nodeNumber(record.representative),
  };
  // The first ring that we hear of is older than our joining, which founded its present epoch.
  const founders = assembly.ring === null ? assembly.founders : membersText(members);
  const next = { ring, members, founders, held: null };
  return view(next, ring, held?.left ?? [], held?.messages ?? []);
}

function view(
  assembly: Assembly,
  ring: RingId,
  left: readonly Departure[],
  messages: readonly GroupEvent[],
): Result {
  const { members, founders } = assembly;
  const epoch = `${ring.sequence}.${ring.representative}.${hash(founders)}`;
  const event = { kind: 'view', epoch, ring, members: eachNodeOnce(members), left } as const;
  return { assembly, events: [event, ...messages] };
}

/** Whoever compares two views by their members sees each process: the number stands for all of a node's. */
function eachNodeOnce(members: readonly GroupMember[]): readonly GroupMember[] {
  return [...Map.groupBy(members, ({ number }) => number).values()].flatMap((ofNode) => {
    const [first] = ofNode;
    if (first === undefined || ofNode.length === 1) return ofNode;
    return [{ ...first, process: Number.parseInt(hash(membersText(ofNode)), 16) }];
  });
}

function takeMessage(assembly: Assembly, record: Extract<RawRecord, { kind: 'message' }>): Result {
  const { members, held } = assembly;
  const sender = members.find(
    ({ number, process }) => number === record.number && process === record.process,
  );
  // The same at every member, for views and messages come in one order.
  if (sender === undefined) return { assembly, events: [] };
  const event: GroupEvent = { kind: 'message', sender, text: record.text };
  if (held === null) return { assembly, events: [event] };
  if (held.messages.length === heldMessagesMax) {
    const why = `Corosync delivered ${heldMessagesMax} messages and did not name their ring`;
    return { assembly, events: [{ kind: 'broken', reason: why }] };
  }
  const waiting = { left: held.left, messages: [...held.messages, event] };
  return { assembly: { ...assembly, held: waiting }, events: [] };
}

function changesRing(record: GroupRecord): boolean {
  return (
    record.left.some((address) => address.reason === reason.nodeDown) ||
    record.joined.some((address) => address.reason === reason.nodeUp)
  );
}

function leaveReason(number: number): LeaveReason {
  if (number === reason.leave) return 'leave';
  return number === reason.nodeDown ? 'node-down' : 'process-down';
}

const byNumber = (a: GroupMember, b: GroupMember): number =>
  a.number - b.number || a.process - b.process;

/** A member as text; the same everywhere. */
export const memberText = (member: GroupMember): string => `${member.number}:${member.process}`;

const membersText = (members: readonly GroupMember[]): string => members.map(memberText).join();

/** FNV-1a: tells lists of members apart, and nobody here wants to deceive. */
function hash(text: string): string {
  let value = 0x81_1c_9d_c5;
  for (let i = 0; i < text.length; i += 1) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01_00_01_93) >>> 0;
  }
  return value.toString(16);
}
