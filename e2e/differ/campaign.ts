/** Many pictures through both sides: what is the same, and what differs in which way. */
import { explanationOf } from './explained.ts';
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
}

export interface JudgeOptions {
  readonly peer: Pick<Peer, 'decide'>;
  /** The file that both sides get. */
  readonly text: (cib: XmlElement) => string;
  /** How often a smaller picture is tried; 0 leaves them as they are. */
  readonly triesMax: number;
}

export function judge(subject: Subject, options: JudgeOptions): Verdict {
  const { name, cib } = subject;
  const outcome = compare(cib, options);
  if (outcome.kind !== 'differs') return outcome;
  const explained = explanationOf(cib, outcome.difference);
  if (explained !== undefined) return finding(name, cib, outcome.difference);
  const small = smallest(cib, options, outcome.difference);
  return finding(name, small.cib, small.difference);
}

function finding(name: string, cib: XmlElement, difference: Difference): Verdict {
  const found: Finding = {
    name,
    kind: kindOf(difference),
    traits: traitsOf(cib),
    difference,
    cib,
    explanation: explanationOf(cib, difference),
  };
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
  cib: XmlElement,
  options: JudgeOptions,
  difference: Difference,
): { readonly cib: XmlElement; readonly difference: Difference } {
  let shown = difference;
  const shows = (smaller: XmlElement): boolean => {
    const outcome = compare(smaller, options);
    if (outcome.kind !== 'differs' || !isPartOf(outcome.difference, shown)) return false;
    // What is explained already must not hide what is not.
    if (explanationOf(smaller, outcome.difference) !== undefined) return false;
    shown = outcome.difference;
    return true;
  };
  const small = shrink(cib, shows, options.triesMax);
  return { cib: small.cib, difference: shown };
}
