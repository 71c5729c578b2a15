/** Differences that are decided to stay: docs/decisions/differ.md says why. */
import type { Difference } from './graph.ts';
import type { XmlElement } from './xml.ts';

export interface Explanation {
  /** The heading in the document. */
  readonly name: string;
  /** Whether this alone accounts for the whole difference. */
  readonly explains: (cib: XmlElement, difference: Difference) => boolean;
}

export const EXPLANATIONS: readonly Explanation[] = [];

export const explanationOf = (cib: XmlElement, difference: Difference): string | undefined =>
  EXPLANATIONS.find(({ explains }) => explains(cib, difference))?.name;
