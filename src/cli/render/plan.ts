/** The preview of a change: what would differ, and what the cluster would do. */
import type { AnswerOf } from '../../api/client-types.ts';
import { adviceLines } from './look.ts';
import type { Look } from './look.ts';
import { wrap } from './text.ts';

export type Plan = AnswerOf<'POST /v1/plan'>;

export function planLines(plan: Plan, look: Look): readonly string[] {
  const { style, columns } = look;
  return [
    style.bold(
      plan.changes.length === 0
        ? 'The configuration stays as it is.'
        : `Changes to configuration ${plan.version}`,
    ),
    ...plan.changes.flatMap((change) => changeLines(change, look)),
    '',
    style.bold(plan.actions.length === 0 ? 'The cluster would do nothing.' : 'The cluster would'),
    ...plan.actions.flatMap((action, index) => [
      ...wrap(
        `${action.text}${afterText(action.after)}`,
        columns,
        `  ${number(index)}  `,
        '       ',
      ),
      ...wrap(action.reason, columns, '       ').map((line) => style.dim(line)),
    ]),
    ...(plan.unplaced.length === 0 ? [] : ['', style.bold('It would not run')]),
    ...plan.unplaced.flatMap(({ resource, reason, advice }) => [
      ...wrap(`${resource}: ${reason}`, columns, '  ', '      '),
      ...adviceLines(advice, columns, '      '),
    ]),
    ...findingLines(plan.findings, look),
  ];
}

function changeLines({ kind, text }: Plan['changes'][number], look: Look): readonly string[] {
  const { style, columns } = look;
  const [sign, paint] = {
    added: ['+', style.good] as const,
    removed: ['-', style.bad] as const,
    changed: ['~', style.warn] as const,
  }[kind];
  return wrap(text, columns, `  ${sign} `, '      ').map(paint);
}

function afterText(after: readonly number[]): string {
  return after.length === 0 ? '' : ` (after ${after.map((index) => index + 1).join(', ')})`;
}

function number(index: number): string {
  return String(index + 1).padStart(2);
}

export function findingLines(
  findings: readonly {
    readonly severity: 'error' | 'warning';
    readonly where?: string;
    readonly text: string;
    readonly advice?: string;
  }[],
  { style, columns }: Look,
): readonly string[] {
  return findings.flatMap(({ severity, where, text, advice }) => {
    const line = `${where === undefined ? '' : `${where}: `}${severity === 'warning' ? 'warning: ' : ''}${text}`;
    const paint = severity === 'error' ? style.bad : style.warn;
    return [...wrap(line, columns, '', '    ').map(paint), ...adviceLines(advice, columns, '    ')];
  });
}
