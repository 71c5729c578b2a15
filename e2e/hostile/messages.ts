/**
 * Hostile messages to living nodes: recorded ones that are damaged, made up or said again. A node must
 * never fail; what is no message must be refused and counted, and leave the node as it was.
 */
import type { Command } from '../../src/core/cluster/commands.ts';
import type { ClusterState } from '../../src/core/cluster/state.ts';
import { monotonicMs } from '../../src/core/model/ids.ts';
import { step } from '../../src/core/node/node.ts';
import type { NodeState, Step } from '../../src/core/node/state.ts';
import type { Machine } from '../../src/core/store/types.ts';
import type { Chance } from '../differ/chance.ts';
import { chanceFrom } from '../differ/chance.ts';
import { damage } from './damage.ts';
import type { Damaged } from './damage.ts';
import { recordDeliveries } from './record.ts';
import type { Delivery } from './record.ts';

export interface MessageReport {
  readonly messages: number;
  /** By kind of damage. */
  readonly kinds: Readonly<Record<string, number>>;
  /** What nodes counted, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly failures: readonly MessageFailure[];
}

export interface MessageFailure {
  readonly seed: number;
  readonly kind: string;
  readonly why: string;
  /** The last text, cut. */
  readonly text: string;
}

export type StepFunction = typeof step;

const PER_STORY_MAX = 60;
/** The same for all seeds: a seed says what is made of them. */
let recorded: readonly Delivery[] | undefined;

/** Messages of the seeds from `seed` on, until so many were given to nodes. */
export function hurlMessages(
  seed: number,
  messages: number,
  give: StepFunction = step,
): MessageReport {
  const deliveries = (recorded ??= recordDeliveries(chanceFrom(1), PER_STORY_MAX));
  const commands = deliveries.filter(({ event }) => event.text.includes('"kind":"command"'));
  const kinds: Record<string, number> = {};
  const refused: Record<string, number> = {};
  const failures: MessageFailure[] = [];
  let given = 0;
  for (let at = seed; given < messages; at += 1) {
    const chance = chanceFrom(at);
    const made = caseOf(chance, deliveries, commands);
    if (made === undefined) continue;
    given += made.damaged.events.length;
    kinds[made.damaged.kind] = (kinds[made.damaged.kind] ?? 0) + made.damaged.events.length;
    const why = failureOf(chance, made, give, refused);
    if (why === undefined) continue;
    const text = (made.damaged.events.at(-1)?.text ?? '').slice(0, 600);
    failures.push({ seed: at, kind: made.damaged.kind, why, text });
  }
  return { messages: given, kinds, refused, failures };
}

interface Case {
  readonly delivery: Delivery;
  readonly damaged: Damaged;
}

function caseOf(
  chance: Chance,
  deliveries: readonly Delivery[],
  commands: readonly Delivery[],
): Case | undefined {
  const pool = chance.percent(50) ? commands : deliveries;
  const delivery = chance.one(pool);
  const damaged = damage(chance, delivery, chance.one(deliveries));
  return damaged === undefined ? undefined : { delivery, damaged };
}

function failureOf(
  chance: Chance,
  { delivery, damaged }: Case,
  give: StepFunction,
  refused: Record<string, number>,
): string | undefined {
  const { clocks } = delivery;
  let { node } = delivery;
  try {
    for (const event of damaged.events) {
      const before = node;
      const after = give(node, { kind: 'engine', event }, clocks);
      node = after.node;
      addCounts(refused, before, node);
      const isAgain = damaged.kind === 'replayed' && before !== delivery.node;
      if (isAgain && !isSame(before, node)) return 'it was said twice, and taken twice';
      const why = unexpected(damaged, before, after) ?? unreplicated(before, node);
      if (why !== undefined) return why;
    }
    return lifeAfter(chance, node, delivery, give);
  } catch (error) {
    return error instanceof Error ? placeOf(error) : String(error);
  }
}

function placeOf({ message, stack = '' }: Error): string {
  return `${message} (${/\bsrc\/[\w./-]+:\d+/.exec(stack)?.[0] ?? '?'})`;
}

function addCounts(into: Record<string, number>, before: NodeState, after: NodeState): void {
  for (const [reason, count] of Object.entries(after.replica.refused)) {
    into[reason] = (into[reason] ?? 0) + count - (before.replica.refused[reason] ?? 0);
  }
}

const total = ({ replica }: NodeState): number =>
  Object.values(replica.refused).reduce((sum, count) => sum + count, 0);

/** Undefined: as it should be. */
function unexpected(damaged: Damaged, before: NodeState, { node }: Step): string | undefined {
  const counted = total(node) - total(before);
  // A node without its engine hears nothing any more.
  const isDeaf = before.replica.alone !== undefined || before.exiting;
  if (damaged.expect === 'any' || isDeaf) {
    // A command that the view may not carry out is a place in the line, the same on all members.
    return counted > 0 && !hasSameState(before, node) ? changedText : undefined;
  }
  if (!isSame(before, node)) return changedText;
  if (damaged.expect === 'ignored' || counted === 1) {
    const { reason } = damaged;
    const isReason =
      reason === undefined ||
      (node.replica.refused[reason] ?? 0) > (before.replica.refused[reason] ?? 0);
    return isReason ? undefined : `it was not refused as ${reason}`;
  }
  return `it was counted as refused ${counted} times`;
}

const changedText = 'it was refused, and the state changed';

/** What a message can change of what the members share; duties that are due come with any input. */
function isSame(before: NodeState, after: NodeState): boolean {
  return before.replica.line.chain === after.replica.line.chain && hasSameState(before, after);
}

function hasSameState({ replica: before }: NodeState, { replica: after }: NodeState): boolean {
  return (
    before.line.index === after.line.index &&
    before.line.applied === after.line.applied &&
    before.group?.view === after.group?.view &&
    before.gathering?.round === after.gathering?.round &&
    before.hearing.mute === after.hearing.mute &&
    before.machine.digest(before.state) === after.machine.digest(after.state)
  );
}

/** A state that was changed must be one that can be written and read again: joiners get it so. */
function unreplicated(before: NodeState, { replica }: NodeState): string | undefined {
  if (before.replica.state === replica.state) return undefined;
  const { machine, state }: { machine: Machine<ClusterState, Command>; state: ClusterState } =
    replica;
  const read = machine.decode(machine.encode(state));
  if (read === undefined) return 'the state cannot be read any more';
  return machine.digest(read) === machine.digest(state)
    ? undefined
    : 'the state is another one when it is read';
}

/** The next heartbeats and messages find the node alive. */
function lifeAfter(
  chance: Chance,
  node: NodeState,
  { event, clocks }: Delivery,
  give: StepFunction,
): undefined {
  let next = node;
  if (!chance.percent(25)) return undefined;
  next = give(next, { kind: 'engine', event }, clocks).node;
  for (let ticks = 1; ticks <= 8; ticks += 1) {
    const nowMs = monotonicMs(clocks.nowMs + ticks * 250);
    next = give(next, { kind: 'tick' }, { ...clocks, nowMs }).node;
  }
  return undefined;
}
