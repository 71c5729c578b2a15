/** What went wrong, where, and what to do. */
import type { Failure } from '../failure.ts';
import { adviceLines } from './look.ts';
import type { Look } from './look.ts';
import { findingLines } from './plan.ts';
import { wrap } from './text.ts';

export function failureLines(failure: Failure, json: boolean, look: Look): readonly string[] {
  const { message: text, advice, findings, code } = failure;
  if (json) return [JSON.stringify({ exitCode: code, text, advice, findings })];
  const lines = text.includes('\n')
    ? text.split('\n')
    : wrap(text, look.columns, 'holdfast: ', '  ');
  return [
    ...findingLines(findings, look),
    ...lines.map((line) => look.style.bad(line)),
    ...adviceLines(advice, look.columns, '  '),
  ];
}
