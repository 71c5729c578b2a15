/** What a client is told when something does not work: where, what, what to do. */

/** Stable codes, one for each thing that a program may want to tell apart. */
export type ProblemCode =
  | 'bad-request'
  | 'not-allowed'
  | 'not-found'
  | 'invalid-configuration'
  | 'refused'
  | 'unknown-outcome'
  | 'busy'
  | 'too-large'
  | 'internal';

export interface ProblemBody {
  readonly code: ProblemCode;
  readonly text: string;
  readonly advice?: string | undefined;
  readonly findings?: readonly CheckFinding[] | undefined;
}

/** Something wrong or odd in a configuration, with its place in the text. */
export interface CheckFinding {
  readonly severity: 'error' | 'warning';
  /** `cluster.yaml:8:14`, or the path of the value. */
  readonly where?: string;
  readonly text: string;
  readonly advice?: string;
}

const STATUS: Readonly<Record<ProblemCode, 400 | 403 | 404 | 409 | 413 | 422 | 500 | 503 | 504>> = {
  'bad-request': 400,
  'not-allowed': 403,
  'not-found': 404,
  'invalid-configuration': 422,
  refused: 409,
  'unknown-outcome': 504,
  busy: 503,
  'too-large': 413,
  internal: 500,
};

/** Thrown by handlers; the server answers with its body. */
export class Problem extends Error {
  readonly body: ProblemBody;

  constructor(code: ProblemCode, text: string, more: Partial<ProblemBody> = {}) {
    super(text);
    this.name = 'Problem';
    this.body = { ...more, code, text };
  }

  get status(): (typeof STATUS)[ProblemCode] {
    return STATUS[this.body.code];
  }
}
