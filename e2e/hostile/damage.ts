/** What may become of a message on its way, or be said by somebody who means harm. */
import { cutIntoParts } from '../../src/core/wire/parts.ts';
import { encodeFrameText } from '../../src/core/wire/frame.ts';
import { nodeName, nodeNumber } from '../../src/core/model/ids.ts';
import type { Chance } from '../differ/chance.ts';
import type { Delivery, MessageEvent } from './record.ts';
import { changed, deepText } from './values.ts';

export interface Damaged {
  readonly kind: DamageKind;
  readonly events: readonly MessageEvent[];
  /**
   * - `refused`: nothing may change, and the last event is counted as refused (for this reason).
   * - `ignored`: nothing may change but what was already so.
   * - `any`: it may be a message; the node must go on.
   */
  readonly expect: 'refused' | 'ignored' | 'any';
  readonly reason?: string;
}

export type DamageKind = keyof typeof DAMAGES;

type Damage = (
  chance: Chance,
  delivery: Delivery,
  other: Delivery,
) => Omit<Damaged, 'kind'> | undefined;

const HEAD = /^holdfast\/1 ([a-z][a-z0-9.-]*) (\d+) (\d+) ([0-9a-f]{16}) /;

/** Undefined where a damage does not fit the message. */
export function damage(chance: Chance, delivery: Delivery, other: Delivery): Damaged | undefined {
  const kind = chance.percent(50) ? chance.one(PAST_THE_CHECKSUM) : chance.one(KINDS);
  const made = DAMAGES[kind](chance, delivery, other);
  return made === undefined ? undefined : { kind, ...made };
}

const DAMAGES = {
  bits: (chance, { event }) => broken(event, flipped(chance, event.text)),
  cut: (chance, { event }) =>
    broken(event, event.text.slice(0, chance.whole(0, event.text.length - 1))),
  longer: (chance, { event }) => broken(event, `${event.text}${chance.one([' ', '\n', '}', 'é'])}`),
  spliced: (chance, { event }, other) => {
    const [at, from] = [cutOf(chance, event.text), cutOf(chance, other.event.text)];
    const text = event.text.slice(0, at) + other.event.text.slice(from);
    return text === event.text || text === other.event.text ? undefined : broken(event, text);
  },
  garbage: (chance, { event }) => broken(event, garbage(chance)),
  'newer-program': (chance, { event }) =>
    refused(
      event,
      event.text.replace(/^holdfast\/1/, `holdfast/${chance.whole(2, 99_999)}`),
      'newer-version',
    ),
  'newer-message': (chance, { event }) =>
    reframed(event, (frame, body) => encodeFrameText(frame, chance.whole(2, 9_999_999), body), {
      expect: 'refused',
      reason: 'newer-version',
    }),
  'unknown-kind': (chance, { event }) =>
    reframed(
      event,
      (_, body) => encodeFrameText(chance.one(['store.word', 'constructor', 'x']), 1, body),
      {
        expect: 'refused',
        reason: 'unknown-kind',
      },
    ),
  'false-length': (chance, { event }) => {
    const length = chance.one([0, 1, 2 ** 31, 9_999_999_999]);
    return refused(event, event.text.replace(/^(\S+ \S+ \S+) \d+/, `$1 ${length}`));
  },
  'too-long': (chance, { event }) =>
    chance.percent(2) ? refused(event, `${event.text}${tooLong()}`, 'too-long') : undefined,
  'no-json': (chance, { event }) =>
    reframed(event, (frame, body) => encodeFrameText(frame, 1, flipped(chance, body)), {
      expect: 'any',
    }),
  deep: (chance, { event }) =>
    chance.percent(10)
      ? reframed(event, (frame) => encodeFrameText(frame, 1, deepText(chance)), {
          expect: 'refused',
          reason: 'shape',
        })
      : undefined,
  fields: (chance, { event }) =>
    reframed(event, (frame, body) => encodeFrameText(frame, 1, changedJson(chance, body)), {
      expect: 'any',
    }),
  command: (chance, { event }) =>
    reframed(event, (frame, body) => changedCommand(chance, frame, body), { expect: 'any' }),
  replayed: (chance, { event }) => {
    const times = chance.whole(1, 3);
    return { events: Array.from({ length: times + 1 }, () => event), expect: 'any' };
  },
  stranger: (chance, { event }) => {
    const number = nodeNumber(chance.whole(10, 2 ** 31));
    const sender = { node: nodeName(chance.one(['n9', '', 'constructor'])), number, process: 1 };
    return { events: [{ ...event, sender }], expect: 'refused', reason: 'stranger' };
  },
  'other-sender': (_, { event }, other) => ({
    events: [{ ...event, sender: other.event.sender }],
    expect: 'any',
  }),
  'other-message': (_, { event }, other) => ({
    events: [{ ...event, text: other.event.text }],
    expect: 'any',
  }),
  parts: (chance, { event }) => ({
    events: inParts(chance, event.text).map((text) => ({ ...event, text })),
    expect: 'any',
  }),
} satisfies Readonly<Record<string, Damage>>;

