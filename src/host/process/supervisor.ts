/**
 * Programs of the `command` class, each with a `holdfast-supervise` of its own that outlives the
 * daemon. In the directory (mode 0700), for a resource `web`:
 *
 *     web.sock   where its supervisor listens
 *     web.pid    the program's process id and start time, and the resource's name
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type {
  ServiceProgram,
  ServiceStart,
  ServiceState,
  ServiceSupervisor,
} from '../../agents/command/supervisor.ts';
import type { CgroupTree } from '../cgroup/tree.ts';
import { readProcess } from './orphans.ts';
import { errorName } from './protocol.ts';
import type { Spares } from './spare.ts';
import { SupervisorConnection, type SupervisorLine } from './supervisor-connection.ts';

export interface SupervisorOptions {
  /** The program `holdfast-supervise`. */
  readonly supervisors: Spares;
  /** For sockets and pid files; must not survive a boot (`/run/holdfast/services`). */
  readonly directory: string;
  readonly cgroups: CgroupTree | undefined;
}

export interface Supervisor extends ServiceSupervisor {
  /** Resolves when the services of a former daemon are found again. */
  readonly found: Promise<void>;
  /** Lets go of the supervisors; they and their services go on. */
  close(): void;
}

const killWaitMs = 5000;

export function createSupervisor(options: SupervisorOptions): Supervisor {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  return new Services(options);
}

/** What is known of one resource's program. */
interface Service {
  connection: SupervisorConnection | undefined;
  state: ServiceState;
  /** Asked for and not done yet; a supervisor that takes over is asked again. */
  stop: { readonly signal: number; readonly graceMs: number } | undefined;
  /** Called with each change of the state. */
  waiting: ((state: ServiceState) => void)[];
  /** What it had printed when it ended. */
  lastOutput: Promise<string>;
  /** Resolves when the supervisor of an ended program has left. */
  left: Promise<void>;
}

