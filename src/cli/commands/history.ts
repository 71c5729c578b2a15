/** `holdfast history`, `events`. */
import { answer, orNothing, print } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { eventLines } from '../render/history.ts';

export interface HistoryOptions {
  readonly last: number;
  readonly since?: number;
  readonly resource?: string;
  readonly node?: string;
}

export async function history(context: Context, options: HistoryOptions): Promise<ExitCode> {
  const { last, since, resource, node } = options;
  const found = await context.client.call('GET /v1/history', {
    query: { ...(since === undefined ? { last } : { since }), resource, node },
  });
  const now = context.now();
  answer(context, found, (list) =>
    orNothing(list, 'Nothing has happened.', (event) => eventLines(event, now, context.look)),
  );
  return EXIT.ok;
}

export interface EventsOptions {
  readonly follow?: boolean;
  readonly last: number;
}

export async function events(context: Context, options: EventsOptions): Promise<ExitCode> {
  const { client } = context;
  const begun = await client.call('GET /v1/history', { query: { last: options.last } });
  for (const event of begun) printEvent(context, event);
  if (options.follow !== true) return EXIT.ok;
  const after = begun.at(-1)?.number;
  const query = after === undefined ? {} : { after };
  for await (const event of client.follow('GET /v1/events', { query })) printEvent(context, event);
  return EXIT.ok;
}

function printEvent(context: Context, event: Parameters<typeof eventLines>[0]): void {
  if (context.json) context.terminal.write(`${JSON.stringify(event)}\n`);
  else print(context, eventLines(event, context.now(), context.look));
}
