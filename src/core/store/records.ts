/**
 * The store's texts on disk and in transfers: log records (`store.entry`, `store.opening`, `store.heard`,
 * `store.incomplete`, `store.complete`, `store.era`) and whole lines (`store.line`).
 */
import { checksum } from '../wire/digest.ts';
import { decodeFrame, encodeFrame } from '../wire/frame.ts';
import type { Shape, TypeOf } from '../wire/shape.ts';
import {
  count,
  decodeShape,
  dictionary,
  list,
  nullable,
  object,
  optional,
  string,
} from '../wire/shape.ts';
import type { Epoch, Opening } from './epoch.ts';
import type { Entry, Line, Waiting } from './line.ts';
import { tooNew } from './levels.ts';
import {
  commandCharsMax,
  epochShape,
  nameShape,
  nodeShape,
  nodesMax,
  openingShape,
  ringShape,
  timeShape,
} from './shapes.ts';
import type { Machine } from './types.ts';

export type LogRecord =
  | { readonly kind: 'entry'; readonly entry: Entry }
  /** An acting view opened, or was about to. */
  | { readonly kind: 'opening'; readonly opening: Opening }
  /** Others have acted in this epoch, and this replica was none of them. */
  | { readonly kind: 'heard'; readonly epoch: Epoch }
  /** From here on records may be missing although they were acknowledged … */
  | { readonly kind: 'incomplete' }
  /** … until an acting view shows that nothing is missing. */
  | { readonly kind: 'complete' }
  /** The era that this replica takes part in from here on (era.ts). */
  | { readonly kind: 'era'; readonly era: number };

const entryShape: Shape<Entry> = object({
  epoch: count,
  index: count,
  sender: nodeShape,
  time: timeShape,
  text: string(commandCharsMax),
});

const eraShape = object({ era: count });

const recordReader = {
  versions: {
    'store.entry': 1,
    'store.opening': 1,
    'store.heard': 1,
    'store.incomplete': 1,
    'store.complete': 1,
    'store.era': 1,
  },
  charsMax: 2 * commandCharsMax + 4096,
};

export function encodeEntry(entry: Entry): string {
  return encodeFrame('store.entry', 1, entry);
}

export function encodeOpening(opening: Opening): string {
  return encodeFrame('store.opening', 1, opening);
}

export function encodeHeard(epoch: Epoch): string {
  return encodeFrame('store.heard', 1, epoch);
}

export function encodeEra(era: number): string {
  return encodeFrame('store.era', 1, { era });
}

export const incompleteRecord: string = encodeFrame('store.incomplete', 1, {});
export const completeRecord: string = encodeFrame('store.complete', 1, {});

export type Decoded<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** `level`: the feature level that this program does not know. */
  | { readonly kind: 'wrong'; readonly reason: string; readonly level?: number };

export function decodeRecord(text: string): Decoded<LogRecord> {
  const frame = decodeFrame(text, recordReader);
  if (frame.kind === 'wrong') return frame;
  const { body } = frame.value;
  if (frame.value.frame === 'store.incomplete') return ok({ kind: 'incomplete' });
  if (frame.value.frame === 'store.complete') return ok({ kind: 'complete' });
  if (frame.value.frame === 'store.entry') {
    const entry = decodeShape(entryShape, body);
    return entry.kind === 'ok' ? ok({ kind: 'entry', entry: entry.value }) : misshapen(entry);
  }
  if (frame.value.frame === 'store.era') {
    const era = decodeShape(eraShape, body);
    return era.kind === 'ok' ? ok({ kind: 'era', ...era.value }) : misshapen(era);
  }
  if (frame.value.frame === 'store.heard') {
    const epoch = decodeShape(epochShape, body);
    return epoch.kind === 'ok' ? ok({ kind: 'heard', epoch: epoch.value }) : misshapen(epoch);
  }
  const opening = decodeShape(openingShape, body);
  return opening.kind === 'ok'
    ? ok({ kind: 'opening', opening: opening.value })
    : misshapen(opening);
}

