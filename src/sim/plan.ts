/** What goes wrong in one run, and when: drawn from the seed beforehand, so that it can be shrunk. */
import type { Absence } from './absence.ts';
import { drawAbsence } from './absence.ts';
import type { CalmLoss } from './calm-loss.ts';
import { drawCalmLoss } from './calm-loss.ts';
import { drawNetwork } from './draw-network.ts';
import { drawNewcomer, drawNodelist } from './draw-newcomer.ts';
import { drawPeople } from './draw-people.ts';
import { drawUpgrade } from './draw-versions.ts';
import { drawFault, drawProvoked, drawSpecial } from './draws.ts';
import { drawPromotions } from './draw-promoted.ts';
import {
  drawDelays,
  drawMonitors,
  drawMore,
  drawPolicy,
  drawSetting,
  drawStops,
  plainSetting,
} from './draw-settings.ts';
import { drawStorage } from './draw-storage.ts';
import { drawLastingUnreached, drawUnreached } from './draw-unreached.ts';
import type { Fault, Profile, TimedFault } from './fault.ts';
import { Random } from './random.ts';
import type { LastingUnreached } from './unreached.ts';

export interface Plan {
  readonly seed: number;
  readonly nodes: number;
  readonly profile: Profile;
  readonly faults: readonly TimedFault[];
  /** From here on nothing goes wrong any more. */
  readonly healAtMs: number;
  /** Who is not there then, nor later. */
  readonly absence?: Absence;
  /** What is lost when all is well again. */
  readonly calmLoss?: CalmLoss;
  /** Whom no power switch answers then. */
  readonly unreached?: LastingUnreached;
}

/** The cluster has just got its configuration: everything is being started. */
const faultsMsMin = 8_050;
const faultsMsMax = 90_000;
const faultsMin = 20;
const calmMs = 15_000;

/**
 * What is special has a chance of its own, and a third of all runs are without it: there a seed tells
 * the same story as ever. So has what came after that.
 */
export function drawPlan(seed: number): Plan {
  const random = new Random(seed);
  const special = new Random(seed + 0x5eed_0000);
  const more = new Random(seed + 0x0ddb_a110);
  const delays = new Random(seed + 0x0de1_a150);
  const isPlain = special.below(3) === 0;
  const nodes = random.pick([3, 3, 3, 2, 5]);
  const healAtMs = random.between(30_000, faultsMsMax);
  const drawn: Profile = {
    isNetworkSlow: random.percent(40),
    areDisksSlow: random.percent(40),
    areAgentsSlow: random.percent(40),
    operationsMax: random.pick([1, 2, 4]),
    isMixed: random.percent(25),
    requestMs: random.pick([
      [20, 200],
      [200, 1000],
      [2000, 10_000],
    ]),
    ...(isPlain ? plainSetting : drawSetting(special, nodes)),
  };
  const usual = isPlain
    ? drawn
    : {
        ...drawn,
        ...drawMore(more, drawn),
        ...drawDelays(delays, nodes),
        ...drawByThemselves(seed, nodes),
        ...drawPolicy(seed, drawn),
      };
  const promotions = isPlain
    ? undefined
    : drawPromotions(seed, nodes, faultsMsMin + 2000, healAtMs);
  const storage = isPlain
    ? undefined
    : drawStorage(seed, nodes, usual, faultsMsMin + 2000, healAtMs);
  const versions = isPlain
    ? undefined
    : drawUpgrade(seed, nodes, drawn, faultsMsMin + 2000, healAtMs);
  const profile = {
    ...usual,
    ...promotions?.profile,
    ...storage?.profile,
    ...versions?.profile,
  };
  const faults = drawUsual(random, nodes, healAtMs);
  for (let count = isPlain ? 0 : special.between(1, 4); count > 0; count -= 1) {
    const atMs = special.between(faultsMsMin + 2000, healAtMs);
    const fault = drawSpecial(special, nodes, profile);
    if (fault.kind === 'stuck' && needsPeace(fault, profile)) postpone(faults, atMs, healAtMs);
    faults.push({ atMs, fault });
  }
  for (let count = isPlain ? 0 : more.between(1, 5); count > 0; count -= 1) {
    const atMs = more.between(faultsMsMin, healAtMs);
    const fault = drawProvoked(more, nodes, profile);
    if (needsPeace(fault, profile)) postpone(faults, atMs, healAtMs);
    faults.push({ atMs, fault });
  }
  faults.push(...(versions?.faults ?? []));
  if (!isPlain) faults.push(...drawPeople(seed, nodes, faultsMsMin + 2000, healAtMs));
  faults.push(...(promotions?.faults ?? []), ...(storage?.faults ?? []));
  for (const { atMs, fault } of storage?.divisions ?? []) {
    postpone(faults, atMs, healAtMs);
    faults.push({ atMs, fault });
  }
  if (!isPlain) faults.push(...drawOutside(seed, nodes, healAtMs));
  faults.sort((left, right) => left.atMs - right.atMs);
  return { seed, nodes, profile, faults, healAtMs, ...drawEnd(seed, profile, nodes, isPlain) };
}

