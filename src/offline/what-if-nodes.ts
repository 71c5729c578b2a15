/** Changes of one node of a picture. */
import type { Configuration } from '../core/model/configuration.ts';
import { nodeName } from '../core/model/ids.ts';
import type { NodeStatus } from '../core/model/picture.ts';
import type { AttributeBlock } from '../core/model/rule.ts';

/** A node of which nothing is known yet. */
export function absentNode({ nodes }: Configuration, name: string): NodeStatus {
  const configured = nodes.find((node) => node.name === name);
  return { id: configured?.id ?? name, name: nodeName(name), transient: [], history: [] };
}

export function cleanlyGone({ id, name }: NodeStatus): NodeStatus {
  return {
    id,
    name,
    memberSince: 0,
    processSince: 0,
    join: 'down',
    expected: 'down',
    transient: [],
    history: [],
  };
}

/** The value as if it had been written first in the blocks: whatever they say, it counts. */
export function withValue(
  blocks: readonly AttributeBlock[],
  name: string,
  value: string,
): readonly AttributeBlock[] {
  const cleared = blocks.map((block) => {
    const { [name]: _old, ...values } = block.values;
    return { ...block, values };
  });
  return [...cleared, { id: `what-if-${name}`, score: 0, values: { [name]: value } }];
}

export function withTransient(node: NodeStatus, name: string, value: string): NodeStatus {
  return { ...node, transient: withValue(node.transient, name, value) };
}
