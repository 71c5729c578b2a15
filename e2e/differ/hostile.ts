/** Holdfast alone, on pictures that no cluster would have: it must answer, soon, and alike each time. */
import { chanceFrom } from './chance.ts';
import { damaged } from './damage.ts';
import { withDigests } from './digests.ts';
import { generateCluster } from './generate/cluster.ts';
import { decideOwn } from './own.ts';
import { shrink } from './shrink.ts';
import { xmlText } from './xml.ts';
import type { XmlElement } from './xml.ts';

export interface Failure {
  readonly seed: number;
  readonly why: string;
  readonly cib: XmlElement;
}

/** Far more than any of these small pictures needs. */
const LIMIT_MS = 5000;

/** Undefined when the picture of the seed is answered. */
export function hostileFailure(seed: number, triesMax: number): Failure | undefined {
  const chance = chanceFrom(seed);
  const cib = damaged(chance, withDigests(generateCluster(seed).cib));
  const text = chance.percent(5) ? truncated(xmlText(cib), chance.whole(0, 100)) : xmlText(cib);
  const why = failureOf(text);
  if (why === undefined) return undefined;
  const shows = (smaller: XmlElement): boolean => failureOf(xmlText(smaller)) === why;
  const tries = isSlow(why) ? Math.min(triesMax, SLOW_TRIES_MAX) : triesMax;
  return { seed, why, cib: shrink(cib, shows, tries).cib };
}

/** Each try of such a picture takes the whole limit. */
const SLOW_TRIES_MAX = 20;
const isSlow = (why: string): boolean => why.includes('timed out');

/** A file that ends too early is refused by the reader, which is an answer. */
const truncated = (text: string, percent: number): string =>
  text.slice(0, Math.floor((text.length * percent) / 100));

function failureOf(text: string): string | undefined {
  const first = decideOwn(text, LIMIT_MS);
  if (first.kind === 'refused') return undefined;
  if (first.kind === 'failed') return first.why;
  const second = decideOwn(text, LIMIT_MS);
  if (second.kind === 'failed') return second.why;
  const isSame =
    second.kind === 'graph' && JSON.stringify(second.answer) === JSON.stringify(first.answer);
  return isSame ? undefined : 'the second answer is another one';
}
