/** Patterns of administrators: extended regular expressions that match anywhere in a name. */

/** More would be worth checking for its time. */
const PATTERN_CHARS_MAX = 200;

/** A pattern that cannot be read matches nothing, as for the scheduler. */
export function matches(pattern: string, text: string): boolean {
  if (pattern.length > PATTERN_CHARS_MAX) return false;
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return false;
  }
}
