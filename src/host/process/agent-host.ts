/** What agents need from this machine (src/agents/host.ts), put together from the parts here. */
import { mkdirSync } from 'node:fs';
import type { AgentHost } from '../../agents/host.ts';
import type { SecretStore } from '../../agents/secrets.ts';
import type { SystemdManager } from '../../agents/systemd/manager.ts';
import { killCgroup, removeCgroup } from '../cgroup/kill.ts';
import { announceAddress } from '../network/announce.ts';
import { openCgroupTree, type CgroupTree } from '../cgroup/tree.ts';
import { createStartProcess } from './launch.ts';
import { createSpares } from './spare.ts';
import { createSupervisor } from './supervisor.ts';

export interface AgentHostOptions {
  /** Directory of `holdfast-launch` and `holdfast-supervise`. */
  readonly programs: string;
  /** Name of the daemon's cgroups; two daemons on one machine need two. */
  readonly cgroupName: string;
  /** Of this daemon alone, and gone with a boot: `/run/holdfast`. Absolute, at most 50 bytes. */
  readonly runDirectory: string;
  readonly secrets: SecretStore;
  readonly systemd?: SystemdManager;
  /** Where a node of the cluster is reached. */
  readonly addressOf?: (node: string) => string | undefined;
  readonly tellTransfer?: NonNullable<AgentHost['tellTransfer']>;
  readonly migrationBandwidth?: NonNullable<AgentHost['migrationBandwidth']>;
  readonly refusalOf?: NonNullable<AgentHost['refusalOf']>;
  readonly wayTo?: NonNullable<AgentHost['wayTo']>;
}

export interface MachineHost extends AgentHost {
  /** Undefined where the machine has no cgroups that can be written. */
  readonly cgroups: CgroupTree | undefined;
  /** Lets go of everything; services go on. */
  close(): void;
}

/** A launcher whose daemon died ends its operation at once, and gives up on it after 5 s. */
const leftoverWaitMs = 6000;
/** For a fence agent and the first start of a recovery, which follow each other closely. */
const spareLaunchers = 2;
const killWaitMs = 5000;
const pollMs = 20;

export function createAgentHost(options: AgentHostOptions): MachineHost {
  const cgroups = openCgroupTree(options.cgroupName);
  makeAgentsDirectory();
  const places = placesOf(cgroups);
  const launchers = createSpares(`${options.programs}/holdfast-launch`, places, spareLaunchers);
  const supervisors = createSpares(`${options.programs}/holdfast-supervise`, places, 1);
  const services = createSupervisor({
    supervisors,
    directory: `${options.runDirectory}/services`,
    cgroups,
  });
  return {
    startProcess: createStartProcess({ launchers }),
    operationCgroup: (resource, operationId) => cgroups?.operation(resource, operationId),
    leftoversEnded: cgroups === undefined ? Promise.resolve() : endLeftovers(cgroups),
    secrets: options.secrets,
    ...(options.systemd === undefined ? {} : { systemd: options.systemd }),
    services,
    announceAddress,
    machinesDirectory: `${options.runDirectory}/machines`,
    ...(options.addressOf === undefined ? {} : { addressOf: options.addressOf }),
    ...(options.tellTransfer === undefined ? {} : { tellTransfer: options.tellTransfer }),
    ...(options.migrationBandwidth === undefined
      ? {}
      : { migrationBandwidth: options.migrationBandwidth }),
    ...(options.refusalOf === undefined ? {} : { refusalOf: options.refusalOf }),
    ...(options.wayTo === undefined ? {} : { wayTo: options.wayTo }),
    cgroups,
    close: () => {
      services.close();
      launchers.close();
      supervisors.close();
    },
  };
}

/** Where launchers and supervisors live. */
function placesOf(cgroups: CgroupTree | undefined): readonly string[] {
  if (cgroups === undefined) return [];
  return [...cgroups.joins.flatMap((file) => ['--join', file]), '--home', cgroups.home];
}

/**
 * Waits for the launchers of a former daemon to end their operations, and ends what has lost its
 * launcher as well. What finished operations left behind is elsewhere and goes on.
 */
async function endLeftovers(cgroups: CgroupTree): Promise<void> {
  const deadline = performance.now() + leftoverWaitMs;
  while (cgroups.leftovers().length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  for (const directory of cgroups.leftovers()) {
    await killCgroup(directory, killWaitMs);
    removeCgroup(directory);
  }
  cgroups.tidy();
}

/** HA_RSCTMP of resource-agents: a tmpfs that a machine without systemd-tmpfiles has not filled. */
function makeAgentsDirectory(): void {
  try {
    mkdirSync('/run/resource-agents', { mode: 0o1755 });
  } catch {
    // It is there, or only root may make it; agents that need it say so.
  }
}
