/** Shapes of single values: what may be written for a text, a time, a score … */
import { z } from 'zod';
import { INFINITY_SCORE } from '../../core/model/score.ts';
import { parseBoolean, parseDurationMs, parseInteger, parseScore } from '../../core/model/value.ts';

/** A map with these keys and no others. The message of an unknown key tells the known ones. */
export function map<const S extends z.ZodRawShape>(shape: S): z.ZodObject<S, z.core.$strict> {
  const known = Object.keys(shape).join(' ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? known : undefined),
  });
}

/**
 * One of several shapes that exclude each other. `z.union` would settle for a shape that merely has
 * unknown keys; this way `problems.ts` sees what each shape has against the value.
 */
export const oneOf: typeof z.xor = z.xor;

/** YAML gives texts only; JSON (the API) gives numbers and booleans, too. */
const scalar = z.union([z.string(), z.number(), z.boolean()]);

export const text = scalar.transform(String);

const parsed = <T>(parse: (value: string) => T | undefined, expected: string, hint = expected) =>
  scalar
    .transform((value, context): T => {
      const result = parse(String(value));
      if (result !== undefined) return result;
      context.addIssue({ code: 'custom', message: `"${String(value)}" is not ${expected}` });
      return z.NEVER;
    })
    .meta({ description: hint });

export const duration = parsed(
  parseDurationMs,
  'a time: write 10s, 500ms, 2min or 1h',
  'a time: 10s, 500ms, 2min, 1h; a bare number means seconds',
);

export const yesNo = parsed(parseBoolean, 'true or false');

export const score = parsed(
  parseScore,
  'a score: write a whole number, INFINITY or -INFINITY',
  `a whole number up to ${INFINITY_SCORE}, INFINITY or -INFINITY`,
);

export const integer = parsed(parseInteger, 'a whole number');

export const count = parsed((value) => {
  const number = parseInteger(value);
  return number !== undefined && number >= 0 ? number : undefined;
}, 'a whole number from 0');

/** One of some words, in exactly these letters. */
export function word<const T extends string>(...words: readonly T[]): z.ZodEnum<{ [K in T]: K }> {
  return z.enum(words);
}

export const role = word('Stopped', 'Started', 'Unpromoted', 'Promoted');
export const action = word('start', 'stop', 'promote', 'demote');
export const orderKind = word('Mandatory', 'Optional', 'Serialize');

/** Named values: parameters, meta attributes, options. */
export const values = z.record(z.string(), text);
