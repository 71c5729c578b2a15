import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { runOrThrow } from './run.ts';

/** The checkout: the folder above e2e. */
export const repository = join(import.meta.dirname, '..', '..');
const cache = join(repository, '.cache', 'lab');

/** The small C programs of tools/: what must start in a millisecond, or be process 1. */
export type ToolName =
  | 'clock_lab'
  | 'init'
  | 'enter'
  | 'watch'
  | 'fence_lab'
  | 'dirty_lab'
  | 'guest_lab'
  | 'hello_lab'
  | 'ledger_lab'
  | 'node_lab'
  | 'stamp'
  | 'watchdog_lab';

/**
 * Path of a compiled tool, compiled now when its source is newer than what was compiled before.
 * The name carries a digest of the source: two labs of two checkouts never share a stale one.
 * Throws when there is no C compiler.
 */
export function tool(name: ToolName): Promise<string> {
  const known = compiled.get(name) ?? compile(name);
  compiled.set(name, known);
  return known;
}

/** Static: what the dynamic linker does before the first stamp would count as Holdfast's time. */
const flags = ['-O2', '-Wall', '-Wextra', '-static'];

/** What is not a program, but loaded into others by LD_PRELOAD. */
const libraries: readonly ToolName[] = ['clock_lab', 'watchdog_lab'];
const libraryFlags = ['-O2', '-Wall', '-Wextra', '-shared', '-fPIC', '-ldl'];

const compiled = new Map<ToolName, Promise<string>>();

async function compile(name: ToolName): Promise<string> {
  const source = join(import.meta.dirname, 'tools', `${name}.c`);
  const how = libraries.includes(name) ? libraryFlags : flags;
  const made = createHash('sha256').update(readFileSync(source)).update(how.join(' '));
  const digest = made.digest('hex').slice(0, 12);
  const program = join(cache, `${name}-${digest}`);
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const unfinished = `${program}.${String(process.pid)}`;
  await runOrThrow(['cc', ...how, '-o', unfinished, source]);
  renameSync(unfinished, program);
  return program;
}
