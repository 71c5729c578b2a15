/** Fencings, in words: who shot, and with what result. */
import type { FencingView } from '../../core/view/types.ts';
import type { Look } from './look.ts';
import { wrap } from './text.ts';
import { clock, span } from './time.ts';

/** Newest first. Attempts that failed alike, one after the other, are one entry. */
export function fencingLines(
  list: readonly FencingView[],
  now: number,
  { style, columns }: Look,
  withOutput = false,
): readonly string[] {
  return alike(list).flatMap((attempts) => {
    const [newest] = attempts;
    const oldest = attempts.at(-1);
    if (newest === undefined || oldest === undefined) return [];
    const from = newest === oldest ? '' : `, the first of them at ${clock(oldest.begunAt, now)}`;
    const line = `${fencingText(attempts)}${from}`;
    const paint = newest.ok === false ? style.bad : (text: string): string => text;
    const head = wrap(line, columns, `${clock(newest.begunAt, now)}  `, INDENT).map(paint);
    return withOutput ? [...head, ...outputLines(newest).map(style.dim)] : head;
  });
}

const INDENT = ' '.repeat(10);

/** As the agent printed it, line by line; of attempts that failed alike the newest. */
function outputLines({ output, endedAt, by }: FencingView): readonly string[] {
  if (endedAt === undefined || by !== undefined) return [];
  if (output === undefined) return [`${INDENT}(it printed nothing, or that is not kept any more)`];
  const lines = output.trimEnd().split('\n');
  return lines.map((line) => INDENT + line.replaceAll(CONTROL, '').trimEnd());
}

/** Colours, and what else moves a terminal. */
// eslint-disable-next-line no-control-regex -- that is what it is for
const CONTROL = /\u001b\[[\d;]*[A-Za-z]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

function alike(list: readonly FencingView[]): readonly (readonly FencingView[])[] {
  const groups: FencingView[][] = [];
  for (const one of list) {
    const group = groups.at(-1);
    const known = group?.[0];
    if (group !== undefined && known !== undefined && isAlike(known, one)) group.push(one);
    else groups.push([one]);
  }
  return groups;
}

const isAlike = (a: FencingView, b: FencingView): boolean =>
  a.ok === false &&
  b.ok === false &&
  a.target === b.target &&
  a.device === b.device &&
  a.method === b.method &&
  a.text === b.text;

/** Of attempts that failed alike the newest comes first. */
export function fencingText(attempts: readonly FencingView[]): string {
  const [newest] = attempts;
  if (newest === undefined) return '';
  const { target, method, device, durationMs = 0, reason, by, ok, text } = newest;
  if (by !== undefined) return `${target} is off: confirmed by hand by ${by} (${reason})`;
  const executors = [...new Set(attempts.map((each) => each.executor))].toSorted().join(' and ');
  const shot = `${target} (${method}) with ${device} from ${executors}`;
  if (ok === undefined) return `${shot}${attemptText(attempts)}: under way; ${reason}`;
  if (ok) return `${shot} in ${span(durationMs)}: ${reason}`;
  // The reason for shooting reads as if it had been done.
  return `${shot} FAILED${attemptText(attempts)}: ${text ?? ''}`;
}

function attemptText(attempts: readonly FencingView[]): string {
  const last = attempts[0]?.attempt ?? 1;
  const first = attempts.at(-1)?.attempt ?? 1;
  if (last === first) return last === 1 ? '' : `, attempt ${last}`;
  return `, attempts ${first} to ${last}`;
}
