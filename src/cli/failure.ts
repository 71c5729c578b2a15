/** Something that the user must be told: what, where, what to do. */
import type { ProblemBody } from '../api/client-types.ts';
import { EXIT } from './exit.ts';
import type { ExitCode } from './exit.ts';

export class Failure extends Error {
  readonly code: ExitCode;
  readonly advice: string | undefined;
  readonly findings: NonNullable<ProblemBody['findings']>;

  constructor(code: ExitCode, text: string, more: Partial<ProblemBody> = {}) {
    super(text);
    this.name = 'Failure';
    this.code = code;
    this.advice = more.advice;
    this.findings = more.findings ?? [];
  }
}

const CODE: Readonly<Record<ProblemBody['code'], ExitCode>> = {
  'bad-request': EXIT.usage,
  'not-allowed': EXIT.notAllowed,
  'not-found': EXIT.notFound,
  'invalid-configuration': EXIT.invalid,
  refused: EXIT.refused,
  busy: EXIT.refused,
  'too-large': EXIT.usage,
  'unknown-outcome': EXIT.unknown,
  internal: EXIT.unexpected,
};

export function failureOf(problem: ProblemBody): Failure {
  return new Failure(CODE[problem.code] ?? EXIT.unexpected, problem.text, problem);
}
