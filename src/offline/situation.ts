/** How things are in a picture, and how they will be after a plan: for people, and for the story. */
import type { Role } from '../core/model/configuration.ts';
import type { WallMs } from '../core/model/ids.ts';
import type { Picture } from '../core/model/picture.ts';
import type { Plan, PlannedAction } from '../core/model/plan.ts';
import { agentText } from '../core/model/value.ts';
import { buildWorld } from '../core/scheduler/configuration/world.ts';
import { replayHistories } from '../core/scheduler/history/replay.ts';
import { determineHostStates } from '../core/scheduler/nodes/states.ts';
import { instanceName } from '../core/scheduler/output/names.ts';
import { ROLE } from '../core/scheduler/world.ts';
import type { Host, RoleLevel, Unit, World } from '../core/scheduler/world.ts';

export interface Situation {
  readonly quorate: boolean;
  readonly dc?: string;
  readonly nodes: readonly NodeSituation[];
  readonly resources: readonly ResourceSituation[];
}

export interface NodeSituation {
  readonly name: string;
  readonly kind: 'member' | 'remote' | 'guest';
  /** `online`, `offline`, `unclean`, `standby` … */
  readonly states: readonly string[];
  /** Why it must be fenced. */
  readonly fenceReason?: string;
}

/** A resource; instances of a clone stand together unless each has its own name. */
export interface ResourceSituation {
  readonly name: string;
  readonly kind: Unit['kind'];
  readonly agent?: string;
  /** `failed`, `unmanaged`, `blocked`, `removed`. */
  readonly notes: readonly string[];
  readonly running: readonly RunningInstance[];
  readonly children: readonly ResourceSituation[];
}

export interface RunningInstance {
  readonly node: string;
  readonly role: Exclude<Role, 'Stopped'>;
}

/** What the scheduler makes of the picture before it decides anything. */
export function currentSituation(picture: Picture, now: WallMs): Situation {
  const { world, context } = buildWorld(picture, now);
  determineHostStates(world);
  replayHistories(world, context);
  const { dc } = picture.status;
  return {
    quorate: world.quorate,
    ...(dc !== undefined && { dc }),
    nodes: world.hosts.map(nodeSituation),
    resources: siblings(rootUnits(world)),
  };
}

/** Also resources that are in no configuration any more, which stand last. */
function rootUnits(world: World): readonly Unit[] {
  const roots = new Set(world.roots);
  const others = world.units.filter((unit) => unit.parent === undefined && !roots.has(unit));
  return [...world.roots, ...others].filter(isWorthAWord);
}

/** What is in no configuration any more matters only where it still runs. */
const isWorthAWord = (unit: Unit): boolean => !unit.removed || unit.activeOn.length > 0;

function nodeSituation(host: Host): NodeSituation {
  const { name, kind, fenceReason } = host;
  return {
    name,
    kind,
    states: hostStates(host),
    ...(fenceReason !== undefined && { fenceReason }),
  };
}

function hostStates(host: Host): readonly string[] {
  const states = [host.unclean ? 'unclean' : host.online ? 'online' : 'offline'];
  if (host.pending) states.push('pending');
  if (host.standby) states.push('standby');
  if (host.maintenance) states.push('maintenance');
  if (host.shutdown) states.push('shutting down');
  return states;
}

function siblings(units: readonly Unit[]): readonly ResourceSituation[] {
  const byName = new Map<string, Unit[]>();
  for (const unit of units) {
    const name = unit.kind === 'primitive' ? instanceName(unit) : unit.configId;
    const known = byName.get(name);
    if (known) known.push(unit);
    else byName.set(name, [unit]);
  }
  return [...byName].map(([name, instances]) => resourceSituation(name, instances));
}

function resourceSituation(name: string, instances: readonly Unit[]): ResourceSituation {
  const [first] = instances;
  const agent = first?.definition?.agent;
  return {
    name,
    kind: first?.kind ?? 'primitive',
    ...(agent && first.kind === 'primitive' && { agent: agentText(agent) }),
    notes: unitNotes(instances),
    running: instances.flatMap(runningInstances),
    children: siblings(instances.flatMap(({ children }) => children).filter(isWorthAWord)),
  };
}

