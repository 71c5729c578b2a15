/**
 * What a fence agent means by what it wrote. Its library (fence-agents, fencing.py) logs with time
 * and level, ends with an advice for people at a prompt, and Python adds warnings of its own.
 */
import { printable } from '../ocf/outcome.ts';

const CAUSE_CHARS_MAX = 300;
const LINES_MAX = 3;

/** The cause in one line; empty where it said nothing. */
export function causeOf(errors: string): string {
  const lines = errors
    // eslint-disable-next-line no-control-regex -- colours
    .replaceAll(/\u001b\[[\d;]*[A-Za-z]/g, '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  const crash = crashCause(lines);
  if (crash !== undefined) return short(crash);
  const said = lines.filter(isNoWarning).map(withoutStamp).filter(isNews);
  return short([...new Set(said)].slice(0, LINES_MAX).join('; '));
}

const short = (text: string): string => printable(text).slice(0, CAUSE_CHARS_MAX);

/** Of a Python traceback the last line, without the name of the class. */
function crashCause(lines: readonly string[]): string | undefined {
  const begin = lines.findLastIndex((line) => line.startsWith('Traceback (most recent call last)'));
  if (begin < 0) return undefined;
  const last = lines.slice(begin + 1).find((line) => !line.startsWith(' '));
  return last?.replace(/^[\w.]*\.?(?:Error|Exception)\w*: /, '');
}

/** `file:5: DeprecationWarning: …`, and the line of source that Python shows below it. */
function isNoWarning(line: string, index: number, lines: readonly string[]): boolean {
  const isWarning = (text: string | undefined): boolean =>
    text !== undefined && /^\S+:\d+: \w*Warning: /.test(text);
  return !isWarning(line) && !(line.startsWith('  ') && isWarning(lines[index - 1]));
}

/** `2026-11-20 22:22:53,294 ERROR: `. */
const withoutStamp = (line: string): string =>
  line.trim().replace(/^(?:\d{4}-\d\d-\d\d [\d:,.]+ )?(?:ERROR|CRITICAL|WARNING): /, '');

const isNews = (line: string): boolean =>
  !/^Please use '-h' for usage$|^(?:\d{4}-\d\d-\d\d [\d:,.]+ )?(?:DEBUG|INFO): /.test(line);
