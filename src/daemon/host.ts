/** The machine beneath the agents: their processes, cgroups, services and secrets. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { createOperationRunner } from '../agents/runner.ts';
import type { OperationRunner } from '../agents/runner.ts';
import type { MachineHost } from '../host/process/agent-host.ts';
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
  return { host, runner: createOperationRunner(host) };
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
