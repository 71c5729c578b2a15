/**
 * What would let a resource run where it does not. Nothing is guessed: each change is made in a copy
 * of the picture, and told only if the scheduler then lets it run there.
 */
import type { Counterfactual, CounterfactualChange } from '../../model/explanation.ts';
import type { WallMs } from '../../model/ids.ts';
import type { Picture } from '../../model/picture.ts';
import { decide } from '../schedule.ts';
import type { Host, World } from '../world.ts';
import { candidatesFor } from './candidates.ts';
import type { Candidate } from './candidates.ts';
import { relativesOf } from './relatives.ts';
import { instancesOf, runsOn } from './runs.ts';
import type { Runs } from './runs.ts';

const NODES_MAX = 8;
/** Of one node: more would not be read. */
const FOUND_PER_NODE_MAX = 3;
const COMBINED_MAX = 6;
/** Runs of the scheduler for one question: fewer where each takes long. */
const RUNS_MAX = 80;
const RUNS_MIN = 8;
const RUNS_WORK = 100_000;

/** How many runs of the scheduler one question may cost at most. */
export function runsAllowed({ configuration, status }: Picture): number {
  const histories = status.nodes.reduce((sum, node) => sum + node.history.length, 0);
  const size = (configuration.resources.length + 1) * (status.nodes.length + 1) + histories;
  return Math.max(RUNS_MIN, Math.min(RUNS_MAX, Math.floor(RUNS_WORK / size)));
}

interface Trial {
  readonly picture: Picture;
  readonly now: WallMs;
  readonly resource: string;
  /** By the change's text: the same is not tried twice. */
  readonly known: Map<string, Runs>;
  runsLeft: number;
}

/**
 * Yields before each run of the scheduler, so that whoever must not be held up can do other things.
 * @param world of the same picture, decided
 */
export function* findCounterfactuals(
  world: World,
  now: WallMs,
  asked: { readonly resource: string; readonly node?: string },
): Generator<undefined, readonly Counterfactual[]> {
  const { picture } = world;
  const { resource } = asked;
  const runsLeft = runsAllowed(picture);
  const trial: Trial = { picture, now, resource, known: new Map(), runsLeft };
  const present = runsOn(world, resource);
  const relatives = relativesOf(world, resource, instancesOf(world, resource));
  const withMove = asked.node !== undefined || present.started.size > 0;
  const found: Counterfactual[] = [];
  for (const host of wantedHosts(world, present, asked.node)) {
    const role = present.started.has(host.name) ? 'Promoted' : 'Started';
    const candidates = candidatesFor({ world, relatives, host, withMove });
    const helps = (runs: Runs): boolean => has(runs, role, host.name);
    for (const changes of yield* helpful(trial, candidates, helps)) {
      found.push({ node: host.name, role, changes });
    }
  }
  return found;
}

function has(runs: Runs, role: Counterfactual['role'], node: string): boolean {
  return (role === 'Promoted' ? runs.promoted : runs.started).has(node);
}

/** Nodes where it does not run (or is not promoted) as things are. */
function wantedHosts(world: World, present: Runs, node: string | undefined): readonly Host[] {
  const members = world.hosts.filter((host) => host.kind === 'member' || host.name === node);
  const isThere = ({ name }: Host): boolean =>
    present.isPromotable ? present.promoted.has(name) : present.started.has(name);
  return members
    .filter((host) => (node === undefined ? !isThere(host) : host.name === node && !isThere(host)))
    .slice(0, NODES_MAX);
}

/** Single changes that help; where none does, the fewest of all together that do. */
function* helpful(
  trial: Trial,
  candidates: readonly Candidate[],
  helps: (runs: Runs) => boolean,
): Generator<undefined, readonly (readonly CounterfactualChange[])[]> {
  const found: (readonly CounterfactualChange[])[] = [];
  for (const candidate of candidates) {
    if (found.length >= FOUND_PER_NODE_MAX) break;
    const runs = yield* attempt(trial, [candidate]);
    if (runs !== undefined && helps(runs)) found.push([told(candidate)]);
  }
  if (found.length > 0) return found;
  return yield* together(trial, candidates.slice(0, COMBINED_MAX), helps);
}

/** All at once; then each is left out that is not needed. */
function* together(
  trial: Trial,
  candidates: readonly Candidate[],
  helps: (runs: Runs) => boolean,
): Generator<undefined, readonly (readonly CounterfactualChange[])[]> {
  if (candidates.length < 2) return [];
  const all = yield* attempt(trial, candidates);
  if (all === undefined || !helps(all)) return [];
  let needed = candidates;
  for (const candidate of candidates) {
    const rest = needed.filter((each) => each !== candidate);
    const runs = yield* attempt(trial, rest);
    if (runs !== undefined && helps(runs)) needed = rest;
  }
  return [needed.map(told)];
}

/** Undefined: too many runs would be needed. */
function* attempt(
  trial: Trial,
  changes: readonly Candidate[],
): Generator<undefined, Runs | undefined> {
  const key = changes.map(({ text }) => text).join('\n');
  const known = trial.known.get(key);
  if (known !== undefined) return known;
  if (trial.runsLeft <= 0) return undefined;
  trial.runsLeft -= 1;
  yield;
  const picture = changes.reduce((before, { apply }) => apply(before), trial.picture);
  const runs = runsOn(decide(picture, trial.now), trial.resource);
  trial.known.set(key, runs);
  return runs;
}

const told = ({ text, command }: Candidate): CounterfactualChange => ({
  text,
  ...(command === undefined ? {} : { command }),
});
