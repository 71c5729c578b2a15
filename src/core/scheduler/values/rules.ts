/** Whether rules hold (Pacemaker Explained, "Rules"), walking nested rules without recursion. */
import { INFINITY_SCORE } from '../../model/score.ts';
import type { DateRange, DateSpecification, Expression, Rule } from '../../model/rule.ts';
import type { AgentName } from '../../model/operation.ts';
import {
  addDuration,
  daysFromCivil,
  isoWeek,
  readDateMs,
  toCalendar,
  weekday,
} from './calendar.ts';
import { compareText, readInteger } from './text.ts';

/** What a rule may ask about. Whatever is absent makes the expressions about it false. */
export interface RuleContext {
  readonly nowMs: number;
  /** Node attributes including the built-in `#uname` …; absent where no node is in question. */
  readonly attribute?: ((name: string) => string | undefined) | undefined;
  readonly agent?: AgentName | undefined;
  readonly operation?: { readonly name: string; readonly intervalMs: number } | undefined;
  readonly parameter?: ((name: string) => string | undefined) | undefined;
  readonly meta?: ((name: string) => string | undefined) | undefined;
  /** Submatches `%0` … of a location's pattern. */
  readonly submatches?: readonly string[] | undefined;
  /** Told every moment after now at which a date expression may change its answer. */
  readonly changesAt?: ((ms: number) => void) | undefined;
}

interface Frame {
  readonly rule: Rule;
  next: number;
  result: boolean;
}

/** An `and` rule without expressions holds; an `or` rule without any does not. */
export function ruleHolds(rule: Rule, context: RuleContext): boolean {
  const stack: Frame[] = [{ rule, next: 0, result: rule.join === 'and' }];
  for (;;) {
    const frame = stack.at(-1);
    if (frame === undefined) return false;
    const expression = frame.rule.expressions[frame.next];
    const decided = frame.next > 0 && frame.result !== (frame.rule.join === 'and');
    if (expression === undefined || decided) {
      stack.pop();
      const parent = stack.at(-1);
      if (parent === undefined) return frame.result;
      parent.result = frame.result;
      continue;
    }
    frame.next += 1;
    if (expression.kind === 'rule') {
      stack.push({ rule: expression.rule, next: 0, result: expression.rule.join === 'and' });
    } else {
      frame.result = expressionHolds(expression, context);
    }
  }
}

type Leaf = Exclude<Expression, { readonly kind: 'rule' }>;

function expressionHolds(expression: Leaf, context: RuleContext): boolean {
  switch (expression.kind) {
    case 'attribute':
      return attributeHolds(expression, context);
    case 'date':
      return dateHolds(expression, context);
    case 'resource': {
      const agent = context.agent;
      if (agent === undefined) return false;
      return (
        (expression.class === undefined || expression.class === agent.class) &&
        (expression.provider === undefined || expression.provider === agent.provider) &&
        (expression.type === undefined || expression.type === agent.type)
      );
    }
    case 'operation': {
      const operation = context.operation;
      if (operation === undefined || operation.name !== expression.name) return false;
      return expression.intervalMs === undefined || expression.intervalMs === operation.intervalMs;
    }
  }
}

function attributeHolds(
  expression: Extract<Expression, { kind: 'attribute' }>,
  context: RuleContext,
): boolean {
  if (context.attribute === undefined) return false;
  const name = expression.attribute.replace(
    /%([0-9])/g,
    (all, digit: string) => context.submatches?.[Number(digit)] ?? (context.submatches ? '' : all),
  );
  const actual = context.attribute(name);
  const wanted = referenceValue(expression, context);
  switch (expression.operation) {
    case 'defined':
      return actual !== undefined;
    case 'not_defined':
      return actual === undefined;
    case 'eq':
      return (
        actual !== undefined && wanted !== undefined && compare(expression, actual, wanted) === 0
      );
    case 'ne':
      return actual === undefined || wanted === undefined
        ? actual !== wanted
        : compare(expression, actual, wanted) !== 0;
    default:
      break;
  }
  if (actual === undefined || wanted === undefined) return false;
  const order = compare(expression, actual, wanted);
  if (order === undefined) return false;
  switch (expression.operation) {
    case 'lt':
      return order < 0;
    case 'lte':
      return order <= 0;
    case 'gt':
      return order > 0;
    case 'gte':
      return order >= 0;
  }
}

function referenceValue(
  expression: Extract<Expression, { kind: 'attribute' }>,
  context: RuleContext,
): string | undefined {
  if (expression.value === undefined) return undefined;
  switch (expression.valueSource) {
    case 'param':
      return context.parameter?.(expression.value);
    case 'meta':
      return context.meta?.(expression.value);
    case 'literal':
      return expression.value;
  }
}

