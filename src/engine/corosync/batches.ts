/**
 * What goes into one CPG message: some texts of one sender, with the epoch in which it was sent and
 * its number there. As text: `1 EPOCH NUMBER LENGTHS\n` and the texts, lengths in UTF-16 units.
 */
export interface Batch {
  readonly epoch: string;
  /** 1, 2, … by this sender in this epoch. */
  readonly number: number;
  readonly texts: readonly string[];
}

const version = '1';

export function encodeBatch({ epoch, number, texts }: Batch): string {
  const lengths = texts.map((text) => text.length).join(',');
  return `${version} ${epoch} ${number} ${lengths}\n${texts.join('')}`;
}

/** Null when it is none of this version. */
export function decodeBatch(text: string): Batch | null {
  const end = text.indexOf('\n');
  const [version_, epoch, number, lengths, ...rest] = text.slice(0, end).split(' ');
  if (end === -1 || version_ !== version || lengths === undefined || rest.length > 0) return null;
  const texts: string[] = [];
  let at = end + 1;
  for (const length of lengths === '' ? [] : lengths.split(',').map(Number)) {
    if (!Number.isSafeInteger(length) || length < 0) return null;
    texts.push(text.slice(at, at + length));
    at += length;
  }
  if (at !== text.length || epoch === undefined || !/^[1-9]\d*$/.test(number ?? '')) return null;
  return { epoch, number: Number(number), texts };
}
