/** `holdfast resource …`. */
import type { AnswerOf } from '../../api/client-types.ts';
import { answer, print, printJson } from '../context.ts';
import type { DebugResult } from '../../api/schemas/answers.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { Failure } from '../failure.ts';
import { wrap } from '../render/text.ts';
import { clock } from '../render/time.ts';
import { isStopped, runs, waitUntilSettled } from '../wait.ts';
import type { Expectation } from '../wait.ts';

export interface WaitOptions {
  readonly wait?: boolean;
  readonly timeout: number;
}

export interface EndOptions extends WaitOptions {
  readonly for?: number;
}

export interface MoveOptions extends EndOptions {
  readonly to?: string;
  readonly live?: boolean;
  readonly cancel?: boolean;
}

type Done = AnswerOf<'POST /v1/resources/{resource}/stop'>;

export async function start(
  context: Context,
  resource: string,
  options: EndOptions,
): Promise<ExitCode> {
  const body = { forMs: options.for };
  const done = await context.client.call('POST /v1/resources/{resource}/start', {
    params: { resource },
    body,
  });
  return tell(context, done, options, runs(resource));
}

export async function stop(
  context: Context,
  resource: string,
  options: EndOptions,
): Promise<ExitCode> {
  const body = { forMs: options.for };
  const done = await context.client.call('POST /v1/resources/{resource}/stop', {
    params: { resource },
    body,
  });
  return tell(context, done, options, isStopped(resource));
}

export async function restart(
  context: Context,
  resource: string,
  options: WaitOptions,
): Promise<ExitCode> {
  const params = { resource };
  const done = await context.client.call('POST /v1/resources/{resource}/restart', { params });
  return tell(context, done, options, runs(resource));
}

export async function move(
  context: Context,
  resource: string,
  node: string | undefined,
  options: MoveOptions,
): Promise<ExitCode> {
  if (node !== undefined && options.to !== undefined && node !== options.to) {
    throw new Failure(EXIT.usage, `It is to go to ${node} or to ${options.to}: name one node.`);
  }
  const { live, cancel } = options;
  const done = await context.client.call('POST /v1/resources/{resource}/move', {
    params: { resource },
    body: { to: node ?? options.to, forMs: options.for, live, cancel },
  });
  return tell(context, done, options, runs(resource));
}

export async function clear(
  context: Context,
  resource: string,
  options: WaitOptions,
): Promise<ExitCode> {
  const params = { resource };
  const done = await context.client.call('POST /v1/resources/{resource}/clear', { params });
  return tell(context, done, options, runs(resource));
}

export async function cleanup(
  context: Context,
  resource: string,
  options: WaitOptions & { readonly node?: string },
): Promise<ExitCode> {
  const done = await context.client.call('POST /v1/resources/{resource}/cleanup', {
    params: { resource },
    body: { node: options.node },
  });
  return tell(context, done, options, runs(resource));
}

export async function maintenance(
  context: Context,
  resource: string,
  options: EndOptions & { readonly off?: boolean },
): Promise<ExitCode> {
  const params = { resource };
  const done =
    options.off === true
      ? await context.client.call('DELETE /v1/resources/{resource}/maintenance', { params })
      : await context.client.call('POST /v1/resources/{resource}/maintenance', {
          params,
          body: { forMs: options.for },
        });
  return tell(context, done, options, () => []);
}

/** Headings on standard error: what was printed can be piped on. */
export async function logs(
  context: Context,
  resource: string,
  options: { readonly lines: number; readonly node?: string },
): Promise<ExitCode> {
  const { lines, node } = options;
  const found = await context.client.call('GET /v1/resources/{resource}/logs', {
    params: { resource },
    query: { lines, ...(node === undefined ? {} : { node }) },
  });
  if (context.json) {
    printJson(context, found);
    return EXIT.ok;
  }
  for (const { node: where, what, text } of found.parts) {
    const title = text === '' ? `${where}: nothing (${what})` : `${where}: ${what}`;
    context.terminal.note(`${context.look.style.dim(title)}\n`);
    if (text !== '') print(context, [text]);
  }
  for (const problem of found.problems) context.terminal.note(`! ${problem}\n`);
  if (found.parts.length === 0) {
    context.terminal.note(
      `Nothing printed by ${resource} is known (holdfast history ${resource}).\n`,
    );
  }
  return found.parts.length === 0 && found.problems.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Runs one operation beside the cluster and shows what its agent prints, as it comes. */
export async function debug(
  context: Context,
  resource: string,
  operation: string,
  options: { readonly force?: boolean },
): Promise<ExitCode> {
  const query = { force: options.force === true ? 'true' : 'false' } as const;
  const input = { params: { resource, operation }, query };
  const key = 'POST /v1/resources/{resource}/debug/{operation}';
  let printed = '';
  for await (const line of context.client.follow(key, input)) {
    if ('printed' in line) {
      printed += line.printed;
      if (!context.json) context.terminal.write(line.printed);
    } else return tellDebugged(context, line, printed);
  }
  const text = `The daemon has gone away; what became of the ${operation} is unknown.`;
  throw new Failure(EXIT.unknown, text);
}

function tellDebugged(context: Context, result: DebugResult, printed: string): ExitCode {
  const { resource, operation, node, outcome, durationMs, ok, output } = result;
  if (context.json) printJson(context, result);
  else {
    // Of what was too long to be told as it came, or came last, the rest.
    const rest = printed === '' ? output.trimEnd() : '';
    const { style } = context.look;
    const line = `${operation} of ${resource} on ${node}: ${outcome} (${Math.round(durationMs)} ms)`;
    print(context, [
      ...(rest === '' ? [] : rest.split('\n')),
      ok ? style.good(line) : style.bad(line),
    ]);
  }
  return ok ? EXIT.ok : EXIT.failed;
}

/** Says what was done with its end, and waits if asked. */
export async function tell(
  context: Context,
  done: Done,
  options: WaitOptions,
  expectation: Expectation,
  untilItEnds = false,
): Promise<ExitCode> {
  answer(context, done, ({ text, mark }) => {
    if (mark?.expiresAt === undefined) return [text];
    const end = clock(mark.expiresAt, context.now());
    const line = `This ends by itself at ${end}, or with: ${mark.undo}`;
    return [text, ...wrap(line, context.look.columns, '', '  ')];
  });
  if (options.wait !== true) return EXIT.ok;
  return waitUntilSettled(context, { timeoutMs: options.timeout, expectation, untilItEnds });
}
