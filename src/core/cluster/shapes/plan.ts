/** The shape of a plan (model/plan.ts): the largest of all commands, so checked in one pass. */
import type {
  Finding,
  Placement,
  Plan,
  PlannedAction,
  PlannedOperation,
  Unplaced,
} from '../../model/plan.ts';
import type { Shape } from '../../wire/shape.ts';
import { count, flag, list, object, optional, where, word } from '../../wire/shape.ts';
import { exactly, key, node, pair, resource, text, texts, wallTime, whole } from './parts.ts';
import { agent } from './resources.ts';

const ACTIONS_MAX = 500_000;
const ORDER_MAX = 5_000_000;
const PLACEMENTS_MAX = 500_000;
const FINDINGS_MAX = 10_000;
const PARAMETERS_MAX = 1000;

const operation: Shape<PlannedOperation> = exactly<PlannedOperation>()(
  object({
    name: key,
    timeoutMs: count,
    startDelayMs: count,
    expectedExitCode: whole,
    parameters: texts,
    ownParameters: optional(texts),
    outdated: optional(flag),
    meta: texts,
    onFail: key,
    digest: key,
    restartDigest: optional(key),
    forceRestart: optional(list(key, PARAMETERS_MAX)),
    secureDigest: optional(key),
    secureParameters: optional(list(key, PARAMETERS_MAX)),
  }),
);

export const action: Shape<PlannedAction> = exactly<PlannedAction>()(
  object({
    id: count,
    kind: word(
      'start',
      'stop',
      'promote',
      'demote',
      'monitor',
      'cancel',
      'notify',
      'migrate_to',
      'migrate_from',
      'reload',
      'delete-history',
      'clear-failcount',
      'fence',
      'shutdown',
      'pseudo',
    ),
    pseudo: flag,
    name: text,
    resource: optional(resource),
    instance: optional(resource),
    agent: optional(agent),
    node: optional(node),
    router: optional(node),
    intervalMs: count,
    operation: optional(operation),
    fenceMethod: optional(word('reboot', 'off', 'on')),
    fenceDelayMs: optional(count),
    of: optional(key),
    when: optional(word('pre', 'post')),
    migrateSource: optional(node),
    migrateTarget: optional(node),
    reason: text,
    priority: whole,
  }),
);

/** An action's id is its place: everything else points at actions by it. */
export const actions: Shape<readonly PlannedAction[]> = where(list(action, ACTIONS_MAX), (all) => {
  const wrong = all.findIndex((each, index) => each.id !== index);
  return wrong < 0 ? undefined : `has the action ${all[wrong]?.id} at place ${wrong}`;
});

const placement: Shape<Placement> = exactly<Placement>()(
  object({ resource, node, role: word('Started', 'Unpromoted', 'Promoted') }),
);

const unplaced: Shape<Unplaced> = exactly<Unplaced>()(
  object({ resource, reason: text, advice: optional(text) }),
);

const finding: Shape<Finding> = exactly<Finding>()(object({ code: key, about: text, text }));

export const placements: Shape<readonly Placement[]> = list(placement, PLACEMENTS_MAX);
export const allUnplaced: Shape<readonly Unplaced[]> = list(unplaced, PLACEMENTS_MAX);
export const findings: Shape<readonly Finding[]> = list(finding, FINDINGS_MAX);

const wholePlan: Shape<Plan> = exactly<Plan>()(
  object({
    actions,
    order: list(pair, ORDER_MAX),
    placements,
    unplaced: allUnplaced,
    findings,
    nextChangeAt: optional(wallTime),
  }),
);

export const plan: Shape<Plan> = where(wholePlan, (checked) => {
  const last = checked.actions.length;
  const outside = checked.order.some(([first, then]) => first >= last || then >= last);
  return outside ? 'orders an action that it does not hold' : undefined;
});