/** A line as one text: a frame, a line break, the machine's own text of its state. */
export interface LineText<State, Command> {
  readonly line: Line<State, Command>;
  /** Newest epoch known where it was written, opened or not: a promise that must outlive the log. */
  readonly newest: Epoch;
  /** The era in which it was written (era.ts). */
  readonly era: number;
  /** Name of the transfer, empty on disk. */
  readonly transfer: string;
}

const headShape = object({
  index: count,
  applied: count,
  waiting: list(entryShape, 1 << 20),
  time: timeShape,
  opening: nullable(openingShape),
  acting: nullable(openingShape),
  view: nameShape,
  acks: dictionary(count, nodesMax),
  chain: nameShape,
  log: nameShape,
  epochs: list(object({ number: count, ring: ringShape, base: count }), 1 << 16),
  newest: epochShape,
  era: optional(count),
  transfer: nameShape,
  level: optional(count),
  stateChars: count,
  stateChecksum: nameShape,
});

/** Longest snapshot, UTF-16 code units: some ten times what 32 nodes and 10 000 resources need. */
export const lineCharsMax = 1 << 29;

const headReader = { versions: { 'store.line': 1 }, charsMax: lineCharsMax };

export function encodeLine<State, Command>(
  machine: Machine<State, Command>,
  { line, newest, era, transfer }: LineText<State, Command>,
): string {
  const state = machine.encode(line.state);
  const head: TypeOf<typeof headShape> = {
    index: line.index,
    applied: line.applied,
    waiting: line.waiting.map((each) => each.entry),
    time: line.time,
    opening: line.opening ?? null,
    acting: line.acting ?? null,
    view: line.view,
    acks: line.acks,
    chain: line.chain,
    log: line.log,
    epochs: line.epochs,
    newest,
    era,
    transfer,
    level: machine.level(line.state),
    stateChars: state.length,
    stateChecksum: checksum(state),
  };
  return `${encodeFrame('store.line', 1, head)}\n${state}`;
}

/** `known`: the feature level of this program. */
export function decodeLine<State, Command>(
  machine: Machine<State, Command>,
  text: string,
  known: number,
): Decoded<LineText<State, Command>> {
  const end = text.indexOf('\n');
  const frame = decodeFrame(end === -1 ? text : text.slice(0, end), headReader);
  if (frame.kind === 'wrong') return frame;
  const head = decodeShape(headShape, frame.value.body);
  if (head.kind === 'wrong') return misshapen(head);
  const { level = 0, era = 0, ...written } = head.value;
  const problem = tooNew(level, known);
  if (problem !== undefined) return { ...wrong(problem), level };
  const { stateChars, stateChecksum, newest, transfer, waiting, opening, acting, ...rest } =
    written;
  const stateText = text.slice(end + 1);
  if (stateText.length !== stateChars)
    return wrong(`${stateText.length} of ${stateChars} characters`);
  if (checksum(stateText) !== stateChecksum) return wrong('the state is damaged');
  const state = machine.decode(stateText);
  if (state === undefined) return wrong('the state cannot be read');
  const commands = decodeWaiting(machine, waiting);
  if (commands === undefined) return wrong('a waiting command cannot be read');
  const line = {
    ...rest,
    state,
    waiting: commands,
    opening: opening ?? undefined,
    acting: acting ?? undefined,
  };
  return ok({ line, newest, era, transfer });
}

function decodeWaiting<State, Command>(
  machine: Machine<State, Command>,
  entries: readonly Entry[],
): readonly Waiting<Command>[] | undefined {
  const waiting: Waiting<Command>[] = [];
  for (const entry of entries) {
    const command = machine.decodeCommand(entry.text);
    if (command === undefined) return undefined;
    waiting.push({ entry, command });
  }
  return waiting;
}

function ok<T>(value: T): Decoded<T> {
  return { kind: 'ok', value };
}

function wrong(reason: string): { readonly kind: 'wrong'; readonly reason: string } {
  return { kind: 'wrong', reason };
}

function misshapen(each: { readonly path: string; readonly reason: string }): {
  readonly kind: 'wrong';
  readonly reason: string;
} {
  return wrong(`${each.path} ${each.reason}`.trim());
}
