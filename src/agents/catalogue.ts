/** Which agents are installed on this node, and how they describe themselves. */
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import type { AgentKnowledge } from '../core/config/agents.ts';
import type { AgentName, Parameters } from '../core/model/operation.ts';
import { agentText } from '../core/model/value.ts';
import { builtInAgents, builtInDescription } from './built-in.ts';
import type { AgentDescription, OperationDescription } from './description.ts';
import { baseEnvironment } from './environment.ts';
import { fencePath } from './fence/run.ts';
import type { AgentHost } from './host.ts';
import { parseMetadata } from './metadata.ts';
import { ocfPath } from './ocf/environment.ts';
import type { RunnerOptions } from './runner.ts';

export interface AgentCatalogue {
  /** All agents that are installed, in order of their names. Reads directories only. */
  list(): Promise<readonly AgentName[]>;
  /**
   * Undefined when it is not installed. An agent whose metadata cannot be had is described without
   * parameters (`parametersKnown` false), with the reason as its description.
   */
  describe(agent: AgentName): Promise<AgentDescription | undefined>;
  /** What a check of a configuration with these agents needs, which cannot wait for programs. */
  knowledge(agents: readonly AgentName[]): Promise<AgentKnowledge>;
}

const metadataTimeoutMs = 15_000;
const metadataBytesMax = 1 << 20;
const parallelMax = 4;

type CatalogueHost = Pick<AgentHost, 'startProcess' | 'systemd'>;

export function createAgentCatalogue(host: CatalogueHost, options: RunnerOptions): AgentCatalogue {
  const cache = new Map<string, Promise<AgentDescription>>();
  const describe = (agent: AgentName): Promise<AgentDescription | undefined> =>
    describeAgent(host, options, cache, agent);
  return {
    list: () => listAgents(host, options),
    describe,
    knowledge: async (agents) => {
      const found = new Map<string, AgentDescription>();
      await eachAtOnce(parallelMax, agents, async (agent) => {
        const description = await describe(agent);
        if (description) found.set(agentText(agent), description);
      });
      const known = (await listAgents(host, options)).map(agentText);
      return { describe: (agent) => found.get(agentText(agent)), known };
    },
  };
}

// --- what is there ---

async function listAgents(
  host: CatalogueHost,
  options: RunnerOptions,
): Promise<readonly AgentName[]> {
  const units = (await host.systemd?.list().catch(() => [])) ?? [];
  const all: readonly AgentName[] = [
    ...builtInAgents.map(({ agent }) => agent),
    ...listOcf(options.ocfRoot),
    ...units.map((type) => ({ class: 'systemd', type })),
    ...programs(options.lsbDirectory)
      .filter((type) => !/^(rc|rcS|README|skeleton|.*\.sh)$/.test(type))
      .map((type) => ({ class: 'lsb', type })),
    ...[...new Set(options.fenceDirectories.flatMap(programs))]
      .filter((type) => type.startsWith('fence_'))
      .map((type) => ({ class: 'stonith', type })),
  ];
  const byText = (left: AgentName, right: AgentName): number =>
    agentText(left) < agentText(right) ? -1 : 1;
  return all.toSorted(byText);
}

function listOcf(root: string): readonly AgentName[] {
  return subdirectories(`${root}/resource.d`).flatMap((provider) =>
    programs(`${root}/resource.d/${provider}`).map((type) => ({ class: 'ocf', provider, type })),
  );
}

/** Executable files; hidden ones are libraries (`.ocf-shellfuncs`). */
function programs(directory: string): readonly string[] {
  return entries(directory).filter((name) => isProgram(`${directory}/${name}`));
}

const subdirectories = (directory: string): readonly string[] =>
  entries(directory).filter((name) => !isProgram(`${directory}/${name}`));