class Services implements Supervisor {
  readonly found: Promise<void>;
  readonly #options: SupervisorOptions;
  readonly #services = new Map<string, Service>();
  readonly #listeners: ((resource: string, detail: string) => void)[] = [];
  #closed = false;
  /** What ended while no daemon was there is found by probes; it is no event of this one. */
  #finding = true;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.found = this.#findAll();
  }

  async start(resource: string, program: ServiceProgram): Promise<ServiceStart> {
    await this.found;
    const before = this.#services.get(resource);
    if (before?.state.kind === 'running')
      throw new Error(`the program of ${resource} runs already`);
    if (before?.state.kind === 'unkillable') {
      throw new Error(`processes of the former program of ${resource} cannot be killed`);
    }
    await before?.left;
    this.#services.delete(resource);
    this.#removeFiles(resource);
    const started = await this.#spawn(resource, program.environment, [
      ...programArguments(program),
      '--',
      ...program.argv,
    ]);
    if (started.kind === 'not-run') return started;
    return this.#begin(resource, started);
  }

  /**
   * The program runs. If its supervisor was killed meanwhile, before or after it said so, the program
   * goes on: another one looks after it, or it is ended. Never is it forgotten.
   */
  async #begin(
    resource: string,
    started: Extract<Spawned, { kind: 'started' | 'lost' }>,
  ): Promise<ServiceStart> {
    const find = started.kind === 'started' ? this.#follow(resource) : this.#adopt(resource);
    await find.catch(() => this.#adopt(resource)).catch(() => this.#declareGone(resource));
    const { state } = this.#service(resource);
    if (state.kind === 'running') return { kind: 'started', pid: state.pid };
    if (started.kind === 'started') return started;
    return { kind: 'not-run', stage: 'supervise', error: 'its supervisor was killed' };
  }

  async adopt(resource: string, pid: number): Promise<ServiceState> {
    await this.found;
    const before = this.#services.get(resource);
    if (before?.state.kind === 'running' || before?.state.kind === 'unkillable')
      return before.state;
    await before?.left;
    this.#services.delete(resource);
    this.#removeFiles(resource);
    const start = readProcess(pid)?.startTicks;
    if (start === undefined) return { kind: 'ended', detail: 'it is gone' };
    writePidFile(this.#path(resource, 'pid'), { pid, startTicks: start, resource });
    await this.#adopt(resource).catch(() => this.#declareGone(resource));
    return this.#service(resource).state;
  }

  async stop(resource: string, signal: string, graceMs: number): Promise<ServiceState> {
    await this.found;
    if (this.#closed) throw new Error('the daemon has let go of its programs');
    const service = this.#services.get(resource);
    if (!service) return { kind: 'absent' };
    if (service.state.kind !== 'running') return service.state;
    service.stop = { signal: signalNumber(signal), graceMs };
    service.connection?.stop(service.stop.signal, graceMs);
    return nextState(service, graceMs + killWaitMs + 1000);
  }

  async state(resource: string): Promise<ServiceState> {
    await this.found;
    return this.#services.get(resource)?.state ?? { kind: 'absent' };
  }

  async output(resource: string): Promise<string> {
    const service = this.#services.get(resource);
    const running = service?.state.kind === 'running';
    return (await (running ? service.connection?.output() : service?.lastOutput)) ?? '';
  }

  onceEnded(resource: string, listener: () => void): () => void {
    const service = this.#services.get(resource);
    if (service?.state.kind !== 'running') {
      listener();
      return () => {};
    }
    const waiting = (): void => listener();
    service.waiting.push(waiting);
    return () => {
      service.waiting = service.waiting.filter((other) => other !== waiting);
    };
  }

  onExit(listener: (resource: string, detail: string) => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    this.#closed = true;
    for (const service of this.#services.values()) service.connection?.close();
  }

  // --- a supervisor's word ---

  #hear(resource: string, line: SupervisorLine): void {
    switch (line.kind) {
      case 'running':
        this.#change(resource, line);
        return;
      case 'ended':
        this.#dismiss(this.#service(resource));
        this.#change(resource, { kind: 'ended', detail: line.detail });
        if (!line.stopped) this.#tellExit(resource, line.detail);
        return;
      case 'unkillable':
        this.#change(resource, line);
        this.#tellExit(resource, 'it has ended, but not all of its processes can be killed');
    }
  }

  #change(resource: string, state: ServiceState): void {
    const service = this.#service(resource);
    service.state = state;
    if (state.kind === 'running') return;
    service.stop = undefined;
    for (const resolve of service.waiting.splice(0)) resolve(state);
  }

  #tellExit(resource: string, detail: string): void {
    if (this.#finding) return;
    for (const listener of this.#listeners) listener(resource, detail);
  }

  #service(resource: string): Service {
    const known = this.#services.get(resource);
    if (known) return known;
    const fresh: Service = {
      connection: undefined,
      state: { kind: 'absent' },
      stop: undefined,
      waiting: [],
      lastOutput: Promise.resolve(''),
      left: Promise.resolve(),
    };
    this.#services.set(resource, fresh);
    return fresh;
  }

  /** Connects to the resource's supervisor; its first line is the state. */
  async #follow(resource: string): Promise<void> {
    const service = this.#service(resource);
    service.connection = await SupervisorConnection.open(this.#path(resource, 'sock'), {
      line: (line, connection) => {
        service.connection = connection;
        this.#hear(resource, line);
      },
      closed: () => void this.#lost(resource),
    });
    if (service.stop) service.connection.stop(service.stop.signal, service.stop.graceMs);
  }

  /** The supervisor was killed: another one looks after the program, if that still runs. */
  async #lost(resource: string): Promise<void> {
    const service = this.#services.get(resource);
    if (this.#closed || !service || service.state.kind !== 'running') return;
    await this.#adopt(resource).catch(() => this.#declareGone(resource));
  }

  async #adopt(resource: string): Promise<void> {
    const saved = readPidFile(this.#path(resource, 'pid'));
    const alive = saved && readProcess(saved.pid)?.startTicks === saved.startTicks;
    if (!alive) return this.#declareGone(resource);
    const adopted = await this.#spawn(resource, {}, [
      '--adopt-pid',
      String(saved.pid),
      '--adopt-start',
      saved.startTicks,
      '--',
    ]);
    if (adopted.kind !== 'started') return this.#declareGone(resource);
    await this.#follow(resource);
  }

  /** Neither supervisor nor program: what else there was of it goes as well. */
  async #declareGone(resource: string): Promise<void> {
    const left = (await this.#options.cgroups?.kill(resource, killWaitMs)) ?? [];
    this.#removeFiles(resource);
    const detail = 'it was found gone, and its supervisor, too';
    this.#hear(
      resource,
      left.length > 0
        ? { kind: 'unkillable', processes: left }
        : { kind: 'ended', detail, stopped: false },
    );
  }

  /** A supervisor whose program has ended has nothing left to do once that is known here. */
  #dismiss(service: Service): void {
    const { connection } = service;
    if (!connection) return;
    service.lastOutput = connection.dismiss();
    service.left = connection.closed;
  }

  // --- processes and files ---

  #spawn(
    resource: string,
    environment: Readonly<Record<string, string>>,
    rest: readonly string[],
  ): Promise<Spawned> {
    const { cgroups, supervisors } = this.#options;
    const own = [
      '--socket',
      this.#path(resource, 'sock'),
      '--pid-file',
      this.#path(resource, 'pid'),
      '--name',
      resource,
      ...cgroupArguments(cgroups, resource),
    ];
    return new Promise((resolve) => {
      try {
        const socket = supervisors.start([...own, ...rest], environment);
        let text = '';
        socket.on('error', () => undefined);
        socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
        socket.on('close', () => resolve(parseStart(text)));
      } catch (error) {
        resolve({ kind: 'not-run', stage: 'fork', error: code(error as Error) });
      }
    });
  }

  async #findAll(): Promise<void> {
    const names = readdirSync(this.#options.directory).filter((name) => name.endsWith('.pid'));
    await Promise.all(
      names.map(async (name) => {
        const saved = readPidFile(join(this.#options.directory, name));
        if (!saved || fileName(saved.resource) !== name.slice(0, -4)) return;
        await this.#follow(saved.resource).catch(() => this.#adopt(saved.resource));
      }),
    );
    this.#finding = false;
  }

  #removeFiles(resource: string): void {
    for (const kind of ['sock', 'pid'] as const)
      rmSync(this.#path(resource, kind), { force: true });
  }

  #path(resource: string, kind: 'sock' | 'pid'): string {
    return join(this.#options.directory, `${fileName(resource)}.${kind}`);
  }
}

/** The state after the next change, or as it is when there was none for so long. */
function nextState(service: Service, waitMs: number): Promise<ServiceState> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(service.state), waitMs);
    service.waiting.push((state) => {
      clearTimeout(timer);
      resolve(state);
    });
  });
}

