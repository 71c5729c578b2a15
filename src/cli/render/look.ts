/** How lines may look: colours and width. */
import type { Style } from '../terminal.ts';
import { wrap } from './text.ts';

export interface Look {
  readonly style: Style;
  readonly columns: number;
}

/** What to do next, below what it is about. */
export function adviceLines(
  advice: string | undefined,
  columns: number,
  indent: string,
): readonly string[] {
  return advice === undefined ? [] : wrap(advice, columns, `${indent}→ `, `${indent}  `);
}
