/** What is kept of an agent's output for the history. */
export const outputBytesMax = 8192;

/** CSI and OSC sequences, then the rest (ECMA-48, 5.4 and 5.6). */
const sequences =
  // eslint-disable-next-line no-control-regex
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-~])/g;
// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** The last lines of a text, without what would act on a terminal. */
export function lastLines(text: string, count: number): string {
  const plain = text.replaceAll(sequences, '').replaceAll(controls, '');
  return plain.trimEnd().split('\n').slice(-count).join('\n');
}

/** The last part of a text, at most 8 KiB of UTF-8, beginning with a whole character. */
export function lastBytes(text: string, max = outputBytesMax): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= max) return text;
  let start = bytes.length - max;
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.toString('utf8', start);
}

/** What went wrong, in its own words. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
