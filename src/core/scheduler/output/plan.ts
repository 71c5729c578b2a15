/** The actions that stand, the order between them, and how things will be: the plan. */
import type { Role } from '../../model/configuration.ts';
import { nodeName, resourceId, wallMs } from '../../model/ids.ts';
import type { ActionKind, Placement, Plan, PlannedAction, Unplaced } from '../../model/plan.ts';
import { isPseudo, stands } from '../ordering/table.ts';
import type { Action } from '../ordering/table.ts';
import { ROLE } from '../world.ts';
import type { RoleLevel, World } from '../world.ts';
import { instanceName } from './names.ts';
import { explainNowhere } from './nowhere.ts';
import type { ExplainNowhere } from './nowhere.ts';
import { plannedOperation } from './operation.ts';
import { orderedPairs } from './order.ts';
import { explainReasons } from './reasons.ts';
import { outdatedStart } from './started-with.ts';

export function makePlan(world: World): Plan {
  const chosen = world.actions.actions.filter(isInGraph);
  const ids = new Int32Array(world.actions.actions.length).fill(-1);
  chosen.forEach((action, id) => {
    ids[action.index] = id;
  });
  const next = world.nextChangeAtMs;
  const nowhere = explainNowhere(world);
  const reasonOf = explainReasons(world, nowhere);
  return {
    actions: chosen.map((action, id) =>
      plannedAction(world, action, { id, reason: reasonOf(action) }),
    ),
    order: orderedPairs(world, ids),
    placements: placementsOf(world),
    unplaced: unplacedOf(world, nowhere),
    findings: [...world.picture.findings, ...world.findings],
    ...(next === undefined ? {} : { nextChangeAt: wallMs(next) }),
  };
}

const GUARDED = new Set([
  'start',
  'stop',
  'promote',
  'demote',
  'migrate_to',
  'migrate_from',
  'notify',
]);

/** An unmanaged resource is only watched: probes and monitors, nothing that changes it. */
export function isInGraph(action: Action): boolean {
  if (!stands(action)) return false;
  const unit = action.unit;
  if (unit?.kind !== 'primitive' || unit.managed || !GUARDED.has(action.task)) return true;
  return false;
}

const KINDS: Readonly<Record<string, ActionKind>> = {
  start: 'start',
  stop: 'stop',
  promote: 'promote',
  demote: 'demote',
  monitor: 'monitor',
  cancel: 'cancel',
  notify: 'notify',
  migrate_to: 'migrate_to',
  migrate_from: 'migrate_from',
  reload: 'reload',
  'delete-history': 'delete-history',
  'clear-failcount': 'clear-failcount',
  fence: 'fence',
  shutdown: 'shutdown',
};

function plannedAction(
  world: World,
  action: Action,
  { id, reason }: Pick<PlannedAction, 'id' | 'reason'>,
): PlannedAction {
  const unit = action.unit;
  const kind = isPseudo(action) ? 'pseudo' : (KINDS[action.task] ?? 'monitor');
  const host = action.host;
  const started = kind === 'pseudo' ? undefined : outdatedStart(world, action);
  const operation = kind === 'pseudo' ? undefined : plannedOperation(world, action, started);
  return {
    id,
    kind,
    pseudo: isPseudo(action),
    name: host === undefined ? action.name : `${action.name} ${host.name}`,
    ...(unit === undefined
      ? {}
      : { resource: resourceId(unit.configId), instance: resourceId(instanceName(unit)) }),
    ...(unit?.definition === undefined ? {} : { agent: started?.agent ?? unit.definition.agent }),
    ...(host === undefined ? {} : { node: nodeName(host.name) }),
    intervalMs: action.intervalMs,
    ...(operation === undefined ? {} : { operation }),
    ...(kind === 'fence' ? { fenceMethod: fenceMethod(action.of) } : {}),
    ...(action.delayMs > 0 ? { fenceDelayMs: action.delayMs } : {}),
    ...(kind !== 'fence' && action.of !== undefined ? { of: action.of } : {}),
    ...(action.when === undefined ? {} : { when: action.when }),
    ...(action.migrateSource === undefined
      ? {}
      : { migrateSource: nodeName(action.migrateSource.name) }),
    ...(action.migrateTarget === undefined
      ? {}
      : { migrateTarget: nodeName(action.migrateTarget.name) }),
    reason,
    priority: unit?.priority ?? 0,
  };
}

const fenceMethod = (text: string | undefined): 'reboot' | 'off' | 'on' =>
  text === 'off' || text === 'on' ? text : 'reboot';

const ROLE_NAMES: Readonly<Record<RoleLevel, Role>> = {
  [ROLE.stopped]: 'Stopped',
  [ROLE.started]: 'Started',
  [ROLE.unpromoted]: 'Unpromoted',
  [ROLE.promoted]: 'Promoted',
};

function placementsOf(world: World): readonly Placement[] {
  const placements: Placement[] = [];
  for (const unit of world.units) {
    const host = unit.assigned;
    if (unit.kind !== 'primitive' || host === undefined) continue;
    const role = ROLE_NAMES[unit.nextRole ?? ROLE.started];
    if (role === 'Stopped') continue;
    placements.push({ resource: resourceId(instanceName(unit)), node: nodeName(host.name), role });
  }
  return placements;
}

function unplacedOf(world: World, explain: ExplainNowhere): readonly Unplaced[] {
  const unplaced: Unplaced[] = [];
  for (const unit of world.units) {
    if (unit.kind !== 'primitive' || unit.assigned !== undefined || unit.removed) continue;
    const { reason, advice } = explain(unit);
    unplaced.push({
      resource: resourceId(unit.id),
      reason: `${unit.id} does not run: ${reason}.`,
      ...(advice === undefined ? {} : { advice }),
    });
  }
  return unplaced;
}
