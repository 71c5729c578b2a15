/** From a picture that shows something to a small one that still shows it. */
import { CUTS } from './cut.ts';
import type { XmlElement } from './xml.ts';

export interface Shrunk {
  readonly cib: XmlElement;
  readonly tries: number;
}

/**
 * Cuts greedily until no cut is left that keeps what is to be shown, or the tries are used up.
 * @param shows asked for each smaller picture
 * @param triesMax how often it may be asked
 */
export function shrink(
  cib: XmlElement,
  shows: (smaller: XmlElement) => boolean,
  triesMax: number,
): Shrunk {
  let current = cib;
  let tries = 0;
  for (let isSmaller = true; isSmaller && tries < triesMax;) {
    isSmaller = false;
    for (const cutsOf of CUTS) {
      for (let at = 0; tries < triesMax;) {
        const cuts = cutsOf(current);
        const cut = cuts[at];
        if (cut === undefined) break;
        const smaller = cut();
        if (smaller !== undefined) tries += 1;
        if (smaller !== undefined && shows(smaller)) {
          current = smaller;
          isSmaller = true;
        } else at += 1;
      }
    }
  }
  return { cib: current, tries };
}
