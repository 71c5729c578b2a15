/** Why an action is necessary, as a sentence. */
import type { Action } from '../ordering/table.ts';
import type { World } from '../world.ts';

const CHAIN_MAX = 20;

/** The action's own reason, or that of the first action in the chain that made it necessary. */
export function reasonOf(world: World, action: Action): string {
  if (action.reason !== '') return sentence(action.reason);
  let at = action;
  for (let i = 0; i < CHAIN_MAX && at.reason === '' && at.cause >= 0; i += 1) {
    at = world.actions.at(at.cause);
  }
  if (at.reason === '' || at === action) return sentence(blockedReason(world, action));
  return sentence(`${verb(action)} because ${at.reason}`);
}

/** What ends because it could not be begun: the reason is that of its blocked start. */
function blockedReason(world: World, action: Action): string {
  const { unit } = action;
  if (unit === undefined) return `${action.name} is part of the order`;
  for (const task of ['start', 'promote']) {
    const why = world.actions.ofTask(unit, task).find((each) => each.blockReason !== undefined);
    if (why !== undefined) return `${verb(action)}: ${why.blockReason ?? ''}`;
  }
  return `${verb(action)} with what it belongs to`;
}

function verb(action: Action): string {
  const unit = action.unit?.id ?? action.host?.name ?? action.name;
  return `${unit} has to ${action.task === 'monitor' ? 'be monitored' : action.task}`;
}

const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);
