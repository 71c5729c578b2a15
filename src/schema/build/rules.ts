/** Makes rules and blocks of values of their shapes. */
import type {
  AttributeBlock,
  DateDuration,
  DateRange,
  DateSpecification,
  Expression,
  Rule,
} from '../../core/model/rule.ts';
import { parseDateRange, parseInteger } from '../../core/model/value.ts';
import { blockId, ruleId } from '../ids.ts';
import { DURATION_FIELDS, SPECIFICATION_FIELDS } from '../shape/rules.ts';
import type {
  AttributeExpressionShape,
  BlockShape,
  BlocksShape,
  DateExpressionShape,
  ExpressionShape,
  RuleShape,
} from '../shape/rules.ts';
import type { Path } from '../tree/tree.ts';
import { optional } from './context.ts';
import type { BuildContext } from './context.ts';

/** @param base id of the first block where it names none itself */
export function buildBlocks(
  context: BuildContext,
  shape: BlocksShape | null | undefined,
  base: string,
  path: Path,
): readonly AttributeBlock[] {
  if (shape === undefined || shape === null) return [];
  if (!Array.isArray(shape)) return [{ id: base, score: 0, values: shape }];
  return shape.map((block, index) =>
    buildBlock(context, block, blockId(base, index), [...path, index]),
  );
}

function buildBlock(
  context: BuildContext,
  shape: BlockShape,
  otherwise: string,
  path: Path,
): AttributeBlock {
  const id = shape.id ?? otherwise;
  return {
    id,
    score: shape.score ?? 0,
    ...(shape.rule && { rule: buildRule(context, shape.rule, ruleId(id, 0), [...path, 'rule']) }),
    values: shape.values,
  };
}

/** Recursive, as deep as the tree may be. */
export function buildRule(
  context: BuildContext,
  shape: RuleShape,
  otherwise: string,
  path: Path,
): Rule {
  const id = shape.id ?? otherwise;
  if (shape.all !== undefined && shape.any !== undefined) {
    context.problem([...path, 'any'], '"all" and "any" cannot stand in one rule');
  }
  const join = shape.any === undefined ? 'and' : 'or';
  const expressions = shape.any ?? shape.all ?? [];
  const key = shape.any === undefined ? 'all' : 'any';
  return {
    id,
    join,
    expressions: expressions.map((expression, index) =>
      buildExpression(context, expression, ruleId(id, index), [...path, key, index]),
    ),
    ...optional('score', shape.score),
    ...optional('scoreAttribute', shape['score-attribute']),
    ...optional('role', shape.role),
  };
}

function buildExpression(
  context: BuildContext,
  shape: ExpressionShape,
  id: string,
  path: Path,
): Expression {
  if ('attribute' in shape) return attributeExpression(context, shape, path);
  if ('date' in shape) return dateExpression(context, shape, path);
  if ('resource' in shape) return { kind: 'resource', ...shape.resource };
  if ('op' in shape) {
    return { kind: 'operation', name: shape.op, ...optional('intervalMs', shape.interval) };
  }
  return { kind: 'rule', rule: buildRule(context, shape, id, path) };
}

const COMPARISONS = ['eq', 'ne', 'lt', 'gt', 'lte', 'gte'] as const;

type AttributeExpression = Extract<Expression, { kind: 'attribute' }>;

function attributeExpression(
  context: BuildContext,
  shape: AttributeExpressionShape,
  path: Path,
): AttributeExpression {
  const found: Pick<AttributeExpression, 'operation' | 'value'>[] = [];
  for (const operation of COMPARISONS) {
    const value = shape[operation];
    if (value !== undefined) found.push({ operation, value });
  }
  if (shape.defined !== undefined) {
    found.push({ operation: shape.defined ? 'defined' : 'not_defined' });
  }
  if (shape.compare !== undefined) {
    found.push({ operation: shape.compare, ...optional('value', shape.value) });
  }
  const comparison = found[0];
  if (!comparison || found.length > 1) {
    context.problem(
      path,
      `one comparison is needed with "${shape.attribute}", not ${found.length}`,
      'write for example "eq: VALUE" or "defined: true"',
    );
  }
  return {
    kind: 'attribute',
    attribute: shape.attribute,
    ...(comparison ?? { operation: 'defined' }),
    ...optional('valueType', shape.type),
    valueSource: shape['value-source'] ?? 'literal',
  };
}

function dateExpression(context: BuildContext, shape: DateExpressionShape, path: Path): Expression {
  return {
    kind: 'date',
    operation: shape.date,
    ...optional('start', shape.start),
    ...optional('end', shape.end),
    ...(shape.duration && { duration: buildDuration(context, shape.duration, path) }),
    ...(shape.spec && { specification: buildSpecification(context, shape.spec, path) }),
  };
}

function buildDuration(
  context: BuildContext,
  shape: NonNullable<DateExpressionShape['duration']>,
  path: Path,
): DateDuration {
  const duration: { -readonly [K in keyof DateDuration]: DateDuration[K] } = {};
  for (const field of DURATION_FIELDS) {
    const text = shape[field];
    if (text === undefined) continue;
    const value = parseInteger(text);
    if (value !== undefined) duration[field] = value;
    else context.problem([...path, 'duration', field], `"${text}" is not a whole number`);
  }
  return duration;
}

function buildSpecification(
  context: BuildContext,
  shape: NonNullable<DateExpressionShape['spec']>,
  path: Path,
): DateSpecification {
  const specification: { -readonly [K in keyof DateSpecification]: DateRange } = {};
  for (const field of SPECIFICATION_FIELDS) {
    const text = shape[field];
    if (text === undefined) continue;
    const range = parseDateRange(text);
    if (range) specification[field] = range;
    else context.problem([...path, 'spec', field], `"${text}" is no range: write 6, 1-5 or 6-`);
  }
  return specification;
}
