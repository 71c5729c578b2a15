/**
 * D-Bus messages as far as systemd's manager needs them (D-Bus Specification 0.41, "Message
 * Protocol" and "Marshalling"): calls with strings and numbers, everything in replies and signals.
 * Everything that comes in is bounded and checked; what is wrong throws a DBusError.
 */

export class DBusError extends Error {
  /** `org.freedesktop.systemd1.NoSuchUnit` and the like; empty for errors of this client. */
  readonly dbusName: string;

  constructor(message: string, dbusName = '') {
    super(message);
    this.name = 'DBusError';
    this.dbusName = dbusName;
  }
}

export interface MethodCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** Only `s`, `i` and `u`. */
  readonly signature?: string;
  readonly body?: readonly (string | number)[];
}

/** A struct or array is a list, a dictionary a Map, 64-bit numbers are bigint. */
export type DBusValue =
  | string
  | number
  | bigint
  | boolean
  | readonly DBusValue[]
  | ReadonlyMap<DBusValue, DBusValue>;

export interface Incoming {
  readonly type: 'call' | 'return' | 'error' | 'signal';
  readonly serial: number;
  readonly replySerial: number | undefined;
  readonly path: string | undefined;
  readonly interface: string | undefined;
  readonly member: string | undefined;
  readonly errorName: string | undefined;
  readonly sender: string | undefined;
  readonly body: readonly DBusValue[];
}

/** Far above what systemd answers, far below the specification's 128 MiB. */
export const messageBytesMax = 8 << 20;
const depthMax = 16;
const types = ['call', 'return', 'error', 'signal'] as const;
const field = { path: 1, interface: 2, member: 3, error: 4, reply: 5, destination: 6, sender: 7 };

// --- out ---

export function encodeCall(call: MethodCall, serial: number): Buffer {
  const body = new Writer();
  const signature = call.signature ?? '';
  (call.body ?? []).forEach((value, index) => body.value(signature[index] ?? '', value));
  const head = new Writer();
  head.bytes([0x6c, 1, 0, 1]); // little endian, method call, a reply is wanted, version 1
  head.number(body.length);
  head.number(serial);
  head.array(8, () => {
    head.field(field.path, 'o', call.path);
    head.field(field.interface, 's', call.interface);
    head.field(field.member, 's', call.member);
    head.field(field.destination, 's', call.destination);
    if (signature !== '') head.field(8, 'g', signature);
  });
  head.align(8);
  return Buffer.concat([head.result(), body.result()]);
}

class Writer {
  #parts: Buffer[] = [];
  length = 0;

  result(): Buffer {
    return Buffer.concat(this.#parts);
  }

  bytes(list: readonly number[] | Buffer): void {
    const part = Buffer.from(list);
    this.#parts.push(part);
    this.length += part.length;
  }

  align(size: number): void {
    const rest = this.length % size;
    if (rest !== 0) this.bytes(Buffer.alloc(size - rest));
  }

  number(value: number): void {
    this.align(4);
    const part = Buffer.alloc(4);
    part.writeUInt32LE(value >>> 0);
    this.bytes(part);
  }

  string(value: string): void {
    const text = Buffer.from(value);
    this.number(text.length);
    this.bytes(text);
    this.bytes([0]);
  }

  value(type: string, value: string | number): void {
    if (type === 's' && typeof value === 'string') this.string(value);
    else if ((type === 'i' || type === 'u') && typeof value === 'number') this.number(value);
    else throw new DBusError(`cannot send ${typeof value} as ${type}`);
  }

  field(code: number, type: string, value: string): void {
    this.align(8);
    this.bytes([code, 1, type.charCodeAt(0), 0]);
    if (type !== 'g') return this.string(value);
    this.bytes([value.length]);
    this.bytes(Buffer.from(`${value}\0`));
  }

  /** The length counts from behind the padding to the first element. */
  array(elementAlignment: number, write: () => void): void {
    this.align(4);
    const length = Buffer.alloc(4);
    this.#parts.push(length);
    this.length += 4;
    this.align(elementAlignment);
    const start = this.length;
    write();
    length.writeUInt32LE(this.length - start);
  }
}

// --- in ---

/** How long the message is that begins here; undefined when not even that is there yet. */
export function messageLength(bytes: Buffer): number | undefined {
  if (bytes.length < 16) return undefined;
  if (bytes[0] !== 0x6c || bytes[3] !== 1) throw new DBusError('no message of D-Bus version 1');
  const length = align(16 + bytes.readUInt32LE(12), 8) + bytes.readUInt32LE(4);
  if (length > messageBytesMax) throw new DBusError(`a message of ${String(length)} bytes`);
  return length;
}

/** Takes exactly one message. */
export function decodeMessage(bytes: Buffer): Incoming {
  const reader = new Reader(bytes);
  reader.skip(1);
  const type = types[reader.byte() - 1];
  if (type === undefined) throw new DBusError('a message of unknown type');
  reader.skip(6);
  const serial = reader.unsigned();
  const fields = new Map<DBusValue, DBusValue>();
  for (const one of reader.read('a(yv)') as readonly (readonly [number, DBusValue])[]) {
    fields.set(one[0], one[1]);
  }
  reader.align(8);
  const text = (code: number): string | undefined => {
    const value = fields.get(code);
    return typeof value === 'string' ? value : undefined;
  };
  const replySerial = fields.get(field.reply);
  return {
    type,
    serial,
    replySerial: typeof replySerial === 'number' ? replySerial : undefined,
    path: text(field.path),
    interface: text(field.interface),
    member: text(field.member),
    errorName: text(field.error),
    sender: text(field.sender),
    body: reader.readAll(text(8) ?? ''),
  };
}

const align = (position: number, size: number): number => Math.ceil(position / size) * size;

/** What a type aligns to; of containers the first character tells. */
const alignments: Readonly<Record<string, number>> = {
  y: 1,
  g: 1,
  v: 1,
  n: 2,
  q: 2,
  b: 4,
  i: 4,
  u: 4,
  h: 4,
  s: 4,
  o: 4,
  a: 4,
  x: 8,
  t: 8,
  d: 8,
  '(': 8,
  '{': 8,
};

class Reader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  align(size: number): void {
    this.#position = align(this.#position, size);
  }

