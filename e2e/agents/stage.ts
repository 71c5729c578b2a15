/** A place for a test: namespaces of its own with a runner of operations in them. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { nodeName, resourceId } from '../../src/core/model/ids.ts';
import type {
  AgentName,
  FenceRequest,
  FenceResult,
  OperationRequest,
  OperationResult,
} from '../../src/core/model/operation.ts';
import type { methods } from './driver.ts';

type Methods = typeof methods;

export interface Stage {
  /** A directory for the test's files, gone with the stage. */
  readonly directory: string;
  /** Of the driver, where it is a process of the test. */
  readonly pid: number | undefined;
  run(
    agent: string,
    operation: string,
    parameters?: Readonly<Record<string, string>>,
    rest?: Partial<OperationRequest>,
  ): Promise<OperationResult>;
  fence(request: Partial<FenceRequest> & { readonly agent: string }): Promise<FenceResult>;
  call<Name extends keyof Methods>(
    method: Name,
    argument?: Parameters<Methods[Name]>[0],
  ): Promise<Awaited<ReturnType<Methods[Name]>>>;
  /** Ends of supervised programs that nobody asked for, with the time by performance.now(). */
  readonly exits: readonly {
    readonly resource: string;
    readonly detail: string;
    readonly at: number;
  }[];
  /** Runs a program in the same namespaces; its standard output. Throws when it fails. */
  inside(...argv: readonly [string, ...string[]]): Promise<string>;
  /** Ends the runner as a crash of the daemon would (SIGKILL), or waits for its end. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

/** How the driver is started and ended. */
export interface Driver {
  /** `pid` is known of a driver that is a process of the test. */
  readonly pid?: number;
  kill(): Promise<unknown>;
}

export interface StageOptions {
  /** Starts the driver; without it, it is a process of the test, without namespaces. */
  readonly start?: (argv: readonly [string, ...string[]]) => Promise<Driver>;
  /** What runs a program beside the driver: `nsenter …`. */
  readonly again?: (pid: number) => readonly string[];
  /** Further words for the driver (driver.ts). */
  readonly words?: readonly string[];
  /** Of a stage that crashed: its directory and cgroups are used again. */
  readonly former?: Stage;
}

const driverProgram = new URL('driver.ts', import.meta.url).pathname;
let operations = 0;

/** Network and mount namespaces of its own. */
export const ownNamespaces: StageOptions = {
  start: startProcess('unshare --net --mount --propagation private --'.split(' ')),
  again: (pid) => `nsenter --net --mount -t ${String(pid)} --`.split(' '),
};

/** The driver as a process of the test, started by `enter` (which must exec it). */
export function startProcess(enter: readonly string[]): NonNullable<StageOptions['start']> {
  return (argv) => {
    const [program = '', ...rest] = [...enter, ...argv];
    const child = spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit'] });
    const driver = { kill: () => Promise.resolve(child.kill('SIGKILL')) };
    return Promise.resolve(child.pid === undefined ? driver : { ...driver, pid: child.pid });
  };
}

const drivers = new Set<Driver>();

/** One that outlives a failed test holds the output of the whole run, which then never ends. */
export async function killDrivers(): Promise<void> {
  await Promise.all([...drivers].map((driver) => driver.kill()));
}

