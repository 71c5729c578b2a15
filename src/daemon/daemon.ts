/** The daemon put together: engine, disk, agents and API around the one loop. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Backend } from '../api/backend.ts';
import type { ApiServer } from '../api/listen.ts';
import { resourceId, wallMs } from '../core/model/ids.ts';
import type { LocalFacts, Note } from '../core/view/types.ts';
import { quorumView } from '../core/view/quorum.ts';
import type { Engine } from '../engine/engine.ts';
import type { DiskLog } from '../host/disk/log.ts';
import type { WatchdogClient } from '../host/watchdog/client.ts';
import { createSecretFiles } from '../host/disk/secrets.ts';
import { native } from '../../native/holdfast.ts';
import { createBackend } from './backend.ts';
import { watchBlocks } from './blocks.ts';
import type { BlockWatch } from './blocks.ts';
import { createDebugger } from './debug.ts';
import { createLogReader } from './logs.ts';
import { Decider } from './decide.ts';
import { perform } from './effects.ts';
import type { World } from './effects.ts';
import { engineEnding, openEngine } from './engines.ts';
import { EXIT, Ending, messageOf } from './exit.ts';
import type { ExitCode } from './exit.ts';
import { exerciseWhenIdle } from './exercise.ts';
import { keepFailedDecision } from './failed-decisions.ts';
import { KeptDecisions } from './kept-decisions.ts';
import { collectNowAndThen } from './garbage.ts';
import { openMachine } from './host.ts';
import type { Machine } from './host.ts';
import type { Log } from './log.ts';
import { NodeLoop, realClocks } from './loop.ts';
import { newNode } from './new-node.ts';
import type { DaemonOptions } from './options.ts';
import { createOutbox } from './outbox.ts';
import { Recorder } from './recorder.ts';
import { createRequests } from './requests.ts';
import { rehearse } from './rehearsal.ts';
import { announceSecrets } from './secrets.ts';
import { serviceManager } from './service-manager.ts';
import { openSockets } from './sockets.ts';
import { openStore } from './store.ts';
import { logStory } from './story.ts';
import { openTalk } from './talk.ts';
import type { Talk } from './talk.ts';
import { migrationAddress, migrationBandwidth, tellTransfer } from './transfers.ts';
import { keepUnits } from './units.ts';
import type { UnitKeeper } from './units.ts';
import { VERSION } from './version.ts';
import { followWatchdog } from './watchdog.ts';
import { startWorker } from './worker.ts';

const STALL_MS = 1000;
const LONG_BLOCK_MS = 20;
/** For what was found damaged on the disk at the start; told until the next one. */
const DAMAGE_ADVICE =
  'what was lost comes from the other nodes; look at the disk (dmesg, smartctl), then delete the file that was kept';

type Store = Awaited<ReturnType<typeof openStore>>;

/** Rejects with an Ending when it cannot start; nothing of it is left then. */
export async function startDaemon(options: DaemonOptions, log: Log): Promise<Daemon> {
  const engine = openEngine(options);
  rehearse(options);
  makeRunDirectory(options.runDirectory);
  const store = await openStore(join(options.stateDirectory, 'store'));
  const daemon = new Daemon(options, log, engine, store);
  await daemon.start();
  return daemon;
}

/** Others may enter it: the socket for readers is there. Services' sockets have one of their own. */
function makeRunDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, 0o755);
  } catch (error) {
    throw new Ending(EXIT.usage, `cannot use ${directory}: ${messageOf(error)}`, { cause: error });
  }
}

export class Daemon {
  readonly #options: DaemonOptions;
  readonly #log: Log;
  readonly #engine: Engine;
  readonly #disk: DiskLog;
  readonly #notes: readonly Note[];
  readonly #machine: Machine;
  readonly #loop: NodeLoop;
  readonly #world: World;
  readonly #talk: Talk;
  readonly #backend: Backend;
  readonly #manager = serviceManager();
  readonly #recorder = new Recorder();
  readonly #watchdog: WatchdogClient | undefined;
  readonly #startedAt = wallMs(Date.now());
  readonly #ended = Promise.withResolvers<ExitCode>();
  #api: ApiServer | undefined;
  /** From readiness on: what comes before holds nobody up. */
  #blocks: BlockWatch | undefined;
  #units: UnitKeeper | undefined;
  /** What is done when nobody waits: the exercise, then keeping lean. */
  #stopIdling: (() => void) | undefined;
  #ending = false;

