/** Why a unit runs nowhere: host by host, and what an administrator can do about it. */
import { INFINITY_SCORE } from '../../model/score.ts';
import { scoreOn } from '../assignment/hosts.ts';
import { RUNS_NOWHERE } from '../assignment/primitive.ts';
import { isPseudo, stands } from '../ordering/table.ts';
import { cloneOf, primitivesOf, ROLE } from '../world.ts';
import type { Contribution, Host, Unit, World } from '../world.ts';
import { leftAlone } from './left-alone.ts';

export interface Nowhere {
  readonly reason: string;
  readonly advice?: string;
}

interface HostSays {
  readonly text: string;
  /** Said once, if it is what every host says. */
  readonly every?: string;
  readonly advice?: string;
}

/** Explanations are for people: beyond so many units they are not looked up any more. */
const EXPLAINED_MAX = 500;

/** Of all nodes, or of the one that it has to leave: the others' reasons would make many words. */
export type ExplainNowhere = (unit: Unit, host?: Host) => Nowhere;

/** Explains unplaced units; the contributions to scores are sorted by unit once. */
export function explainNowhere(world: World): ExplainNowhere {
  const bans = bansByUnit(world);
  const fenced = fencedHosts(world);
  let explained = 0;
  return (unit, host) => {
    const reason = unit.unplacedReason ?? knownReason(unit);
    if (reason !== undefined) return withAdvice(world, unit, reason);
    const behind = behindMember(unit);
    if (behind !== undefined) return behind;
    explained += 1;
    if (explained > EXPLAINED_MAX) return { reason: 'no node may run it' };
    const known = { bans: bans.get(unit.index) ?? [], fenced };
    if (host === undefined) return hostByHost(world, unit, known);
    return { reason: onHost(world, unit, host, known).text };
  };
}

function knownReason(unit: Unit): string | undefined {
  return unit.nextRoleReason === RUNS_NOWHERE ? undefined : unit.nextRoleReason;
}

/** In a group, what comes earlier must run first. */
function behindMember(unit: Unit): Nowhere | undefined {
  const { parent } = unit;
  if (parent?.kind !== 'group') return undefined;
  const earlier = parent.children.slice(0, parent.children.indexOf(unit));
  const missing = earlier.find((member) => member.assigned === undefined);
  if (missing === undefined) return undefined;
  const reason = `${missing.configId}, which comes before it in ${parent.configId}, does not run`;
  return { reason, advice: `holdfast why ${missing.configId}` };
}

function withAdvice(world: World, unit: Unit, reason: string): Nowhere {
  if (reason === 'it is not managed') return leftAlone(world, unit);
  if (world.options.stopAll) {
    return { reason, advice: 'set stop-all-resources to false in the configuration' };
  }
  if (unit.failed) {
    return { reason, advice: `mend the cause, then: holdfast resource cleanup ${unit.configId}` };
  }
  if (unit.targetRole !== ROLE.stopped) {
    return { reason, advice: `holdfast why ${unit.configId}` };
  }
  return { reason, advice: `holdfast resource start ${stoppedAbove(unit).configId}` };
}

/** The target role may come from the group or clone: there it is changed. */
function stoppedAbove(unit: Unit): Unit {
  let at = unit;
  while (at.parent?.targetRole === ROLE.stopped) at = at.parent;
  return at;
}

function bansByUnit(world: World): ReadonlyMap<number, readonly Contribution[]> {
  const bans = new Map<number, Contribution[]>();
  for (const contribution of world.contributions) {
    if (contribution.score > -INFINITY_SCORE) continue;
    const list = bans.get(contribution.unit);
    if (list === undefined) bans.set(contribution.unit, [contribution]);
    else list.push(contribution);
  }
  return bans;
}

function hostByHost(world: World, unit: Unit, known: Known): Nowhere {
  const members = world.hosts.filter((host) => host.kind === 'member');
  const said = members.map((host) => onHost(world, unit, host, known));
  if (said.length === 0) return { reason: 'the cluster has no node' };
  const advice = said.find((each) => each.advice !== undefined)?.advice;
  const reason = saidByAll(said) ?? [...new Set(said.map((each) => each.text))].join('; ');
  return { reason, ...(advice === undefined ? {} : { advice }) };
}

function saidByAll(said: readonly HostSays[]): string | undefined {
  const [first] = said;
  return said.every(({ every }) => every === first?.every) ? first?.every : undefined;
}

/** What is known beside the unit itself. */
interface Known {
  readonly bans: readonly Contribution[];
  /** By this very plan. */
  readonly fenced: ReadonlySet<Host | undefined>;
}

function fencedHosts({ actions }: World): ReadonlySet<Host | undefined> {
  const fencings = actions.actions.filter(
    (action) =>
      action.task === 'fence' && action.of !== 'on' && !isPseudo(action) && stands(action),
  );
  return new Set(fencings.map(({ host }) => host));
}

