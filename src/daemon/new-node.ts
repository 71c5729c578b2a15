/** The core's node, as this daemon begins its life. */
import type { EngineConfiguration } from '../core/model/engine.ts';
import { createNode } from '../core/node/node.ts';
import type { NodeState } from '../core/node/state.ts';
import type { RestoredStore } from '../core/store/types.ts';
import { newIncarnation, readBoot } from './life.ts';
import type { DaemonOptions } from './options.ts';
import { FEATURE_LEVEL } from './version.ts';

const PENDING_COMMANDS_MAX = 1000;
const LOG_RECORDS_MAX = 2000;

export function newNode(
  options: DaemonOptions,
  engine: EngineConfiguration,
  restored: RestoredStore,
): NodeState {
  const incarnation = newIncarnation();
  const { operationsMax, heartbeatMs, daemonGraceMs } = options;
  return createNode(
    {
      self: engine.self.node,
      incarnation,
      configuredNodes: engine.nodes.map(({ node }) => node),
      operationsMax,
      heartbeatMs,
      daemonGraceMs,
    },
    {
      engine,
      incarnation,
      // Nodes of the local engine share a machine: each is what one process has started.
      boot: options.engine === 'local' ? readBoot(process.ppid) : readBoot(),
      featureLevel: FEATURE_LEVEL,
      heartbeatMs,
      pendingCommandsMax: PENDING_COMMANDS_MAX,
      logRecordsMax: LOG_RECORDS_MAX,
    },
    restored,
  );
}
