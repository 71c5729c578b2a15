import { setTimeout as sleep } from 'node:timers/promises';

import type {
  EngineConfiguration,
  EngineEvent,
  EngineFinding,
  GroupMember,
  Votes,
} from '../../core/model/engine.ts';
import { waitsHere } from '../../core/model/engine.ts';
import { assertNever, nodeName, nodeNumber } from '../../core/model/ids.ts';
import type { NodeName } from '../../core/model/ids.ts';
import { native as loadNative } from '../../../native/holdfast.ts';
import type { Connection, Native, RawRecord } from '../../../native/holdfast.ts';
import { EngineError, checkMessage, closeMsMax } from '../engine.ts';
import type { Engine, EngineListener } from '../engine.ts';
import { readConfiguration } from './configuration.ts';
import { MEMBERS_MET, unseenNodes } from './met.ts';
import type { Keys } from './configuration.ts';
import { Counting } from './counting.ts';
import { Stream } from './stream.ts';
import { assemble, emptyAssembly, memberText } from './views.ts';
import type { Assembly, GroupEvent } from './views.ts';

const joinRetryMs = 50;
/** After this time a process that has ended, and is in the group all the same, is left there. */
const endedMs = 1000;
/** How long an answer to joining may be waited out: a ring that reforms, a daemon that just died. */
const retryMsMax: Readonly<Record<string, number>> = { CS_6: 10_000, CS_14: endedMs };
const watchMs = 250;
const sendRetryMs = 2;
const metRetryMs = 100;
/**
 * How many times the time to a new membership one of our messages may be on its way: a failure, a
 * second one while the ring reforms, and one more.
 */
const flightsMax = 3;

/**
 * The engine of production: CPG for messages and views, votequorum for quorum.
 *
 * Reads the configuration of the running Corosync. Throws an EngineError when there is none.
 */
export function openCorosyncEngine(): Engine {
  return new CorosyncEngine(loadNative());
}

type QuorumRecord = Extract<RawRecord, { kind: 'quorum' }>;

class CorosyncEngine implements Engine {
  readonly #native: Native;
  readonly #names = new Map<number, NodeName>();
  #configuration: EngineConfiguration;
  /** Until when the others take a silent node for lost: token and consensus. */
  #silenceMsMax = 0;
  readonly #stream: Stream;
  #flyingSinceMs = 0;
  #sendsSoon = false;
  #listener: EngineListener | null = null;
  #assembly: Assembly = emptyAssembly;
  #quorumRecord: QuorumRecord | undefined;
  #group: Connection | null = null;
  #quorum: Connection | null = null;
  #watch: NodeJS.Timeout | undefined;
  readonly #counting: Counting;
  /** Processes of this node that have ended, and that Corosync keeps in the group. */
  #kept: readonly number[] = [];
  /** Corosync is gone: its libraries answer at once, with an error. */
  #ended = false;
  #phase: 'new' | 'running' | 'closing' | 'spent' = 'new';
  readonly #firstView = Promise.withResolvers<void>();
  readonly #drained = Promise.withResolvers<void>();

  constructor(native: Native) {
    this.#native = native;
    this.#configuration = this.#readConfiguration();
    this.#counting = new Counting(native, this.#configuration.quorumOptions);
    this.#stream = new Stream(memberText({ ...this.#configuration.self, process: process.pid }));
  }

  /** Newer than at the start when Corosync reloaded a configuration with more nodes. */
  get configuration(): EngineConfiguration {
    return this.#configuration;
  }

  get votes(): Votes | undefined {
    return this.#counting.votes;
  }

  get nodeNames(): readonly string[] | undefined {
    return this.#counting.nodeNames;
  }