/** Resolves when the driver answers: from then on its namespaces are there. */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const directory = options.former?.directory ?? mkdtempSync(join(tmpdir(), 'holdfast-stage-'));
  const cgroupName = `holdfast-test-${directory.slice(-6)}`;
  const driver = await (options.start ?? startProcess([]))([
    process.execPath,
    driverProgram,
    cgroupName,
    join(directory, 'run'),
    ...(options.words ?? []),
  ]);
  drivers.add(driver);
  const socket = await connectTo(join(directory, 'driver.sock'));
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('close', () => drivers.delete(driver));
  const answers = followAnswers(socket);
  const call: Stage['call'] = (method, argument) => answers.ask(method, argument) as never;
  return {
    directory,
    pid: driver.pid,
    run: (agent, operation, parameters = {}, rest = {}) =>
      call('run', toRequest(agent, operation, parameters, rest)),
    fence: (request) =>
      call('runFence', {
        requestId: nextId(),
        device: 'device',
        action: 'status',
        parameters: {},
        timeoutMs: 20_000,
        ...request,
      }),
    call,
    exits: answers.exits,
    inside: async (...inner) => {
      const [program = '', ...rest] = [...(options.again?.(driver.pid ?? 0) ?? []), ...inner];
      return (await promisify(execFile)(program, rest)).stdout;
    },
    crash: async () => {
      await driver.kill();
      await ended;
    },
    close: async () => {
      socket.end();
      await ended;
      await removeCgroups(cgroupName);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function connectTo(path: string): Promise<Socket> {
  return eventually(async () => {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return socket;
  });
}

function followAnswers(socket: Socket) {
  const waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (e: Error) => void }
  >();
  const exits: { resource: string; detail: string; at: number }[] = [];
  let lastId = 0;
  socket.on('error', () => undefined);
  const lines = createInterface({ input: socket });
  lines.on('error', () => undefined); // the socket's, a second time
  lines.on('line', (line) => {
    const message = JSON.parse(line) as {
      readonly id?: number;
      readonly result?: unknown;
      readonly error?: string;
      readonly exit?: readonly [string, string];
    };
    if (message.exit) {
      const [resource, detail] = message.exit;
      exits.push({ resource, detail, at: performance.now() });
      return;
    }
    const one = waiting.get(message.id ?? 0);
    waiting.delete(message.id ?? 0);
    if (message.error === undefined) one?.resolve(message.result);
    else one?.reject(new Error(message.error));
  });
  socket.on('close', () => {
    for (const one of waiting.values()) one.reject(new Error('the driver has ended'));
  });
  return {
    exits,
    ask: (method: string, argument: unknown): Promise<unknown> =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) reject(new Error('the driver has ended'));
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        socket.write(`${JSON.stringify({ id: lastId, method, argument })}\n`);
      }),
  };
}

/** `ocf:heartbeat:Dummy`, `lsb:name`, `command:command`. */
function parseAgent(text: string): AgentName {
  const [agentClass = '', first = '', second] = text.split(':');
  return second === undefined
    ? { class: agentClass, type: first }
    : { class: agentClass, provider: first, type: second };
}

function toRequest(
  agent: string,
  operation: string,
  parameters: Readonly<Record<string, string>>,
  rest: Partial<OperationRequest>,
): OperationRequest {
  return {
    operationId: nextId(),
    resource: resourceId('test'),
    agent: parseAgent(agent),
    operation,
    intervalMs: 0,
    timeoutMs: 20_000,
    parameters,
    meta: {},
    node: nodeName('n1'),
    ...rest,
  };
}

const nextId = (): string => {
  operations += 1;
  return `e2e-${String(operations)}`;
};

/** The exit code of an operation that ran, or what came instead of it. */
export function codeOf(result: OperationResult): number | string {
  const { outcome } = result;
  return outcome.kind === 'exited' ? outcome.exitCode : outcome.kind;
}

/** True while the process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
}

export async function until(condition: () => boolean, waitMs = 5000): Promise<void> {
  const deadline = performance.now() + waitMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not so after ${String(waitMs)} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What the stage's daemon made; a process that was just killed may be in it a moment longer. */
async function removeCgroups(name: string): Promise<void> {
  for (const root of ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd']) {
    const path = join(root, name);
    if (existsSync(path)) await eventually(() => Promise.resolve(removeCgroup(path)));
  }
}

export function removeCgroup(path: string): void {
  const inside = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const directory of [path, ...inside.toSorted()].toReversed()) rmdirSync(directory);
}

/** Tries until it does not throw any more. */
export async function eventually<T>(attempt: () => Promise<T>, waitMs = 10_000): Promise<T> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
