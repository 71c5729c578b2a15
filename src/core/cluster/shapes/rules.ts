/** Shapes of rules and of blocks of named values (model/rule.ts). */
import type {
  AttributeBlock,
  DateDuration,
  DateRange,
  DateSpecification,
  Expression,
  Rule,
} from '../../model/rule.ts';
import type { Shape } from '../../wire/shape.ts';
import { count, list, nested, object, optional, union, word } from '../../wire/shape.ts';
import { exactly, key, score, text, texts, whole } from './parts.ts';

const RULE_DEPTH_MAX = 16;
const EXPRESSIONS_MAX = 1000;
const BLOCKS_MAX = 1000;

const range: Shape<DateRange> = exactly<DateRange>()(
  object({ from: optional(whole), to: optional(whole) }),
);

const specification: Shape<DateSpecification> = exactly<DateSpecification>()(
  object({
    seconds: optional(range),
    minutes: optional(range),
    hours: optional(range),
    monthdays: optional(range),
    weekdays: optional(range),
    yeardays: optional(range),
    months: optional(range),
    weeks: optional(range),
    years: optional(range),
    weekyears: optional(range),
    moon: optional(range),
  }),
);

const duration: Shape<DateDuration> = exactly<DateDuration>()(
  object({
    years: optional(whole),
    months: optional(whole),
    weeks: optional(whole),
    days: optional(whole),
    hours: optional(whole),
    minutes: optional(whole),
    seconds: optional(whole),
  }),
);

const comparisons = ['lt', 'gt', 'lte', 'gte', 'eq', 'ne'] as const;

export const rule: Shape<Rule> = nested<Rule>(
  () =>
    exactly<Rule>()(
      object({
        id: key,
        join: word('and', 'or'),
        expressions: list(expression, EXPRESSIONS_MAX),
        score: optional(score),
        scoreAttribute: optional(key),
        role: optional(key),
      }),
    ),
  RULE_DEPTH_MAX,
);

const expression: Shape<Expression> = exactly<Expression>()(
  union({
    rule: { rule },
    attribute: {
      attribute: key,
      operation: word(...comparisons, 'defined', 'not_defined'),
      value: optional(text),
      valueType: optional(word('string', 'integer', 'number', 'version')),
      valueSource: word('literal', 'param', 'meta'),
    },
    date: {
      operation: word('lt', 'gt', 'in_range', 'date_spec'),
      start: optional(key),
      end: optional(key),
      duration: optional(duration),
      specification: optional(specification),
    },
    resource: { class: optional(key), provider: optional(key), type: optional(key) },
    operation: { name: key, intervalMs: optional(count) },
  }),
);

const block: Shape<AttributeBlock> = exactly<AttributeBlock>()(
  object({ id: key, score, rule: optional(rule), values: texts }),
);

export const blocks: Shape<readonly AttributeBlock[]> = list(block, BLOCKS_MAX);