  get findings(): readonly EngineFinding[] {
    return [...this.#kept.map(keptFinding), ...this.#counting.findings];
  }

  async start(listener: EngineListener): Promise<void> {
    if (this.#phase !== 'new') throw new Error('an engine starts once');
    this.#phase = 'running';
    this.#listener = listener;
    try {
      this.#group = await this.#join();
      this.#quorum = this.#native.quorumOpen((records) => this.#take(records));
      this.#watch = setInterval(() => this.#lookForSilence(), watchMs);
      this.#watch.unref();
      await this.#firstView.promise;
    } catch (error) {
      await this.close();
      throw explain(error);
    }
  }

  send(text: string): 'queued' | 'refused' {
    const bytes = checkMessage(text);
    if (this.#phase !== 'running' || this.#group === null) return 'refused';
    if (!this.#stream.push(text, bytes)) return 'refused';
    this.#sendSoon();
    return 'queued';
  }

  async close(): Promise<void> {
    const answers = this.#ended || (this.#phase === 'running' && (await this.#drain()));
    this.#spend();
    for (const connection of [this.#group, this.#quorum]) {
      if (connection !== null) this.#native.close(connection, answers);
    }
    this.#group = null;
    this.#quorum = null;
  }

  /**
   * Lets what is queued go out, an empty batch at least: when the last is back, Corosync answers
   * and leaving will not block. The listener hears nothing from now on.
   */
  async #drain(): Promise<boolean> {
    this.#phase = 'closing';
    this.#listener = null;
    if (this.#group === null || this.#assembly.ring === null) return true;
    this.#stream.probe();
    this.#sendNext();
    const drained = this.#drained.promise.then(() => true);
    return Promise.race([drained, sleep(closeMsMax, false, { ref: false })]);
  }

  async #join(): Promise<Connection> {
    const group = `holdfast:${this.#configuration.clusterName}`;
    for (let waitedMs = 0; ; waitedMs += joinRetryMs) {
      // What its last message says of a daemon that has just died must not come behind us.
      const besideEnded = waitedMs >= endedMs;
      try {
        return this.#native.cpgOpen(group, (records) => this.#take(records), besideEnded);
      } catch (error) {
        if (waitedMs >= (retryMsMax[codeOf(error)] ?? 0)) throw error;
      }
      await sleep(joinRetryMs);
    }
  }

  #take(records: readonly RawRecord[]): void {
    for (const record of records) {
      if (!this.#lives()) return;
      if (record.kind === 'lost') {
        this.#ended = true;
        this.#lose(`Corosync has ended (its library answers ${record.code})`);
      } else if (record.kind === 'quorum') {
        this.#tellQuorum(record);
        this.#counting.changed();
      } else {
        const nameOf = (number: number): NodeName => this.#nameOf(number);
        const { assembly, events } = assemble(this.#assembly, record, nameOf);
        this.#assembly = assembly;
        for (const event of events) this.#hear(event);
      }
    }
    this.#sendNext();
    if (this.#lives()) this.#counting.readWhenDue(this.#native.bootTimeMs());
  }

  #lives(): boolean {
    return this.#phase === 'running' || this.#phase === 'closing';
  }

  #hear(event: GroupEvent): void {
    if (!this.#lives()) return;
    switch (event.kind) {
      case 'view':
        this.#stream.enter(event.epoch);
        if (this.#refusesPlace()) return;
        this.#emit({
          kind: 'engine-view',
          ring: event.ring,
          members: event.members,
          left: event.left,
        });
        this.#firstView.resolve();
        return;
      case 'message':
        if (this.#isOther(event.sender)) this.#lose(sentByOther(event.sender));
        else this.#hearBatch(event.sender, event.text);
        return;
      case 'broken':
        this.#lose(event.reason);
        return;
      default:
        assertNever(event);
    }
  }

  #hearBatch(sender: GroupMember, message: string): void {
    const arrival = this.#stream.arrive(memberText(sender), message);
    if (arrival.kind === 'broken') this.#lose(arrival.reason);
    if (arrival.kind !== 'deliver') return;
    for (const text of arrival.texts) this.#emit({ kind: 'engine-message', sender, text });
  }

  /**
   * When the loop has done what it is doing: all that it has to say then is one batch. The second of
   * two would wait until the first has come round.
   */
  #sendSoon(): void {
    if (this.#sendsSoon) return;
    this.#sendsSoon = true;
    queueMicrotask(() => {
      this.#sendsSoon = false;
      this.#sendNext();
    });
  }

  /** One batch at a time: called whenever one may have come back, and when there is a first. */
  #sendNext(): void {
    if (this.#group === null || !this.#lives()) return;
    if (this.#stream.idle) this.#drained.resolve();
    const message = this.#stream.next();
    if (message === null) return;
    this.#flyingSinceMs = this.#native.bootTimeMs();
    this.#multicast(Buffer.from(message));
  }

  /** Tries again until Corosync takes it: it does not while a ring forms. */
  #multicast(message: Uint8Array): void {
    if (this.#group === null || !this.#lives()) return;
    try {
      if (this.#native.cpgSend(this.#group, message)) return;
      setTimeout(() => this.#multicast(message), sendRetryMs);
    } catch (error) {
      this.#loseLater(String(error));
    }
  }

  /** Not from inside `send`. */
  #loseLater(reason: string): void {
    setImmediate(() => this.#lose(reason));
  }

  /**
   * CPG lets two processes of a node join; Holdfast has one daemon a node. One that has ended, and that
   * Corosync keeps, is no daemon (docs/decisions/engines.md).
   */
  #refusesPlace(): boolean {
    const others = this.#assembly.members.filter((member) => this.#isOther(member));
    // Once it has ended it is nobody, whoever gets its number later.
    const ended = others
      .map((other) => other.process)
      .filter((other) => this.#kept.includes(other) || hasEnded(other));
    const living = others.find((other) => !ended.includes(other.process));
    this.#kept = ended;
    if (living === undefined) return false;
    this.#firstView.reject(taken(`process ${living.process} on ${living.node}`));
    return true;
  }

  /** Of this node, and not this process. */
  #isOther(member: GroupMember): boolean {
    return member.number === this.#configuration.self.number && member.process !== process.pid;
  }

  /** Where this node waits for all, it has to know whom Corosync has met: asked until it answers. */
  #tellQuorum(record: QuorumRecord): void {
    const unseen = this.#unseen();
    if (unseen === 'not said') setTimeout(() => this.#tellQuorumAgain(record), metRetryMs).unref();
    this.#quorumRecord = record;
    this.#emit({
      kind: 'engine-quorum',
      ring: { sequence: record.sequence, representative: nodeNumber(record.representative) },
      quorate: record.quorate,
      nodes: record.nodes.map((number) => this.#nameOf(number)),
      ...(typeof unseen === 'object' ? { unseen } : {}),
    });
  }

  #tellQuorumAgain(record: QuorumRecord): void {
    if (this.#phase === 'running' && record === this.#quorumRecord) this.#tellQuorum(record);
  }

  /** Undefined where nobody asks for it. */
  #unseen(): readonly NodeName[] | 'not said' | undefined {
    const { nodes, quorumOptions } = this.#configuration;
    if (!waitsHere(quorumOptions)) return undefined;
    try {
      return unseenNodes(nodes, this.#native.cmapRead(MEMBERS_MET));
    } catch {
      return 'not said';
    }
  }

  /** A Corosync that is stopped or loops, and one that loses what we sent. */
  #lookForSilence(): void {
    if (this.#group === null || this.#phase !== 'running') return;
    if (!this.#stream.flying) return;
    const flyingMs = this.#native.bootTimeMs() - this.#flyingSinceMs;
    if (flyingMs > flightsMax * this.#silenceMsMax) {
      this.#lose(`Corosync has not delivered our message for ${Math.round(flyingMs)} ms`);
    }
  }

  #lose(reason: string): void {
    if (!this.#lives()) return;
    const listener = this.#listener;
    this.#spend();
    this.#drained.resolve();
    this.#firstView.reject(new EngineError('absent', `${reason}: start it and try again`));
    this.#firstView.promise.catch(() => undefined);
    listener?.({ kind: 'engine-lost', reason });
  }

  #spend(): void {
    this.#phase = 'spent';
    this.#listener = null;
    clearInterval(this.#watch);
  }

  #emit(event: EngineEvent): void {
    this.#listener?.(event);
  }

  /** A number that is not known yet came with a reload of corosync.conf. */
  #nameOf(number: number): NodeName {
    try {
      if (!this.#names.has(number)) this.#configuration = this.#readConfiguration();
    } catch {
      // Corosync is about to be lost, or its nodelist is wrong: a stand-in name has to do.
    }
    return this.#names.get(number) ?? nodeName(`node-${number}`);
  }

  #readConfiguration(): EngineConfiguration {
    try {
      const read = (prefix: string): Keys => this.#native.cmapRead(prefix);
      const keys = { ...read('totem.'), ...read('nodelist.'), ...read('quorum.') };
      const timeouts = read('runtime.config.totem.');
      const configuration = readConfiguration(keys, this.#native.votequorumRead(0));
      for (const { node, number } of configuration.nodes) this.#names.set(number, node);
      this.#silenceMsMax =
        Number(timeouts['runtime.config.totem.token'] ?? 1000) +
        Number(timeouts['runtime.config.totem.consensus'] ?? 1200);
      return configuration;
    } catch (error) {
      throw explain(error);
    }
  }
}

/** Corosync's numbers (cs_error_t) as a sentence that says what to do. */
function explain(error: unknown): unknown {
  const code = codeOf(error);
  if (code === 'CS_14') return taken('another process on this node');
  const sentence = sentences[code];
  if (sentence === undefined || !(error instanceof Error)) return error;
  return new EngineError('absent', `${sentence} (${error.message})`, { cause: error });
}

/** No process has this number; kill(2), ESRCH. */
function hasEnded(other: number): boolean {
  try {
    process.kill(other, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

const sentByOther = (other: GroupMember): string =>
  `process ${other.process} on ${other.node} is in the group as well, and sends`;

const keptFinding = (other: number): EngineFinding => ({
  text: `Corosync counts process ${other} of this node as a member still, which has ended: whatever waits for it takes seconds longer.`,
  advice:
    'stop this node in good order (holdfast node stop), then: systemctl restart corosync holdfastd',
});

function taken(who: string): EngineError {
  return new EngineError('taken', `${who} already is the Holdfast daemon: stop that one first`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

const sentences: Readonly<Record<string, string>> = {
  COROSYNC_ABSENT: 'Corosync is not installed: install the package corosync',
  COROSYNC_OLD: 'Corosync is too old: version 3.1 or newer is needed',
  CS_2: 'Corosync does not run on this node: start it with systemctl start corosync',
  CS_6: 'Corosync takes no member now: look at corosync-cfgtool -s, and try again',
  CS_11: 'Corosync refuses this user: run as root, or allow the user in /etc/corosync/uidgid.d',
  CS_12: 'Corosync has no votequorum: set quorum.provider to corosync_votequorum in corosync.conf',
  CS_100: 'Corosync refuses this user: run as root, or allow the user in /etc/corosync/uidgid.d',
};
