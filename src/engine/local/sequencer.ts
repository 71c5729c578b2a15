/**
 * What the bus decides: one order, views with rings, quorum. Pure: every input gives the new state
 * and what each daemon is to be told, in order.
 *
 * It follows Corosync where a choice exists: a daemon that dies leaves its node in the ring (its
 * services may run on) until somebody who knows says that the node is down; parts of a partition
 * go on by themselves, each with a ring of its own.
 */
import type { EngineEvent, GroupMember, LeaveReason, RingId } from '../../core/model/engine.ts';
import { assertNever } from '../../core/model/ids.ts';
import type { NodeName, NodeNumber } from '../../core/model/ids.ts';

export interface BusNode {
  readonly node: NodeName;
  readonly number: NodeNumber;
  /** The ring it is in; null: the node is down. */
  readonly ring: RingId | null;
  /** The connected daemon's process; null: there is none. */
  readonly process: number | null;
  /** The last daemon's process, for whoever has to prove its death. */
  readonly lastProcess: number | null;
  /** Which part of a partition it is in; 0 when there is none. */
  readonly part: number;
}

export interface BusState {
  /** Ascending by number. */
  readonly nodes: readonly BusNode[];
  /** The highest ring sequence that was given out; it never falls, not even by a restart. */
  readonly sequence: number;
}

export type BusInput =
  | { readonly kind: 'join'; readonly node: NodeName; readonly process: number }
  /** A daemon that leaves takes its node down with it: nothing else of the node is here. */
  | { readonly kind: 'leave'; readonly node: NodeName }
  | { readonly kind: 'process-down'; readonly node: NodeName }
  | { readonly kind: 'node-down'; readonly node: NodeName }
  /** Nodes that no group names form one more part; no group at all heals. */
  | { readonly kind: 'partition'; readonly groups: readonly (readonly NodeName[])[] }
  | { readonly kind: 'message'; readonly node: NodeName; readonly text: string };

/** An event for the daemon of a node. */
export interface Delivery {
  readonly to: NodeName;
  readonly event: EngineEvent;
}

export interface BusResult {
  readonly state: BusState;
  readonly deliveries: readonly Delivery[];
}

/** A bus where every node is down. */
export function newBus(
  nodes: readonly { readonly node: NodeName; readonly number: NodeNumber }[],
  sequence: number,
): BusState {
  const down = { ring: null, process: null, lastProcess: null, part: 0 };
  return {
    nodes: nodes
      .map(({ node, number }) => ({ node, number, ...down }))
      .toSorted((a, b) => a.number - b.number),
    sequence,
  };
}

/** Takes one input. */
export function order(state: BusState, input: BusInput): BusResult {
  if (input.kind === 'message') return { state, deliveries: deliverMessage(state, input) };
  const changed = state.nodes.map((node) => change(node, input));
  const next = formRings(state, changed);
  const reason = input.kind === 'partition' || input.kind === 'join' ? 'node-down' : input.kind;
  return { state: next, deliveries: tellViews(state, next, reason) };
}

function deliverMessage(
  state: BusState,
  input: Extract<BusInput, { kind: 'message' }>,
): readonly Delivery[] {
  const sender = state.nodes.find(({ node }) => node === input.node);
  if (sender === undefined || sender.process === null) return [];
  const event: EngineEvent = {
    kind: 'engine-message',
    sender: { node: sender.node, number: sender.number, process: sender.process },
    text: input.text,
  };
  return members(state, sender.part).map(({ node }) => ({ to: node, event }));
}

/** What an input does to one node, rings aside. */
function change(node: BusNode, input: Exclude<BusInput, { kind: 'message' }>): BusNode {
  if (input.kind === 'partition') {
    const group = input.groups.findIndex((names) => names.includes(node.node));
    return { ...node, part: group === -1 ? input.groups.length : group };
  }
  if (input.node !== node.node) return node;
  switch (input.kind) {
    case 'join':
      return {
        ...node,
        process: input.process,
        lastProcess: input.process,
        ring: node.ring ?? noRing(node),
      };
    case 'process-down':
      return { ...node, process: null };
    case 'leave':
    case 'node-down':
      return { ...node, process: null, ring: null };
    default:
      return assertNever(input);
  }
}

/** Marks a node as up before its ring is formed; no ring is number 0. */
const noRing = (node: BusNode): RingId => ({ sequence: 0, representative: node.number });

/** Gives a new ring to every part whose nodes that are up are not those of one ring before. */
function formRings(before: BusState, nodes: readonly BusNode[]): BusState {
  let highest = before.sequence;
  const rings = new Map<number, RingId>();
  for (const part of new Set(nodes.map((node) => node.part))) {
    const up = nodes.filter((node) => node.part === part && node.ring !== null);
    const ring = up[0]?.ring;
    if (ring === null || ring === undefined) continue;
    const old = before.nodes.filter((node) => sameRing(node.ring, ring));
    const kept = old.length === up.length && up.every((node) => sameRing(node.ring, ring));
    rings.set(part, kept ? ring : { sequence: (highest += 1), representative: up[0]!.number });
  }
  return {
    nodes: nodes.map((node) =>
      node.ring === null ? node : { ...node, ring: rings.get(node.part) ?? node.ring },
    ),
    sequence: highest,
  };
}

/** A view for every daemon whose ring or group is another now, and quorum for every new ring. */
function tellViews(before: BusState, after: BusState, reason: LeaveReason): readonly Delivery[] {
  return after.nodes.flatMap((node, index) => {
    const old = before.nodes[index];
    if (node.process === null || node.ring === null || old === undefined) return [];
    const joins = old.process !== node.process;
    const newRing = joins || !sameRing(old.ring, node.ring);
    const now = members(after, node.part);
    const was = joins ? [] : members(before, old.part);
    const left = was
      .filter((member) => !now.some((other) => sameMember(member, other)))
      .map((member) => ({ member, reason }));
    if (!newRing && left.length === 0 && was.length === now.length) return [];
    const view: Delivery = {
      to: node.node,
      event: { kind: 'engine-view', ring: node.ring, members: now, left },
    };
    return newRing ? [view, quorum(after, node, node.ring)] : [view];
  });
}

function quorum(state: BusState, node: BusNode, ring: RingId): Delivery {
  const up = state.nodes.filter((other) => sameRing(other.ring, ring));
  return {
    to: node.node,
    event: {
      kind: 'engine-quorum',
      ring,
      quorate: up.length * 2 > state.nodes.length,
      nodes: up.map((other) => other.node),
    },
  };
}

function members(state: BusState, part: number): readonly GroupMember[] {
  return state.nodes.flatMap(({ node, number, process, part: own }) =>
    own === part && process !== null ? [{ node, number, process }] : [],
  );
}

function sameRing(a: RingId | null, b: RingId | null): boolean {
  return a?.sequence === b?.sequence && a?.representative === b?.representative;
}

function sameMember(a: GroupMember, b: GroupMember): boolean {
  return a.number === b.number && a.process === b.process;
}
