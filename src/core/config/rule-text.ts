/** A rule as one line for people: `#uname eq n1 and (pingd lt 100 or pingd not_defined)`. */
import type { DateRange, Expression, Rule } from '../model/rule.ts';
import { dateRangeText, durationText } from '../model/value.ts';

/** Deeper rules are shown as `…`; readers refuse such depths anyway. */
const DEPTH_MAX = 100;

export function ruleText(rule: Rule): string {
  return nestedText(rule, 0);
}

function nestedText(rule: Rule, depth: number): string {
  if (depth > DEPTH_MAX) return '…';
  const parts = rule.expressions.map((expression) => {
    if (expression.kind !== 'rule') return expressionText(expression);
    return `(${nestedText(expression.rule, depth + 1)})`;
  });
  return parts.length === 0 ? 'nothing' : parts.join(` ${rule.join} `);
}

function expressionText(expression: Exclude<Expression, { kind: 'rule' }>): string {
  switch (expression.kind) {
    case 'attribute': {
      const { attribute, operation, value, valueSource } = expression;
      const source = valueSource === 'literal' ? '' : `${valueSource} `;
      return `${attribute} ${operation}${value === undefined ? '' : ` ${source}${value}`}`;
    }
    case 'date':
      return dateText(expression);
    case 'resource':
      return `agent ${[expression.class, expression.provider, expression.type].map((part) => part ?? '*').join(':')}`;
    case 'operation': {
      const { name, intervalMs } = expression;
      return `operation ${name}${intervalMs === undefined ? '' : ` every ${durationText(intervalMs)}`}`;
    }
  }
}

function dateText(expression: Extract<Expression, { kind: 'date' }>): string {
  const { operation, start, end, duration, specification } = expression;
  const words = [`date ${operation}`];
  if (start !== undefined) words.push(`from ${start}`);
  if (end !== undefined) words.push(`to ${end}`);
  for (const [field, value] of Object.entries(duration ?? {})) words.push(`for ${value} ${field}`);
  for (const [field, range] of Object.entries(specification ?? {})) {
    words.push(`${field} ${dateRangeText(range as DateRange)}`);
  }
  return words.join(' ');
}
