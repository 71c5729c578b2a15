/** `holdfast apply`, `plan`, `export`. */
import { readFileSync } from 'node:fs';

import { confirm, readStandardInput } from '../ask.ts';
import { answer, print, printJson } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { Failure } from '../failure.ts';
import { findingLines, planLines, removedLines } from '../render/plan.ts';
import type { Plan } from '../render/plan.ts';
import { allIsWell, waitUntilSettled } from '../wait.ts';

export interface FileOptions {
  readonly file: string;
}

export interface ApplyOptions extends FileOptions {
  readonly yes?: boolean;
  readonly wait?: boolean;
  readonly timeout: number;
}

export async function apply(context: Context, options: ApplyOptions): Promise<ExitCode> {
  const source = await readSource(options.file);
  const expectedVersion = options.yes === true ? undefined : await preview(context, source);
  const done = await context.client.call('PUT /v1/configuration', {
    body: { ...source, ...(expectedVersion === undefined ? {} : { expectedVersion }) },
  });
  answer(context, done, ({ text, findings, removed }) => [
    text,
    ...removedLines(removed ?? [], context.look),
    ...findingLines(findings ?? [], context.look),
  ]);
  if (options.wait !== true) return EXIT.ok;
  return waitUntilSettled(context, { timeoutMs: options.timeout, expectation: allIsWell });
}

/**
 * Asks the person at the terminal where something that runs would be touched. Returns the version
 * that the answer was about.
 */
async function preview(context: Context, source: Source): Promise<number | undefined> {
  if (!process.stdin.isTTY || context.json) return undefined;
  const view = await context.client.call('POST /v1/plan', { body: source });
  if (!isDisruptive(view)) return view.version;
  print(context, planLines(view, context.look));
  if (await confirm('Apply it?')) return view.version;
  throw new Failure(EXIT.refused, 'Nothing was changed.');
}

const DISRUPTIVE = /^(stop|demote|migrate|fence)\b/;

function isDisruptive(view: Plan): boolean {
  return view.removed.length > 0 || view.actions.some(({ text }) => DISRUPTIVE.test(text));
}

export async function plan(context: Context, options: FileOptions): Promise<ExitCode> {
  const body = await readSource(options.file);
  const view = await context.client.call('POST /v1/plan', { body });
  answer(context, view, (value) => planLines(value, context.look));
  return EXIT.ok;
}

export async function exportConfiguration(context: Context): Promise<ExitCode> {
  const configuration = await context.client.call('GET /v1/configuration', {});
  if (context.json) printJson(context, configuration);
  else context.terminal.write(configuration.source);
  return EXIT.ok;
}

interface Source {
  readonly source: string;
  readonly name: string;
}

/** `-` is standard input. */
async function readSource(file: string): Promise<Source> {
  if (file === '-') return { source: await readStandardInput(), name: 'standard input' };
  try {
    return { source: readFileSync(file, 'utf8'), name: file.slice(-200) };
  } catch (error) {
    throw new Failure(EXIT.notFound, `${file} cannot be read: ${(error as Error).message}`);
  }
}
