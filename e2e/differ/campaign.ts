/** Many pictures through both sides: what is the same, and what differs in which way. */
import { explanationOf, possibleExplanationOf } from './explanations.ts';
import { compareGraphs } from './graph.ts';
import type { Difference } from './graph.ts';
import { isPartOf, kindOf, traitsOf } from './kinds.ts';
import { decideOwn } from './own.ts';
import type { Peer } from './peer.ts';
import { shrink } from './shrink.ts';
import type { XmlElement } from './xml.ts';

export interface Subject {
  /** What finds it again: its seed or its file. */
  readonly name: string;
  readonly cib: XmlElement;
}

export type Verdict =
  | { readonly kind: 'same' }
  /** The peer gave no answer, so there is nothing to compare with. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Holdfast gave no answer: a defect, whatever the picture is. */
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'differs'; readonly finding: Finding };

export interface Finding {
  readonly name: string;
  readonly kind: string;
  /** What the small picture has in it. */
  readonly traits: readonly string[];
  readonly difference: Difference;
  readonly cib: XmlElement;
  /** Heading in docs/decisions/differ.md. */
  readonly explanation: string | undefined;
  /** Not made small, and all that differs could follow from something explained. */
  readonly mayFollow: boolean;
}

export interface JudgeOptions {
  readonly peer: Pick<Peer, 'decide'>;
  /** The file that both sides get. */
  readonly text: (cib: XmlElement) => string;
  /** How often a smaller picture is tried; 0 leaves them as they are. */
  readonly triesMax: number;
  /** Only what may be explained is made small, to find out whether it is. */
  readonly isQuick?: boolean;
}

export function judge({ name, cib }: Subject, options: JudgeOptions): Verdict {
  const outcome = compare(cib, options);
  if (outcome.kind !== 'differs') return outcome;
  const large: Differing = { cib, difference: outcome.difference };
  const isPossible = possibleExplanationOf(cib, outcome.difference) !== undefined;
  if (!isPossible && options.isQuick === true) return finding(name, large, undefined);
  const small = smallest(large, options, () => true);
  const explanation = explanationOf(small.cib, small.difference);
  if (explanation === undefined || isPossible) {
    return finding(name, small, explanation, isPossible && options.triesMax === 0);
  }
  // What is explained must not hide what is not.
  const isMore = (smaller: Differing): boolean =>
    explanationOf(smaller.cib, smaller.difference) === undefined;
  const more = smallest(large, options, isMore);
  const isAll = possibleExplanationOf(more.cib, more.difference) !== undefined;
  return isAll ? finding(name, small, explanation) : finding(name, more, undefined);
}

interface Differing {
  readonly cib: XmlElement;
  readonly difference: Difference;
}

function finding(
  name: string,
  { cib, difference }: Differing,
  explanation: string | undefined,
  isPossible = false,
): Verdict {
  const kind = kindOf(difference);
  const mayFollow = isPossible && explanation === undefined;
  const traits = traitsOf(cib);
  const found: Finding = { name, kind, traits, difference, cib, explanation, mayFollow };
  return { kind: 'differs', finding: found };
}

type Outcome =
  | Exclude<Verdict, { readonly kind: 'differs' }>
  | { readonly kind: 'differs'; readonly difference: Difference };

function compare(cib: XmlElement, { peer, text }: JudgeOptions): Outcome {
  const input = text(cib);
  const own = decideOwn(input);
  if (own.kind !== 'graph') return { kind: 'failed', why: own.why };
  const theirs = peer.decide(input);
  if (theirs.kind === 'none') return { kind: 'refused', why: theirs.why };
  const difference = compareGraphs(theirs.graph, own.graph);
  return difference === undefined ? { kind: 'same' } : { kind: 'differs', difference };
}

function smallest(
  large: Differing,
  options: JudgeOptions,
  accepts: (smaller: Differing) => boolean,
): Differing {
  let { difference } = large;
  const shows = (cib: XmlElement): boolean => {
    const outcome = compare(cib, options);
    if (outcome.kind !== 'differs' || !isPartOf(outcome.difference, difference)) return false;
    if (!accepts({ cib, difference: outcome.difference })) return false;
    difference = outcome.difference;
    return true;
  };
  const { cib } = shrink(large.cib, shows, options.triesMax);
  return { cib, difference };
}
