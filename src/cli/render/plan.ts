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
    ...removedLines(plan.removed, look),
    '',
    style.bold(plan.actions.length === 0 ? idle(plan) : 'The cluster would'),
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

const idle = ({ removed }: Plan): string =>
  removed.length === 0
    ? 'The cluster would do nothing.'
    : 'The cluster would do nothing with it, and start nothing.';

/** What runs now and is taken out of the configuration: nobody is to find out later. */
export function removedLines(removed: Plan['removed'], look: Look): readonly string[] {
  if (removed.length === 0) return [];
  const { style, columns } = look;
  const [first] = removed;
  const alike = removed.every(({ because, fate }) => because === first?.because && fate === 'left');
  const reasons = alike ? [] : removed.map(({ because }) => because);
  const left = removed.find(({ fate }) => fate === 'left');
  return [
    '',
    style.bold('Runs, and is taken out of the configuration'),
    ...removed.flatMap(({ resource, node, fate }, index) =>
      wrap(
        `${resource} on ${node} ${fateText(fate, reasons[index])}`,
        columns,
        '  ! ',
        '      ',
      ).map(fate === 'left' ? style.bad : style.warn),
    ),
    ...(alike && first?.because !== undefined
      ? wrap(`because ${first.because}`, columns, '    ', '    ')
      : []),
    ...adviceLines(left?.advice, columns, '    '),
  ];
}

function fateText(fate: Plan['removed'][number]['fate'], because: string | undefined): string {
  if (fate === 'stopped') return 'is stopped';
  if (fate === 'unknown') return '(what becomes of it is not known: see holdfast status)';
  const why = because === undefined ? '' : `: ${because}`;
  return `goes on running, and nobody watches it any more${why}`;
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
