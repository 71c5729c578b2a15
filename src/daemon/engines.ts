/** Picks the engine beneath. */
import { readFileSync } from 'node:fs';

import { openCorosyncEngine } from '../engine/corosync/engine.ts';
import { EngineError } from '../engine/engine.ts';
import type { Engine } from '../engine/engine.ts';
import { openLocalEngine } from '../engine/local/engine.ts';
import { EXIT, Ending } from './exit.ts';
import type { ExitCode } from './exit.ts';
import type { DaemonOptions } from './options.ts';

/** Throws an Ending with the code that tells the service manager whether to try again. */
export function openEngine(options: DaemonOptions): Engine {
  if (options.engine === 'local') refuseBesideCorosync();
  try {
    if (options.engine === 'corosync') return openCorosyncEngine();
    return openLocalEngine(options.clusterDirectory, options.name ?? '');
  } catch (error) {
    throw engineEnding(error);
  }
}

export function engineEnding(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  return new Ending(CODE[error.kind], error.message, { cause: error });
}

const CODE: Readonly<Record<EngineError['kind'], ExitCode>> = {
  absent: EXIT.again,
  configuration: EXIT.usage,
  taken: EXIT.taken,
};

/** A machine that is a member of a real cluster is no place to develop on. */
function refuseBesideCorosync(): void {
  if (!corosyncRuns()) return;
  throw new Ending(
    EXIT.usage,
    'Corosync runs on this machine, so the local engine is refused: use --engine corosync',
  );
}

/** libqb's sockets are abstract and belong to the network namespace; Corosync's first is `cmap`. */
function corosyncRuns(): boolean {
  try {
    return /@cmap$/m.test(readFileSync('/proc/net/unix', 'utf8'));
  } catch {
    return false;
  }
}
