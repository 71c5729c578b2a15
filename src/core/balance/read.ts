/** What runs where and how much it uses, from what is configured and what the nodes say of themselves. */
import { valueOf } from '../config/values.ts';
import type { Primitive } from '../model/configuration.ts';
import { CAPACITY_ATTRIBUTE, parseCapacity } from '../model/capacity.ts';
import type { AttributeBlock } from '../model/rule.ts';
import { isMovable, primitivesOf } from '../view/live.ts';
import { nodeViews } from '../view/nodes.ts';
import type { Reading } from '../view/reading.ts';
import { resourceViews } from '../view/resources.ts';
import type { ResourceView } from '../view/types.ts';
import { added } from './level.ts';
import type { Amounts, LoadedNode, Piece } from './level.ts';

export interface Load {
  readonly nodes: readonly LoadedNode[];
  /** What could move live, as far as its configuration says. */
  readonly pieces: readonly Piece[];
}

/** Of the nodes that take resources: those in standby, in maintenance or leaving are left out. */
export function readLoad(reading: Reading): Load {
  const names = nodeViews(reading)
    .filter(({ state }) => state === 'online')
    .map(({ name }) => name);
  const views = resourceViews(reading);
  const used = new Map<string, Amounts>();
  for (const [primitive, node] of running(reading, views)) {
    used.set(node, added(used.get(node) ?? {}, usesOf(primitive), 1));
  }
  const nodes = names.map((node) => ({
    node,
    capacity: capacityOf(reading, node),
    used: used.get(node) ?? {},
  }));
  return { nodes, pieces: piecesOf(reading, views, new Set(names)) };
}

/** Each primitive on each node where it runs: instances of clones use as much as anything else. */
function* running(
  reading: Reading,
  views: readonly ResourceView[],
): Generator<readonly [Primitive, string], undefined> {
  const open = [...views];
  for (let view = open.pop(); view !== undefined; view = open.pop()) {
    open.push(...view.children);
    const known = reading.resources.get(view.id)?.resource;
    if (known?.kind !== 'primitive') continue;
    for (const { node } of view.on) yield [known, node];
  }
  return undefined;
}

function piecesOf(
  reading: Reading,
  views: readonly ResourceView[],
  nodes: ReadonlySet<string>,
): readonly Piece[] {
  return views.flatMap((view): readonly Piece[] => {
    const top = reading.resources.get(view.id)?.resource;
    const [place] = view.on;
    if (top === undefined || (top.kind !== 'primitive' && top.kind !== 'group')) return [];
    if (place === undefined || view.on.length !== 1 || !nodes.has(place.node)) return [];
    if (view.state !== 'running' || !view.managed) return [];
    // Somebody has said where it is to be.
    if (reading.marks.some((mark) => mark.kind === 'move' && mark.resource === view.id)) return [];
    const members = primitivesOf(top);
    if (!members.every(isMovable)) return [];
    const uses = members.reduce<Amounts>((sum, one) => added(sum, usesOf(one), 1), {});
    return [{ resource: view.id, node: place.node, uses }];
  });
}

const usesOf = ({ utilization }: Primitive): Amounts => amountsOf(utilization);

/** What is configured counts; of the rest, what the node itself has found. */
function capacityOf({ cluster, nodes }: Reading, name: string): Amounts {
  const configured = cluster.configuration.model.nodes.find((node) => node.name === name);
  const found = nodes.find((node) => node.name === name)?.attributes[CAPACITY_ATTRIBUTE];
  return { ...parseCapacity(found), ...amountsOf(configured?.utilization ?? []) };
}

function amountsOf(blocks: readonly AttributeBlock[]): Amounts {
  const names = new Set(blocks.flatMap(({ values }) => Object.keys(values)));
  const amounts = [...names].map((name) => [name, Number(valueOf(blocks, name))] as const);
  return Object.fromEntries(amounts.filter(([, amount]) => Number.isSafeInteger(amount)));
}
