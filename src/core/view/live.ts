/** Whether what a plan moves moves while it runs, or stops and starts; and why it cannot. */
import type { Configuration, Primitive, Resource } from '../model/configuration.ts';
import { whyContainerCannot, whyNodeCannot } from '../model/live-containers.ts';
import type { Plan, PlannedAction } from '../model/plan.ts';
import { actionText, configuredId, listText } from './names.ts';
import { childrenOf } from '../model/children.ts';
import { knownResources, metaOf } from './reading.ts';

/**
 * - `live`: it moves while it runs. `restarts`: it stops, and starts elsewhere; the reason is a clause
 *   for "because". `stays`: the plan does not move it.
 */
export type Move =
  | { readonly kind: 'live'; readonly resource: string; readonly to: string }
  | { readonly kind: 'restarts'; readonly resource: string; readonly because: string }
  | { readonly kind: 'stays'; readonly resource: string };

/** What the daemons say of their nodes. */
type Nodes = Readonly<
  Record<string, { readonly attributes: Readonly<Record<string, string>> } | undefined>
>;

/** Of each primitive of the resource. */
export function movesOf(
  plan: Plan,
  model: Configuration,
  nodes: Nodes,
  id: string,
): readonly Move[] {
  const top = knownResources(model.resources).get(id)?.resource;
  return top === undefined ? [] : primitivesOf(top).map((one) => moveOf(plan, model, nodes, one));
}

/**
 * By resource: why what could move live stops and starts, where that is not the plan's own reason.
 * A sentence.
 */
export function restartNotes(
  plan: Plan,
  model: Configuration,
  nodes: Nodes,
): ReadonlyMap<string, string> {
  const stopped = new Set(
    plan.actions
      .filter(({ kind, pseudo }) => kind === 'stop' && !pseudo)
      .map(({ resource }) => resource),
  );
  const notes = new Map<string, string>();
  for (const { resource } of knownResources(model.resources).values()) {
    if (resource.kind !== 'primitive' || !stopped.has(resource.id)) continue;
    if (!isMovable(resource) && !(isContainer(resource) && isWanted(resource))) continue;
    const move = moveOf(plan, model, nodes, resource);
    if (move.kind !== 'restarts') continue;
    const own = plan.actions.find(
      ({ kind, resource: id }) => kind === 'start' && id === resource.id,
    );
    if (own === undefined || own.reason.startsWith(move.because)) continue;
    if (isContainer(resource) && stopsOn(plan, resource.id, own.node)) continue;
    notes.set(resource.id, `It stops and starts: ${move.because}.`);
  }
  return notes;
}

/** Could it move live at all, if nothing else were in the way? */
export const isMovable = (primitive: Primitive): boolean => whyNever(primitive) === undefined;

/** Of machines and containers people expect that they move live: where one does not, that is said. */
export const canBeLive = (primitive: Primitive): boolean =>
  isMovable(primitive) || isContainer(primitive) || isMachine(primitive);

export function primitivesOf(top: Resource): readonly Primitive[] {
  const found: Primitive[] = [];
  const open = [top];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    if (next.kind === 'primitive') found.push(next);
    else open.push(...childrenOf(next));
  }
  return found;
}

function moveOf(plan: Plan, model: Configuration, nodes: Nodes, primitive: Primitive): Move {
  const resource = primitive.id;
  const own = plan.actions.filter(
    (action) => !action.pseudo && configuredId(action.resource ?? '') === resource,
  );
  const arrival = own.find(({ kind }) => kind === 'migrate_to' || kind === 'migrate_from');
  const to = arrival?.migrateTarget;
  if (to !== undefined) return { kind: 'live', resource, to };
  const stop = own.find(({ kind }) => kind === 'stop');
  const start = own.find(({ kind }) => kind === 'start');
  if (stop === undefined) return { kind: 'stays', resource };
  return {
    kind: 'restarts',
    resource,
    because: whyRestart(plan, model, nodes, primitive, start ?? stop),
  };
}

