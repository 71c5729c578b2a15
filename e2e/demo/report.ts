/** What is printed of one event of the story. Pure: the text depends on what is given alone. */
import type { EventView } from '../../src/core/view/types.ts';
import type { Measured } from '../lab/measure.ts';
import type { FailoverParts } from '../lab/timeline.ts';
import type { Look } from './look.ts';
import { wrap } from './look.ts';

/** How long the service was away. */
export type Away =
  /** `late`: requests without an answer within the client's patience, on a machine that is too busy. */
  | { readonly kind: 'never'; readonly answers: number; readonly late?: number }
  | { readonly kind: 'planned'; readonly parts: FailoverParts }
  | { readonly kind: 'fault'; readonly parts: Measured };

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

export function heading(title: string, look: Look): string {
  return look.title(`${title} ${'─'.repeat(Math.max(3, look.columns - title.length - 1))}`);
}

/** Lines for people: what happened, what the cluster did and why, how long the service was away. */
export function report(happening: Happening, look: Look): readonly string[] {
  const { what, events, atMs } = happening;
  return [
    ...wrap(`${what}.`, look.columns, '  '),
    '',
    ...events.flatMap((event) => eventLines(event, atMs, look)),
    ...(events.length === 0 ? ['    The cluster had nothing to do.'] : []),
    '',
    ...awayLines(happening, look),
  ];
}

/** One line for each happening, in columns, at the end. */
export function summary(happenings: readonly Happening[], look: Look): readonly string[] {
  const width = Math.max(...happenings.map(({ title }) => title.length)) + 2;
  const cells = (texts: readonly string[]) => texts.map((text) => text.padStart(10)).join('');
  const head = cells(['away', ...parts.map(({ name }) => name)]);
  return [
    look.quiet(`  ${' '.repeat(width)}${head}`),
    ...happenings.map(({ title, away }) => `  ${title.padEnd(width)}${awayCells(away)}`),
  ];

  function awayCells(away: Away): string {
    if (away.kind === 'never') return `${look.good(cells(['never']))}   ${answersOf(away, look)}`;
    const shares = parts.map(({ key }) => away.parts[key]);
    return cells([away.parts.totalMs, ...shares].map((ms) => (ms === 0 ? '–' : span(ms))));
  }
}

/** Whom the time away is owed to. The bar and the table name them in this order. */
const parts = [
  { key: 'detectionMs', cell: '░', paint: 'noticed', name: 'noticing', long: 'until noticed' },
  { key: 'fencingMs', cell: '▒', paint: 'fencing', name: 'fencing', long: 'fencing' },
  { key: 'ownMs', cell: '█', paint: 'own', name: 'Holdfast', long: 'Holdfast' },
  { key: 'agentsMs', cell: '▓', paint: 'agents', name: 'agents', long: 'agents' },
] as const;

function eventLines(event: EventView, sinceMs: number, look: Look): readonly string[] {
  const seconds = Math.max(0, event.time - sinceMs) / 1000;
  const took = event.durationMs === undefined ? '' : ` (${span(event.durationMs)})`;
  const paint = event.severity === 'info' ? (text: string) => text : look[event.severity];
  const lines = wrap(`${event.text}${took}`, look.columns, `    +${seconds.toFixed(3)} s  `);
  // The parts of a live migration have one reason.
  const reasons = [...new Set((event.actions ?? []).map(whyOf))];
  const actions = reasons.flatMap((why) => wrap(why, look.columns, '               · '));
  const how = event.operation === 'migrate_to' ? (event.output ?? '').trim() : '';
  const told = how === '' ? [] : wrap(how, look.columns, '               ');
  return [...lines.map(paint), ...actions.map(look.quiet), ...told.map(look.quiet)];
}

/** `web_start_0 n1: the reason`: the name in front is for programs. */
function whyOf(action: string): string {
  const at = action.indexOf(': ');
  return at === -1 ? action : action.slice(at + 2);
}

function awayLines({ away, from, to }: Happening, look: Look): readonly string[] {
  const who = from === to ? `${to ?? 'Nobody'} serves, as before` : `${to ?? 'Nobody'} serves now`;
  switch (away.kind) {
    case 'never':
      return [look.good(`  ${who}. Never away: `) + `${answersOf(away, look)}.`];
    case 'planned':
    case 'fault':
      return [
        `  ${who}. Away for ${look.title(span(away.parts.totalMs))}:`,
        '',
        `    ${bar(away.parts, look)}`,
        `    ${legend(away.parts, look)}`,
      ];
  }
}

function answersOf({ answers, late = 0 }: Away & { kind: 'never' }, look: Look): string {
  if (late === 0) return look.good(`${String(answers)} answers, no failure`);
  return look.warning(`${String(answers)} answers, ${String(late)} too late (a busy machine)`);
}

const barCells = 64;

/** The parts in proportion; what took any time at all gets a cell. */
function bar(times: FailoverParts, look: Look): string {
  const shares = parts.map(({ key }) => (times[key] / Math.max(1, times.totalMs)) * barCells);
  return parts
    .map(({ cell, paint }, at) => look[paint](cell.repeat(Math.ceil((shares[at] ?? 0) - 0.01))))
    .join('');
}

function legend(times: FailoverParts, look: Look): string {
  return parts
    .filter(({ key }) => times[key] > 0)
    .map(({ key, cell, paint, long }) => `${look[paint](cell)} ${span(times[key])} ${long}`)
    .join('   ');
}

function span(ms: number): string {
  return ms >= 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${ms.toFixed(0)} ms`;
}