const KINDS = Object.keys(DAMAGES) as DamageKind[];
/** What reaches the code behind the codec. */
const PAST_THE_CHECKSUM: readonly DamageKind[] = ['fields', 'command', 'command', 'other-message'];

/** The checksum stands for all of it: whatever is changed without it is no message. */
function broken(event: MessageEvent, text: string): Omit<Damaged, 'kind'> | undefined {
  if (text === event.text) return undefined;
  const isPart = text.startsWith('part/') || text.startsWith('holdfast/1 store.line ');
  return { events: [{ ...event, text }], expect: isPart ? 'ignored' : 'refused' };
}

const refused = (event: MessageEvent, text: string, reason?: string): ReturnType<typeof broken> => {
  const made = broken(event, text);
  return made?.expect !== 'refused' || reason === undefined ? made : { ...made, reason };
};

function reframed(
  event: MessageEvent,
  write: (frame: string, body: string) => string | undefined,
  expectation: Pick<Damaged, 'expect' | 'reason'>,
): Omit<Damaged, 'kind'> | undefined {
  const head = HEAD.exec(event.text);
  const text = head === null ? undefined : write(head[1] ?? '', event.text.slice(head[0].length));
  if (text === undefined || text === event.text) return undefined;
  // A snapshot is of interest to those only who wait for one.
  const isTransfer = text.startsWith('holdfast/1 store.line ');
  const events = [{ ...event, text }];
  return isTransfer ? { events, expect: 'any' } : { events, ...expectation };
}

/** A snapshot has two documents, one a line. */
function changedJson(chance: Chance, body: string): string {
  const lines = body.split('\n');
  const at = chance.whole(0, lines.length - 1);
  lines[at] = JSON.stringify(changed(chance, JSON.parse(lines[at] ?? 'null'))) ?? 'null';
  return lines.join('\n');
}

function changedCommand(chance: Chance, frame: string, body: string): string | undefined {
  if (frame !== 'store.message') return undefined;
  const message = JSON.parse(body) as { kind?: unknown; text?: unknown };
  if (message.kind !== 'command' || typeof message.text !== 'string') return undefined;
  const text = chance.percent(3) ? deepText(chance) : changedJson(chance, message.text);
  return encodeFrameText(frame, 1, JSON.stringify({ ...message, text }));
}

function flipped(chance: Chance, text: string): string {
  const units = text.split('');
  for (let times = chance.whole(1, 4); times > 0 && units.length > 0; times -= 1) {
    const at = chance.whole(0, units.length - 1);
    const bit = 1 << chance.whole(0, 7);
    units[at] = String.fromCharCode((units[at] ?? '').charCodeAt(0) ^ bit);
  }
  return units.join('');
}

const cutOf = (chance: Chance, text: string): number => chance.whole(0, text.length);

function garbage(chance: Chance): string {
  const length = chance.one([0, 1, 20, 200, 5000]);
  const units = Array.from({ length }, () => chance.whole(0, chance.percent(80) ? 127 : 0xffff));
  const start = chance.one(['', 'holdfast/1 ', 'holdfast/1 store.message 1 ', 'holdfast/', '{']);
  return `${start}${String.fromCharCode(...units)}`;
}

let longest: string | undefined;
const tooLong = (): string => (longest ??= ' '.repeat(17 << 20));

/** Whole parts in order are a message; the others are none. */
function inParts(chance: Chance, text: string): readonly string[] {
  const id = chance.one(['m1', 't1', 'constructor']);
  const parts = [...cutIntoParts(text, 256, id)];
  const heads = [
    'part/1 m1 0 9999999 9999999999 x',
    'part/1 m1 1 2 10 x',
    'part/1 m1 0 1 99 x',
    'part/1 m1 0 0 0 ',
    `part/1 m1 0 2 ${2 ** 30} ${'x'.repeat(1000)}`,
    'part/2 m1 0 1 1 x',
    'part/1',
    'part/1 __proto__ 0 2 4 xx',
  ];
  for (let times = chance.whole(0, 3); times > 0; times -= 1) {
    const at = chance.whole(0, parts.length);
    const change = chance.whole(0, 3);
    if (change === 0) parts.splice(at, 1);
    else if (change === 1) parts.splice(at, 0, chance.one(heads));
    else if (change === 2) parts.splice(at, 0, parts[at] ?? '');
    else parts.splice(at, 1, flipped(chance, parts[at] ?? 'part/1 '));
  }
  return parts;
}
