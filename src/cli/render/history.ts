/** The story: event → decision with reason → actions with durations. */
import type { EventView } from '../../core/view/types.ts';
import type { Look } from './look.ts';
import { wrap } from './text.ts';
import { clock, span } from './time.ts';

const OUTPUT_LINES_MAX = 5;

export function eventLines(event: EventView, now: number, look: Look): readonly string[] {
  const { style, columns } = look;
  const paint = {
    info: (text: string) => text,
    good: style.good,
    warning: style.warn,
    error: style.bad,
  };
  const took = event.durationMs === undefined ? '' : ` (${span(event.durationMs)})`;
  const id = event.decision === undefined ? '' : ` (decision ${event.decision})`;
  const lines = wrap(
    `${event.text}${moreOf(event)}${took}${id}`,
    columns,
    `${clock(event.time, now)}  `,
    '          ',
  );
  return [
    ...lines.map(paint[event.severity]),
    ...(event.actions ?? []).flatMap((action) =>
      wrap(action, columns, '            · ', '              '),
    ),
    ...outputLines(event.output).map((line) => style.dim(`            | ${line}`)),
  ];
}

/** What the outcome adds to the text, which ends with its beginning. */
function moreOf({ text, outcome = '' }: EventView): string {
  const said = text.slice(text.lastIndexOf(': ') + 2);
  if (outcome === '' || text.endsWith(outcome)) return '';
  return outcome.startsWith(said) ? outcome.slice(said.length) : ` – ${outcome}`;
}

function outputLines(output: string | undefined): readonly string[] {
  if (output === undefined || output === '') return [];
  return output.trimEnd().split('\n').slice(-OUTPUT_LINES_MAX);
}
