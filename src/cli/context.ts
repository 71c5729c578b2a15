/** What every command gets: the daemon, the terminal, and the options that all have. */
import type { Client } from './client.ts';
import type { Look } from './render/look.ts';
import type { Terminal } from './terminal.ts';

export interface Context {
  readonly client: Client;
  readonly terminal: Terminal;
  readonly look: Look;
  readonly json: boolean;
  /** This machine's wall clock: only how times are shown depends on it. */
  readonly now: () => number;
}

export function createContext(
  client: Client,
  terminal: Terminal,
  json: boolean,
  now: () => number = Date.now,
): Context {
  const { style, columns } = terminal;
  return { client, terminal, look: { style, columns: Math.max(40, columns) }, json, now };
}

export function print(context: Context, lines: readonly string[]): void {
  if (lines.length > 0) context.terminal.write(`${lines.join('\n')}\n`);
}

export function printJson(context: Context, value: unknown): void {
  context.terminal.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** The answer as JSON, or as lines. */
export function answer<T>(
  context: Context,
  value: T,
  lines: (value: T) => readonly string[],
): void {
  if (context.json) printJson(context, value);
  else print(context, lines(value));
}

/** Lines for each, or a sentence where there are none. */
export function orNothing<T>(
  list: readonly T[],
  nothing: string,
  lines: (one: T) => readonly string[],
): readonly string[] {
  return list.length === 0 ? [nothing] : list.flatMap(lines);
}
