/** Writes blocks of values and rules. */
import type { AttributeBlock, DateRange, Expression, Rule } from '../../core/model/rule.ts';
import { scoreText } from '../../core/model/score.ts';
import { dateRangeText, durationText } from '../../core/model/value.ts';
import { element } from '../xml/write.ts';
import type { XmlElement } from '../xml/write.ts';
import type { IdMaker } from './write-ids.ts';

export type BlockElement =
  | 'cluster_property_set'
  | 'instance_attributes'
  | 'meta_attributes'
  | 'utilization';

export function writeBlocks(
  name: BlockElement,
  blocks: readonly AttributeBlock[],
  ids: IdMaker,
): readonly XmlElement[] {
  return blocks.map(({ id, score, rule, values }) =>
    element(name, { id: ids.keep(id), score: score === 0 ? undefined : scoreText(score) }, [
      ...(rule ? [writeRule(rule, ids)] : []),
      ...Object.entries(values).map(([key, value]) =>
        element('nvpair', { id: ids.make(`${id}-${key}`), name: key, value }),
      ),
    ]),
  );
}

/** Recursive, as deep as rules are nested. */
export function writeRule(rule: Rule, ids: IdMaker): XmlElement {
  const { id, join, expressions, score, scoreAttribute, role } = rule;
  return element(
    'rule',
    {
      id: ids.keep(id),
      'boolean-op': join === 'or' ? 'or' : undefined,
      score: score === undefined ? undefined : scoreText(score),
      'score-attribute': scoreAttribute,
      role,
    },
    expressions.map((expression) => writeExpression(expression, id, ids)),
  );
}

function writeExpression(expression: Expression, rule: string, ids: IdMaker): XmlElement {
  switch (expression.kind) {
    case 'rule':
      return writeRule(expression.rule, ids);
    case 'attribute':
      return element('expression', {
        id: ids.make(`${rule}-expression`),
        attribute: expression.attribute,
        operation: expression.operation,
        value: expression.value,
        type: expression.valueType,
        'value-source': expression.valueSource === 'literal' ? undefined : expression.valueSource,
      });
    case 'date':
      return writeDate(expression, ids.make(`${rule}-date`), ids);
    case 'resource':
      return element('rsc_expression', {
        id: ids.make(`${rule}-resource`),
        class: expression.class,
        provider: expression.provider,
        type: expression.type,
      });
    case 'operation': {
      const { name, intervalMs } = expression;
      const interval = intervalMs === undefined ? undefined : durationText(intervalMs);
      return element('op_expression', { id: ids.make(`${rule}-operation`), name, interval });
    }
  }
}

function writeDate(
  expression: Extract<Expression, { kind: 'date' }>,
  id: string,
  ids: IdMaker,
): XmlElement {
  const { operation, start, end, duration, specification } = expression;
  const numbers: Record<string, string> = {};
  for (const [field, value] of Object.entries(duration ?? {})) numbers[field] = String(value);
  const ranges: Record<string, string> = {};
  for (const [field, range] of Object.entries<DateRange>({ ...specification })) {
    ranges[field] = dateRangeText(range);
  }
  return element('date_expression', { id, operation, start, end }, [
    ...(duration ? [element('duration', { id: ids.make(`${id}-duration`), ...numbers })] : []),
    ...(specification ? [element('date_spec', { id: ids.make(`${id}-spec`), ...ranges })] : []),
  ]);
}
