/** Which devices shoot, and from which node. */
import { isHeldBack } from '../cluster/fence-loop.ts';
import { givesAccess, randomDelayMs } from '../model/fence-device.ts';
import { unfencePlan } from './unfence.ts';
import { fencingWays } from '../cluster/fencing-levels.ts';
import { canTakePill } from '../cluster/poison.ts';
import type { ClusterState, FencingMethod, FencingRequest, FencingStep } from '../cluster/state.ts';
import { WATCHDOG_DEVICE } from '../cluster/watchdog.ts';
import type { FenceDevice } from '../model/configuration.ts';
import type { NodeName } from '../model/ids.ts';
import { incarnation } from '../model/ids.ts';
import type { PlannedAction } from '../model/plan.ts';
import { executorsFor } from './executors.ts';

/**
 * The request for a plan's fence action; undefined when nobody can shoot. After a failure the next
 * way to reach the target is taken, the same one again from another node. The target never carries it out itself,
 * nor does a node that is held back.
 *
 * @param chance drawn at the edge: with it the random part of the delay is fixed for everybody
 */
export function fencePlan(
  cluster: ClusterState,
  action: PlannedAction,
  leader: NodeName | undefined,
  number: number,
  chance = 0,
): FencingRequest | undefined {
  const target = action.node;
  if (target === undefined) return undefined;
  const asked = action.fenceMethod ?? 'reboot';
  if (asked === 'on') return unfencePlan(cluster, action, leader, number);
  const failures = cluster.fencing.failures[target] ?? 0;
  const all = fencingWays(cluster, target, asked);
  const wanted = methodFor(cluster, target, asked, all);
  const ways = all.filter((way) => canDo(way, wanted));
  const way = ways[failures % Math.max(1, ways.length)];
  if (way === undefined) return undefined;
  const executor = executorFor(cluster, target, way, leader, failuresOf(ways, way, failures));
  if (executor === undefined) return undefined;
  const [first, ...next] = stepsOf(way, wanted);
  const random = way[0] === undefined ? 0 : randomDelayMs(way[0], target, chance);
  const delayMs = (action.fenceDelayMs ?? 0) + random;
  if (first === undefined) return undefined;
  return {
    id: `${cluster.view}.${number}.${target}.${failures + 1}${wanted === 'reboot' ? '' : wanted}`,
    target,
    incarnation: cluster.nodes[target]?.incarnation ?? incarnation(''),
    ...first,
    executor,
    reason: causeOf(action),
    begunAt: cluster.time,
    attempt: failures + 1,
    ...(delayMs === 0 ? {} : { delayMs }),
    ...(next.length === 0 ? {} : { next, whole: wholeOf(next) }),
  };
}

/** One that is held back stays off, if anything can switch it off: it would only come again. */
function methodFor(
  cluster: ClusterState,
  target: NodeName,
  asked: FencingMethod,
  ways: readonly (readonly FenceDevice[])[],
): FencingMethod {
  if (asked !== 'reboot' || !isHeldBack(cluster, target)) return asked;
  return ways.some((way) => canDo(way, 'off')) ? 'off' : asked;
}

/** A machine that its watchdog resets comes up again: that is no off. */
const canDo = (way: readonly FenceDevice[], wanted: FencingMethod): boolean =>
  (wanted !== 'off' || !way.includes(WATCHDOG_DEVICE)) && canTakePill(way, wanted);

/** Where one of the devices only switches off, a reboot that was wanted ends with power off. */
function wholeOf(next: readonly FencingStep[]): FencingMethod {
  return next.some((step) => step.method === 'on') ? 'reboot' : 'off';
}

interface FirstStep {
  readonly device: string;
  readonly method: FencingMethod;
}

/**
 * Several power switches are all off before any is on again: together they reboot. Access that was
 * taken is given when the node is back, and not before (unfencing.ts).
 */
function stepsOf(
  way: readonly FenceDevice[],
  wanted: FencingMethod,
): readonly [FirstStep?, ...FencingStep[]] {
  const [only, ...more] = way;
  if (only === undefined) return [];
  if (more.length === 0) {
    const method = wanted === 'reboot' ? only.action : wanted;
    return [{ device: only.id, method }];
  }
  const each = (devices: readonly FenceDevice[], method: 'off' | 'on'): readonly FencingStep[] =>
    devices.map((device) => ({ device: device.id, method }));
  const switches = way.filter((device) => !givesAccess(device));
  const staysOff = wanted === 'off' || switches.some((device) => device.action === 'off');
  return staysOff ? [...each(way, 'off')] : [...each(way, 'off'), ...each(switches, 'on')];
}

/**
 * The leader, if the devices answer it; after a failure of the same way another node, since what one of them does
 * not reach, or has no agent or secret for, another may.
 */
function executorFor(
  cluster: ClusterState,
  target: NodeName,
  way: readonly FenceDevice[],
  leader: NodeName | undefined,
  failuresOfWay: number,
): NodeName | undefined {
  const able = executorsFor(cluster, way, leader).filter(
    (name) => name !== target && !isHeldBack(cluster, name),
  );
  return able[failuresOfWay % Math.max(1, able.length)];
}

/** How often this way was tried among so many tries of all ways in turn, where one may stand several times. */
function failuresOf<T>(ways: readonly T[], way: T, failures: number): number {
  const count = (tried: readonly T[]): number => tried.filter((each) => each === way).length;
  const [rounds, rest] = [Math.floor(failures / ways.length), failures % ways.length];
  return rounds * count(ways) + count(ways.slice(0, rest));
}

/** Why, without the half of the sentence that says that it is fenced: that is not so yet. */
const causeOf = (action: PlannedAction): string =>
  action.reason.replace(/^\S+ is fenced: /, '').replace(/\.$/, '');
