/** The machine beneath the agents: their processes, cgroups, services and secrets. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { createAgentCatalogue } from '../agents/catalogue.ts';
import type { AgentCatalogue } from '../agents/catalogue.ts';
import { createOperationRunner, defaultRunnerOptions } from '../agents/runner.ts';
import type { OperationRunner } from '../agents/runner.ts';
import type { MachineHost } from '../host/process/agent-host.ts';
import type { EngineConfiguration } from '../core/model/engine.ts';
import type { Parameters } from '../core/model/operation.ts';
import { createAgentHost } from '../host/process/agent-host.ts';
import { createSystemd } from '../host/systemd/manager.ts';
import type { Systemd } from '../host/systemd/manager.ts';
import { EXIT, Ending } from './exit.ts';
import type { DaemonOptions } from './options.ts';
import type { SecretStore } from '../agents/secrets.ts';

export interface Machine {
  readonly host: MachineHost;
  readonly runner: OperationRunner;
  readonly catalogue: AgentCatalogue;
  /** Absent where the machine was not booted with systemd. */
  readonly systemd: Systemd | undefined;
  /** Lets go of everything; services go on. */
  close(): void;
}

type HostTalk = Pick<
  Required<MachineHost>,
  'tellTransfer' | 'refusalOf' | 'wayTo' | 'migrationBandwidth'
> & {
  /** Where a node is reached by what moves live, if that is said. */
  readonly migrationAddress: (node: string) => string | undefined;
};

export function openMachine(
  options: DaemonOptions,
  secrets: SecretStore,
  { nodes }: EngineConfiguration,
  { migrationAddress, ...talk }: HostTalk,
): Machine {
  const systemd = existsSync(SYSTEMD_RUNS) ? createSystemd() : undefined;
  const programs = findPrograms();
  const host = createAgentHost({
    programs,
    cgroupName: cgroupName(options),
    runDirectory: options.runDirectory,
    secrets,
    addressOf: (name) =>
      migrationAddress(name) ?? nodes.find(({ node }) => node === name)?.address ?? LOOPBACK,
    ...talk,
    ...(systemd === undefined ? {} : { systemd }),
  });
  const places = {
    ...defaultRunnerOptions,
    toolsDirectory: join(programs, 'libexec'),
    toolsEnvironment: toolsEnvironment(options),
    fenceDirectories: fenceDirectories(options),
  };
  const runner = createOperationRunner(host, places);
  const catalogue = createAgentCatalogue(host, places);
  const close = (): void => {
    host.close();
    systemd?.close();
  };
  return { host, runner, catalogue, systemd, close };
}

/** Nodes of the local engine are daemons of this machine. */
const LOOPBACK = '127.0.0.1';

/** sd_booted(3) */
const SYSTEMD_RUNS = '/run/systemd/system';

/** Local nodes, of this cluster and of others, share one machine. */
function cgroupName({ engine, runDirectory }: DaemonOptions): string {
  if (engine !== 'local') return 'holdfast';
  const digest = createHash('sha256').update(runDirectory).digest('hex');
  return `holdfast-local-${digest.slice(0, 12)}`;
}

/** Local nodes share one machine: their agents must not take each other's notes for their own. */
function toolsEnvironment({ engine, runDirectory }: DaemonOptions): Parameters {
  if (engine !== 'local') return { HOLDFAST_RUN: runDirectory };
  const directory = join(runDirectory, 'agents');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return { HOLDFAST_RUN: runDirectory, HA_RSCTMP: directory };
}

/**
 * What ends the node of a local cluster is known by whoever started it, so its fence agent lies with
 * the cluster: nobody without root can install one for all.
 */
function fenceDirectories({ engine, clusterDirectory }: DaemonOptions): readonly string[] {
  const { fenceDirectories: usual } = defaultRunnerOptions;
  return engine === 'local' ? [join(clusterDirectory, 'agents'), ...usual] : usual;
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
