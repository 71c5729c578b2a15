/** What is wrong in a file: where, what, and what to do. */

export interface FileFinding {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly text: string;
  readonly advice?: string;
}

/** `cluster.yaml:8:14: unknown key "monitr", did you mean "monitor"?` */
export function findingText(finding: FileFinding): string {
  const { file, line, column, text, advice } = finding;
  const place = `${file}:${line}:${column}: ${text}`;
  if (advice === undefined) return place;
  return text.endsWith('?') ? `${place} Or ${advice}` : `${place}; ${advice}`;
}
