/** What feeds the machine's watchdog is told that this daemon is healthy, and tells that it is armed. */
import { join } from 'node:path';

import type { EngineConfiguration } from '../core/model/engine.ts';
import type { ArmedWatchdog, PillDisks, WatchdogRefusal } from '../core/cluster/watchdog.ts';
import type { NodeName } from '../core/model/ids.ts';
import type { NodeInput } from '../core/node/types.ts';
import { connectToWatchdog } from '../host/watchdog/client.ts';
import type { WatchdogClient, WatchdogState } from '../host/watchdog/client.ts';
import type { Log } from './log.ts';
import type { DaemonOptions } from './options.ts';

/** Nodes of the local engine share one machine: none of them may reset it. */
export function followWatchdog(
  options: DaemonOptions,
  engine: EngineConfiguration,
  log: Log,
  push: (input: NodeInput) => void,
): WatchdogClient | undefined {
  if (options.engine === 'local') return undefined;
  return connectToWatchdog(join(options.runDirectory, 'watchdog.sock'), (state) => {
    tell(log, state);
    push({ kind: 'watchdog', watchdog: armedWatchdog(state, engine) });
  });
}

export function armedWatchdog(
  state: WatchdogState,
  { quorumOptions, self }: Pick<EngineConfiguration, 'quorumOptions' | 'self'>,
): ArmedWatchdog | undefined {
  if (!state.armed) return undefined;
  const { timeoutMs, proofAgeMs } = state;
  const refusal = refusalOf(state, quorumOptions.twoNode);
  const disks = pillDisks(state, self.node);
  return {
    timeoutMs,
    proofAgeMs,
    ...(refusal === undefined ? {} : { refusal }),
    ...(disks === undefined ? {} : { disks }),
  };
}

/** All of them, once each was read: the others must know which are most of them. */
function pillDisks(state: WatchdogState, self: NodeName): PillDisks | undefined {
  const { disks = [], diskAgeMs: ageMs, node } = state;
  const uuids = disks.map(({ uuid }) => uuid);
  if (ageMs === undefined || node !== self || uuids.length === 0) return undefined;
  return uuids.every((uuid) => uuid.length === UUID_CHARS) ? { ageMs, uuids } : undefined;
}

const UUID_CHARS = 36;

function refusalOf(state: WatchdogState, isTwoNode: boolean): WatchdogRefusal | undefined {
  if (isTwoNode) return 'two-node';
  return state.virtual ? 'virtual' : undefined;
}

function tell(log: Log, state: WatchdogState): void {
  const { armed, feeding, identity, timeoutMs, why } = state;
  if (armed && feeding) {
    log.info(
      `the watchdog (${identity}) is armed: without feeding it resets after ${timeoutMs} ms`,
    );
  } else if (armed) log.error(`the watchdog is not fed any more, this machine is reset: ${why}`);
  else log.info(`the watchdog is not armed: ${why}`);
}
