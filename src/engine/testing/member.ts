/**
 * One daemon of the conformance list as a process of its own: an engine with nothing above it.
 * Arguments: the word `corosync`, or `local` with a cluster directory and a node's name. It reads
 * commands from standard input and writes what happens to standard output, one JSON value a line.
 */
import { createInterface } from 'node:readline';

import type { EngineConfiguration, EngineEvent } from '../../core/model/engine.ts';
import { assertNever } from '../../core/model/ids.ts';
import { openCorosyncEngine } from '../corosync/engine.ts';
import type { Engine } from '../engine.ts';
import { openLocalEngine } from '../local/engine.ts';

export type MemberCommand =
  /** Sends in one go until one is refused. */
  { readonly kind: 'send'; readonly texts: readonly string[] } | { readonly kind: 'close' };

export type MemberReport =
  | { readonly kind: 'event'; readonly atMs: number; readonly event: EngineEvent }
  | { readonly kind: 'started'; readonly configuration: EngineConfiguration }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'sent'; readonly queued: number }
  | { readonly kind: 'closed' };

const report = (line: MemberReport): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

function open(): Engine {
  const [, , kind, directory = '', node = ''] = process.argv;
  if (kind === 'corosync') return openCorosyncEngine();
  if (kind === 'local') return openLocalEngine(directory, node);
  throw new Error('usage: member.ts corosync | local DIRECTORY NODE');
}

/** Sends, and fails when the engine calls the listener meanwhile. */
class Daemon {
  readonly engine: Engine;
  #sending = false;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  hear(event: EngineEvent): void {
    if (this.#sending) throw new Error('the listener was called from inside send');
    report({ kind: 'event', atMs: performance.timeOrigin + performance.now(), event });
    if (event.kind === 'engine-message' && event.text.startsWith('ping ')) {
      this.send(`pong ${event.text.slice('ping '.length)}`);
    }
  }

  send(text: string): boolean {
    this.#sending = true;
    const answer = this.engine.send(text);
    this.#sending = false;
    return answer === 'queued';
  }

  obey(command: MemberCommand): void {
    switch (command.kind) {
      case 'send': {
        const refused = command.texts.findIndex((text) => !this.send(text));
        report({ kind: 'sent', queued: refused === -1 ? command.texts.length : refused });
        return;
      }
      case 'close':
        void this.#close();
        return;
      default:
        assertNever(command);
    }
  }

  async #close(): Promise<void> {
    await this.engine.close();
    report({ kind: 'closed' });
    process.exit();
  }
}

try {
  const daemon = new Daemon(open());
  await daemon.engine.start((event) => daemon.hear(event));
  report({ kind: 'started', configuration: daemon.engine.configuration });
  for await (const line of createInterface({ input: process.stdin })) {
    daemon.obey(JSON.parse(line) as MemberCommand);
  }
} catch (error) {
  report({ kind: 'failed', reason: String(error) });
  process.exitCode = 1;
}
