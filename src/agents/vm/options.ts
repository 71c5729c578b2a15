/** Words of the form `first,name=value,name=value`. */
import { nearestName } from '../../core/model/nearest.ts';
import { wrong } from '../parameters.ts';

export function readOptions(
  parameter: string,
  word: string,
  known: readonly string[],
): { readonly first: string; readonly options: ReadonlyMap<string, string> } {
  const [first = '', ...rest] = word.split(',');
  const options = new Map<string, string>();
  for (const one of rest) {
    const equals = one.indexOf('=');
    const name = equals < 0 ? one : one.slice(0, equals);
    if (equals < 0 || !known.includes(name)) {
      const nearest = nearestName(name, known);
      const hint =
        nearest === undefined ? `known are ${known.join(', ')}` : `did you mean ${nearest}?`;
      wrong(parameter, `has ${one} in ${word}; ${hint}`);
    }
    if (options.has(name)) wrong(parameter, `has ${name} twice in ${word}`);
    options.set(name, one.slice(equals + 1));
  }
  return { first, options };
}