function entries(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

// --- how it describes itself ---

async function describeAgent(
  host: CatalogueHost,
  options: RunnerOptions,
  cache: Map<string, Promise<AgentDescription>>,
  agent: AgentName,
): Promise<AgentDescription | undefined> {
  switch (agent.class) {
    case 'ocf':
      return fromProgram(host, options, cache, agent, ocfPath(agent, options.ocfRoot));
    case 'stonith':
      return fromProgram(
        host,
        options,
        cache,
        agent,
        fencePath(options.fenceDirectories, agent.type),
      );
    case 'systemd':
      return describeUnit(host, agent);
    case 'lsb':
      return describeScript(options, agent);
    case 'service':
      return (await describeUnit(host, agent)) ?? describeScript(options, agent);
    default:
      return builtInDescription(agent);
  }
}

/** A program that was replaced (other time or size) is asked anew. */
async function fromProgram(
  host: CatalogueHost,
  options: RunnerOptions,
  cache: Map<string, Promise<AgentDescription>>,
  agent: AgentName,
  path: string | undefined,
): Promise<AgentDescription | undefined> {
  const found = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  if (path === undefined || !found?.isFile()) return undefined;
  const key = `${path}\0${String(found.mtimeMs)}\0${String(found.size)}`;
  const cached = cache.get(key);
  if (cached) return cached;
  for (const old of cache.keys()) if (old.startsWith(`${path}\0`)) cache.delete(old);
  const asked = askForMetadata(host, options, agent, path);
  cache.set(key, asked);
  if (!(await asked).parametersKnown) cache.delete(key); // it may do better next time
  return asked;
}

async function askForMetadata(
  host: CatalogueHost,
  options: RunnerOptions,
  agent: AgentName,
  path: string,
): Promise<AgentDescription> {
  const fence = agent.class === 'stonith';
  const { outcome, output } = await host.startProcess({
    argv: fence ? [path] : [path, 'meta-data'],
    environment: fence ? baseEnvironment() : metadataEnvironment(options),
    ...(fence ? { standardInput: 'action=metadata\n' } : {}),
    timeoutMs: metadataTimeoutMs,
    outputBytesMax: metadataBytesMax,
    separateErrors: true,
  }).result;
  if (outcome.kind !== 'exited' || outcome.exitCode !== 0) {
    const how = outcome.kind === 'exited' ? `exit code ${String(outcome.exitCode)}` : outcome.kind;
    return undescribed(agent, `its metadata cannot be had: ${how}`);
  }
  const parsed = parseMetadata(agent, output);
  return parsed.kind === 'description'
    ? parsed.description
    : undescribed(agent, `its metadata cannot be read: ${parsed.reason}`);
}

const metadataEnvironment = (options: RunnerOptions): Parameters => ({
  ...baseEnvironment(options.toolsDirectory),
  HA_debug: '0',
  HA_LOGFACILITY: '',
  OCF_ROOT: options.ocfRoot,
});

// --- what describes nothing itself ---

const serviceOperations: readonly OperationDescription[] = [
  { name: 'start', timeoutMs: 100_000 },
  { name: 'stop', timeoutMs: 100_000 },
  { name: 'monitor', timeoutMs: 100_000, intervalMs: 60_000 },
  { name: 'reload', timeoutMs: 100_000 },
];

async function describeUnit(
  host: CatalogueHost,
  agent: AgentName,
): Promise<AgentDescription | undefined> {
  const state = await host.systemd?.state(agent.type).catch(() => undefined);
  if (!state || state.load === 'not-found') return undefined;
  return { ...undescribed(agent, ''), title: `systemd unit ${agent.type}` };
}

function describeScript(options: RunnerOptions, agent: AgentName): AgentDescription | undefined {
  const there = programs(options.lsbDirectory).includes(agent.type);
  return there ? { ...undescribed(agent, ''), title: `init script ${agent.type}` } : undefined;
}

const undescribed = (agent: AgentName, description: string): AgentDescription => ({
  agent,
  version: '',
  title: '',
  description,
  parameters: [],
  parametersKnown: false,
  operations: serviceOperations,
});

/** Runs `act` for all items, some at a time. */
async function eachAtOnce<T>(
  atOnce: number,
  items: readonly T[],
  act: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const work = async (): Promise<void> => {
    for (const item of rest) await act(item);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
