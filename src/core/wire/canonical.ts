/**
 * Canonical JSON: equal values give equal texts. Keys by UTF-16 code units, no space, integers only
 * (floats are not replicated: their text depends on how they were computed), absent for undefined.
 */

/** Deeper values are refused: configuration and status stay far below. */
const depthMax = 100;

/** Throws for what must not be replicated: floats, undefined in lists, functions, cycles. */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

function write(value: unknown, depth: number): string {
  if (typeof value === 'string') return textOf(value);
  if (typeof value === 'number') return writeInteger(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value === null) return 'null';
  if (typeof value !== 'object') throw new Error(`canonical JSON: no place for ${typeof value}`);
  if (depth >= depthMax) throw new Error(`canonical JSON: deeper than ${depthMax} levels`);
  return Array.isArray(value) ? writeList(value, depth) : writeObject(value, depth);
}

/** Most have nothing to escape, and to see that takes half the time. */
function textOf(value: string): string {
  return isPlain.test(value) ? `"${value}"` : JSON.stringify(value);
}

const isPlain = /^[ !#-[\]-~]*$/;

function writeInteger(value: number): string {
  if (!Number.isSafeInteger(value)) throw new Error(`canonical JSON: ${value} is no integer`);
  return Object.is(value, -0) ? '0' : String(value);
}

function writeList(list: readonly unknown[], depth: number): string {
  let result = '[';
  for (let index = 0; index < list.length; index += 1) {
    if (index > 0) result += ',';
    result += write(list[index], depth + 1);
  }
  return `${result}]`;
}

function writeObject(value: object, depth: number): string {
  const fields = value as Readonly<Record<string, unknown>>;
  let result = '{';
  for (const key of inOrder(Object.keys(fields))) {
    const field = fields[key];
    if (field === undefined) continue;
    if (result.length > 1) result += ',';
    result += keyText(key) + write(field, depth + 1);
  }
  return `${result}}`;
}

/** By code units. Most are few and come nearly in order: to insert them is quicker than to sort. */
function inOrder(keys: string[]): readonly string[] {
  if (keys.length > insertedMax) return keys.sort();
  for (let at = 1; at < keys.length; at += 1) {
    const key = keys[at] as string;
    let to = at;
    for (; to > 0 && (keys[to - 1] as string) > key; to -= 1) keys[to] = keys[to - 1] as string;
    keys[to] = key;
  }
  return keys;
}

const insertedMax = 32;

/** `"name":`. To write the same few names anew each time was a third of all the work. */
function keyText(key: string): string {
  const known = keyTexts.get(key);
  if (known !== undefined) return known;
  const text = `${JSON.stringify(key)}:`;
  if (key.length <= keyCharsMax && keyTexts.size < keyTextsMax) keyTexts.set(key, text);
  return text;
}

/** Only remembers what is computed anyway: the same texts with or without it. */
const keyTexts = new Map<string, string>();
const keyTextsMax = 2000;
const keyCharsMax = 64;