  skip(count: number): void {
    this.#take(count);
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  unsigned(): number {
    this.align(4);
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  readAll(signature: string): readonly DBusValue[] {
    const values: DBusValue[] = [];
    for (const type of splitSignature(signature)) values.push(this.read(type));
    return values;
  }

  read(type: string, depth = 0): DBusValue {
    if (depth > depthMax) throw new DBusError('values are nested too deeply');
    this.align(alignments[type[0] ?? ''] ?? 1);
    switch (type[0]) {
      case 'a':
        return this.#array(type.slice(1), depth);
      case '(':
        return this.#struct(splitSignature(type.slice(1, -1)), depth);
      case 'v':
        return this.#variant(depth);
      default:
        return this.#simple(type);
    }
  }

  #simple(type: string): DBusValue {
    switch (type) {
      case 'y':
        return this.byte();
      case 'b':
        return this.unsigned() !== 0;
      case 'n':
        return this.#bytes.readInt16LE(this.#take(2));
      case 'q':
        return this.#bytes.readUInt16LE(this.#take(2));
      case 'i':
        return this.#bytes.readInt32LE(this.#take(4));
      case 'u':
      case 'h':
        return this.unsigned();
      case 'x':
        return this.#bytes.readBigInt64LE(this.#take(8));
      case 't':
        return this.#bytes.readBigUInt64LE(this.#take(8));
      case 'd':
        return this.#bytes.readDoubleLE(this.#take(8));
      case 's':
      case 'o':
        return this.#text(this.unsigned());
      case 'g':
        return this.#text(this.byte());
      default:
        throw new DBusError(`a value of unknown type ${type}`);
    }
  }

  #text(length: number): string {
    const start = this.#take(length + 1);
    return this.#bytes.toString('utf8', start, start + length);
  }

  /** One without members would let an array of them never end. */
  #struct(members: readonly string[], depth: number): DBusValue {
    if (members.length === 0) throw new DBusError('a struct without members');
    return members.map((one) => this.read(one, depth + 1));
  }

  #variant(depth: number): DBusValue {
    const [type, ...more] = splitSignature(this.#text(this.byte()));
    if (type === undefined || more.length > 0) throw new DBusError('a variant without one type');
    return this.read(type, depth + 1);
  }

  #array(type: string, depth: number): DBusValue {
    const length = this.unsigned();
    this.align(alignments[type[0] ?? ''] ?? 1);
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new DBusError('an array longer than its message');
    if (type[0] === '{') return this.#dictionary(type.slice(1, -1), end, depth);
    const values: DBusValue[] = [];
    while (this.#position < end) values.push(this.read(type, depth + 1));
    return values;
  }

  #dictionary(signature: string, end: number, depth: number): DBusValue {
    const [key = '', value = ''] = splitSignature(signature);
    const entries = new Map<DBusValue, DBusValue>();
    while (this.#position < end) {
      this.align(8);
      const name = this.read(key, depth + 1);
      entries.set(name, this.read(value, depth + 1));
    }
    return entries;
  }

  #take(count: number): number {
    const start = this.#position;
    if (start + count > this.#bytes.length) throw new DBusError('a message shorter than it says');
    this.#position = start + count;
    return start;
  }
}

/** `sa{sv}as` → `s`, `a{sv}`, `as`. */
export function splitSignature(signature: string): readonly string[] {
  const found: string[] = [];
  let start = 0;
  while (start < signature.length) {
    const end = typeEnd(signature, start);
    found.push(signature.slice(start, end));
    start = end;
  }
  return found;
}

function typeEnd(signature: string, start: number): number {
  let index = start;
  while (signature[index] === 'a') index += 1;
  let open = 0;
  do {
    const character = signature[index];
    if (character === undefined) throw new DBusError(`the signature ${signature} is not whole`);
    if (character === '(' || character === '{') open += 1;
    if (character === ')' || character === '}') open -= 1;
    index += 1;
  } while (open > 0);
  return index;
}
