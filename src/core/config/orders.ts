/**
 * Cycles of orders: everything would wait for something else for ever. Found on a graph of actions,
 * each with a beginning and an end, where groups, clones and tags enclose what they hold.
 */
import type {
  Configuration,
  Constraint,
  OrderedAction,
  ResourceSet,
} from '../model/configuration.ts';
import { findCycle } from './cycle.ts';
import type { Edge } from './cycle.ts';
import type { ConfigurationFinding } from './finding.ts';
import { childrenOf } from '../model/children.ts';
import { eachPrimitive, eachResource } from './walk.ts';

export function checkOrders(configuration: Configuration): readonly ConfigurationFinding[] {
  const graph = new OrderGraph();
  for (const constraint of configuration.constraints) addConstraint(graph, constraint);
  if (graph.edges.length === 0) return [];
  addStructure(graph, configuration);
  const cycle = findCycle(graph.size, graph.edges);
  return cycle ? [cycleFinding(graph, cycle)] : [];
}

const ACTIONS: readonly OrderedAction[] = ['start', 'stop', 'promote', 'demote'];
const OPPOSITE: Readonly<Record<OrderedAction, OrderedAction>> = {
  start: 'stop',
  stop: 'start',
  promote: 'demote',
  demote: 'promote',
};

/** Nodes: the beginning and the end of each action of each resource, and points between sets. */
class OrderGraph {
  readonly edges: Edge[] = [];
  readonly #ids = new Map<string, number>();
  readonly #names: string[] = [];

  get size(): number {
    return this.#names.length;
  }

  name(node: number): string {
    return this.#names[node] ?? '';
  }

  begin(resource: string, action: OrderedAction): number {
    return this.#node(`${action} begin ${resource}`, resource);
  }

  end(resource: string, action: OrderedAction): number {
    return this.#node(`${action} end ${resource}`, resource);
  }

  point(): number {
    return this.#node(`point ${this.size}`, '');
  }

  add(from: number, to: number, label: string): void {
    this.edges.push({ from, to, label });
  }

  #node(key: string, name: string): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#names.length;
    this.#ids.set(key, id);
    this.#names.push(name);
    return id;
  }
}

function addConstraint(graph: OrderGraph, constraint: Constraint): void {
  if (constraint.kind !== 'order' && constraint.kind !== 'order-sets') return;
  if (constraint.orderKind === 'Serialize') return;
  const symmetrical = constraint.symmetrical ?? true;
  if (constraint.kind === 'order-sets') {
    addSets(graph, constraint.sets, symmetrical, constraint.id);
    return;
  }
  const { first, then: second, firstAction, id } = constraint;
  const thenAction = constraint.thenAction ?? firstAction;
  graph.add(graph.end(first, firstAction), graph.begin(second, thenAction), id);
  if (!symmetrical) return;
  graph.add(graph.end(second, OPPOSITE[thenAction]), graph.begin(first, OPPOSITE[firstAction]), id);
}

/** All of a set come before all of the next; within a sequential one each before the next. */
function addSets(
  graph: OrderGraph,
  sets: readonly ResourceSet[],
  symmetrical: boolean,
  label: string,
): void {
  for (const [index, set] of sets.entries()) {
    if (set.orderKind === 'Serialize') continue;
    addSequence(graph, set, symmetrical, label);
    const next = sets[index + 1];
    if (next && next.orderKind !== 'Serialize') addBetween(graph, set, next, symmetrical, label);
  }
}

function addSequence(
  graph: OrderGraph,
  set: ResourceSet,
  symmetrical: boolean,
  label: string,
): void {
  if (!set.sequential) return;
  const action = set.action ?? 'start';
  const back = OPPOSITE[action];
  for (const [index, second] of set.resources.entries()) {
    const first = set.resources[index - 1];
    if (first === undefined) continue;
    graph.add(graph.end(first, action), graph.begin(second, action), label);
    if (symmetrical) graph.add(graph.end(second, back), graph.begin(first, back), label);
  }
}

function addBetween(
  graph: OrderGraph,
  before: ResourceSet,
  after: ResourceSet,
  symmetrical: boolean,
  label: string,
): void {
  const join = (
    firsts: readonly string[],
    firstAction: OrderedAction,
    seconds: readonly string[],
    secondAction: OrderedAction,
  ): void => {
    const point = graph.point();
    for (const first of firsts) graph.add(graph.end(first, firstAction), point, label);
    for (const second of seconds) graph.add(point, graph.begin(second, secondAction), label);
  };
  const firstAction = before.action ?? 'start';
  const secondAction = after.action ?? 'start';
  join(before.resources, firstAction, after.resources, secondAction);
  if (!symmetrical) return;
  join(after.resources, OPPOSITE[secondAction], before.resources, OPPOSITE[firstAction]);
}

/** Members begin after their group and end before it; in a group one after the other. */
function addStructure(graph: OrderGraph, configuration: Configuration): void {
  for (const { resource } of eachResource(configuration)) {
    const children = childrenOf(resource).map(({ id }) => id);
    addHolder(graph, resource.id, children);
    if (resource.kind === 'group') addChain(graph, children, `group "${resource.id}"`);
    for (const action of ACTIONS) {
      graph.add(graph.begin(resource.id, action), graph.end(resource.id, action), '');
    }
  }
  for (const { id, references } of configuration.tags) addHolder(graph, id, references);
  for (const { primitive } of eachPrimitive(configuration)) {
    const { id, template } = primitive;
    if (template !== undefined) addHolder(graph, template, [id]);
  }
}

function addHolder(graph: OrderGraph, holder: string, members: readonly string[]): void {
  for (const member of members) {
    for (const action of ACTIONS) {
      graph.add(graph.begin(holder, action), graph.begin(member, action), '');
      graph.add(graph.end(member, action), graph.end(holder, action), '');
    }
  }
}

function addChain(graph: OrderGraph, members: readonly string[], label: string): void {
  for (const [index, second] of members.entries()) {
    const first = members[index - 1];
    if (first === undefined) continue;
    graph.add(graph.end(first, 'start'), graph.begin(second, 'start'), label);
    graph.add(graph.end(second, 'stop'), graph.begin(first, 'stop'), label);
  }
}

function cycleFinding(graph: OrderGraph, cycle: readonly Edge[]): ConfigurationFinding {
  const names: string[] = [];
  for (const { from } of cycle) {
    const name = graph.name(from);
    if (name !== '' && names.at(-1) !== name) names.push(name);
  }
  if (names.length > 1 && names.at(-1) === names[0]) names.pop();
  const labels = [...new Set(cycle.map(({ label }) => label).filter((label) => label !== ''))];
  const constraint = labels.find((label) => !label.startsWith('group "')) ?? '';
  return {
    code: 'order-cycle',
    severity: 'error',
    subject: { kind: 'constraint', id: constraint },
    text: `each of these waits for the one before it, in a circle: ${circleText(names)}`,
    advice: `remove one of the orders ${labels.join(', ')}`,
  };
}

/** `a → b → a`, beginning with the name that sorts first so that the text is always the same. */
function circleText(names: readonly string[]): string {
  const smallest = names.reduce((best, name) => (name < best ? name : best), names[0] ?? '');
  const at = names.indexOf(smallest);
  const turned = [...names.slice(at), ...names.slice(0, at)];
  return [...turned, turned[0] ?? ''].join(' → ');
}
