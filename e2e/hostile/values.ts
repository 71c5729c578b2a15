/** Odd values in the place of others, anywhere in a JSON document. */
import type { Chance } from '../differ/chance.ts';

const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  2 ** 60,
  2 ** 32,
  '',
  ' ',
  '0',
  '-1',
  'INFINITY',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '#uname',
  'n1',
  'n2',
  'nobody',
  '..',
  '../../etc/passwd',
  '\u0000',
  '\uD800',
  'é\u202E𝄞',
  '${jndi:ldap://x}',
  'x'.repeat(300),
  'y'.repeat(70_000),
  [],
  {},
  [[]],
  [null],
  { kind: 'nothing' },
  { kind: 'plan' },
];

const odd = (chance: Chance): unknown => structuredClone(chance.one(ODD));

/** Up to so many changes, one after another; the given value stays as it is. */
export function changed(chance: Chance, value: unknown, changesMax = 3): unknown {
  let result = structuredClone(value);
  for (let times = chance.whole(1, changesMax); times > 0; times -= 1) {
    result = changedOnce(chance, result);
  }
  return result;
}

/** A value in which a JSON parser or a check that calls itself would go too deep. */
export function deepText(chance: Chance): string {
  const levels = chance.one([100, 5000, 100_000]);
  return chance.percent(50)
    ? `${'['.repeat(levels)}${']'.repeat(levels)}`
    : `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
}

type Container = Record<string, unknown> | unknown[];

function changedOnce(chance: Chance, root: unknown): unknown {
  const places = placesIn(root);
  if (places.length === 0 || chance.percent(2)) return odd(chance);
  const [container, key] = chance.one(places);
  if (Array.isArray(container)) changeList(chance, container, Number(key));
  else changeObject(chance, container, key, places);
  return root;
}

const PLACES_MAX = 2000;

/** Every member of every container, without calling itself. */
function placesIn(root: unknown): readonly (readonly [Container, string])[] {
  const places: (readonly [Container, string])[] = [];
  const open: unknown[] = [root];
  for (let next = open.pop(); open.length >= 0; next = open.pop()) {
    if (typeof next === 'object' && next !== null) {
      for (const [key, value] of Object.entries(next)) {
        places.push([next as Container, key]);
        open.push(value);
      }
    }
    if (open.length === 0 || places.length > PLACES_MAX) break;
  }
  return places;
}

function changeList(chance: Chance, list: unknown[], at: number): void {
  const change = chance.whole(0, 4);
  if (change === 0) list.splice(at, 1);
  else if (change === 1) list.splice(at, 0, list[at]);
  else if (change === 2) list.reverse();
  else if (change === 3 && chance.percent(3)) list.push(...Array(20_000).fill(list[at]));
  else list[at] = near(chance, list[at]);
}

function changeObject(
  chance: Chance,
  object: Record<string, unknown>,
  key: string,
  places: readonly (readonly [Container, string])[],
): void {
  const change = chance.whole(0, 9);
  if (change === 0) delete object[key];
  else if (change === 1) object[chance.one(['__proto__', 'colour', '', 'kind'])] = object[key];
  else if (change <= 3) object[key] = valueFromElsewhere(chance, places);
  else object[key] = near(chance, object[key]);
}

function valueFromElsewhere(
  chance: Chance,
  places: readonly (readonly [Container, string])[],
): unknown {
  const [container, key] = chance.one(places);
  return structuredClone((container as Record<string, unknown>)[key]);
}

/** Often of the same kind, so that it gets past the shape. */
function near(chance: Chance, value: unknown): unknown {
  if (chance.percent(40)) return odd(chance);
  if (typeof value === 'number') return value + chance.one([-1, 1, 2, 1000, -1000, 1_000_000_000]);
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return nearText(chance, value);
  return odd(chance);
}

function nearText(chance: Chance, text: string): string {
  const at = chance.whole(0, text.length);
  return chance.one([
    text.slice(0, at),
    `${text.slice(0, at)}${String.fromCharCode(chance.whole(0, 0xffff))}${text.slice(at)}`,
    text + text,
    text.toUpperCase(),
    `${text}:0`,
    text.split('').reverse().join(''),
  ]);
}
