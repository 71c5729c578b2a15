/** The command in front of the API in front of a hand-made state, without a process or a socket. */
import { createApi } from '../../api/server.ts';
import type { Backend } from '../../api/backend.ts';
import type { AccessRole } from '../../api/route.ts';
import type { ProblemBody } from '../../api/client-types.ts';
import type { Client } from '../client.ts';
import { createContext } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { Failure, failureOf } from '../failure.ts';
import { CommanderError, createProgram, usageCode } from '../program.ts';
import { failureLines } from '../render/failure.ts';
import { PLAIN } from '../terminal.ts';
import type { Style } from '../terminal.ts';

export interface SessionOptions {
  readonly now: number;
  readonly access?: AccessRole;
  readonly columns?: number;
  readonly style?: Style;
}

export interface Ended {
  /** What is printed, answer and notes in their order. */
  readonly text: string;
  readonly code: ExitCode;
}

/** Runs `holdfast WORDS…`. */
export async function runCommand(
  backend: Backend,
  words: readonly string[],
  { now, access = 'write', columns = 80, style = PLAIN }: SessionOptions,
): Promise<Ended> {
  let text = '';
  const write = (part: string): void => {
    text += part;
  };
  const terminal = { columns, rows: 50, isTerminal: false, style, write, note: write };
  let code: ExitCode = EXIT.ok;
  let json = false;
  const program = createProgram(async (options, command) => {
    json = options.output === 'json';
    const client = directClient(backend, access);
    code = await command(createContext(client, terminal, json, () => now));
  });
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) {
    command.configureOutput({ writeOut: write, writeErr: write }).exitOverride();
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) code = usageCode(error);
    else if (error instanceof Failure) {
      code = error.code;
      write(`${failureLines(error, json, { style, columns }).join('\n')}\n`);
    } else throw error;
  }
  return { text, code };
}

function directClient(backend: Backend, access: AccessRole): Client {
  const app = createApi({
    backend,
    access,
    onError: (error) => {
      throw error;
    },
  });
  const send = async (key: string, input: object, signal?: AbortSignal): Promise<Response> => {
    const { params, query, body } = input as Record<string, Record<string, string> | undefined>;
    const [method = '', template = ''] = key.split(' ');
    const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(params?.[name] ?? ''),
    );
    const search = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
    const url = search.length === 0 ? path : `${path}?${new URLSearchParams(search).toString()}`;
    const response = await app.request(url, {
      method,
      headers: { 'x-holdfast-user': 'anna' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.status === 200) return response;
    throw failureOf((await response.json()) as ProblemBody);
  };
  return {
    call: async (key, input) => (await (await send(key, input)).json()) as never,
    text: async (key) => (await send(key, {})).text(),
    async *follow(key, input, signal) {
      const response = await send(key, input, signal);
      const decoder = new TextDecoder();
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        for (const line of decoder.decode(chunk).trimEnd().split('\n')) {
          yield JSON.parse(line) as never;
        }
      }
      return undefined;
    },
  };
}