function unitNotes(instances: readonly Unit[]): readonly string[] {
  const notes: string[] = [];
  if (instances.some(({ removed, activeOn }) => removed && activeOn.length > 0))
    notes.push('removed');
  if (instances.some(({ failed }) => failed)) notes.push('failed');
  if (instances.some(({ blocked }) => blocked)) notes.push('blocked');
  if (instances.some(({ managed, removed }) => !managed && !removed)) notes.push('unmanaged');
  return notes;
}

const ROLE_NAMES: Readonly<Record<RoleLevel, Role>> = {
  [ROLE.stopped]: 'Stopped',
  [ROLE.started]: 'Started',
  [ROLE.unpromoted]: 'Unpromoted',
  [ROLE.promoted]: 'Promoted',
};

function runningInstances(unit: Unit): readonly RunningInstance[] {
  const role = ROLE_NAMES[unit.role];
  if (unit.kind !== 'primitive') return [];
  // Active without a known role: the least that being active means.
  return unit.activeOn.map(({ name }) => ({
    node: name,
    role: role === 'Stopped' ? 'Started' : role,
  }));
}

/** The situation once everything of the plan has been done with success. */
export function situationAfter(before: Situation, plan: Plan): Situation {
  const effects = new PlanEffects(plan.actions);
  const after = (resource: ResourceSituation): ResourceSituation => ({
    ...resource,
    notes: resource.notes.filter((note) => note !== 'failed' || !effects.touches(resource.name)),
    running: effects.apply(resource),
    children: resource.children.map(after),
  });
  return {
    ...before,
    nodes: before.nodes.map((node) => effects.node(node)),
    resources: before.resources.map(after),
  };
}

type Change = Pick<PlannedAction, 'kind' | 'node'>;

class PlanEffects {
  readonly #fenced = new Map<string, string>();
  readonly #shutDown = new Set<string>();
  readonly #changes = new Map<string, Change[]>();

  constructor(actions: readonly PlannedAction[]) {
    for (const action of actions) this.#note(action);
  }

  /** Pseudo stops and starts count: they are what fencing and migration bring about. */
  #note(action: PlannedAction): void {
    const { kind, node, name } = action;
    if (node !== undefined && kind === 'fence')
      this.#fenced.set(node, action.fenceMethod ?? 'reboot');
    if (node !== undefined && kind === 'shutdown') this.#shutDown.add(node);
    const subject = action.instance ?? action.resource;
    if (subject === undefined || node === undefined) return;
    const effect = kind === 'pseudo' ? pseudoKind(name) : kind;
    if (effect === undefined) return;
    const known = this.#changes.get(subject);
    const change = { kind: effect, node };
    if (known) known.push(change);
    else this.#changes.set(subject, [change]);
  }

  touches(resource: string): boolean {
    return this.#changes.has(resource);
  }

  node(node: NodeSituation): NodeSituation {
    const method = this.#fenced.get(node.name);
    const gone = this.#shutDown.has(node.name) || (method !== undefined && method !== 'on');
    if (!gone) return node;
    const { name, kind } = node;
    return { name, kind, states: ['offline', ...node.states.filter((it) => it === 'standby')] };
  }

  apply(resource: ResourceSituation): readonly RunningInstance[] {
    const promotable = resource.running.some(({ role }) => role !== 'Started');
    const running = new Map(resource.running.map(({ node, role }) => [node, role]));
    for (const [node, method] of this.#fenced) if (method !== 'on') running.delete(node);
    const changes = this.#changes.get(resource.name) ?? [];
    for (const { kind, node } of changes) {
      if (node !== undefined && REMOVES.has(kind)) running.delete(node);
    }
    const promotes = promotable || changes.some(({ kind }) => kind === 'promote');
    for (const { kind, node } of changes) {
      if (node === undefined) continue;
      if (kind === 'start' || kind === 'migrate_from') {
        running.set(node, promotes ? 'Unpromoted' : 'Started');
      }
      if (kind === 'demote' && running.has(node)) running.set(node, 'Unpromoted');
    }
    for (const { kind, node } of changes) {
      if (kind === 'promote' && node !== undefined) running.set(node, 'Promoted');
    }
    return [...running].map(([node, role]) => ({ node, role }));
  }
}

const REMOVES: ReadonlySet<PlannedAction['kind']> = new Set(['stop', 'migrate_to']);

/** `web_stop_0 n1`: the action that a pseudo action stands for. */
function pseudoKind(name: string): PlannedAction['kind'] | undefined {
  const kind = /_(start|stop|promote|demote)_0(?: |$)/.exec(name)?.[1];
  return kind as PlannedAction['kind'] | undefined;
}
