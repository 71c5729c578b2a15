/** What is printed of one event of the story. Pure: the text depends on what is given alone. */
import type { EventView } from '../../src/core/view/types.ts';
import type { FailoverParts } from '../lab/timeline.ts';

/** How long the service was away. */
export type Away =
  | { readonly kind: 'never'; readonly answers: number }
  | { readonly kind: 'planned'; readonly ms: number }
  | { readonly kind: 'fault'; readonly parts: FailoverParts };

export interface Happening {
  readonly title: string;
  /** What was done to the cluster. */
  readonly what: string;
  /** Wall clock of the moment, ms. */
  readonly atMs: number;
  /** What the cluster's history says of it since. */
  readonly events: readonly EventView[];
  readonly away: Away;
  /** Who served before and after. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Lines for people: what happened, what the cluster did and why, how long the service was away. */
export function report(happening: Happening): readonly string[] {
  return [
    `What happened   ${happening.what}`,
    ...indent(
      'What it did     ',
      happening.events.map((event) => eventLine(event, happening.atMs)),
    ),
    `Who serves      ${serves(happening)}`,
    ...indent('Service away    ', awayLines(happening.away)),
  ];
}

/** One line for each happening, at the end. */
export function summary(happenings: readonly Happening[]): readonly string[] {
  const width = Math.max(...happenings.map(({ title }) => title.length));
  return happenings.map(({ title, away }) => `${title.padEnd(width)}  ${shortAway(away)}`);
}

function eventLine(event: EventView, sinceMs: number): string {
  const seconds = (event.time - sinceMs) / 1000;
  return `${seconds < 0 ? '' : '+'}${seconds.toFixed(2)} s  ${event.text}`;
}

function serves({ from, to }: Happening): string {
  if (from === to) return `${to ?? 'nobody'}, as before`;
  return `${to ?? 'nobody'}; before: ${from ?? 'nobody'}`;
}

function awayLines(away: Away): readonly string[] {
  if (away.kind === 'never') return [`never: ${String(away.answers)} answers, no failure`];
  if (away.kind === 'planned') return [`${ms(away.ms)}: stopped here, started there`];
  const { parts } = away;
  return [
    `${ms(parts.totalMs)}, of these`,
    `${ms(parts.detectionMs)} until it was noticed`,
    `${ms(parts.fencingMs)} fencing`,
    `${ms(parts.ownMs)} Holdfast’s own part`,
    `${ms(parts.agentsMs)} the agents of the service`,
  ];
}

function shortAway(away: Away): string {
  if (away.kind === 'never') return 'never away';
  if (away.kind === 'planned') return `${ms(away.ms)} away`;
  const { totalMs, detectionMs, fencingMs, ownMs, agentsMs } = away.parts;
  const parts = [
    `noticed ${ms(detectionMs)}`,
    `fencing ${ms(fencingMs)}`,
    `Holdfast ${ms(ownMs)}`,
    `agents ${ms(agentsMs)}`,
  ];
  return `${ms(totalMs)} away (${parts.join(', ')})`;
}

const ms = (value: number) => `${String(Math.round(value)).padStart(5)} ms`;

/** The label before the first line, blanks before the others. */
function indent(label: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [`${label}nothing`];
  return lines.map((line, at) => (at === 0 ? label : ' '.repeat(label.length)) + line);
}
