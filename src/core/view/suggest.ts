/** "Did you mean …" behind a message about an unknown name. */
import { nearestName } from '../model/nearest.ts';

/** `; did you mean "web"?`, or nothing. */
export function suggestion(wrong: string, known: Iterable<string>): string {
  const name = nearestName(wrong, known);
  return name === undefined ? '' : `; did you mean "${name}"?`;
}
