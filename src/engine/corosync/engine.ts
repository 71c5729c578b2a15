import { setTimeout as sleep } from 'node:timers/promises';

import type { EngineConfiguration, EngineEvent } from '../../core/model/engine.ts';
import { nodeName, nodeNumber } from '../../core/model/ids.ts';
import type { NodeName } from '../../core/model/ids.ts';
import { native as loadNative } from '../../../native/holdfast.ts';
import type { Connection, Native, RawRecord } from '../../../native/holdfast.ts';
import { EngineError, checkMessage, closeMsMax } from '../engine.ts';
import type { Engine, EngineListener } from '../engine.ts';
import { readConfiguration } from './configuration.ts';
import type { Keys } from './configuration.ts';
import { assemble, emptyAssembly } from './views.ts';
import type { Assembly } from './views.ts';

const joinRetryMs = 50;
/** How long an answer to joining may be waited out: a ring that reforms, a daemon that just died. */
const retryMsMax: Readonly<Record<string, number>> = { CS_6: 10_000, CS_14: 1000 };
const watchMs = 250;

/**
 * The engine of production: CPG for messages and views, votequorum for quorum.
 *
 * Reads the configuration of the running Corosync. Throws an EngineError when there is none.
 */
export function openCorosyncEngine(): Engine {
  return new CorosyncEngine(loadNative());
}

class CorosyncEngine implements Engine {
  readonly #native: Native;
  readonly #names = new Map<number, NodeName>();
  #configuration: EngineConfiguration;
  #silenceMsMax = 0;
  #listener: EngineListener | null = null;
  #assembly: Assembly = emptyAssembly;
  #group: Connection | null = null;
  #quorum: Connection | null = null;
  #watch: NodeJS.Timeout | undefined;
  #phase: 'new' | 'running' | 'spent' = 'new';
  #firstView = Promise.withResolvers<void>();

  constructor(native: Native) {
    this.#native = native;
    this.#configuration = this.#readConfiguration();
  }

  /** Newer than at the start when Corosync reloaded a configuration with more nodes. */
  get configuration(): EngineConfiguration {
    return this.#configuration;
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
    checkMessage(text);
    if (this.#phase !== 'running' || this.#group === null) return 'refused';
    return this.#native.cpgSend(this.#group, text) ? 'queued' : 'refused';
  }

  async close(): Promise<void> {
    const group = this.#group;
    const quorum = this.#quorum;
    this.#spend();
    this.#group = null;
    this.#quorum = null;
    if (group === null) return;
    const left = this.#native.cpgClose(group).then(() => true);
    const answered = await Promise.race([left, sleep(closeMsMax, false, { ref: false })]);
    if (!answered) this.#native.cpgAbandon(group);
    if (quorum !== null) this.#native.quorumClose(quorum, answered);
  }

  async #join(): Promise<Connection> {
    const group = `holdfast:${this.#configuration.clusterName}`;
    for (let waitedMs = 0; ; waitedMs += joinRetryMs) {
      try {
        return this.#native.cpgOpen(group, (records) => this.#take(records));
      } catch (error) {
        if (waitedMs >= (retryMsMax[codeOf(error)] ?? 0)) throw error;
      }
      await sleep(joinRetryMs);
    }
  }

  #take(records: readonly RawRecord[]): void {
    for (const record of records) {
      if (this.#phase !== 'running') return;
      if (record.kind === 'lost') {
        this.#lose(`Corosync has ended (its library answers ${record.code})`);
      } else if (record.kind === 'quorum') {
        this.#emit(this.#quorumEvent(record));
      } else {
        this.#takeGroupRecord(record);
      }
    }
  }

  #takeGroupRecord(record: Extract<RawRecord, { kind: 'message' | 'group' | 'ring' }>): void {
    const { assembly, events } = assemble(this.#assembly, record, (number) => this.#nameOf(number));
    const first = this.#assembly.ring === null && assembly.ring !== null;
    this.#assembly = assembly;
    if (first && this.#refusesPlace()) return;
    for (const event of events) {
      if (event.kind === 'engine-lost') this.#lose(event.reason);
      else if (this.#phase === 'running') this.#emit(event);
    }
    if (first) this.#firstView.resolve();
  }

  /** CPG lets two processes of a node join; Holdfast has one daemon a node. */
  #refusesPlace(): boolean {
    const { number, node } = this.#configuration.self;
    const ours = this.#assembly.members.filter((member) => member.number === number);
    const other = ours.find((member) => member.process !== process.pid);
    if (other === undefined) return false;
    this.#firstView.reject(taken(`process ${other.process} on ${node}`));
    return true;
  }

  #quorumEvent(record: Extract<RawRecord, { kind: 'quorum' }>): EngineEvent {
    return {
      kind: 'engine-quorum',
      ring: { sequence: record.sequence, representative: nodeNumber(record.representative) },
      quorate: record.quorate,
      nodes: record.nodes.map((number) => this.#nameOf(number)),
    };
  }

  /** A Corosync that is stopped or loops: the others take this node for lost by then. */
  #lookForSilence(): void {
    if (this.#group === null || this.#phase !== 'running') return;
    const { busyMs } = this.#native.cpgStatus(this.#group);
    if (busyMs > this.#silenceMsMax) {
      this.#lose(`Corosync has not answered for ${Math.round(busyMs)} ms`);
    }
  }

  #lose(reason: string): void {
    if (this.#phase !== 'running') return;
    const listener = this.#listener;
    this.#spend();
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
    if (!this.#names.has(number)) this.#configuration = this.#readConfiguration();
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
