/** Typed values of an element's attributes; what cannot be read becomes a finding. */
import type { OrderedAction, Role } from '../../core/model/configuration.ts';
import type { Score } from '../../core/model/score.ts';
import { parseBoolean, parseInteger, parseScore } from '../../core/model/value.ts';
import type { Attributes, ReadContext } from './draft.ts';
import { parseOrderedAction, parseRole } from './names.ts';

type Read<T> = (context: ReadContext, attributes: Attributes, name: string) => T | undefined;

const typed =
  <T>(parse: (text: string) => T | undefined, what: string): Read<T> =>
  (context, attributes, name) => {
    const text = attributes[name];
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) {
      context.note('bad-value', attributes['id'] ?? '', `${name}="${text}" is not ${what}`);
    }
    return value;
  };

export const readBoolean: Read<boolean> = typed(parseBoolean, 'a yes or no');
export const readScore: Read<Score> = typed(parseScore, 'a score');
export const readRole: Read<Role> = typed(parseRole, 'a role');
export const readInteger: Read<number> = typed(parseInteger, 'a whole number');
export const readAction: Read<OrderedAction> = typed(parseOrderedAction, 'an action');

/** `{ key: value }`, or nothing where the value is undefined: for optional properties. */
export function optional<K extends string, V>(
  key: K,
  value: V | undefined,
): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
