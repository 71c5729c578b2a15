/** Writes rules and blocks of values: the inverse of `build/rules.ts`. */
import type {
  AttributeBlock,
  DateDuration,
  DateSpecification,
  Expression,
  Rule,
} from '../../core/model/rule.ts';
import { scoreText } from '../../core/model/score.ts';
import { dateRangeText, durationText } from '../../core/model/value.ts';
import { blockId, ruleId } from '../ids.ts';
import { DURATION_FIELDS, SPECIFICATION_FIELDS } from '../shape/rules.ts';
import { plainList, plainMap, plainValues } from './plain.ts';
import type { Plain, PlainMap } from './plain.ts';

/** A map where one plain block is all there is, a list otherwise; undefined without blocks. */
export function writeBlocks(blocks: readonly AttributeBlock[], base: string): Plain | undefined {
  const [first] = blocks;
  if (!first) return undefined;
  if (blocks.length === 1 && isPlainBlock(first, base)) return plainValues(first.values);
  return writeBlockList(blocks, base);
}

/** One block, without anything but values, called as nobody need say. */
export function isPlainBlock(block: AttributeBlock, base: string): boolean {
  return block.id === base && block.score === 0 && block.rule === undefined;
}

export function writeBlockList(blocks: readonly AttributeBlock[], base: string): Plain {
  return plainList(
    blocks.map((block, index) =>
      plainMap(
        [
          ['id', block.id === blockId(base, index) ? undefined : block.id],
          ['score', block.score === 0 ? undefined : scoreText(block.score)],
          ['rule', block.rule && writeRule(block.rule, ruleId(block.id, 0))],
          ['values', plainValues(block.values)],
        ],
        'block',
      ),
    ),
  );
}

/** Recursive, as deep as rules are nested. */
export function writeRule(rule: Rule, otherwise: string): PlainMap {
  const { id, expressions, score, scoreAttribute, role } = rule;
  return plainMap(
    [
      ['id', id === otherwise ? undefined : id],
      ['score', score === undefined ? undefined : scoreText(score)],
      ['score-attribute', scoreAttribute],
      ['role', role],
      [
        rule.join === 'or' ? 'any' : 'all',
        plainList(expressions.map((own, index) => writeExpression(own, ruleId(id, index)))),
      ],
    ],
    'block',
  );
}

function writeExpression(expression: Expression, ruleDefaultId: string): PlainMap {
  switch (expression.kind) {
    case 'rule':
      return writeRule(expression.rule, ruleDefaultId);
    case 'attribute':
      return writeAttribute(expression);
    case 'date':
      return plainMap([
        ['date', expression.operation],
        ['start', expression.start],
        ['end', expression.end],
        ['duration', expression.duration && writeDuration(expression.duration)],
        ['spec', expression.specification && writeSpecification(expression.specification)],
      ]);
    case 'resource': {
      const { class: standard, provider, type } = expression;
      const fields = [['class', standard] as const, ['provider', provider] as const];
      return plainMap([['resource', plainMap([...fields, ['type', type]])]]);
    }
    case 'operation': {
      const { name, intervalMs } = expression;
      return plainMap([
        ['op', name],
        ['interval', intervalMs === undefined ? undefined : durationText(intervalMs)],
      ]);
    }
  }
}

function writeAttribute(expression: Extract<Expression, { kind: 'attribute' }>): PlainMap {
  const { attribute, operation, value, valueType, valueSource } = expression;
  const isDefined = operation === 'defined' || operation === 'not_defined';
  const comparison: readonly (readonly [string, Plain | undefined])[] =
    isDefined && value === undefined
      ? [['defined', operation === 'defined' ? 'true' : 'false']]
      : !isDefined && value !== undefined
        ? [[operation, value]]
        : [
            ['compare', operation],
            ['value', value],
          ];
  return plainMap([
    ['attribute', attribute],
    ...comparison,
    ['type', valueType],
    ['value-source', valueSource === 'literal' ? undefined : valueSource],
  ]);
}

function writeDuration(duration: DateDuration): PlainMap {
  return plainMap(DURATION_FIELDS.map((field) => [field, duration[field]?.toString()] as const));
}

function writeSpecification(specification: DateSpecification): PlainMap {
  return plainMap(
    SPECIFICATION_FIELDS.map((field) => {
      const range = specification[field];
      return [field, range && dateRangeText(range)] as const;
    }),
  );
}
