/** Blocks of named values → one table: falling score, the first value of a name wins. */
import type { AttributeBlock } from '../../model/rule.ts';
import { ruleHolds } from './rules.ts';
import type { RuleContext } from './rules.ts';

export type Values = Map<string, string>;

/** Adds to `into` every value of the blocks whose rule holds and whose name is not there yet. */
export function mergeBlocks(
  into: Values,
  blocks: readonly AttributeBlock[],
  context: RuleContext,
): Values {
  for (const block of sortedBlocks(blocks)) {
    if (block.rule !== undefined && !ruleHolds(block.rule, context)) continue;
    for (const name of Object.keys(block.values)) {
      const value = block.values[name];
      // `#default` is how old tools wrote that nothing is set.
      if (value === undefined || value === '#default') continue;
      if (!into.has(name)) into.set(name, value);
    }
  }
  return into;
}

export const readBlocks = (blocks: readonly AttributeBlock[], context: RuleContext): Values =>
  mergeBlocks(new Map(), blocks, context);

function sortedBlocks(blocks: readonly AttributeBlock[]): readonly AttributeBlock[] {
  return blocks.length < 2 ? blocks : blocks.toSorted((a, b) => b.score - a.score);
}
