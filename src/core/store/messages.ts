/**
 * What replicas tell each other. Two layers share the order: those with a `round` belong to the
 * gathering of an engine's view, those with only a `view` to an open view of the store; whatever is
 * delivered outside the view it names changes nothing, on any member.
 */
import type { GroupMember } from '../model/engine.ts';
import type { Incarnation, NodeName, NodeNumber, WallMs } from '../model/ids.ts';
import { digestOf, digestText } from '../wire/digest.ts';
import type { FrameProblem } from '../wire/frame.ts';
import { decodeFrame, encodeFrame } from '../wire/frame.ts';
import type { Shape } from '../wire/shape.ts';
import {
  count,
  decodeShape,
  flag,
  list,
  nullable,
  object,
  string,
  union,
  word,
} from '../wire/shape.ts';
import type { RingId } from '../model/engine.ts';
import type { Epoch, Left } from './epoch.ts';
import {
  commandCharsMax,
  epochShape,
  incarnationShape,
  leftShape,
  nameShape,
  nodeShape,
  nodesMax,
  nodesShape,
  timeShape,
} from './shapes.ts';

/**
 * How a member stands to the line it announces.
 * - `synced`: it is on its disk, or will be before the member says so;
 * - `disk-failed`: it has the line in memory and its disk refuses;
 * - `following`: it got the line by snapshot, which is not on its disk yet;
 * - `unreadable`: its disk holds what this program cannot read; it takes no part.
 */
export type Standing = 'synced' | 'disk-failed' | 'following' | 'unreadable';

/** What a member says of itself when a view gathers. */
export interface Announcement {
  readonly incarnation: Incarnation;
  readonly boot: string;
  /** What its program knows. */
  readonly featureLevel: number;
  /** What is in force in its line. */
  readonly level: number;
  /** The nodes of its engine's configuration, in order of names. */
  readonly configured: readonly NodeName[];
  /** Its quorum options let less than a majority be quorate. */
  readonly relaxed: boolean;
  readonly standing: Standing;
  /** Acknowledged records may be missing on its disk, or there never were any. */
  readonly incomplete: boolean;
  /** The era that is on its disk (era.ts). */
  readonly era: number;
  /** The newest epoch that it knows, opened or only attempted. */
  readonly newest: Epoch;
  /** Number of its line's last acting view. */
  readonly previous: number;
  readonly index: number;
  /** Digest of the line's durable commands and acting views. */
  readonly log: string;
  /** Digest of all that the line has seen; with `state` it tells equal members. */
  readonly chain: string;
  readonly state: string;
  readonly time: WallMs;
  readonly wall: WallMs;
  /** It was in the acting view of its line's last epoch, and quorate ever since. */
  readonly unbroken: boolean;
  /** Members of its last open view by seniority; none after a restart. */
  readonly order: readonly { readonly node: NodeName; readonly incarnation: Incarnation }[];
  /** Who left the group since, and how. */
  readonly left: readonly Left[];
}

export interface Announced extends Announcement {
  readonly node: NodeName;
  readonly number: NodeNumber;
}

export type Message =
  | {
      readonly kind: 'announce';
      readonly view: string;
      readonly round: number;
      readonly announcement: Announcement;
    }
  /** Says the engine's word on quorum, and whether the epoch's record is on the sender's disk. */
  | {
      readonly kind: 'ready';
      readonly view: string;
      readonly round: number;
      readonly quorate: boolean;
      readonly persisted: boolean;
    }
  /** Ends an open view: everybody announces anew with this round. */
  | {
      readonly kind: 'gather';
      readonly view: string;
      readonly round: number;
      readonly override: boolean;
    }
  /** The sender has not heard of that node for too long. */
  | { readonly kind: 'accuse'; readonly view: string; readonly node: NodeName }
  | {
      readonly kind: 'command';
      readonly view: string;
      readonly number: number;
      readonly durable: boolean;
      readonly wall: WallMs;
      readonly text: string;
    }
  /** The sender has the log up to this index on its disk. */
  | { readonly kind: 'ack'; readonly view: string; readonly index: number; readonly wall: WallMs }
  | {
      readonly kind: 'heartbeat';
      readonly view: string;
      /** Rises with each message of the sender. */
      readonly number: number;
      readonly wall: WallMs;
      /** From the DC: all members shall note their states here. */
      readonly mark: boolean;
      /** The sender's state at the DC's last marked heartbeat, told once. */
      readonly check: { readonly mark: string; readonly state: string } | null;
    }
  /** A joiner asks for a snapshot of the open view's state. */
  | { readonly kind: 'request'; readonly view: string }
  /** The point of the order where the snapshot `transfer` is cut. */
  | { readonly kind: 'cut'; readonly view: string; readonly transfer: string };

const announcement: Shape<Announcement> = object({
  incarnation: incarnationShape,
  boot: string(256),
  featureLevel: count,
  level: count,
  configured: nodesShape,
  relaxed: flag,
  standing: word('synced', 'disk-failed', 'following', 'unreadable'),
  incomplete: flag,
  era: count,
  newest: epochShape,
  previous: count,
  index: count,
  log: nameShape,
  chain: nameShape,
  state: nameShape,
  time: timeShape,
  wall: timeShape,
  unbroken: flag,
  order: list(object({ node: nodeShape, incarnation: incarnationShape }), nodesMax),
  left: list(leftShape, nodesMax),
});

const shape: Shape<Message> = union({
  announce: { view: nameShape, round: count, announcement },
  ready: { view: nameShape, round: count, quorate: flag, persisted: flag },
  gather: { view: nameShape, round: count, override: flag },
  accuse: { view: nameShape, node: nodeShape },
  command: {
    view: nameShape,
    number: count,
    durable: flag,
    wall: timeShape,
    text: string(commandCharsMax),
  },
  ack: { view: nameShape, index: count, wall: timeShape },
  heartbeat: {
    view: nameShape,
    number: count,
    wall: timeShape,
    mark: flag,
    check: nullable(object({ mark: nameShape, state: nameShape })),
  },
  request: { view: nameShape },
  cut: { view: nameShape, transfer: nameShape },
});

/** A command may double in length as a string within JSON. */
export const messageCharsMax = 2 * commandCharsMax + 4096;

const reader = { versions: { 'store.message': 1 }, charsMax: messageCharsMax };

export function encodeMessage(message: Message): string {
  return encodeFrame('store.message', 1, message);
}

export type DecodedMessage =
  | { readonly kind: 'ok'; readonly message: Message; readonly digest: string }
  | { readonly kind: 'wrong'; readonly problem: FrameProblem | 'shape'; readonly reason: string };

/** Never throws. `digest` stands for the whole text in the line's chain. */
export function decodeMessage(text: string): DecodedMessage {
  const frame = decodeFrame(text, reader);
  if (frame.kind === 'wrong') return frame;
  const checked = decodeShape(shape, frame.value.body);
  if (checked.kind === 'wrong') {
    return { kind: 'wrong', problem: 'shape', reason: `${checked.path} ${checked.reason}` };
  }
  return { kind: 'ok', message: checked.value, digest: frame.value.checksum };
}

/** One name for one view of the engine, the same on all its members. */
export function viewName(ring: RingId, members: readonly GroupMember[]): string {
  const processes = members.map((each) => `${each.number}:${each.process}`).sort();
  return `${ring.sequence}.${ring.representative}-${digestText(digestOf(processes.join(' ')))}`;
}
