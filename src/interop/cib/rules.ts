/** Reads `rule` elements (Pacemaker Explained, "Rules"). */
import {
  parseDateRange,
  parseDurationMs,
  parseInteger,
  parseScore,
} from '../../core/model/value.ts';
import type {
  Comparison,
  DateDuration,
  DateSpecification,
  Expression,
  Rule,
  ValueType,
} from '../../core/model/rule.ts';
import { skipped } from './draft.ts';
import type { Attributes, Draft, ElementReader, ReadContext } from './draft.ts';
import { parseRole } from './names.ts';

/** Reads a `rule`, also one that only refers to another (`id-ref`); `accept` gets it at once. */
export function ruleReader(
  context: ReadContext,
  attributes: Attributes,
  accept: (rule: Rule) => void,
): ElementReader {
  const reference = attributes['id-ref'];
  const expressions: Expression[] = [];
  const rule: Draft<Rule> = { id: reference ?? attributes['id'] ?? '', join: 'and', expressions };
  accept(rule);
  if (reference !== undefined) {
    context.later.push(() => resolveRule(context, rule, reference));
    return skipped;
  }
  context.definitions.rules.set(rule.id, rule);
  readRuleAttributes(context, rule, attributes);
  return { open: (name, child) => expressionReader(context, expressions, name, child) };
}

function resolveRule(context: ReadContext, rule: Draft<Rule>, reference: string): void {
  const target = context.definitions.rules.get(reference);
  if (target) Object.assign(rule, target);
  else context.note('dangling-reference', reference, `there is no rule "${reference}" to refer to`);
}

function readRuleAttributes(context: ReadContext, rule: Draft<Rule>, attributes: Attributes): void {
  if (attributes['boolean-op']?.toLowerCase() === 'or') rule.join = 'or';
  const scoreText = attributes['score'];
  if (scoreText !== undefined) {
    const score = parseScore(scoreText);
    if (score === undefined) {
      context.note('bad-value', rule.id, `score "${scoreText}" is neither a number nor INFINITY`);
    } else rule.score = score;
  }
  const scoreAttribute = attributes['score-attribute'];
  if (scoreAttribute !== undefined) rule.scoreAttribute = scoreAttribute;
  const role = attributes['role'];
  if (role !== undefined) rule.role = parseRole(role) ?? role;
}

function expressionReader(
  context: ReadContext,
  expressions: Expression[],
  name: string,
  attributes: Attributes,
): ElementReader | undefined {
  switch (name) {
    case 'rule':
      return ruleReader(context, attributes, (rule) => expressions.push({ kind: 'rule', rule }));
    case 'expression':
      expressions.push(attributeExpression(context, attributes));
      return skipped;
    case 'date_expression':
      return dateExpressionReader(context, attributes, expressions);
    case 'rsc_expression':
      expressions.push(resourceExpression(attributes));
      return skipped;
    case 'op_expression':
      expressions.push(operationExpression(attributes));
      return skipped;
    default:
      return undefined;
  }
}

const COMPARISONS: ReadonlySet<string> = new Set([
  'lt',
  'gt',
  'lte',
  'gte',
  'eq',
  'ne',
  'defined',
  'not_defined',
]);
const VALUE_TYPES: ReadonlySet<string> = new Set(['string', 'integer', 'number', 'version']);

function attributeExpression(context: ReadContext, attributes: Attributes): Expression {
  const operation = attributes['operation'] ?? 'eq';
  if (!COMPARISONS.has(operation)) {
    context.note('bad-value', attributes['id'] ?? '', `"${operation}" is not a comparison`);
  }
  const valueType = attributes['type']?.toLowerCase();
  const source = attributes['value-source'];
  return {
    kind: 'attribute',
    attribute: attributes['attribute'] ?? '',
    operation: COMPARISONS.has(operation) ? (operation as Comparison) : 'eq',
    ...(attributes['value'] !== undefined && { value: attributes['value'] }),
    ...(valueType !== undefined &&
      VALUE_TYPES.has(valueType) && { valueType: valueType as ValueType }),
    valueSource: source === 'param' || source === 'meta' ? source : 'literal',
  };
}

function resourceExpression(attributes: Attributes): Expression {
  const { class: standard, provider, type } = attributes;
  return {
    kind: 'resource',
    ...(standard !== undefined && { class: standard }),
    ...(provider !== undefined && { provider }),
    ...(type !== undefined && { type }),
  };
}

function operationExpression(attributes: Attributes): Expression {
  const interval = attributes['interval'];
  const intervalMs = interval === undefined ? undefined : parseDurationMs(interval);
  return {
    kind: 'operation',
    name: attributes['name'] ?? '',
    ...(intervalMs !== undefined && { intervalMs }),
  };
}

type DateExpression = Extract<Expression, { kind: 'date' }>;

function dateExpressionReader(
  context: ReadContext,
  attributes: Attributes,
  expressions: Expression[],
): ElementReader {
  const { start, end } = attributes;
  const date: Draft<DateExpression> = {
    kind: 'date',
    operation: dateOperation(context, attributes),
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
  };
  expressions.push(date);
  const open = (name: string, child: Attributes): ElementReader | undefined => {
    if (name === 'duration') date.duration = dateDuration(child);
    else if (name === 'date_spec') date.specification = dateSpecification(context, child);
    else return undefined;
    return skipped;
  };
  return { open };
}

function dateOperation(context: ReadContext, attributes: Attributes): DateExpression['operation'] {
  const operation = attributes['operation'] ?? 'in_range';
  switch (operation) {
    case 'lt':
    case 'gt':
    case 'in_range':
    case 'date_spec':
      return operation;
    default:
      context.note('bad-value', attributes['id'] ?? '', `"${operation}" compares no dates`);
      return 'in_range';
  }
}

const DURATION_FIELDS = [
  'years',
  'months',
  'weeks',
  'days',
  'hours',
  'minutes',
  'seconds',
] as const satisfies readonly (keyof DateDuration)[];

function dateDuration(attributes: Attributes): DateDuration {
  const duration: Draft<DateDuration> = {};
  for (const field of DURATION_FIELDS) {
    const value = parseInteger(attributes[field] ?? '');
    if (value !== undefined) duration[field] = value;
  }
  return duration;
}

const SPECIFICATION_FIELDS = [
  'seconds',
  'minutes',
  'hours',
  'monthdays',
  'weekdays',
  'yeardays',
  'months',
  'weeks',
  'years',
  'weekyears',
  'moon',
] as const satisfies readonly (keyof DateSpecification)[];

function dateSpecification(context: ReadContext, attributes: Attributes): DateSpecification {
  const specification: Draft<DateSpecification> = {};
  for (const field of SPECIFICATION_FIELDS) {
    const text = attributes[field];
    if (text === undefined) continue;
    const range = parseDateRange(text);
    if (range) specification[field] = range;
    else context.note('bad-value', attributes['id'] ?? '', `"${text}" is no range of ${field}`);
  }
  return specification;
}
