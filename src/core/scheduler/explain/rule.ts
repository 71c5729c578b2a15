/** Which of the documented rules decided for a node (Pacemaker Explained, "Placement"). */
import type { DecidingRule, RuleName } from '../../model/explanation.ts';
import { scoreText } from '../../model/score.ts';
import { isAvailable, scoreOn } from '../assignment/hosts.ts';
import { demandOf } from '../assignment/utilization.ts';
import type { Host, Unit, World } from '../world.ts';
import type { Turns } from './turns.ts';

/** The last rule that was needed to leave the chosen node alone. */
export function decidingRule(world: World, turns: Turns, unit: Unit, chosen: Host): DecidingRule {
  const { name } = chosen;
  if (!unit.managed) return say('unmanaged', whyLeftAlone(world, chosen));
  const others = world.hosts.filter(
    (host) => host !== chosen && isAvailable(host, true) && scoreOn(unit, host) >= 0,
  );
  if (others.length === 0) return say('only', `${name} is the only node that may run it`);
  const score = scoreOn(unit, chosen);
  const best = others.reduce((a, b) => (scoreOn(unit, b) > scoreOn(unit, a) ? b : a));
  const bestScore = scoreOn(unit, best);
  if (bestScore > score) {
    return say(
      'company',
      `what belongs with it leads to ${name}, although ${best.name} scores more`,
    );
  }
  if (bestScore < score) return say('score', scoreSentence(name, score, best.name, bestScore));
  const tied = others.filter((host) => scoreOn(unit, host) === score);
  return tieBreak({ world, turns, unit, chosen }, tied);
}

function whyLeftAlone(world: World, { name, held, maintenance }: Host): string {
  if (held) return `the daemon of ${name} is away for a moment, and nothing is changed there`;
  if (maintenance) return `${name} is in maintenance, and nothing is changed there`;
  if (world.options.fencing && !world.haveFenceDevice) {
    return `without a fence device everything stays where it is: on ${name}`;
  }
  return `it is not managed, and stays on ${name}`;
}

const say = (rule: RuleName, text: string): DecidingRule => ({ rule, text });

function scoreSentence(name: string, score: number, other: string, otherScore: number): string {
  return `${name} has the highest score: ${scoreText(score)}, ${other} has ${scoreText(otherScore)}`;
}

interface Choice {
  readonly world: World;
  readonly turns: Turns;
  readonly unit: Unit;
  readonly chosen: Host;
}

function tieBreak(choice: Choice, tied: readonly Host[]): DecidingRule {
  const { world, unit, chosen } = choice;
  const { placement } = world.options;
  let left = tied;
  if (placement === 'balanced') {
    left = left.filter((host) => compareFree(choice, host) <= 0);
    if (left.length === 0) return say('capacity', `${chosen.name} has the most free capacity`);
  }
  if (placement !== 'minimal') {
    const load = loadBefore(choice, chosen);
    const [next] = left;
    left = left.filter((host) => loadBefore(choice, host) <= load);
    if (left.length === 0 && next !== undefined) {
      const count = `${load}, ${next.name} had ${loadBefore(choice, next)}`;
      return say('load', `${chosen.name} had the fewest resources at its turn: ${count}`);
    }
  }
  if (unit.activeOn.includes(chosen)) {
    return say('current', `it runs on ${chosen.name} already, and ${names(left)} is not better`);
  }
  return say('name', `${names(left)} would do as well: the first name is taken`);
}

const names = (hosts: readonly Host[]): string => hosts.map((host) => host.name).join(' or ');

/** Resources on a host when it was the unit's turn. */
function loadBefore({ turns, unit }: Choice, host: Host): number {
  const own = turns.get(unit) ?? turns.size;
  let load = 0;
  for (const [other, turn] of turns) if (turn < own && other.assigned === host) load += 1;
  return load;
}

/** Positive: the chosen host had more room than this one, in more attributes than less. */
function compareFree(choice: Choice, host: Host): number {
  const mine = freeBefore(choice, choice.chosen);
  const other = freeBefore(choice, host);
  let balance = 0;
  for (const name of new Set([...mine.keys(), ...other.keys()])) {
    balance += Math.sign((mine.get(name) ?? 0) - (other.get(name) ?? 0));
  }
  return balance;
}

/** What is left in the end, and what the unit and those after it have taken. */
function freeBefore({ world, turns, unit }: Choice, host: Host): ReadonlyMap<string, number> {
  const own = turns.get(unit) ?? 0;
  const free = new Map(host.capacity);
  for (const [other, turn] of turns) {
    if (turn < own || other.assigned !== host) continue;
    for (const [name, amount] of demandOf(world, other)) {
      free.set(name, (free.get(name) ?? 0) + amount);
    }
  }
  return free;
}
