/** A member whose disk refuses says so to all: elsewhere nothing of it would be seen. */
import { DISK_ATTRIBUTE } from '../model/attributes.ts';
import { askOnce } from './lead.ts';
import type { NodeState, Step } from './state.ts';
import { stay } from './state.ts';
import type { NodeClocks } from './types.ts';

const WORDS_MAX = 300;

/** Attributes need no disk: they are ordered and applied, not written. */
export function tellDisk(node: NodeState, clocks: NodeClocks): Step {
  const { phase, members, self } = node.view;
  if (phase.kind !== 'open' && phase.kind !== 'disk-failed') return stay(node);
  if (!members.some((member) => member.node === self)) return stay(node);
  const value = phase.kind === 'disk-failed' ? phase.reason.slice(0, WORDS_MAX) : undefined;
  if (node.cluster.nodes[self]?.attributes[DISK_ATTRIBUTE] === value) return stay(node);
  const command = { kind: 'attribute', node: self, name: DISK_ATTRIBUTE, value } as const;
  return askOnce(node, 'ask disk', command, clocks);
}
