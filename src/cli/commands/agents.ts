/** `holdfast agents`, `secret …`. */
import { readFileSync } from 'node:fs';

import { readSecret } from '../ask.ts';
import { answer } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { Failure } from '../failure.ts';
import { agentLines, agentListLines } from '../render/agents.ts';
import { table } from '../render/text.ts';

export async function agents(
  context: Context,
  name: string | undefined,
  options: { readonly titles?: boolean },
): Promise<ExitCode> {
  if (name === undefined) {
    const titles = options.titles === true ? 'true' : 'false';
    const list = await context.client.call('GET /v1/agents', { query: { titles } });
    answer(context, list, (value) => agentListLines(value, context.look));
    return EXIT.ok;
  }
  const agent = await context.client.call('GET /v1/agents/{agent}', { params: { agent: name } });
  answer(context, agent, (value) => agentLines(value, context.look));
  return EXIT.ok;
}

/** The value never is an argument: those can be read by everybody on the machine. */
export async function secretSet(
  context: Context,
  name: string,
  options: { readonly file?: string },
): Promise<ExitCode> {
  const value =
    options.file === undefined ? await readSecret(`Secret ${name}: `) : readFile(options.file);
  if (value === '') throw new Failure(EXIT.usage, 'The secret is empty; nothing was stored.');
  const done = await context.client.call('PUT /v1/secrets/{secret}', {
    params: { secret: name },
    body: { value },
  });
  const list = await context.client.call('GET /v1/secrets', {});
  const lacking = list.find((secret) => secret.name === name)?.lacking ?? [];
  answer(context, done, ({ text }) => [
    text,
    ...(lacking.length === 0
      ? []
      : [`It is still missing on ${lacking.join(', ')}: run the same there.`]),
  ]);
  return EXIT.ok;
}

export async function secretRemove(context: Context, name: string): Promise<ExitCode> {
  const done = await context.client.call('DELETE /v1/secrets/{secret}', {
    params: { secret: name },
  });
  answer(context, done, ({ text }) => [text]);
  return EXIT.ok;
}

export async function secretList(context: Context): Promise<ExitCode> {
  const list = await context.client.call('GET /v1/secrets', {});
  const { style } = context.look;
  answer(context, list, (secrets) =>
    secrets.length === 0
      ? ['There are no secrets.']
      : table(
          secrets.map(({ name, usedBy, nodes, lacking }) => [
            name,
            usedBy ?? 'not used',
            nodes.length === 0 ? '' : `on ${nodes.join(' ')}`,
            lacking.length === 0 ? '' : style.bad(`missing on ${lacking.join(' ')}`),
          ]),
        ),
  );
  return EXIT.ok;
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\n$/, '');
  } catch (error) {
    throw new Failure(EXIT.notFound, `${path} cannot be read: ${(error as Error).message}`);
  }
}
