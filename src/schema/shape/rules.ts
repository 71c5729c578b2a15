/** Shapes of rules, and of blocks of values that a rule may switch on. */
import { z } from 'zod';
import { duration, score, map, oneOf, text, values, word, yesNo } from './values.ts';

/** The fields of a calendar duration, and of a date specification. */
export const DURATION_FIELDS = [
  'years',
  'months',
  'weeks',
  'days',
  'hours',
  'minutes',
  'seconds',
] as const;
export const SPECIFICATION_FIELDS = [
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
] as const;

type TextFields<N extends string> = { [K in N]: z.ZodExactOptional<typeof text> };

const textFields = <const N extends string>(names: readonly N[]) =>
  map(Object.fromEntries(names.map((name) => [name, text.exactOptional()])) as TextFields<N>);

const attributeExpression = map({
  attribute: text,
  eq: text.exactOptional(),
  ne: text.exactOptional(),
  lt: text.exactOptional(),
  gt: text.exactOptional(),
  lte: text.exactOptional(),
  gte: text.exactOptional(),
  defined: yesNo.exactOptional(),
  compare: word('lt', 'gt', 'lte', 'gte', 'eq', 'ne', 'defined', 'not_defined')
    .exactOptional()
    .meta({ description: 'the long form of the others, for a comparison without a value' }),
  value: text.exactOptional(),
  type: word('string', 'integer', 'number', 'version').exactOptional(),
  'value-source': word('literal', 'param', 'meta').exactOptional(),
});

const dateExpression = map({
  date: word('lt', 'gt', 'in_range', 'date_spec'),
  start: text.exactOptional(),
  end: text.exactOptional(),
  duration: textFields(DURATION_FIELDS).exactOptional(),
  spec: textFields(SPECIFICATION_FIELDS).exactOptional(),
});

const resourceExpression = map({
  resource: map({
    class: text.exactOptional(),
    provider: text.exactOptional(),
    type: text.exactOptional(),
  }),
});

const operationExpression = map({
  op: text,
  interval: duration.exactOptional(),
});

export type AttributeExpressionShape = z.output<typeof attributeExpression>;
export type DateExpressionShape = z.output<typeof dateExpression>;
export type ResourceExpressionShape = z.output<typeof resourceExpression>;
export type OperationExpressionShape = z.output<typeof operationExpression>;

export type ExpressionShape =
  | AttributeExpressionShape
  | DateExpressionShape
  | ResourceExpressionShape
  | OperationExpressionShape
  | RuleShape;

export interface RuleShape {
  readonly id?: string;
  readonly score?: number;
  readonly 'score-attribute'?: string;
  readonly role?: string;
  readonly all?: readonly ExpressionShape[];
  readonly any?: readonly ExpressionShape[];
}

export const rule: z.ZodType<RuleShape> = map({
  id: text.exactOptional(),
  score: score.exactOptional(),
  'score-attribute': text.exactOptional(),
  role: text.exactOptional(),
  get all(): z.ZodExactOptional<z.ZodArray<z.ZodType<ExpressionShape>>> {
    return z.array(expression).exactOptional();
  },
  get any(): z.ZodExactOptional<z.ZodArray<z.ZodType<ExpressionShape>>> {
    return z.array(expression).exactOptional();
  },
}).meta({ id: 'rule', description: 'all or any of the expressions must hold' });

const expression: z.ZodType<ExpressionShape> = oneOf([
  attributeExpression,
  dateExpression,
  resourceExpression,
  operationExpression,
  rule,
]);

const block = map({
  id: text.exactOptional(),
  score: score.exactOptional(),
  rule: rule.exactOptional(),
  values,
});

export type BlockShape = z.output<typeof block>;

/** A map of values, or a list of blocks where ids, scores or rules matter. */
export const blocks = oneOf([values, z.array(block)]);
export type BlocksShape = z.output<typeof blocks>;