function compare(
  expression: Extract<Expression, { kind: 'attribute' }>,
  actual: string,
  wanted: string,
): number | undefined {
  const equality = expression.operation === 'eq' || expression.operation === 'ne';
  const decimal = /\./.test(actual) || /\./.test(wanted);
  const type = expression.valueType ?? (equality ? 'string' : decimal ? 'number' : 'integer');
  switch (type) {
    case 'string':
      return compareText(actual.toLowerCase(), wanted.toLowerCase());
    case 'integer':
      return compareNumbers(readInteger(actual), readInteger(wanted), actual, wanted);
    case 'number':
      return compareNumbers(readNumber(actual), readNumber(wanted), actual, wanted);
    case 'version':
      return compareVersions(actual, wanted);
  }
}

function readNumber(text: string): number | undefined {
  const value = Number.parseFloat(text);
  return Number.isNaN(value) ? undefined : value;
}

/** Texts that are not numbers are compared as texts. */
function compareNumbers(
  left: number | undefined,
  right: number | undefined,
  leftText: string,
  rightText: string,
): number {
  if (left === undefined || right === undefined) {
    return compareText(leftText.toLowerCase(), rightText.toLowerCase());
  }
  return Math.sign(left - right);
}

function compareVersions(left: string, right: string): number {
  const a = left.split(/[^0-9]+/).filter((part) => part !== '');
  const b = right.split(/[^0-9]+/).filter((part) => part !== '');
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const difference = Number(a[i] ?? -1) - Number(b[i] ?? -1);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

function dateHolds(
  expression: Extract<Expression, { kind: 'date' }>,
  context: RuleContext,
): boolean {
  const now = Math.floor(context.nowMs / 1000) * 1000;
  const start = readDateMs(expression.start);
  let end = readDateMs(expression.end);
  if (end === undefined && start !== undefined && expression.duration !== undefined) {
    end = addDuration(start, expression.duration);
  }
  switch (expression.operation) {
    case 'lt':
      tell(context, end);
      return end !== undefined && now < end;
    case 'gt':
      tell(context, start, SECOND_MS);
      return start !== undefined && now > start;
    case 'in_range':
      if (start === undefined && end === undefined) return false;
      tell(context, start);
      tell(context, end, SECOND_MS);
      return (start === undefined || now >= start) && (end === undefined || now <= end);
    case 'date_spec':
      if (expression.specification === undefined) return false;
      tell(context, nextChange(expression.specification, now));
      return specificationHolds(expression.specification, now);
  }
}

/** Rules look at whole seconds: what holds up to a moment ends with the second after it. */
const SECOND_MS = 1000;

function tell({ changesAt }: RuleContext, moment: number | undefined, laterMs = 0): void {
  if (moment !== undefined) changesAt?.(moment + laterMs);
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** More than a year of days, two weeks of hours: beyond that it is looked at again. */
const LOOKED_AT_MAX = 400;

const known = new WeakMap<DateSpecification, { readonly now: number; readonly next: number }>();

/** When the specification holds no longer, or holds, or at least has to be looked at again. */
function nextChange(specification: DateSpecification, now: number): number {
  const found = known.get(specification);
  if (found?.now === now) return found.next;
  const { seconds, minutes, hours } = specification;
  const step = seconds ? SECOND_MS : minutes ? MINUTE_MS : hours ? HOUR_MS : DAY_MS;
  const holds = specificationHolds(specification, now);
  let next = Math.floor(now / step) * step + step;
  for (let looked = 1; looked < LOOKED_AT_MAX; looked += 1) {
    if (specificationHolds(specification, next) !== holds) break;
    next += step;
  }
  known.set(specification, { now, next });
  return next;
}

/** Exported for tests of single fields. */
export function specificationHolds(specification: DateSpecification, nowMs: number): boolean {
  const date = toCalendar(nowMs);
  const days = daysFromCivil(date.year, date.month, date.day);
  const week = isoWeek(nowMs);
  const within = (range: DateRange | undefined, value: number): boolean =>
    range === undefined ||
    (value >= (range.from ?? -INFINITY_SCORE) && value <= (range.to ?? INFINITY_SCORE));
  return (
    within(specification.years, date.year) &&
    within(specification.months, date.month) &&
    within(specification.monthdays, date.day) &&
    within(specification.hours, date.hours) &&
    within(specification.minutes, date.minutes) &&
    within(specification.seconds, date.seconds) &&
    within(specification.yeardays, days - daysFromCivil(date.year, 1, 1) + 1) &&
    within(specification.weekyears, week.weekyear) &&
    within(specification.weeks, week.week) &&
    within(specification.weekdays, weekday(days))
  );
}
