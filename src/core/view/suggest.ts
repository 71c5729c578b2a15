/** "Did you mean …": the nearest of the known names. */

/** The known name with the fewest edits, if few enough for a typing error; ties by order. */
export function suggest(wrong: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wrong.length / 3)) + 1;
  for (const name of known) {
    if (Math.abs(name.length - wrong.length) >= bestDistance) continue;
    const distance = editDistance(wrong.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** `; did you mean "web"?`, or nothing. */
export function suggestion(wrong: string, known: Iterable<string>): string {
  const name = suggest(wrong, known);
  return name === undefined ? '' : `; did you mean "${name}"?`;
}

/** Damerau–Levenshtein (optimal string alignment): insert, delete, replace, swap neighbours. */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped =
        left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1] && row > 1;
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? cost) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? right.length;
}
