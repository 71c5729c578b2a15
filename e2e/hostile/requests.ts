/** Requests made from the route table and its own schemas, then spoilt; some are no HTTP any more. */
import { openApiDocument } from '../../src/api/openapi.ts';
import type { Chance } from '../differ/chance.ts';
import { changed, deepText } from './values.ts';

export interface HostileRequest {
  readonly kind: RequestKind;
  readonly bytes: Buffer;
  /** How many answers a server gives that reads all of it; undefined: that is its own affair. */
  readonly answers: number | undefined;
}

export type RequestKind = keyof typeof KINDS;

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly isStream: boolean;
  readonly query: readonly string[];
  readonly body: Schema | undefined;
}

type Schema = Readonly<Record<string, unknown>>;

export const OPERATIONS: readonly Operation[] = readOperations();

function readOperations(): readonly Operation[] {
  const { paths } = openApiDocument() as { paths: Record<string, Record<string, OpenApi>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => ({
      method: method.toUpperCase(),
      path,
      isStream: JSON.stringify(responses[200]).includes('ndjson'),
      query: parameters.filter((each) => each.in === 'query').map((each) => each.name),
      body: requestBody?.content['application/json'].schema,
    })),
  );
}

interface OpenApi {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { schema: Schema } } };
  readonly responses: Readonly<Record<string, unknown>>;
}

const COMPONENTS = (
  openApiDocument() as { components: { schemas: Readonly<Record<string, Schema>> } }
).components.schemas;

type Make = (chance: Chance, sources: readonly string[]) => Omit<HostileRequest, 'kind'>;

const KINDS = {
  valid: (chance, sources) => one(write(chance, answered(chance), { sources })),
  body: (chance, sources) =>
    one(write(chance, answered(chance), { sources, spoil: (value) => changed(chance, value) })),
  text: (chance) => one(write(chance, answered(chance), { text: brokenText(chance) })),
  deep: (chance) => one(write(chance, answered(chance), { text: deepText(chance) })),
  method: (chance) => {
    const method = chance.one(['PUT', 'PATCH', 'DELETE', 'GET', 'OPTIONS', 'TRACE', 'PURGE']);
    return one(write(chance, { ...answered(chance), method }, {}));
  },
  path: (chance) => one(write(chance, { ...answered(chance), path: oddPath(chance) }, {})),
  headers: (chance) => one(write(chance, answered(chance), { headers: oddHeaders(chance) })),
  large: (chance) => {
    const text = JSON.stringify({ source: 'x'.repeat(chance.one([100_000, 1_000_000])) });
    return one(write(chance, answered(chance), { text }));
  },
  'too-large': (chance) => {
    const text = ' '.repeat(chance.percent(2) ? (8 << 20) + 2 : 1000);
    const bytes = write(chance, answered(chance), { text });
    if (chance.percent(50)) return one(bytes);
    // Without a length: it is noticed on the way.
    return { bytes: inChunks(bytes), answers: undefined };
  },
  pipelined: (chance, sources) => {
    const count = chance.whole(2, 12);
    const all = Array.from({ length: count }, () => write(chance, answered(chance), { sources }));
    return { bytes: Buffer.concat(all), answers: count };
  },
  chunked: (chance, sources) => ({
    bytes: chunked(chance, write(chance, answered(chance), { sources })),
    answers: undefined,
  }),
  lengths: (chance) => ({
    bytes: write(chance, answered(chance), { headers: contradiction(chance) }),
    answers: undefined,
  }),
  cut: (chance, sources) => {
    const bytes = write(chance, chance.one(OPERATIONS), { sources });
    return { bytes: bytes.subarray(0, chance.whole(0, bytes.length - 1)), answers: undefined };
  },
  bits: (chance, sources) => {
    const bytes = write(chance, chance.one(OPERATIONS), { sources });
    for (let times = chance.whole(1, 5); times > 0; times -= 1) {
      bytes[chance.whole(0, bytes.length - 1)] = chance.whole(0, 255);
    }
    return { bytes, answers: undefined };
  },
  noise: (chance) => {
    const length = chance.one([1, 10, 100, 20_000]);
    const bytes = Buffer.from(Array.from({ length }, () => chance.whole(0, 255)));
    return { bytes, answers: undefined };
  },
  'long-header': (chance) => ({
    bytes: write(chance, answered(chance), { headers: { 'x-long': 'x'.repeat(20_000) } }),
    answers: undefined,
  }),
  stream: (chance) => ({
    bytes: write(chance, chance.one(OPERATIONS.filter(({ isStream }) => isStream)), {}),
    answers: undefined,
  }),
} satisfies Readonly<Record<string, Make>>;

