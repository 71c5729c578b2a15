/** Holdfast alone, on pictures that no cluster would have: it must answer, soon, and alike each time. */
import { chanceFrom } from './chance.ts';
import { damaged } from './damage.ts';
import { withDigests } from './digests.ts';
import { generateCluster } from './generate/cluster.ts';
import { decideUnlimited, reasonOf, within } from './own.ts';
import type { OwnAnswer } from './own.ts';
import { shrink } from './shrink.ts';
import { xmlText } from './xml.ts';
import type { XmlElement } from './xml.ts';

export interface Failure {
  readonly seed: number;
  readonly why: string;
  readonly cib: XmlElement;
}

export interface HostileResult {
  /** Pictures that were decided, and files that the reader refused with line and column. */
  readonly decided: number;
  readonly refused: number;
  readonly failures: readonly Failure[];
}

/** Far more than any of these small pictures needs. */
const LIMIT_MS = 5000;
/** Pictures under one limit: to set one up takes longer than to decide. */
const BATCH = 64;

/**
 * The pictures of so many seeds. A seed makes the same picture whatever the others are.
 * @param triesMax how many smaller pictures are tried for each that fails
 * @param decide what is tried out; it needs no limit of its own
 */
export function runHostile(
  seed: number,
  runs: number,
  triesMax: number,
  decide: Decide = decideUnlimited,
): HostileResult {
  const found = { decided: 0, refused: 0 };
  const failures: Failure[] = [];
  for (let from = seed; from < seed + runs; from += BATCH) {
    for (const [at, judged] of judgeBatch(from, Math.min(BATCH, seed + runs - from), decide)) {
      if (judged.kind === 'failed') failures.push(made(at, judged.why, triesMax, decide));
      else found[judged.kind] += 1;
    }
  }
  return { ...found, failures };
}

type Decide = (text: string) => OwnAnswer;
type Judged = { readonly kind: 'decided' | 'refused' } | { readonly kind: 'failed'; why: string };

/** Where one does not end, each gets a limit of its own, so that the others are judged as well. */
function judgeBatch(
  from: number,
  count: number,
  decide: Decide,
): readonly (readonly [number, Judged])[] {
  const seeds = Array.from({ length: count }, (_, index) => from + index);
  try {
    return within(LIMIT_MS, () => seeds.map((seed) => [seed, judgeSeed(seed, decide)] as const));
  } catch {
    return seeds.map((seed) => [seed, judgeAlone(seed, decide)] as const);
  }
}

const judgeAlone = (seed: number, decide: Decide): Judged => limited(() => judgeSeed(seed, decide));

function limited(work: () => Judged): Judged {
  try {
    return within(LIMIT_MS, work);
  } catch (error) {
    return { kind: 'failed', why: reasonOf(error) };
  }
}

const judgeSeed = (seed: number, decide: Decide): Judged =>
  judge(hostileText(seed), decide, seed % TWICE_EVERY === 0);

/** The same answer twice is looked for in some of them: it takes the time of another picture. */
const TWICE_EVERY = 8;

function judge(text: string, decide: Decide, isTwice: boolean): Judged {
  const first = decide(text);
  if (first.kind === 'failed') return first;
  if (first.kind === 'refused') return { kind: 'refused' };
  if (!isTwice) return { kind: 'decided' };
  const second = decide(text);
  if (second.kind === 'failed') return second;
  const isSame =
    second.kind === 'graph' && JSON.stringify(second.answer) === JSON.stringify(first.answer);
  return isSame ? { kind: 'decided' } : { kind: 'failed', why: 'the second answer is another one' };
}

/** As a file; some end too early, which the reader refuses. */
export function hostileText(seed: number): string {
  const text = xmlText(hostilePicture(seed));
  const chance = chanceFrom(~seed);
  return chance.percent(5) ? truncated(text, chance.whole(0, 100)) : text;
}

const hostilePicture = (seed: number): XmlElement =>
  damaged(chanceFrom(seed), baseOf(Math.floor(seed / SEEDS_PER_BASE)));

const SEEDS_PER_BASE = 64;
let lastBase: { readonly number: number; readonly cib: XmlElement } | undefined;

/** What is damaged: made once for many. Mostly the smallest of some, as damage meets more there. */
function baseOf(number: number): XmlElement {
  if (lastBase?.number === number) return lastBase.cib;
  const choice = number % LARGE_EVERY === 0 ? 1 : CANDIDATES;
  const candidates = Array.from({ length: choice }, (_, index) => {
    const { cib } = generateCluster(number * CANDIDATES + index);
    return { cib, length: xmlText(cib).length };
  });
  const { cib } = candidates.reduce((least, each) => (each.length < least.length ? each : least));
  lastBase = { number, cib: withDigests(cib) };
  return lastBase.cib;
}

const LARGE_EVERY = 16;
const CANDIDATES = 4;

const truncated = (text: string, percent: number): string =>
  text.slice(0, Math.floor((text.length * percent) / 100));

/** A failure with its picture, made smaller as long as it fails in the same way. */
function made(seed: number, why: string, triesMax: number, decide: Decide): Failure {
  const shows = (smaller: XmlElement): boolean => {
    const judged = limited(() => judge(xmlText(smaller), decide, true));
    return judged.kind === 'failed' && judged.why === why;
  };
  const tries = isSlow(why) ? Math.min(triesMax, SLOW_TRIES_MAX) : triesMax;
  return { seed, why, cib: shrink(hostilePicture(seed), shows, tries).cib };
}

/** Each try of such a picture takes the whole limit. */
const SLOW_TRIES_MAX = 20;
const isSlow = (why: string): boolean => why.includes('timed out');