/** Each by a chance of its own. */
const drawByThemselves = (seed: number, nodes: number): Partial<Profile> => ({
  ...drawStops(seed),
  ...drawMonitors(seed),
  ...drawNewcomer(seed, nodes),
});

/** Of power switches and the network: nothing is postponed for it. */
const drawOutside = (seed: number, nodes: number, toMs: number): readonly TimedFault[] => [
  ...drawUnreached(seed, nodes, faultsMsMin + 2000, toMs),
  ...drawNetwork(seed, nodes, faultsMsMin + 2000, toMs),
  ...drawNodelist(seed, nodes, faultsMsMin + 2000, toMs),
];

/** What is lost for good when nothing goes wrong any more. */
function drawEnd(
  seed: number,
  { newcomer }: Profile,
  nodes: number,
  isPlain: boolean,
): Pick<Plan, 'absence' | 'calmLoss' | 'unreached'> {
  // Daemons that do not know of a change yet need a majority of both lists.
  if (newcomer === true) return {};
  const absence = drawAbsence(seed, nodes);
  const calmLoss = absence === undefined ? drawCalmLoss(seed, nodes) : undefined;
  const unreached = isPlain ? undefined : drawLastingUnreached(seed, nodes, { absence, calmLoss });
  return {
    ...(absence && { absence }),
    ...(calmLoss && { calmLoss }),
    ...(unreached && { unreached }),
  };
}

/** What happens within moments of each other is what nobody has thought of. */
function drawUsual(random: Random, nodes: number, healAtMs: number): TimedFault[] {
  const faults: TimedFault[] = [];
  const least = random.between(faultsMin, 28);
  while (faults.length < least) {
    const count = random.between(1, 4);
    let atMs = random.between(faultsMsMin, random.percent(20) ? 12_000 : healAtMs);
    for (let at = 0; at < count; at += 1) {
      faults.push({ atMs, fault: drawFault(random, nodes) });
      atMs = Math.min(healAtMs, atMs + random.between(1, random.pick([50, 500, 3000])));
    }
  }
  return faults;
}

/** To wait for nothing but the time needs others who have the peace to. */
function needsPeace(fault: Fault, { areStopsShort }: Profile): boolean {
  if (fault.kind === 'starve') return true;
  const hangs = fault.kind === 'stuck' || (fault.kind === 'unstoppable' && fault.hangs);
  return hangs && areStopsShort === true;
}

/** Leaves some seconds in which nothing else begins. */
function postpone(faults: TimedFault[], fromMs: number, healAtMs: number): void {
  for (const [at, each] of faults.entries()) {
    if (each.atMs < fromMs - 3000 || each.atMs > fromMs + calmMs) continue;
    faults[at] = { ...each, atMs: Math.min(healAtMs, each.atMs + calmMs) };
  }
}

/** `12.4 s  divide 0 0 1 for 5.2 s`. */
export function faultText({ atMs, fault }: TimedFault, names: readonly string[]): string {
  const { kind, ...rest } = fault;
  const words = Object.entries(rest).map(([key, value]: readonly [string, unknown]) => {
    if (key === 'node' || key === 'other') return names[Number(value)] ?? '?';
    if (key === 'parts') return (value as readonly number[]).join('');
    return key.endsWith('Ms') ? `${key.slice(0, -2)} ${String(value)} ms` : String(value);
  });
  return `${(atMs / 1000).toFixed(3)} s  ${[kind, ...words].join(' ')}`;
}
