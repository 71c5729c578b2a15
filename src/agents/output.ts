/** What is kept of an agent's output for the history. */
export const outputBytesMax = 8192;

/** The last part of a text, at most 8 KiB of UTF-8, beginning with a whole character. */
export function lastBytes(text: string, max = outputBytesMax): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= max) return text;
  let start = bytes.length - max;
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.toString('utf8', start);
}
