import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { EngineConfiguration, EngineEvent } from '../../core/model/engine.ts';
import type { MemberCommand, MemberReport } from './member.ts';

export const memberProgram = fileURLToPath(new URL('./member.ts', import.meta.url));

/** An event with the wall time of the process that heard it. */
export interface TimedEvent {
  readonly atMs: number;
  readonly event: EngineEvent;
}

/** Drives one process of member.ts. */
export class MemberDaemon {
  readonly heard: TimedEvent[] = [];
  /** Null until the engine has started. */
  configuration: EngineConfiguration | null = null;
  readonly #child: ChildProcess;
  readonly #signal: (name: NodeJS.Signals) => void;
  readonly #reports: AsyncIterator<MemberReport, void>;

  /** `child` has pipes; `signal` reaches member.ts itself when `child` only started it. */
  constructor(child: ChildProcess, signal?: (name: NodeJS.Signals) => void) {
    this.#child = child;
    this.#signal = signal ?? ((name) => void child.kill(name));
    child.stdin?.on('error', () => undefined);
    child.stderr?.pipe(process.stderr, { end: false });
    this.#reports = this.#read();
  }

  get events(): EngineEvent[] {
    return this.heard.map(({ event }) => event);
  }

  /** Resolves with null, or with the sentence why the engine did not start. */
  async started(): Promise<string | null> {
    const report = await this.#next();
    if (report?.kind === 'started') {
      this.configuration = report.configuration;
      return null;
    }
    return report?.kind === 'failed' ? report.reason : 'it ended without a word';
  }

  /** How many were queued; 0 when the process ended. */
  async send(texts: readonly string[]): Promise<number> {
    this.#command({ kind: 'send', texts });
    const report = await this.#next();
    return report?.kind === 'sent' ? report.queued : 0;
  }

  async close(): Promise<void> {
    this.#command({ kind: 'close' });
    await this.exited();
  }

  /** Stops it as it is: it says and hears nothing more. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.exited();
  }

  #command(command: MemberCommand): void {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  async exited(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await once(this.#child, 'exit');
    }
  }

  async #next(): Promise<MemberReport | undefined> {
    const result = await this.#reports.next();
    return result.value ?? undefined;
  }

  /** Keeps events as they come; queues the other reports. */
  #read(): AsyncIterator<MemberReport, void> {
    const reports: MemberReport[] = [];
    let wake = Promise.withResolvers<void>();
    let ended = false;
    const lines = createInterface({ input: this.#child.stdout! });
    lines.on('line', (line) => {
      const report = JSON.parse(line) as MemberReport;
      if (report.kind === 'event') this.heard.push(report);
      else reports.push(report);
      wake.resolve();
    });
    lines.on('close', () => {
      ended = true;
      wake.resolve();
    });
    return (async function* next() {
      for (;;) {
        const report = reports.shift();
        if (report !== undefined) yield report;
        else if (ended) return;
        else {
          await wake.promise;
          wake = Promise.withResolvers();
        }
      }
    })();
  }
}

/** Waits until `reached` holds, looking every 5 ms. */
export async function settle(what: string, reached: () => boolean, limitMs: number): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!reached()) {
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
