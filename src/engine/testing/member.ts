/**
 * One daemon of the conformance list as a process of its own: an engine with nothing above it.
 * Arguments: the word `corosync`, or `local` with a cluster directory and a node name. It reads
 * commands from standard input and writes what happens to standard output, one JSON value a line.
 */
import { createInterface } from 'node:readline';

import type { EngineConfiguration, EngineEvent } from '../../core/model/engine.ts';
import { openCorosyncEngine } from '../corosync/engine.ts';
import type { Engine } from '../engine.ts';

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

async function open(): Promise<Engine> {
  const [, , kind] = process.argv;
  if (kind === 'corosync') return openCorosyncEngine();
  throw new Error('usage: member.ts corosync | local DIRECTORY NODE');
}

function obey(engine: Engine, command: MemberCommand): void {
  switch (command.kind) {
    case 'send': {
      const refused = command.texts.findIndex((text) => engine.send(text) === 'refused');
      report({ kind: 'sent', queued: refused === -1 ? command.texts.length : refused });
      return;
    }
    case 'close':
      void engine.close().then(() => {
        report({ kind: 'closed' });
        process.exit();
      });
  }
}

try {
  const engine = await open();
  await engine.start((event) => report({ kind: 'event', atMs: Date.now(), event }));
  report({ kind: 'started', configuration: engine.configuration });
  for await (const line of createInterface({ input: process.stdin })) {
    obey(engine, JSON.parse(line) as MemberCommand);
  }
} catch (error) {
  report({ kind: 'failed', reason: String(error) });
  process.exitCode = 1;
}
