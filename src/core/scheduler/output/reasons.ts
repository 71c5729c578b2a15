/** Why an action is necessary, as a sentence. */
import type { Action } from '../ordering/table.ts';
import { stands } from '../ordering/table.ts';
import { RUNS_NOWHERE } from '../assignment/primitive.ts';
import type { World } from '../world.ts';
import type { ExplainNowhere } from './nowhere.ts';

const CHAIN_MAX = 20;

/** Why an action of this decision is necessary; `nowhere` says why a unit has no node. */
export function explainReasons(world: World, nowhere: ExplainNowhere): (action: Action) => string {
  const probed = probedResources(world);
  const told = (root: Action, action: Action): string =>
    whyNowhere(root, nowhere) ?? unlessFound(root, action, probed);
  return (action) => {
    if (action.reason !== '') return sentence(told(action, action));
    const root = rootOf(world, action);
    if (root === action) return sentence(blockedReason(world, action));
    return sentence(`${verb(action)} because ${told(root, action)}`);
  };
}

/** What ends since no node is left for it: what is against the one that it is on. */
function whyNowhere({ reason, unit, host }: Action, nowhere: ExplainNowhere): string | undefined {
  if (unit === undefined || !reason.endsWith(RUNS_NOWHERE)) return undefined;
  return `${reason.slice(0, -RUNS_NOWHERE.length)}${nowhere(unit, host).reason}`;
}

/** The first action in the chain that made this one necessary; itself: none has a reason. */
function rootOf(world: World, action: Action): Action {
  let at = action;
  for (let i = 0; i < CHAIN_MAX && at.reason === '' && at.cause >= 0; i += 1) {
    at = world.actions.at(at.cause);
  }
  return at.reason === '' ? action : at;
}

/** Resources of which it is not known yet where they run. */
function probedResources(world: World): ReadonlySet<string> {
  const probes = world.actions.actions.filter(
    (each) => each.task === 'monitor' && each.intervalMs === 0 && stands(each),
  );
  return new Set(probes.flatMap(({ unit }) => (unit === undefined ? [] : [unit.configId])));
}

/** A start that waits for probes is made only if they find nothing, and so is what it asks for. */
function unlessFound(root: Action, action: Action, probed: ReadonlySet<string>): string {
  const { unit, task, reason } = root;
  if (unit === undefined || task !== 'start' || !probed.has(unit.configId)) return reason;
  const what = root === action ? 'it' : unit.id;
  return `${reason.replace(/\.$/, '')}, unless ${what} is found running`;
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