  constructor(options: DaemonOptions, log: Log, engine: Engine, store: Store) {
    this.#options = options;
    this.#log = log;
    this.#engine = engine;
    this.#disk = store.log;
    this.#notes = store.restored.findings.map((text) => ({
      severity: 'warning',
      text,
      advice: DAMAGE_ADVICE,
    }));
    const secrets = createSecretFiles(join(options.stateDirectory, 'secrets'));
    this.#machine = openMachine(options, secrets, engine.configuration, {
      tellTransfer: (resource, transfer) =>
        tellTransfer(this.#backend, engine.configuration.self.node, resource, transfer),
      migrationBandwidth: () => migrationBandwidth(this.#loop.node.cluster.configuration.model),
      migrationAddress: (node) =>
        migrationAddress(this.#loop.node.cluster.configuration.model, node),
      refusalOf: (node, resource) => this.#talk.refusalOf(node, resource),
      wayTo: (node, resource, half) => this.#talk.wayTo(node, resource, half),
    });
    this.#watchdog = followWatchdog(options, engine.configuration, log, (input) =>
      this.#loop.push(input),
    );
    this.#world = this.#createWorld();
    this.#loop = new NodeLoop(newNode(options, engine.configuration, store.restored), {
      clocks: realClocks(() => native().bootTimeMs()),
      perform: (effect) => perform(this.#world, effect),
      onFatal: (error) => this.#fail(error),
      onTick: () => this.#world.outbox.flush(),
      onStep: (before, step) => this.#recorder.note(before, step),
    });
    this.#talk = openTalk({
      self: engine.configuration.self.node,
      loop: this.#loop,
      submit: (command) => this.#world.requests.ask((tag) => ({ kind: 'request', tag, command })),
      stateDirectory: options.stateDirectory,
      printed: createLogReader({
        runner: this.#machine.runner,
        self: engine.configuration.self.node,
        cluster: () => this.#loop.node.cluster,
      }),
      log,
    });
    this.#backend = createBackend({
      ...this.#world,
      loop: this.#loop,
      recorder: this.#recorder,
      secrets,
      catalogue: this.#machine.catalogue,
      debug: createDebugger({
        runner: this.#machine.runner,
        secrets,
        self: engine.configuration.self.node,
        directory: options.runDirectory,
      }),
      local: () => this.#local(),
      machines: this.#talk.machines,
      logs: this.#talk.logs,
      nodeNumbers: new Map(engine.configuration.nodes.map(({ node, number }) => [node, number])),
    });
  }

  /** Resolves when the daemon has ended, with its exit code. */
  get ended(): Promise<ExitCode> {
    return this.#ended.promise;
  }

  async start(): Promise<void> {
    for (const { text } of this.#notes) this.#log.warn(text);
    // What must be on the disk before the store announces anything gets there meanwhile.
    this.#loop.push({ kind: 'tick' });
    logStory(this.#loop, this.#log);
    this.#machine.runner.onExit((resource, text) =>
      this.#loop.push({ kind: 'child-exited', resource: resourceId(resource), text }),
    );
    try {
      this.#api = await openSockets(this.#options.runDirectory, this.#backend, (error, where) =>
        this.#log.error(`${where}: ${errorText(error)}`),
      );
      await this.#engine.start((event) => this.#loop.push({ kind: 'engine', event }));
    } catch (error) {
      this.#finish(EXIT.unexpected);
      await this.ended;
      throw engineEnding(error);
    }
    const { self, kind } = this.#engine.configuration;
    this.#log.info(`holdfastd ${VERSION} on ${self.node}, ${kind} engine`);
    native().schedulePool();
    this.#manager.ready();
    this.#blocks = watchBlocks((ms) => this.#tellBlock(ms));
    const onChange = (listener: () => void): (() => void) => this.#loop.onChange(listener);
    this.#stopIdling = exerciseWhenIdle(this.#options, onChange, () => {
      this.#stopIdling = collectNowAndThen(onChange);
    });
    this.#loop.onChange(() => this.#manager.status(quorumView(this.#loop.node.view).sentence));
    announceSecrets(this.#loop, this.#backend, this.#log);
    this.#units = keepUnits(this.#loop, this.#machine.systemd, this.#log);
  }

  /** Ends it; services go on, and the cluster waits for it for a while. */
  detach(why: string): void {
    const seconds = this.#options.daemonGraceMs / 1000;
    this.#log.info(
      `${why}: this daemon ends, services go on; without it for ${seconds} s the node counts as ` +
        'lost (to leave for good: holdfast node stop)',
    );
    this.#finish(EXIT.asked);
  }

  #createWorld(): World {
    const decided = (number: number): Parameters<Decider['decide']>[3] => ({
      onPlan: (plan) => this.#loop.push({ kind: 'decided', number, plan }),
      onFailure: (reason) => this.#loop.push({ kind: 'decision-failed', number, reason }),
    });
    const failed = join(this.#options.stateDirectory, 'failed-decisions');
    return {
      outbox: createOutbox(this.#engine, (error) => this.#fail(error)),
      disk: this.#disk,
      runner: this.#machine.runner,
      decider: new Decider(startWorker, (picture, now, reason) =>
        keepFailedDecision(failed, picture, now, reason),
      ),
      decided,
      kept: new KeptDecisions(join(this.#options.stateDirectory, 'decisions'), (text) =>
        this.#log.warn(text),
      ),
      requests: createRequests((input) => this.#loop.push(input)),
      log: this.#log,
      watchdog: this.#watchdog,
      bootTimeMs: () => native().bootTimeMs(),
      push: (input) => this.#loop.push(input),
      exit: (restart, reason) => {
        this.#log.info(`${restart ? 'this daemon starts anew' : 'this daemon ends'}: ${reason}`);
        this.#finish(restart ? EXIT.again : EXIT.asked);
      },
    };
  }

  #local(): LocalFacts {
    const { clusterName, kind, self } = this.#engine.configuration;
    return {
      clusterName,
      engine: kind,
      self: self.node,
      version: VERSION,
      wallMs: wallMs(Date.now()),
      startedAt: this.#startedAt,
      loopBlockMaxMs: this.#blocks?.maxMs ?? 0,
      daemonGraceMs: this.#options.daemonGraceMs,
      notes: [...(this.#units?.notes() ?? []), ...engineNotes(this.#engine), ...this.#notes],
      votes: this.#engine.votes,
      engineNodes: this.#engine.nodeNames,
    };
  }

  /** A node that stood still says so: what it missed is seen in the story. */
  #tellBlock(ms: number): void {
    if (ms >= STALL_MS) {
      const seconds = Math.round(ms / 100) / 10;
      this.#log.warn(`this daemon stood still for ${seconds} s: stopped, starved or suspended`);
    } else if (ms >= LONG_BLOCK_MS) {
      this.#log.debug(`the event loop was blocked for ${Math.round(ms)} ms`);
    }
  }

  #fail(error: Error): void {
    this.#log.error(`an unexpected error ends this daemon: ${errorText(error)}`);
    this.#finish(EXIT.unexpected);
  }

  #finish(code: ExitCode): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#manager.stopping();
    this.#loop.stop();
    this.#stopIdling?.();
    this.#talk.close();
    this.#world.requests.end('the daemon ends');
    void this.#close().finally(() => this.#ended.resolve(code));
  }

  /** The group hears of it first; the disk is closed when nothing can want to write any more. */
  async #close(): Promise<void> {
    await Promise.allSettled([
      this.#engine.close(),
      this.#machine.runner.close(),
      this.#api?.close(),
    ]);
    await Promise.allSettled([
      this.#world.decider.close(),
      this.#world.kept.flush(),
      this.#disk.close(),
    ]);
    this.#machine.close();
    this.#watchdog?.close();
    this.#blocks?.stop();
    this.#manager.stop();
  }
}

/** Read with each status: somebody may just have set it right. */
const engineNotes = ({ findings = [] }: Engine): readonly Note[] =>
  findings.map((finding) => ({ severity: 'warning', ...finding }));

function errorText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