function onHost(world: World, unit: Unit, host: Host, known: Known): HostSays {
  const { name } = host;
  if (host.unclean) {
    // What the plan does is nobody's to do by hand.
    if (known.fenced.has(host)) return { text: `${name} is to be fenced` };
    const advice = `make sure that ${name} is off, then: holdfast fence confirm ${name}`;
    return { text: `${name} is lost and not fenced yet`, advice };
  }
  if (host.held) return { text: `the daemon of ${name} is away for a moment` };
  if (!host.online) {
    const advice = `start ${name}, or its holdfastd`;
    return { text: `${name} is not online`, every: 'no node is online', advice };
  }
  if (host.shutdown) return { text: `${name} is leaving` };
  if (host.standby) {
    return {
      text: `${name} is in standby`,
      advice: `holdfast node online ${name}`,
    };
  }
  if (host.maintenance) {
    return { text: `${name} is in maintenance`, advice: `holdfast node online ${name}` };
  }
  const ban = known.bans.find((each) => each.host === host.index);
  if (ban !== undefined) return banned(world, unit, host, ban);
  if (hasSibling(unit, host)) return { text: `${name} has an instance already` };
  const clone = cloneOf(unit);
  if (clone !== undefined && scoreOn(clone, host) < 0) {
    const text = `${clone.configId} is to stay away from ${name}`;
    return { text, advice: `holdfast why ${clone.configId}` };
  }
  return {
    text: `${name} is not possible with where the others are`,
    advice: `holdfast why ${unit.configId}`,
  };
}

/** Another instance of its clone, of which the host may have no more. */
function hasSibling(unit: Unit, host: Host): boolean {
  let at = unit;
  while (at.parent !== undefined && at.parent.kind !== 'clone') at = at.parent;
  const settings = at.parent?.clone;
  if (at.parent === undefined || settings === undefined) return false;
  const there = at.parent.children.filter(({ assigned }) => assigned === host);
  return there.length >= settings.perNodeMax;
}

function banned(world: World, unit: Unit, { name }: Host, ban: Contribution): HostSays {
  const look = `holdfast why ${unit.configId}`;
  switch (ban.source) {
    case 'failure':
      return {
        text: ban.from.startsWith('fail count')
          ? `it failed on ${name} (${ban.from.replace(` of ${unit.configId}`, '')})`
          : `on ${name} its ${ban.from}`,
        ...(ban.from.startsWith('fail count') ? {} : { every: `on every node its ${ban.from}` }),
        advice: `mend the cause, then: holdfast resource cleanup ${unit.configId}`,
      };
    case 'colocation':
      return ruledOut(world, unit, name, ban.from);
    case 'access':
      return {
        text: `${name} has no access to the shared devices (${ban.from})`,
        advice: 'mend the fence device that gives it: holdfast fence history',
      };
    case 'capacity':
      return {
        text: `${name} has ${ban.from}`,
        advice: 'make room on a node, or give it a higher priority than what runs there',
      };
    case 'ticket': {
      const text = `ticket ${ban.from} is not granted`;
      return { text, every: text, advice: `grant the ticket ${ban.from} to this site` };
    }
    default:
      return {
        text: `${ban.from} keeps it off ${name}`,
        every: `${ban.from} keeps it off every node`,
        advice: look,
      };
  }
}

/** What it goes with is named, and what that one lacks. */
function ruledOut(world: World, unit: Unit, name: string, constraint: string): HostSays {
  const link = world.colocations.find(
    ({ id, dependent }) => id === constraint && isPartOf(unit, dependent.configId),
  );
  if (link === undefined) {
    const text = `${name} is ruled out by colocation ${constraint}`;
    return { text, advice: `holdfast why ${unit.configId}` };
  }
  const { primary, primaryRole, score } = link;
  const advice = `holdfast why ${primary.configId}`;
  if (score < 0) {
    const text = `${primary.configId} is on ${name}, and they must not meet (colocation ${constraint})`;
    return { text, advice };
  }
  const runs = primaryRole === ROLE.promoted ? 'is promoted' : 'runs';
  const goes = `it goes where ${primary.configId} ${runs}, and that is`;
  const isSomewhere = primitivesOf(primary).some(
    ({ assigned, nextRole }) =>
      assigned !== undefined && (primaryRole !== ROLE.promoted || nextRole === ROLE.promoted),
  );
  return {
    text: `${goes} not ${name} (colocation ${constraint})`,
    ...(isSomewhere ? {} : { every: `${goes} nowhere (colocation ${constraint})` }),
    advice,
  };
}

function isPartOf(unit: Unit, id: string): boolean {
  for (let at: Unit | undefined = unit; at !== undefined; at = at.parent) {
    if (at.configId === id) return true;
  }
  return false;
}