/** A socket's path is at most 107 bytes long (unix(7)): long and odd names become a digest. */
function fileName(resource: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_:.-]{0,39}$/.test(resource)) return resource;
  return `digest-${createHash('sha256').update(resource).digest('hex').slice(0, 32)}`;
}

function cgroupArguments(cgroups: CgroupTree | undefined, resource: string): readonly string[] {
  if (!cgroups) return [];
  const { directory, fresh } = cgroups.service(resource);
  return ['--cgroup', directory, '--fresh', fresh ? '1' : '0'];
}

function programArguments(program: ServiceProgram): readonly string[] {
  const option = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [name, value];
  return [
    ...option('--directory', program.directory),
    ...option('--user', program.user),
    ...option('--group', program.group),
  ];
}

/** `lost`: the supervisor ended without a word; nobody knows whether its program runs. */
type Spawned = ServiceStart | { readonly kind: 'lost' };

function parseStart(text: string): Spawned {
  const started = /^started (\d+) /.exec(text);
  if (started) return { kind: 'started', pid: Number(started[1]) };
  const [, stage, error] = /^not-run ([a-z]+):(\d+)/.exec(text) ?? [];
  if (stage === undefined) return { kind: 'lost' };
  return { kind: 'not-run', stage, error: errorName(Number(error)) };
}

function readPidFile(path: string) {
  try {
    const [, pid, startTicks, resource] =
      /^(\d+) (\d+)\n([^\n]+)\n$/.exec(readFileSync(path, 'utf8')) ?? [];
    if (pid === undefined || startTicks === undefined || resource === undefined) return undefined;
    return { pid: Number(pid), startTicks, resource };
  } catch {
    return undefined;
  }
}

/** As the supervisor itself writes it (native/supervise.c). */
function writePidFile(
  path: string,
  { pid, startTicks, resource }: NonNullable<ReturnType<typeof readPidFile>>,
): void {
  writeFileSync(path, `${String(pid)} ${startTicks}\n${resource}\n`, { mode: 0o600 });
}

function signalNumber(name: string): number {
  const signals: Readonly<Record<string, number>> = constants.signals;
  return signals[name] ?? constants.signals.SIGTERM;
}

const code = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : error.message;