function whyRestart(
  plan: Plan,
  model: Configuration,
  nodes: Nodes,
  primitive: Primitive,
  action: PlannedAction,
): string {
  const never = isInClone(model, primitive.id)
    ? 'instances of a clone are stopped and started'
    : whyNever(primitive);
  if (never !== undefined) return never;
  const unable = isContainer(primitive) ? whyNodesCannot(plan, nodes, primitive) : undefined;
  if (unable !== undefined) return unable;
  const others = actionsBefore(plan, primitive.id);
  if (others.length === 0) return action.reason.replace(/\.$/, '');
  return `what it is ordered after does not run on both nodes meanwhile (${listText(others)})`;
}

function whyNever(primitive: Primitive): string | undefined {
  const word = migrationWord(primitive);
  const container = isContainer(primitive) ? whyContainerCannot(primitive.parameters) : undefined;
  if (container !== undefined) return container;
  if (word === undefined) {
    if (primitive.agent?.class === 'vm') return undefined;
    if (isContainer(primitive))
      return 'a container takes its memory along with allow-migrate: true';
    return 'its agent is not known to move it live (allow-migrate: true says that it can)';
  }
  return isWanted(primitive) ? undefined : `allow-migrate is ${word}`;
}

/** It is said of it that it moves live. */
const isWanted = (primitive: Primitive): boolean =>
  ['true', 'yes', 'on', 'y', '1'].includes(migrationWord(primitive)?.toLowerCase() ?? '');

const migrationWord = (primitive: Primitive): string | undefined =>
  metaOf(primitive, 'allow-migrate') ?? metaOf(primitive, 'allow_migrate');

const isMachine = ({ agent }: Primitive): boolean =>
  agent?.class === 'vm' || agent?.type === 'VirtualDomain';

const isContainer = ({ agent }: Primitive): boolean => agent?.class === 'container';

function isInClone({ resources }: Configuration, id: string): boolean {
  const parents = knownResources(resources).get(id)?.parents ?? [];
  return parents.some(({ kind }) => kind === 'clone' || kind === 'bundle');
}

const stopsOn = ({ actions }: Plan, resource: string, node: PlannedAction['node']): boolean =>
  actions.some(
    (action) => action.kind === 'stop' && action.resource === resource && action.node === node,
  );

/** Of the nodes that it stops and starts on. */
function whyNodesCannot(
  { actions }: Plan,
  nodes: Nodes,
  { id: resource, parameters }: Primitive,
): string | undefined {
  const moved = actions.filter(
    ({ kind, resource: id }) =>
      (kind === 'stop' || kind === 'start') && configuredId(id ?? '') === resource,
  );
  // Started anew where it is: that is no move.
  if (new Set(moved.map(({ node }) => node)).size < 2) return undefined;
  const why = (node: string): string | undefined =>
    whyNodeCannot(node, (attribute) => nodes[node]?.attributes[attribute], parameters);
  return moved
    .flatMap(({ node }) => (node === undefined ? [] : [node]))
    .map(why)
    .find((clause) => clause !== undefined);
}

const SHOWN_MAX = 3;
const CHANGES: ReadonlySet<PlannedAction['kind']> = new Set(['start', 'stop', 'promote', 'demote']);

/** What changes in other resources before this one may start. */
function actionsBefore({ actions, order }: Plan, resource: string): readonly string[] {
  const before = new Map<number, number[]>();
  for (const [first, then] of order) before.set(then, [...(before.get(then) ?? []), first]);
  const isOwn = (action: PlannedAction): boolean =>
    configuredId(action.resource ?? '') === resource;
  const open = actions
    .filter((action) => isOwn(action) && action.kind === 'start')
    .map(({ id }) => id);
  const seen = new Set(open);
  const found: string[] = [];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const action = actions[at];
    if (action && !action.pseudo && !isOwn(action) && CHANGES.has(action.kind)) {
      found.push(actionText(action));
      continue;
    }
    for (const next of before.get(at) ?? []) {
      if (!seen.has(next)) open.push(next);
      seen.add(next);
    }
  }
  return found.toReversed().slice(0, SHOWN_MAX);
}
