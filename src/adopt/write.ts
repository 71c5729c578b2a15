/** Resources for what was found, written into the configuration as its administrator wrote it. */
import { isMap, isSeq, parseDocument, type Document } from 'yaml';
import { freeId } from './found.ts';

/** What a resource is made from. */
export interface Adoptable {
  readonly kind: 'vm' | 'container';
  readonly name: string;
  readonly agent: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly operations: {
    readonly start: string;
    readonly stop: string;
    readonly monitor: string;
    readonly migrate?: string | undefined;
  };
  readonly memoryMib?: number | undefined;
  readonly cpus?: number | undefined;
  /** It does not run, and stays so. */
  readonly off?: boolean;
  /** No other node reaches a disk of it. */
  readonly fixed?: boolean;
  /** Where it runs, or is defined. */
  readonly node?: string;
  /** Who does not reach a disk of it. */
  readonly keptFrom?: readonly string[];
}

export interface Adoption<F extends Adoptable> {
  /** Its id in the configuration. */
  readonly resource: string;
  readonly found: F;
}

export interface Written<F extends Adoptable> {
  readonly source: string;
  readonly adoptions: readonly Adoption<F>[];
}

/** Of machines and containers: what serves others usually sits in machines. */
const priorities: Readonly<Record<Adoptable['kind'], string>> = { vm: '20', container: '10' };

/** What is in the configuration already, by its parameters, is left out. Throws on a broken text. */
export function writeResources<F extends Adoptable>(
  source: string,
  found: readonly F[],
): Written<F> {
  const document = parseDocument(source);
  const taken = new Set([...source.matchAll(/^\s+([\w.-]+):/gm)].map(([, id = '']) => id));
  const adoptions: Adoption<F>[] = [];
  for (const one of found) {
    if (isKnown(document, one)) continue;
    const resource = freeId(one.name, taken);
    taken.add(resource);
    if (!isMap(document.get('resources'))) document.set('resources', document.createNode({}));
    document.setIn(['resources', resource], document.createNode(resourceOf(one)));
    for (const rule of rulesOf(resource, one)) {
      const seq = document.get('constraints');
      if (isSeq(seq)) seq.add(document.createNode(rule));
      else document.set('constraints', document.createNode([rule]));
    }
    adoptions.push({ resource, found: one });
  }
  return { source: adoptions.length === 0 ? source : document.toString(), adoptions };
}

/** Set by `release`: the cluster neither starts, stops nor moves it any more. Undefined: unknown. */
export function writeReleased(source: string, resource: string): string | undefined {
  const document = parseDocument(source);
  if (!document.hasIn(['resources', resource])) return undefined;
  document.setIn(['resources', resource, 'meta', 'is-managed'], false);
  return document.toString();
}

function resourceOf(found: Adoptable): object {
  const { agent, parameters, operations, kind, memoryMib, cpus, off = false } = found;
  const { start, stop, monitor, migrate } = operations;
  const utilization = {
    ...(memoryMib === undefined ? {} : { memory: memoryMib }),
    ...(cpus === undefined ? {} : { cpu: cpus }),
  };
  const migrations =
    migrate === undefined
      ? {}
      : { migrate_to: { timeout: migrate }, migrate_from: { timeout: '60s' } };
  return {
    agent,
    parameters,
    operations: {
      start: { timeout: start },
      stop: { timeout: stop },
      ...migrations,
    },
    monitor,
    meta: {
      priority: Number(priorities[kind]),
      ...movable(found),
      ...(off ? { 'target-role': 'Stopped' } : {}),
    },
    ...(Object.keys(utilization).length === 0 ? {} : { utilization }),
  };
}

/** What is at a disk's path on another node is none of its disks, whoever joins later. */
function rulesOf(resource: string, { node, fixed = false, keptFrom = [] }: Adoptable): object[] {
  if (fixed && node !== undefined) {
    const elsewhere = { score: '-INFINITY', all: [{ attribute: '#uname', ne: node }] };
    return [{ location: resource, rules: [elsewhere] }];
  }
  return keptFrom.length === 0 ? [] : [{ location: resource, avoids: [...keptFrom] }];
}

/** The same words, or the same name or file, are the same machine. */
function isKnown(document: Document, { agent, parameters }: Adoptable): boolean {
  const all = (document.toJS() as { readonly resources?: Readonly<Record<string, unknown>> } | null)
    ?.resources;
  return Object.values(all ?? {}).some((resource) => {
    const known = resource as { readonly agent?: string; readonly parameters?: object } | null;
    if (known?.agent !== agent) return false;
    const values = (known.parameters ?? {}) as Readonly<Record<string, unknown>>;
    return ['command_line', 'config', 'name'].some(
      (name) => parameters[name] !== undefined && values[name] === parameters[name],
    );
  });
}

/** What the class `vm` may do without a word, VirtualDomain is to be told. */
function movable({ kind, agent, fixed = false }: Adoptable): object {
  if (kind !== 'vm') return {};
  if (fixed) return { 'allow-migrate': false };
  return agent.startsWith('ocf:') ? { 'allow-migrate': true } : {};
}
