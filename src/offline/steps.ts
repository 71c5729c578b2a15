/** The plan as steps: what can run at the same time stands together, in the order of the graph. */
import type { Plan, PlannedAction } from '../core/model/plan.ts';

/** Real actions by step; an action's step comes after those of all it waits for. */
export function planSteps(plan: Plan): readonly (readonly PlannedAction[])[] {
  const steps = stepNumbers(plan);
  const byStep = new Map<number, PlannedAction[]>();
  for (const action of plan.actions) {
    if (action.pseudo) continue;
    const step = steps[action.id] ?? 0;
    const known = byStep.get(step);
    if (known) known.push(action);
    else byStep.set(step, [action]);
  }
  return [...byStep].toSorted(([left], [right]) => left - right).map(([, actions]) => actions);
}

/** Longest way of real actions that leads to each; in a cycle, which a plan must not have, 0. */
export function stepNumbers(plan: Plan): Int32Array {
  const size = plan.actions.length;
  const next: number[][] = Array.from({ length: size }, () => []);
  const waiting = new Int32Array(size);
  for (const [first, then] of plan.order) {
    next[first]?.push(then);
    waiting[then] = (waiting[then] ?? 0) + 1;
  }
  const steps = new Int32Array(size);
  const ready: number[] = [];
  for (const [id, count] of waiting.entries()) if (count === 0) ready.push(id);
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    const after = (steps[id] ?? 0) + (plan.actions[id]?.pseudo === true ? 0 : 1);
    for (const then of next[id] ?? []) {
      steps[then] = Math.max(steps[then] ?? 0, after);
      waiting[then] = (waiting[then] ?? 0) - 1;
      if (waiting[then] === 0) ready.push(then);
    }
  }
  return steps;
}

/** `stop web on n1`, `monitor web on n1 every 10s`, `fence n3 (reboot)`. */
export function actionText(action: PlannedAction): string {
  const { kind, node = '', intervalMs } = action;
  const subject = action.instance ?? action.resource ?? '';
  const on = node === '' ? '' : ` on ${node}`;
  switch (kind) {
    case 'fence':
      return action.fenceMethod === 'on'
        ? `unfence ${node}`
        : `fence ${node} (${action.fenceMethod ?? 'reboot'})`;
    case 'shutdown':
      return `let ${node} shut down`;
    case 'monitor':
      return intervalMs === 0
        ? `look for ${subject}${on}`
        : `monitor ${subject}${on} every ${intervalMs / 1000}s`;
    case 'cancel':
      return `end the ${action.of ?? 'monitor'} of ${subject}${on} every ${intervalMs / 1000}s`;
    case 'migrate_to':
      return `move ${subject} live from ${action.migrateSource ?? node} to ${action.migrateTarget ?? ''}`;
    case 'migrate_from':
      return `take ${subject} over live on ${action.migrateTarget ?? node}`;
    case 'notify':
      return `tell ${subject}${on}: ${action.when ?? 'post'}-${action.of ?? ''}`;
    case 'delete-history':
      return `forget ${subject}${on}`;
    case 'clear-failcount':
      return `forget the failures of ${subject}${on}`;
    case 'pseudo':
      return action.name;
    case 'start':
    case 'stop':
    case 'promote':
    case 'demote':
    case 'reload':
      return `${kind} ${subject}${on}`;
  }
}
