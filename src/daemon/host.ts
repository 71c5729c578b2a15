/** The machine beneath the agents: their processes, cgroups, services and secrets. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { createOperationRunner, defaultRunnerOptions } from '../agents/runner.ts';
import type { OperationRunner } from '../agents/runner.ts';
import type { MachineHost } from '../host/process/agent-host.ts';
import type { Parameters } from '../core/model/operation.ts';
import { createAgentHost } from '../host/process/agent-host.ts';
import { EXIT, Ending } from './exit.ts';
import type { DaemonOptions } from './options.ts';
import type { SecretStore } from '../agents/secrets.ts';

export interface Machine {
  readonly host: MachineHost;
  readonly runner: OperationRunner;
}

export function openMachine(options: DaemonOptions, secrets: SecretStore): Machine {
  const host = createAgentHost({
    programs: findPrograms(),
    cgroupName: options.engine === 'corosync' ? 'holdfast' : `holdfast-${options.name}`,
    runDirectory: options.runDirectory,
    secrets,
  });
  const runner = createOperationRunner(host, {
    ...defaultRunnerOptions,
    toolsEnvironment: toolsEnvironment(options),
  });
  return { host, runner };
}

/** Local nodes share one machine: their agents must not take each other's notes for their own. */
function toolsEnvironment({ engine, runDirectory }: DaemonOptions): Parameters {
  if (engine !== 'local') return { HOLDFAST_RUN: runDirectory };
  const directory = join(runDirectory, 'agents');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return { HOLDFAST_RUN: runDirectory, HA_RSCTMP: directory };
}

/** Beside the bundle in a package, and from dist/ or src/ in a checkout. */
const PLACES = ['.', '../native/build', '../../native/build', '../lib/holdfast'];

function findPrograms(): string {
  for (const place of PLACES) {
    const directory = join(import.meta.dirname, place);
    if (existsSync(join(directory, 'holdfast-launch'))) return directory;
  }
  throw new Ending(EXIT.usage, 'holdfast-launch is not built: run ./dev setup in the checkout');
}
