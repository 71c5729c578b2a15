/** Reads blocks of `nvpair`s: instance_attributes, meta_attributes, utilization, options. */
import { parseScore } from '../../core/model/value.ts';
import type { AttributeBlock } from '../../core/model/rule.ts';
import { emptyRecord, isReservedName, skipped } from './draft.ts';
import type { Attributes, Draft, ElementReader, ReadContext } from './draft.ts';
import {
  clusterOptionName,
  clusterOptionValue,
  metaAttributeName,
  metaAttributeValue,
} from './names.ts';
import { ruleReader } from './rules.ts';

/** What the names in the block mean, so that old ones are translated. */
export type BlockKind = 'parameters' | 'meta' | 'options';

/** Appends one block to `blocks`; a block with `id-ref` is filled at the document's end. */
export function blockReader(
  context: ReadContext,
  kind: BlockKind,
  attributes: Attributes,
  blocks: AttributeBlock[],
): ElementReader {
  const reference = attributes['id-ref'];
  const values = emptyRecord();
  const block: Draft<AttributeBlock> = {
    id: reference ?? attributes['id'] ?? '',
    score: blockScore(context, attributes),
    values,
  };
  blocks.push(block);
  if (reference !== undefined) {
    context.later.push(() => resolveBlock(context, block, reference));
    return skipped;
  }
  context.definitions.blocks.set(block.id, block);
  const open = (name: string, child: Attributes): ElementReader | undefined => {
    if (name === 'nvpair') {
      readPair(context, kind, child, block);
      return skipped;
    }
    // Old schemas wrap the pairs in one more element.
    if (name === 'attributes') return { open };
    if (name !== 'rule') return undefined;
    return ruleReader(context, child, (rule) => {
      block.rule = rule;
    });
  };
  return { open };
}

function blockScore(context: ReadContext, attributes: Attributes): number {
  const text = attributes['score'];
  if (text === undefined) return 0;
  const score = parseScore(text);
  if (score !== undefined) return score;
  context.note('bad-value', attributes['id'] ?? '', `score "${text}" is no score; 0 is used`);
  return 0;
}

function resolveBlock(context: ReadContext, block: Draft<AttributeBlock>, id: string): void {
  const target = context.definitions.blocks.get(id);
  if (target) Object.assign(block, target);
  else context.note('dangling-reference', id, `there is no block of values "${id}" to refer to`);
}

function readPair(
  context: ReadContext,
  kind: BlockKind,
  attributes: Attributes,
  block: AttributeBlock,
): void {
  const reference = attributes['id-ref'];
  if (reference !== undefined) {
    context.later.push(() => resolvePair(context, block, reference, attributes['name']));
    return;
  }
  const written = attributes['name'];
  const value = attributes['value'];
  if (written === undefined || value === undefined) return;
  if (isReservedName(written)) {
    context.note('reserved-name', block.id, `a value cannot be named "${written}"; it is left out`);
    return;
  }
  const name = presentName(kind, written);
  const id = attributes['id'];
  if (id !== undefined) context.definitions.pairs.set(id, [name, value]);
  setValue(context, block, name, presentValue(kind, name, value));
}

function presentName(kind: BlockKind, name: string): string {
  if (kind === 'parameters') return name;
  return kind === 'meta' ? metaAttributeName(name) : clusterOptionName(name);
}

function presentValue(kind: BlockKind, name: string, value: string): string {
  if (kind === 'parameters') return value;
  return kind === 'meta' ? metaAttributeValue(name, value) : clusterOptionValue(name, value);
}

/** The first value of a name counts (Pacemaker Explained, "Sets of nvpairs"). */
function setValue(context: ReadContext, block: AttributeBlock, name: string, value: string): void {
  const values = block.values as Record<string, string>;
  if (values[name] === undefined) values[name] = value;
  else if (values[name] !== value) {
    context.note('duplicate-name', block.id, `"${name}" is given twice; the first value counts`);
  }
}

function resolvePair(
  context: ReadContext,
  block: AttributeBlock,
  reference: string,
  otherName: string | undefined,
): void {
  const target = context.definitions.pairs.get(reference);
  if (target) setValue(context, block, otherName ?? target[0], target[1]);
  else context.note('dangling-reference', reference, `there is no value "${reference}"`);
}
