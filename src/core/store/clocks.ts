/**
 * The members' wall clocks compared (docs/decisions/stalls.md): by the announcements, by the DC's
 * heartbeats, and by those of joiners, which tell their sender's own clock.
 */
import type { NodeName } from '../model/ids.ts';
import type { Message } from './messages.ts';
import type { Draft, Hearing } from './state.ts';
import { note, self } from './state.ts';

/** Further apart, and a machine that has just booted does not become a member. */
export const clockRefusalMs = 60_000;
const samplesMax = 5;

/** A message is late by what its way took: the least of some differences is the nearest. */
export function compareClocks<S, C>(draft: Draft<S, C>, from: NodeName, message: Message): void {
  const wall = ownTime(draft, from, message);
  if (wall === undefined || from === self(draft)) return;
  const { clocks } = draft.hearing;
  const samples = [...(clocks[from] ?? []), Math.round(draft.wallMs - wall)].slice(-samplesMax);
  draft.hearing = { ...draft.hearing, clocks: { ...clocks, [from]: samples } };
  nameJoiner(draft, from);
}

function ownTime<S, C>(
  { group }: Draft<S, C>,
  from: NodeName,
  message: Message,
): number | undefined {
  if (message.kind === 'announce') return message.announcement.wall;
  if (message.kind !== 'heartbeat') return undefined;
  const isByDc = message.view === group?.view && from === group.opening.dc;
  return isByDc || message.view === '' ? message.wall : undefined;
}

/** How far this node's clock is ahead of another's; undefined: too little is known. */
export function aheadMs(
  { clocks }: Hearing,
  node: NodeName,
  samples = samplesMax,
): number | undefined {
  const known = clocks[node] ?? [];
  return known.length < samples ? undefined : Math.min(...known);
}

/**
 * Why this node does not ask for the state of the group. Only a machine that was no member since its
 * boot is refused: on another, services may run, and it would be fenced. A group that may not act
 * refuses nobody, for it may need whoever comes.
 */
export function clockRefusal<S, C>(draft: Draft<S, C>): string | undefined {
  const { group, hearing, options, line } = draft;
  if (group === undefined || !group.opening.acting) return undefined;
  const ms = aheadMs(hearing, group.opening.dc, 1);
  if (ms === undefined || Math.abs(ms) < clockRefusalMs) return undefined;
  const isKnown = (line.acting?.members ?? []).some(
    (each) => each.node === self(draft) && each.boot === options.boot,
  );
  if (isKnown) return undefined;
  return (
    `this node does not join: its clock is ${differenceText(ms)} that of ${group.opening.dc}; ` +
    'set both by one time source (chrony or another NTP client), then it joins by itself'
  );
}

/** The others say it, too: on the node itself nobody may look. */
function nameJoiner<S, C>(draft: Draft<S, C>, from: NodeName): void {
  const ms = aheadMs(draft.hearing, from, 1) ?? 0;
  if (draft.group?.holds !== true || Math.abs(ms) < clockRefusalMs) return;
  const text =
    `${from} does not join while its clock is ${differenceText(-ms)} this node's: ` +
    'set both by one time source (chrony or another NTP client)';
  const code = `clock ${from}`;
  if (!draft.findings.some((each) => each.code === code)) note(draft, code, text);
}

const differenceText = (ms: number): string =>
  `${Math.round(Math.abs(ms) / 1000)} s ${ms > 0 ? 'ahead of' : 'behind'}`;
