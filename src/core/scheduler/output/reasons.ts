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
  if (at.reason === '' || at === action) return sentence(`${action.name} is part of the order`);
  return sentence(`${verb(action)} because ${at.reason}`);
}

function verb(action: Action): string {
  const unit = action.unit?.id ?? action.host?.name ?? action.name;
  return `${unit} has to ${action.task === 'monitor' ? 'be monitored' : action.task}`;
}

const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);
