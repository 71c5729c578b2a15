/**
 * Questions from daemon to daemon, by attributes (docs/decisions/questions.md): who asks sets one,
 * each node that sees it answers with one of its own, and takes it back when the question is gone.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { ANSWER_PREFIX, ASK_ATTRIBUTE } from '../core/model/attributes.ts';
import { messageOf } from './exit.ts';
import type { NodeLoop } from './loop.ts';
import type { Sayings } from './sayings.ts';

export interface InquiryParts {
  readonly self: string;
  readonly loop: Pick<NodeLoop, 'node' | 'onChange'>;
  readonly sayings: Pick<Sayings, 'say'>;
  /** This node's answer, as JSON has it. What it rejects with is told to the other side. */
  readonly answer: (question: unknown) => Promise<unknown>;
  readonly limitMs?: number;
}

export interface Answers {
  /** By node. */
  readonly given: ReadonlyMap<string, unknown>;
  /** A sentence for each node that gave none. */
  readonly problems: readonly string[];
}

/** Programs that nodes ask themselves have 20 s each. */
const LIMIT_MS = 45_000;
const WAITING_MAX = 8;
/** Of one question or answer in the order, and unpacked. */
const TEXT_MAX = 1 << 20;
const BYTES_MAX = 16 << 20;

type Told = { readonly ok: unknown } | { readonly error: string };

export class Inquiry {
  readonly #parts: InquiryParts;
  readonly #forget: () => void;
  /** By who asked: what was answered last, or is being answered. */
  readonly #answered = new Map<string, string>();
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #count = 0;

  constructor(parts: InquiryParts) {
    this.#parts = parts;
    this.#forget = parts.loop.onChange(() => this.#look());
    // A question of an earlier life of this daemon has nobody who waits for it.
    parts.sayings.say(ASK_ATTRIBUTE, undefined);
  }

  /** One after the other. `nodes`: only these; without it all that are online. */
  async ask(question: unknown, nodes?: readonly string[]): Promise<Answers> {
    if (this.#waiting >= WAITING_MAX) throw new Error(`${WAITING_MAX} questions wait already`);
    this.#waiting += 1;
    const mine = this.#turn.then(() => this.#askNow(question, nodes));
    this.#turn = mine.catch(() => undefined).finally(() => (this.#waiting -= 1));
    return mine;
  }

  close(): void {
    this.#forget();
  }

  async #askNow(question: unknown, only: readonly string[] | undefined): Promise<Answers> {
    const { self, sayings, limitMs = LIMIT_MS } = this.#parts;
    const id = `${self}.${Date.now()}.${(this.#count += 1)}`;
    const text = `${id} ${pack({ question, ...(only === undefined ? {} : { only }) })}`;
    if (text.length > TEXT_MAX) throw new Error('the question is too long to be sent');
    const given = new Map<string, Told>();
    sayings.say(ASK_ATTRIBUTE, text);
    try {
      await this.#until(limitMs, () => this.#hasAll(id, only, given));
    } finally {
      sayings.say(ASK_ATTRIBUTE, undefined);
    }
    return toAnswers(given, this.#asked(only), limitMs);
  }

  #asked(only: readonly string[] | undefined): readonly string[] {
    const { nodes } = this.#parts.loop.node.cluster;
    const online = Object.values(nodes).filter(({ condition }) => condition === 'online');
    const names = online.map(({ name }) => name as string).toSorted();
    return only === undefined ? names : names.filter((name) => only.includes(name));
  }

  #hasAll(id: string, only: readonly string[] | undefined, given: Map<string, Told>): boolean {
    const { nodes } = this.#parts.loop.node.cluster;
    const key = `${ANSWER_PREFIX}${this.#parts.self}`;
    for (const { name, attributes } of Object.values(nodes)) {
      const [answered, packed] = split(attributes[key]);
      if (answered === id && !given.has(name)) given.set(name, readTold(packed));
    }
    return this.#asked(only).every((name) => given.has(name));
  }

  #until(limitMs: number, isDone: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const look = (): void => void (isDone() && resolve(undefined));
    const forget = this.#parts.loop.onChange(look);
    const timer = setTimeout(resolve, limitMs, undefined);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      forget();
    });
  }

  /** Level, not edge: what is asked now is answered, what is not asked any more is taken back. */
  #look(): void {
    const { self, loop, sayings } = this.#parts;
    const { nodes } = loop.node.cluster;
    for (const { name, attributes } of Object.values(nodes)) {
      const [id, packed] = split(attributes[ASK_ATTRIBUTE]);
      if (id === (this.#answered.get(name) ?? '')) continue;
      if (id === '') {
        this.#answered.delete(name);
        sayings.say(`${ANSWER_PREFIX}${name}`, undefined);
        continue;
      }
      const asked = unpack(packed) as { question?: unknown; only?: readonly string[] } | undefined;
      this.#answered.set(name, id);
      if (asked?.only !== undefined && !asked.only.includes(self)) continue;
      void this.#answer(name, id, asked?.question);
    }
  }

  async #answer(asker: string, id: string, question: unknown): Promise<void> {
    const told = await this.#parts.answer(question).then(
      (ok): Told => ({ ok: ok ?? null }),
      (error: unknown): Told => ({ error: messageOf(error) }),
    );
    if (this.#answered.get(asker) !== id) return;
    const packed = pack(told);
    const tooLong = pack({ error: 'it has too much to tell: ask for a part by name' });
    const text = packed.length > TEXT_MAX ? tooLong : packed;
    this.#parts.sayings.say(`${ANSWER_PREFIX}${asker}`, `${id} ${text}`);
  }
}

function toAnswers(
  told: ReadonlyMap<string, Told>,
  asked: readonly string[],
  limitMs: number,
): Answers {
  const given = new Map<string, unknown>();
  const problems: string[] = [];
  for (const node of asked) {
    const one = told.get(node);
    if (one === undefined) {
      problems.push(`${node} did not answer within ${limitMs / 1000} s (an older version?)`);
    } else if ('error' in one) problems.push(`${node}: ${one.error}`);
    else given.set(node, one.ok);
  }
  return { given, problems };
}

const pack = (value: unknown): string => deflateRawSync(JSON.stringify(value)).toString('base64');

/** Undefined: nothing that this program has written. */
function unpack(text: string): unknown {
  try {
    const bytes = inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: BYTES_MAX });
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function readTold(packed: string): Told {
  const told = unpack(packed);
  if (typeof told === 'object' && told !== null) {
    if ('error' in told) return { error: String(told.error) };
    if ('ok' in told) return { ok: told.ok };
  }
  return { error: 'its answer cannot be read (another version?)' };
}

function split(value: string | undefined): readonly [id: string, rest: string] {
  if (value === undefined) return ['', ''];
  const at = value.indexOf(' ');
  return at < 0 ? [value, ''] : [value.slice(0, at), value.slice(at + 1)];
}
