/** Shapes of what messages, log records and snapshots have in common. */
import type { LeaveReason, RingId } from '../model/engine.ts';
import type { Incarnation, NodeName, WallMs } from '../model/ids.ts';
import type { Shape } from '../wire/shape.ts';
import { as, count, flag, integer, list, object, optional, string, word } from '../wire/shape.ts';
import type { CommitRule, Epoch, Left, Opening } from './epoch.ts';
import type { Apart, ViewMember } from './types.ts';

/** Far above the 32 members that CPG carries well. */
export const nodesMax = 256;
/** Longest command, UTF-16 code units: a large configuration with its source. */
export const commandCharsMax = 8 << 20;

export const nodeShape: Shape<NodeName> = as<NodeName>(string(256, 1));
export const nodesShape: Shape<readonly NodeName[]> = list(nodeShape, nodesMax);
export const incarnationShape: Shape<Incarnation> = as<Incarnation>(string(256, 1));
export const timeShape: Shape<WallMs> = as<WallMs>(count);
/** Names of views, digests. */
export const nameShape: Shape<string> = string(256);

export const ringShape: Shape<RingId> = as<RingId>(
  object({ sequence: count, representative: integer(0, 2 ** 32 - 1) }),
);

export const epochShape: Shape<Epoch> = object({
  number: count,
  ballot: count,
  ring: ringShape,
  members: nodesShape,
  commit: word('majority', 'all'),
  configured: list(nodesShape, nodesMax),
});

export const memberShape: Shape<ViewMember> = object({
  node: nodeShape,
  incarnation: incarnationShape,
  boot: string(256),
  featureLevel: count,
});

const reasonShape: Shape<LeaveReason> = word('leave', 'process-down', 'node-down');

export const leftShape: Shape<Left> = object({ node: nodeShape, reason: reasonShape });

const apartShape: Shape<Apart> = object({ node: nodeShape, ballot: count, number: count });

const ruleShape: Shape<CommitRule> = object({
  commit: word('majority', 'all'),
  counted: nodesShape,
  lists: list(nodesShape, nodesMax),
});

export const openingShape: Shape<Opening> = object({
  view: nameShape,
  round: count,
  ring: ringShape,
  acting: flag,
  quorate: flag,
  epoch: epochShape,
  previous: count,
  base: count,
  time: timeShape,
  members: list(memberShape, nodesMax),
  joined: list(memberShape, nodesMax),
  left: list(leftShape, nodesMax),
  dc: nodeShape,
  rule: ruleShape,
  apart: optional(list(apartShape, nodesMax)),
});
