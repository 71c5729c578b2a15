/** How the cluster of a run is fenced, and what else it has that not every cluster has. */
import { DUEL_DELAY_MS } from '../core/node/duel.ts';
import type { Means } from './configuration.ts';
import type { Profile } from './fault.ts';
import { Random } from './random.ts';
import { mixed } from './random.ts';

export const plainSetting = { means: 'power', noQuorumPolicy: 'stop' } as const;

type Setting = Pick<Profile, 'means' | 'watchdog' | 'noQuorumPolicy'>;

/** What must not be counted on, as the only means, is rare: nothing is started there. */
export function drawSetting(random: Random, nodes: number): Setting {
  const means = random.pick<Means>(
    nodes === 2
      ? ['power', 'plugs', 'plugs', 'both', 'both', 'watchdog']
      : ['power', 'plugs', 'watchdog', 'watchdog', 'both', 'both'],
  );
  const noQuorumPolicy = random.pick<Profile['noQuorumPolicy']>([
    ...(['stop', 'stop', 'stop', 'stop', 'stop', 'stop', 'stop', 'stop'] as const),
    'freeze',
    'demote',
  ]);
  if (means === 'power' || means === 'plugs') return { means, noQuorumPolicy };
  const watchdog = {
    timeoutMs: 1000 * random.between(2, 6),
    proofAgeMs: 1000 * random.pick([1, 1, 2, 3]),
    isVirtual: random.percent(means === 'both' ? 25 : 8),
  };
  return { means, noQuorumPolicy, watchdog };
}

/**
 * By a chance of its own. Neither takes back what is promised: without quorum nothing is started and
 * nobody is fenced, whatever the policy says. With `ignore` what runs goes on, with `fence` it stops.
 */
export function drawPolicy(
  seed: number,
  { noQuorumPolicy }: Profile,
): Pick<Profile, 'noQuorumPolicy'> {
  const random = mixed(seed + 0x0107_1c1e);
  if (noQuorumPolicy !== 'stop' || !random.percent(15)) return { noQuorumPolicy };
  return { noQuorumPolicy: random.pick(['ignore', 'ignore', 'fence'] as const) };
}

/** What not every run has. */
export function drawMore(random: Random, { means, watchdog }: Profile): Partial<Profile> {
  const pills = drawPills(random);
  const more: Partial<Profile> = {
    ...(random.percent(50) ? { contains: true } : {}),
    ...(random.percent(40) ? { delayMaxMs: random.between(500, 5000) } : {}),
    ...(random.percent(35) ? { loopLimit: random.between(2, 3) } : {}),
    ...(random.percent(50) ? { areMovesLong: true } : {}),
    ...(random.percent(20) ? { isDetectionSlow: true } : {}),
    ...(random.percent(50) ? { areRingsLost: true } : {}),
  };
  const hosts = random.pick(['dynamic-list', 'dynamic-list', 'status'] as const);
  const isPilled = watchdog !== undefined && random.percent(35);
  if (isPilled) return { ...more, ...pills, watchdog: { ...watchdog, ...readBy(random) } };
  const hasOutlets = means === 'power' || means === 'both';
  return hasOutlets && random.percent(50) ? { ...more, hosts } : more;
}

export const drawStops = (seed: number): Pick<Profile, 'areStopsShort'> =>
  new Random(seed + 0x5708_7e57).percent(50) ? { areStopsShort: true } : {};

/** Of two: who is shot at once, and who later; as long as the duel would wait, too. */
export function drawDelays(random: Random, nodes: number): Pick<Profile, 'delaysMs'> {
  if (nodes !== 2 || !random.percent(50)) return {};
  const node = random.pick(['n1', 'n2']);
  const delays = { [node]: random.pick([1000, DUEL_DELAY_MS, 8000]) };
  const other = node === 'n1' ? 'n2' : 'n1';
  return { delaysMs: random.percent(70) ? delays : { ...delays, [other]: DUEL_DELAY_MS } };
}

/** By a chance of its own. */
export function drawMonitors(seed: number): Pick<Profile, 'monitors'> {
  const random = mixed(seed + 0x03_0917);
  if (!random.percent(35)) return {};
  return { monitors: random.pick(['answered', 'answered', 'unanswered'] as const) };
}

const drawPills = (random: Random): Pick<Profile, 'means' | 'pillDisks'> => ({
  means: random.pick(['pill', 'pill', 'pill-or-power']),
  pillDisks: random.pick([1, 3]),
});

/** One that can be paused proves nothing by its reading: mostly it is none. */
const readBy = (random: Random): { readonly diskAgeMs: number; readonly isVirtual: boolean } => ({
  diskAgeMs: 1000 * random.between(2, 4),
  isVirtual: random.percent(5),
});
