/** Configurations in the few words of a scenario. */
import type {
  Colocation,
  Configuration,
  Constraint,
  FenceDevice,
  Primitive,
  Resource,
} from '../../model/configuration.ts';
import { emptyConfiguration } from '../../cluster/machine.ts';
import { nodeName, resourceId } from '../../model/ids.ts';
import { INFINITY_SCORE } from '../../model/score.ts';
import type { AgentName } from '../../model/operation.ts';
import { parseAgent, parseDurationMs, parseScore } from '../../model/value.ts';
import type { AttributeBlock } from '../../model/rule.ts';

/**
 * One line of a configuration, added to what is there; a line about something that exists replaces
 * it. Undefined for a line that is none.
 *
 *     option no-quorum-policy=stop        defaults resource-stickiness=1
 *     primitive web monitor=10s migration-threshold=2 .ip=10.0.0.1     (a dot: a parameter)
 *     group stack web db          clone webs web          promotable dbs db
 *     order db web                together web db         prefer web n1 100       apart web db
 *     fence power retries=2 action=off delay=1s
 *     fence disks agent=fence_fabric action=off unfencing=own-node      (takes access, not power)
 *     fence disks agent=fence_reservation action=off unfencing=own-node (taken by who has one)
 */
export function configure(before: Configuration, line: string): Configuration | undefined {
  const [word = '', ...rest] = line.trim().split(/\s+/);
  const [first = '', second = '', third = ''] = rest;
  switch (word) {
    case 'option':
      return { ...before, options: [block('options', settings(rest))] };
    case 'defaults':
      return { ...before, resourceDefaults: [block('defaults', settings(rest))] };
    case 'primitive':
      return withResource(before, primitive(first, settings(rest.slice(1))), []);
    case 'group': {
      const members = rest.slice(1).map((id) => take(before, id));
      const base = { id: resourceId(first), meta: [], parameters: [] };
      return withResource(before, { kind: 'group', ...base, members }, rest.slice(1));
    }
    case 'clone':
    case 'promotable': {
      const base = { id: resourceId(first), parameters: [], promotable: word === 'promotable' };
      const meta = [block(`${first}-meta`, settings(rest.slice(2)))];
      const child = take(before, second);
      return withResource(before, { kind: 'clone', ...base, meta, child }, [second]);
    }
    case 'order':
      return withConstraint(before, order(first, second));
    case 'together':
      return withConstraint(before, together(first, second));
    case 'apart':
      return withConstraint(before, { ...together(first, second), score: -INFINITY_SCORE });
    case 'prefer':
      return withConstraint(before, prefer(first, second, third));
    case 'fence':
      return {
        ...before,
        fenceDevices: [...before.fenceDevices, device(first, settings(rest.slice(1)))],
      };
    default:
      return undefined;
  }
}

export function configurationOf(lines: readonly string[]): Configuration {
  return lines.reduce((before: Configuration, line) => {
    const next = configure(before, line);
    if (next === undefined) throw new Error(`this is no line of a configuration: ${line}`);
    return next;
  }, emptyConfiguration);
}

/** Primitives that run once: those of clones do not. */
export function uniqueResources(configuration: Configuration): readonly string[] {
  return configuration.resources.flatMap((each) => {
    if (each.kind === 'primitive') return [each.id];
    return each.kind === 'group' ? each.members.map((member) => member.id) : [];
  });
}

type Settings = Readonly<Record<string, string>>;

function settings(words: readonly string[]): Settings {
  const found: Record<string, string> = {};
  for (const word of words) {
    const [name = '', ...value] = word.split('=');
    found[name] = value.join('=');
  }
  return found;
}

const block = (id: string, values: Settings): AttributeBlock => ({ id, score: 0, values });

function pick(all: Settings, isMeant: (name: string) => boolean): Settings {
  const names = Object.keys(all).filter(isMeant);
  return Object.fromEntries(names.map((name) => [name.replace(/^\./, ''), all[name] ?? '']));
}

const NO_META = ['agent', 'monitor', 'start', 'stop', 'promote', 'demote'];
const DUMMY: AgentName = { class: 'ocf', provider: 'heartbeat', type: 'Dummy' };

function primitive(id: string, all: Settings): Primitive {
  const isParameter = (name: string): boolean => name.startsWith('.');
  const meta = pick(all, (name) => !isParameter(name) && !NO_META.includes(name));
  const { monitor, agent } = all;
  const intervalMs = parseDurationMs(monitor ?? '') ?? 0;
  return {
    kind: 'primitive',
    id: resourceId(id),
    agent: agent === undefined ? DUMMY : (parseAgent(agent) ?? DUMMY),
    meta: [block(`${id}-meta`, meta)],
    parameters: [block(`${id}-parameters`, pick(all, isParameter))],
    utilization: [],
    operations:
      monitor === undefined
        ? []
        : [
            {
              id: `${id}-monitor`,
              name: 'monitor',
              intervalMs,
              attributes: { timeout: '20s' },
              meta: [],
              parameters: [],
            },
          ],
  };
}

function take(from: Configuration, id: string): Primitive {
  const found = from.resources.find((each) => each.id === id);
  if (found?.kind !== 'primitive') throw new Error(`there is no primitive ${id}`);
  return found;
}

function withResource(
  before: Configuration,
  resource: Resource,
  taken: readonly string[],
): Configuration {
  const others = before.resources.filter((each) => !taken.includes(each.id));
  const at = others.findIndex((each) => each.id === resource.id);
  const resources = at < 0 ? [...others, resource] : others.with(at, resource);
  return { ...before, resources };
}

const withConstraint = (before: Configuration, constraint: Constraint): Configuration => ({
  ...before,
  constraints: [...before.constraints, constraint],
});

const order = (first: string, then: string): Constraint => ({
  kind: 'order',
  id: `order-${first}-${then}`,
  first: resourceId(first),
  // oxlint-disable-next-line unicorn/no-thenable -- a string, and the field's own word
  then: resourceId(then),
  firstAction: 'start',
  orderKind: 'Mandatory',
  requireAll: true,
});

const together = (dependent: string, primary: string): Colocation => ({
  kind: 'colocation',
  id: `together-${dependent}-${primary}`,
  dependent: resourceId(dependent),
  primary: resourceId(primary),
  score: INFINITY_SCORE,
});

const prefer = (resource: string, node: string, score: string): Constraint => ({
  kind: 'location',
  id: `prefer-${resource}-${node}`,
  target: { kind: 'resource', resource: resourceId(resource) },
  node: nodeName(node),
  score: parseScore(score) ?? 0,
  rules: [],
  discovery: 'always',
});

function device(id: string, all: Settings): FenceDevice {
  return {
    id,
    agent: all['agent'] ?? 'fence_test',
    parameters: {},
    hosts: {},
    hostCheck: all['hosts'] === 'listed' ? 'dynamic-list' : 'none',
    action: all['action'] === 'off' ? 'off' : 'reboot',
    ...(isUnfencing(all['unfencing']) ? { unfencing: all['unfencing'] } : {}),
    timeoutMs: 60_000,
    retries: Number(all['retries'] ?? 1),
    monitorIntervalMs: parseDurationMs(all['monitor'] ?? '') ?? 0,
    delayMs: parseDurationMs(all['delay'] ?? '') ?? 0,
  };
}

const isUnfencing = (word: string | undefined): word is 'own-node' | 'any-node' =>
  word === 'own-node' || word === 'any-node';
