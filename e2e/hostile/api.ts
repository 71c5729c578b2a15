/**
 * Hostile requests to the real server on a Unix socket: every one is answered or its connection ended,
 * none is an unexpected error, and whoever may only read changes nothing.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Backend } from '../../src/api/backend.ts';
import { listen } from '../../src/api/listen.ts';
import { refusals } from '../../src/api/refusals.ts';
import type { ApiServer } from '../../src/api/listen.ts';
import { createApi } from '../../src/api/server.ts';
import { testBackend } from '../../src/api/testing/backend.ts';
import type { TestBackend } from '../../src/api/testing/backend.ts';
import type { AccessRole } from '../../src/api/route.ts';
import type { Command } from '../../src/core/cluster/commands.ts';
import { clusterMachine } from '../../src/core/cluster/machine.ts';
import { command as commandShape } from '../../src/core/cluster/shapes/commands.ts';
import {
  clusterOf,
  configured,
  group,
  node,
  primitive,
} from '../../src/core/view/testing/states.ts';
import { decodeShape } from '../../src/core/wire/shape.ts';
import { checkClusterYaml } from '../../src/offline/configuration.ts';
import { chanceFrom } from '../differ/chance.ts';
import { exchange } from './client.ts';
import { hostileRequest } from './requests.ts';
import type { HostileRequest } from './requests.ts';

export interface RequestReport {
  readonly requests: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
  /** As the server counted them. */
  readonly refused: Readonly<Record<string, number>>;
  readonly commands: number;
  readonly failures: readonly RequestFailure[];
}

export interface RequestFailure {
  readonly seed: number;
  readonly kind: string;
  readonly why: string;
  readonly text: string;
}

const TOGETHER = 24;
/** Nobody waits for longer than that for an answer that must come. */
const ANSWER_MS_MAX = 20_000;
const QUIET_MS = 30;

export async function hurlRequests(
  seed: number,
  requests: number,
  access: AccessRole,
  more: Partial<Backend> = {},
): Promise<RequestReport> {
  const target = await openTarget(access, more);
  const sources = readSources();
  const [kinds, statuses]: [Record<string, number>, Record<string, number>] = [{}, {}];
  const failures: RequestFailure[] = [];
  let given = 0;
  let at = seed;
  const worker = async (): Promise<void> => {
    while (given < requests) {
      const own = at;
      at += 1;
      const made = hostileRequest(chanceFrom(own), sources);
      const count = made.answers ?? 1;
      given += count;
      kinds[made.kind] = (kinds[made.kind] ?? 0) + count;
      const result = await judge(own, made, target);
      for (const status of result.statuses) statuses[status] = (statuses[status] ?? 0) + 1;
      if (result.why === undefined) continue;
      const text = made.bytes.toString('latin1').slice(0, 600);
      failures.push({ seed: own, kind: made.kind, why: result.why, text });
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, worker));
  failures.push(...(await afterwards(target, access)));
  await target.close();
  const { backend } = target;
  return {
    requests: given,
    kinds,
    statuses,
    refused: backend.refusals.counts,
    commands: backend.commands.length,
    failures,
  };
}

interface Target {
  readonly path: string;
  readonly backend: TestBackend;
  /** Unexpected errors since it was last asked. */
  readonly errors: string[];
  close(): Promise<void>;
}

async function openTarget(access: AccessRole, more: Partial<Backend>): Promise<Target> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-hostile-'));
  const path = join(directory, 'api.sock');
  const errors: string[] = [];
  const backend = Object.assign(hostileBackend(), more);
  const app = createApi({
    backend,
    access,
    onError: (error, where) =>
      errors.push(`${where}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`),
  });
  const server: ApiServer = await listen(app, { path, mode: 0o600, refusals: backend.refusals });
  const close = async (): Promise<void> => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  };
  return { path, backend, errors, close };
}

const FRESH = (): Parameters<typeof testBackend>[0] =>
  clusterOf([node('n1'), node('n2'), node('n3')], {
    configuration: configured([
      primitive('web'),
      primitive('db'),
      group('stack', [primitive('cache'), primitive('address')]),
    ]),
  });

/** Commands are refused as a node refuses them, and applied as the state machine does. */
function hostileBackend(): TestBackend {
  const backend = testBackend(FRESH(), {
    refusals: refusals(),
    checkConfiguration: async (source, name) => {
      const checked = checkClusterYaml(source, name);
      const findings = checked.findings.map(({ severity, text }) => ({ severity, text }));
      return checked.kind === 'sound'
        ? { configuration: checked.configuration, findings }
        : { findings };
    },
  });
  const apply = backend.submit.bind(backend);
  return Object.assign(backend, {
    submit: async (command: Command) => {
      const checked = decodeShape(commandShape, command);
      if (checked.kind === 'wrong') {
        return { kind: 'refused' as const, reason: `${checked.path} ${checked.reason}` };
      }
      const text = clusterMachine.encodeCommand(command);
      const read = clusterMachine.decodeCommand(text);
      if (read === undefined) throw new Error('a command that nobody can read');
      if (backend.commands.length % FRESH_EVERY === 0) backend.change(FRESH());
      return apply(read);
    },
  });
}

/** What the requests have made of the state is thrown away now and then. */
const FRESH_EVERY = 500;

interface Judged {
  readonly statuses: readonly number[];
  readonly why?: string;
}

async function judge(seed: number, made: HostileRequest, target: Target): Promise<Judged> {
  const { path, errors } = target;
  const options = {
    answers: made.answers,
    quietMs: made.answers === undefined ? QUIET_MS : ANSWER_MS_MAX,
    pieces: seed % 50 === 0 ? 5 : 1,
  };
  const { statuses, end } = await exchange(path, made.bytes, options);
  const error = errors.shift();
  if (error !== undefined) return { statuses, why: `an unexpected error: ${error}` };
  const bad = statuses.find((status) => status === 0 || status === 500 || status > 504);
  if (bad !== undefined) return { statuses, why: `it was answered with ${bad}` };
  if (made.answers !== undefined && end === 'quiet') return { statuses, why: 'it is not answered' };
  return { statuses };
}

/** The server is as it was: it answers, nothing is held, and a reader has changed nothing. */
async function afterwards(target: Target, access: AccessRole): Promise<readonly RequestFailure[]> {
  const text = 'GET /v1/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
  const failures: RequestFailure[] = [];
  const fail = (why: string): void =>
    void failures.push({ seed: 0, kind: 'afterwards', why, text });
  // As many as may be under way at once: none of the places is lost.
  const answers = await Promise.all(
    Array.from({ length: 128 }, () =>
      exchange(target.path, Buffer.from(text), { answers: 1, quietMs: ANSWER_MS_MAX }),
    ),
  );
  if (answers.some(({ statuses }) => statuses[0] !== 200)) fail('the status is not answered');
  const { commands } = target.backend;
  if (access === 'read' && commands.length > 0) fail(`a reader gave ${commands.length} commands`);
  for (const error of target.errors) fail(`an unexpected error: ${error}`);
  return failures;
}

function readSources(): readonly string[] {
  const directory = join(import.meta.dirname, '../../examples');
  return readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(directory, name), 'utf8'));
}
