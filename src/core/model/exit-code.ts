/** OCF Resource Agent API 1.1, "Return codes"; 190 and 191 are Pacemaker's extension. */
const EXIT_CODE_TEXT: Readonly<Record<number, string>> = {
  0: 'ok',
  1: 'error',
  2: 'invalid parameters',
  3: 'not implemented',
  4: 'insufficient privileges',
  5: 'not installed',
  6: 'not configured',
  7: 'not running',
  8: 'running as promoted',
  9: 'failed as promoted',
  190: 'running, degraded',
  191: 'promoted, degraded',
};

/** "insufficient privileges"; undefined for codes that OCF does not define. */
export const exitCodeWords = (code: number): string | undefined => EXIT_CODE_TEXT[code];