const NAMES = Object.keys(KINDS) as RequestKind[];
const OFTEN: readonly RequestKind[] = ['valid', 'body', 'body', 'body', 'text', 'path', 'headers'];

/** @param sources configurations, for requests that carry one */
export function hostileRequest(chance: Chance, sources: readonly string[]): HostileRequest {
  const kind = chance.percent(70) ? chance.one(OFTEN) : chance.one(NAMES);
  return { kind, ...KINDS[kind](chance, sources) };
}

const one = (bytes: Buffer): Omit<HostileRequest, 'kind'> => ({ bytes, answers: 1 });

/** A stream has no end: the others can be counted. */
const answered = (chance: Chance): Operation =>
  chance.one(OPERATIONS.filter(({ isStream }) => !isStream));

interface Wanted {
  readonly sources?: readonly string[];
  readonly spoil?: (value: unknown) => unknown;
  readonly text?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

function write(chance: Chance, operation: Operation, wanted: Wanted): Buffer {
  const body = Buffer.from(wanted.text ?? bodyText(chance, operation, wanted));
  const headers = {
    host: 'localhost',
    ...(body.length === 0 ? {} : { 'content-type': 'application/json' }),
    'content-length': String(body.length),
    ...wanted.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const target = `${pathOf(chance, operation)}${queryOf(chance, operation)}`;
  const head = `${operation.method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

function bodyText(chance: Chance, { body }: Operation, { sources = [], spoil }: Wanted): string {
  if (body === undefined) return chance.percent(90) ? '' : '{}';
  const value = example(chance, body, sources);
  return JSON.stringify(spoil === undefined ? value : spoil(value)) ?? '';
}

const KNOWN = ['n1', 'n2', 'web', 'db', 'stack', 'cache', 'ocf:heartbeat:Dummy', 'start', 'ticket'];
const ODD_NAMES = [
  '..',
  '%2e%2e',
  '%00',
  '%ff',
  '__proto__',
  'é',
  '%F0%9D%84%9E',
  'x'.repeat(2000),
];

const nameOf = (chance: Chance): string =>
  chance.percent(85) ? chance.one(KNOWN) : chance.one(ODD_NAMES);

const pathOf = (chance: Chance, { path }: Operation): string =>
  Buffer.from(path.replaceAll(/\{\w+\}/g, () => nameOf(chance))).toString('latin1');

function queryOf(chance: Chance, { query }: Operation): string {
  const words = query
    .filter(() => chance.percent(60))
    .map(
      (name) => `${name}=${chance.one(['1', '-1', '1e9', 'n1', 'true', '', '%', '%zz', 'web'])}`,
    );
  if (chance.percent(5)) words.push('colour=red', '__proto__=1');
  return words.length === 0 ? '' : `?${words.join('&')}`;
}

/** A value that the schema allows, as far as a name can be guessed. */
function example(chance: Chance, schema: Schema, sources: readonly string[]): unknown {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    return example(chance, COMPONENTS[reference.split('/').at(-1) ?? ''] ?? {}, sources);
  }
  const choices = (schema['anyOf'] ?? schema['oneOf']) as readonly Schema[] | undefined;
  if (choices !== undefined) return example(chance, chance.one(choices), sources);
  const words = schema['enum'] as readonly unknown[] | undefined;
  if (words !== undefined) return chance.one(words);
  if ('const' in schema) return schema['const'];
  switch (schema['type']) {
    case 'object':
      return exampleObject(chance, schema, sources);
    case 'array':
      return [example(chance, (schema['items'] ?? {}) as Schema, sources)];
    case 'integer':
    case 'number':
      return chance.one([0, 1, 1000, 60_000, 3_600_000, Number(schema['minimum'] ?? 5)]);
    case 'boolean':
      return chance.percent(50);
    default:
      return nameOf(chance);
  }
}

function exampleObject(chance: Chance, schema: Schema, sources: readonly string[]): unknown {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const required = (schema['required'] ?? []) as readonly string[];
  const entries = Object.entries(properties).filter(
    ([name]) => required.includes(name) || chance.percent(50),
  );
  return Object.fromEntries(
    entries.map(([name, each]) => [
      name,
      name === 'source' && sources.length > 0
        ? spoiltSource(chance, chance.one(sources))
        : example(chance, each, sources),
    ]),
  );
}

/** Lines that are lost, doubled, moved or bent. */
function spoiltSource(chance: Chance, source: string): string {
  const lines = source.split('\n');
  for (let times = chance.whole(0, 4); times > 0; times -= 1) {
    const at = chance.whole(0, lines.length - 1);
    const line = lines[at] ?? '';
    const change = chance.whole(0, 5);
    if (change === 0) lines.splice(at, 1);
    else if (change === 1) lines.splice(at, 0, line);
    else if (change === 2) lines[at] = ` ${line}`;
    else if (change === 3) lines[at] = line.replace(/:.*/, `: ${chance.one(ODD_YAML)}`);
    else if (change === 4) lines[at] = line.slice(0, chance.whole(0, line.length));
    else lines.push(chance.one(['&a [*a]', 'x: &a {<<: *a}', '? - :', '---', '\t- x']));
  }
  return lines.join('\n');
}

const ODD_YAML = ['', '[', '{}', '-1', '!!js/function x', '1e999', '"\\u0000"', '*a', '&a b', '~'];

function brokenText(chance: Chance): string | Buffer {
  const at = chance.whole(0, 5);
  if (at === 0) return '{"source":';
  if (at === 1) return Buffer.from([0xff, 0xfe, 0x7b, 0xc3, 0x28, 0x7d]);
  if (at === 2) return `{"a":${'9'.repeat(chance.one([20, 400, 100_000]))}}`;
  if (at === 3) return `"${'\\u0000'.repeat(chance.one([1, 1000]))}"`;
  if (at === 4) return `{${'"a":1,'.repeat(chance.one([10, 5000]))}"a":2}`;
  return chance.one(['null', '[]', '1', '"x"', 'undefined', ' ', '{} {}', '\uFEFF{}']);
}

function oddPath(chance: Chance): string {
  const { path } = chance.one(OPERATIONS);
  return chance.one([
    `${path}/`,
    `/${path}`,
    path.toUpperCase(),
    `${path}%2f..`,
    '/v1/../../etc/passwd',
    '/',
    '*',
    '/%',
    `/v1/${'x/'.repeat(500)}`,
    'http://elsewhere/v1/status',
    '/v1/resources/%00/stop',
    `/v1/openapi.json?${'a=1&'.repeat(1000)}`,
  ]);
}

const oddHeaders = (chance: Chance): Readonly<Record<string, string>> =>
  chance.one([
    { 'x-holdfast-user': chance.one(['', '../..', 'a\tb', 'x'.repeat(5000), '<script>']) },
    { 'content-type': chance.one(['', 'text/html', 'application/json; charset=utf-7', ';;;']) },
    { accept: 'x'.repeat(3000), 'accept-encoding': 'gzip, br;q=9' },
    { expect: '100-continue' },
    { connection: 'keep-alive, x-holdfast-user' },
    { host: '' },
    { authorization: 'Basic AAAA', cookie: 'a=b; '.repeat(100) },
    { 'if-none-match': '*', range: 'bytes=0-1,2-3' },
    Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x-${index}`, 'y'])),
  ]);

