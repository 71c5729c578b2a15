/** What a node's score for a unit is made of. */
import type { ContributionSource, ScoreContribution } from '../../model/explanation.ts';
import { addScores, INFINITY_SCORE } from '../../model/score.ts';
import { isAvailable, scoreOn } from '../assignment/hosts.ts';
import { hasInfluence, withThisOf } from '../assignment/links.ts';
import { ROOM } from '../preferences/room.ts';
import { ROLE } from '../world.ts';
import type { Contribution, Host, Unit, World } from '../world.ts';

/** By unit's index. */
export type Contributions = ReadonlyMap<number, readonly Contribution[]>;

export function sortContributions(world: World): Contributions {
  const sorted = new Map<number, Contribution[]>();
  for (const contribution of world.contributions) {
    const list = sorted.get(contribution.unit);
    if (list === undefined) sorted.set(contribution.unit, [contribution]);
    else list.push(contribution);
  }
  return sorted;
}

/** They add up to the score: what was not noted on the way is told as what it must have been. */
export function contributionsTo(
  world: World,
  added: Contributions,
  unit: Unit,
  host: Host,
): readonly ScoreContribution[] {
  const noted = (added.get(unit.index) ?? []).filter((each) => each.host === host.index);
  const isBanned = scoreOn(unit, host) <= -INFINITY_SCORE;
  // A ban of an attempt that was taken back is not part of the score.
  const lasting = noted.filter((each) => isBanned || each.score > -INFINITY_SCORE);
  const told = withoutRepetition(lasting).map((each): ScoreContribution => ({
    source: sourceOf(each),
    from: nameOf(world, each),
    score: each.score,
  }));
  return [...told, ...remainder(world, unit, host, told)];
}

/** A constraint's id; what groups and containers imply is told in words. */
function nameOf(world: World, { source, from }: Contribution): string {
  if (source === 'failure') return from.replace(/\b1000000\b/, 'INFINITY');
  if (source !== 'colocation') return from;
  const group = from.endsWith(' member') ? from.slice(0, -' member'.length) : undefined;
  const isGroup = group !== undefined && world.units.some((unit) => unit.id === group);
  return isGroup ? `with the rest of ${group}` : from;
}

/** Placing an instance is tried several times; a colocation is noted each time. */
function withoutRepetition(list: readonly Contribution[]): readonly Contribution[] {
  const seen = new Set<string>();
  return list.filter(({ source, from, score }) => {
    const key = `${source} ${from} ${score}`;
    if (source === 'colocation' || score <= -INFINITY_SCORE) {
      if (seen.has(key)) return false;
      seen.add(key);
    }
    return true;
  });
}

const SOURCES: ReadonlySet<string> = new Set<ContributionSource>([
  'location',
  'stickiness',
  'health',
  'failure',
  'access',
  'colocation',
  'promotion',
  'ticket',
  'capacity',
]);

function sourceOf({ source, from }: Contribution): ContributionSource {
  if (source === 'location' && from === 'node health') return 'health';
  if (source === 'location' && from === ROOM) return 'space';
  return SOURCES.has(source) ? (source as ContributionSource) : 'default';
}

function remainder(
  world: World,
  unit: Unit,
  host: Host,
  told: readonly ScoreContribution[],
): readonly ScoreContribution[] {
  const score = scoreOn(unit, host);
  const sum = told.reduce((total, each) => addScores(total, each.score), 0);
  if (score === sum) return [];
  if (score <= -INFINITY_SCORE) return [banOf(world, unit, host)];
  if (!unit.managed && unit.activeOn.includes(host)) {
    return [{ source: 'default', from: 'it stays where it is', score }];
  }
  const dependents = dependentsOf(unit);
  const from =
    dependents.length === 0
      ? 'where what belongs with it is'
      : `wished by ${dependents.join(', ')}`;
  return [{ source: 'colocation', from, score: sum <= -INFINITY_SCORE ? score : score - sum }];
}

/** A ban that nobody noted: there is no other than these. */
function banOf(world: World, unit: Unit, host: Host): ScoreContribution {
  const score = -INFINITY_SCORE;
  if (!isAvailable(host)) return { source: 'default', from: 'the node can take nothing', score };
  if (unit.nextRole === ROLE.stopped && unit.unplacedReason !== undefined) {
    return { source: 'role', from: unit.unplacedReason, score };
  }
  if (unit.present[host.index] !== 1) {
    return { source: 'default', from: 'nothing allows it there (symmetric-cluster=false)', score };
  }
  const { parent } = unit;
  if (parent?.kind === 'clone' || parent?.parent?.kind === 'clone') {
    const clone = parent.kind === 'clone' ? parent : parent.parent;
    if (clone !== undefined && scoreOn(clone, host) < 0) {
      return { source: 'location', from: `${clone.configId} is to stay away from it`, score };
    }
    return { source: 'role', from: `the other instances of ${clone?.configId ?? ''}`, score };
  }
  if (world.options.placement !== 'default') {
    return { source: 'capacity', from: 'not enough free capacity', score };
  }
  return { source: 'colocation', from: 'where what belongs with it is', score };
}

/** Whose wishes are added to the unit's own scores. */
function dependentsOf(unit: Unit): readonly string[] {
  const links = withThisOf(unit).filter((link) => hasInfluence(link, unit));
  return [...new Set(links.map((link) => link.dependent.configId))];
}
