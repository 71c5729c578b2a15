/**
 * Why each thing is where it is: the same run as `schedule`, read afterwards for what was added to
 * each node's score, which rule decided, and what keeps each node from taking it.
 */
import type { Role } from '../model/configuration.ts';
import type { Explanation, InstanceExplanation, NodeExplanation } from '../model/explanation.ts';
import type { WallMs } from '../model/ids.ts';
import type { Picture } from '../model/picture.ts';
import type { Plan } from '../model/plan.ts';
import { scoreOn } from './assignment/hosts.ts';
import { contributionsTo, sortContributions } from './explain/contributions.ts';
import type { Contributions } from './explain/contributions.ts';
import { findCounterfactuals } from './explain/counterfactuals.ts';
import { whyUnpromoted } from './explain/held-up.ts';
import { whyUnavailable } from './explain/hosts.ts';
import { decidingRule } from './explain/rule.ts';
import { instancesOf, whyBlocked } from './explain/runs.ts';
import { turnsOf } from './explain/turns.ts';
import type { Turns } from './explain/turns.ts';
import { makePlan } from './output/plan.ts';
import { decide } from './schedule.ts';
import { ROLE } from './world.ts';
import type { Host, RoleLevel, Unit, World } from './world.ts';

export interface Explained {
  readonly plan: Plan;
  /** Every primitive's instance, in the order of the configuration. */
  readonly instances: readonly InstanceExplanation[];
}

/** Everything explained; `schedule` answers the same plan. */
export function explain(picture: Picture, now: WallMs): Explained {
  const world = decide(picture, now);
  const plan = makePlan(world);
  const units = world.units.filter((unit) => unit.kind === 'primitive' && !unit.removed);
  return { plan, instances: units.map(explainer(world, plan)) };
}

/** More would not be read by anybody. */
const INSTANCES_MAX = 64;

/**
 * One resource explained, with what would let it run on `node` (or, without it, on any other node).
 * Undefined: the configuration has no resource of this name.
 */
export function explainResource(
  picture: Picture,
  now: WallMs,
  asked: Question,
): Explanation | undefined {
  const steps = explainSteps(picture, now, asked);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

export interface Question {
  readonly resource: string;
  readonly node?: string;
}

/** The same, run by run of the scheduler: it yields before each. */
export function* explainSteps(
  picture: Picture,
  now: WallMs,
  asked: Question,
): Generator<undefined, Explanation | undefined> {
  const world = decide(picture, now);
  const units = instancesOf(world, asked.resource);
  if (units.length === 0) return undefined;
  const shown = units.slice(0, INSTANCES_MAX);
  const instances = shown.map(explainer(world, makePlan(world)));
  const unpromoted = whyUnpromoted(world, units[0]);
  return {
    resource: asked.resource,
    ...(unpromoted === undefined ? {} : { unpromoted }),
    instances: asked.node === undefined ? instances : instances.map(onlyNode(asked.node)),
    instancesLeftOut: units.length - shown.length,
    counterfactuals: yield* findCounterfactuals(world, now, asked),
  };
}

function explainer(world: World, plan: Plan): (unit: Unit) => InstanceExplanation {
  const added = sortContributions(world);
  const turns = turnsOf(world);
  const reasons = new Map<string, string>(
    plan.unplaced.map((entry) => [entry.resource, entry.reason]),
  );
  return (unit) => explainUnit({ world, added, turns, reasons }, unit);
}

interface Facts {
  readonly world: World;
  readonly added: Contributions;
  readonly turns: Turns;
  readonly reasons: ReadonlyMap<string, string>;
}

function explainUnit(facts: Facts, unit: Unit): InstanceExplanation {
  const { world, turns, reasons } = facts;
  const host = unit.assigned;
  const reason = reasons.get(unit.id);
  const role = ROLE_NAMES[unit.nextRole ?? ROLE.started];
  const blocked = host === undefined ? undefined : whyBlocked(world, unit);
  return {
    instance: unit.id,
    ...(host === undefined ? {} : { node: host.name }),
    ...(host === undefined || role === 'Stopped' ? {} : { role }),
    ...(host === undefined ? {} : { decidedBy: decidingRule(world, turns, unit, host) }),
    ...(blocked === undefined ? {} : { blocked }),
    ...(host !== undefined || reason === undefined ? {} : { reason }),
    nodes: world.hosts
      .filter((each) => each.kind === 'member' || unit.present[each.index] === 1)
      .map((each) => explainNode(facts, unit, each)),
  };
}

function explainNode({ world, added }: Facts, unit: Unit, host: Host): NodeExplanation {
  const unavailable = whyUnavailable(host);
  return {
    node: host.name,
    score: scoreOn(unit, host),
    ...(unavailable === undefined ? {} : { unavailable }),
    contributions: contributionsTo(world, added, unit, host),
  };
}

const onlyNode =
  (node: string) =>
  (instance: InstanceExplanation): InstanceExplanation => ({
    ...instance,
    nodes: instance.nodes.filter((each) => each.node === node),
  });

const ROLE_NAMES: Readonly<Record<RoleLevel, Role>> = {
  [ROLE.stopped]: 'Stopped',
  [ROLE.started]: 'Started',
  [ROLE.unpromoted]: 'Unpromoted',
  [ROLE.promoted]: 'Promoted',
};