const contradiction = (chance: Chance): Readonly<Record<string, string>> =>
  chance.one([
    { 'content-length': '-1' },
    { 'content-length': '99999999999999999999' },
    { 'content-length': '1, 2' },
    { 'content-length': '5000' },
    { 'transfer-encoding': 'chunked' },
    { 'transfer-encoding': 'gzip, chunked', 'Content-Length': '3' },
    { upgrade: 'websocket', connection: 'upgrade' },
    { 'x\0y': 'z' },
    { 'content-encoding': 'gzip' },
  ]);

const inChunks = (request: Buffer): Buffer =>
  rechunked(
    request,
    (body) => `${body.length.toString(16)}\r\n${body.toString('latin1')}\r\n0\r\n\r\n`,
  );

function rechunked(request: Buffer, textOf: (body: Buffer) => string): Buffer {
  const end = request.indexOf('\r\n\r\n');
  const head = request
    .subarray(0, end)
    .toString('latin1')
    .replace(/^content-length: .*$/m, 'x: y');
  const text = `${head}\r\ntransfer-encoding: chunked\r\n\r\n${textOf(request.subarray(end + 4))}`;
  return Buffer.from(text, 'latin1');
}

function chunked(chance: Chance, request: Buffer): Buffer {
  if (chance.percent(30)) return inChunks(request);
  return rechunked(request, (body) =>
    chance.one([
      `${body.length.toString(16)};x=${'y'.repeat(100)}\r\n${body.toString('latin1')}\r\n0\r\n\r\n`,
      'ffffffffffffffff\r\nx',
      '-1\r\nx\r\n0\r\n\r\n',
      '1\r\nxx\r\n0\r\n\r\n',
      'zz\r\n',
      `${'1\r\n \r\n'.repeat(2000)}0\r\n\r\n`,
      '0\r\nx-trailer: 1\r\n\r\n',
    ]),
  );
}
