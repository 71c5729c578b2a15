/** The daemon's API over its Unix socket; types come from the one route table. */
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { userInfo } from 'node:os';
import { join } from 'node:path';

import type {
  AnswerOf,
  InputOf,
  JsonKey,
  ProblemBody,
  StreamKey,
  TextKey,
} from '../api/client-types.ts';
import { EXIT } from './exit.ts';
import { Failure, failureOf } from './failure.ts';

export interface Client {
  call<K extends JsonKey>(key: K, input: InputOf<K>): Promise<AnswerOf<K>>;
  text(key: TextKey): Promise<string>;
  /** Values as they come, until the signal or the daemon ends it. */
  follow<K extends StreamKey>(
    key: K,
    input: InputOf<K>,
    signal?: AbortSignal,
  ): AsyncGenerator<AnswerOf<K>, undefined>;
}

interface AnyInput {
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly query?: object | undefined;
  readonly body?: unknown;
}

/** Commands wait for the order of the cluster; this is longer than any of its own limits. */
const TIMEOUT_MS = 60_000;

export function createClient(runDirectory: string): Client {
  return {
    call: async <K extends JsonKey>(key: K, input: InputOf<K>) => {
      const response = await connect(runDirectory, key, input);
      return JSON.parse(await readAll(response)) as AnswerOf<K>;
    },
    text: async (key) => readAll(await connect(runDirectory, key, {})),
    async *follow(key, input, signal) {
      const response = await connect(runDirectory, key, input, signal);
      for await (const line of linesOf(response)) yield JSON.parse(line);
      return undefined;
    },
  };
}

/** Root has api.sock; members of the group holdfast may only read, on read.sock. */
async function connect(
  directory: string,
  key: string,
  input: AnyInput,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  let response: IncomingMessage;
  try {
    response = await send(join(directory, 'api.sock'), key, input, signal);
  } catch (error) {
    if (codeOf(error) !== 'EACCES') throw unreachable(error, directory);
    try {
      response = await send(join(directory, 'read.sock'), key, input, signal);
    } catch (second) {
      throw codeOf(second) === 'EACCES' ? noPermission() : unreachable(second, directory);
    }
  }
  if (response.statusCode === 200) return response;
  throw failureOf(JSON.parse(await readAll(response)) as ProblemBody);
}

function send(
  socketPath: string,
  key: string,
  input: AnyInput,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const [method = 'GET', template = '/'] = key.split(' ');
  const text = input.body === undefined ? undefined : JSON.stringify(input.body);
  return new Promise((resolve, reject) => {
    const sent = request({
      socketPath,
      method,
      path: pathOf(template, input),
      headers: {
        'x-holdfast-user': whoAmI(),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(signal === undefined ? { timeout: TIMEOUT_MS } : { signal }),
    });
    sent.once('response', resolve);
    sent.once('error', reject);
    // Whoever follows waits as long as the signal says: Node's agent calls 5 s of silence a timeout.
    const late = (): void =>
      void sent.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`));
    if (signal === undefined) sent.once('timeout', late);
    sent.end(text);
  });
}

function pathOf(template: string, { params, query }: AnyInput): string {
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(params?.[name] ?? ''),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search.toString()}`;
}

/** Whom the history names; the person behind sudo rather than root. */
function whoAmI(): string {
  const { SUDO_USER: user } = process.env;
  if (user !== undefined && user !== '') return user;
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += chunk as string;
  return text;
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of response) {
      const lines = (rest + (chunk as string)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ABORT_ERR' && code !== 'ECONNRESET') throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function unreachable(error: unknown, directory: string): Error {
  const code = codeOf(error);
  if (code === 'ABORT_ERR') return error as Error;
  const missing = code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR';
  const text = missing
    ? `holdfastd does not run here: nobody listens on ${join(directory, 'api.sock')}.`
    : `holdfastd cannot be reached on ${directory}: ${(error as Error).message}.`;
  return new Failure(EXIT.unreachable, text, {
    advice: 'start it: systemctl start holdfastd; why it does not: journalctl -u holdfastd',
  });
}

function noPermission(): Failure {
  return new Failure(EXIT.notAllowed, 'This user may not talk to holdfastd.', {
    advice:
      'use sudo; or, to read only, join the group: usermod -aG holdfast USER, and log in again',
  });
}
