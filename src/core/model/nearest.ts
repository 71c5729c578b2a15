/** "Did you mean …?": the candidate that a mistyped name most likely stood for. */

const NAME_LENGTH_MAX = 64;
const CANDIDATES_MAX = 5000;

/**
 * The nearest candidate by edits (one letter added, removed, changed, or two swapped), if it is
 * near enough: one edit in short names, about one in three letters in longer ones. A name that
 * differs only in case, `-`, `_` or blanks is nearest. Of equally near ones the first counts.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > NAME_LENGTH_MAX) return undefined;
  const plain = plainForm(name);
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  let seen = 0;
  for (const candidate of candidates) {
    seen += 1;
    if (seen > CANDIDATES_MAX) break;
    if (candidate === name || Math.abs(candidate.length - name.length) > limit) continue;
    const distance = plainForm(candidate) === plain ? 0 : editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function plainForm(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '');
}

/** Optimal string alignment distance. */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      const replaced = (last[column - 1] ?? 0) + (same ? 0 : 1);
      const added = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1);
      const swapped =
        left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
          ? (beforeLast[column - 2] ?? Infinity) + 1
          : Infinity;
      current.push(Math.min(replaced, added, swapped));
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}

/** ` , did you mean "x"?` or nothing. */
export function suggestionText(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, candidates);
  return nearest === undefined ? '' : `, did you mean "${nearest}"?`;
}
