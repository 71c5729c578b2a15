/**
 * A command as one text, split into words. This is no shell: there are no variables, patterns,
 * substitutions, pipes or redirections, and what would be one of them in a shell is an error rather
 * than a surprise.
 *
 * Rules: words are separated by spaces, tabs and newlines. '…' takes everything as it is. "…" knows
 * the escapes \" and \\. Outside of quotes a backslash takes the next character as it is. A text
 * that begins with `[` is a JSON list of strings.
 */
export type Words =
  | { readonly kind: 'words'; readonly words: readonly [string, ...string[]] }
  | { readonly kind: 'wrong'; readonly reason: string };

const shellCharacters = new Set('|&;<>()$`*?~#!{}');

export function splitCommand(text: string): Words {
  if (text.trimStart().startsWith('[')) return parseList(text);
  const words: string[] = [];
  let index = 0;
  while (index < text.length) {
    if (isSpace(text[index])) {
      index += 1;
      continue;
    }
    const word = readWord(text, index);
    if (word.kind === 'wrong') return word;
    words.push(word.text);
    index = word.end;
  }
  return checkWords(words);
}

type Word =
  | { readonly kind: 'word'; readonly text: string; readonly end: number }
  | { readonly kind: 'wrong'; readonly reason: string };

function readWord(source: string, start: number): Word {
  let text = '';
  let index = start;
  while (index < source.length && !isSpace(source[index])) {
    const character = source[index] ?? '';
    if (character === "'" || character === '"') {
      const quoted = readQuoted(source, index);
      if (quoted.kind === 'wrong') return quoted;
      text += quoted.text;
      index = quoted.end;
    } else if (character === '\\') {
      if (index + 1 >= source.length) return wrong('ends with a backslash');
      text += source[index + 1] ?? '';
      index += 2;
    } else if (shellCharacters.has(character)) {
      return wrong(
        `has ${character} at position ${String(index + 1)}: no shell runs it; put it in quotes, ` +
          'or name a script of your own',
      );
    } else {
      text += character;
      index += 1;
    }
  }
  return { kind: 'word', text, end: index };
}

function readQuoted(source: string, start: number): Word {
  const quote = source[start];
  let text = '';
  for (let index = start + 1; index < source.length; index += 1) {
    const character = source[index] ?? '';
    const next = source[index + 1];
    if (character === quote) return { kind: 'word', text, end: index + 1 };
    if (quote === '"' && character === '\\' && (next === '"' || next === '\\')) {
      text += next;
      index += 1;
    } else {
      text += character;
    }
  }
  return wrong(`has a quote at position ${String(start + 1)} that does not end`);
}

function parseList(text: string): Words {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return wrong('begins with [ and is no JSON list of strings');
  }
  if (!Array.isArray(list) || !list.every((word) => typeof word === 'string')) {
    return wrong('begins with [ and is no JSON list of strings');
  }
  return checkWords(list);
}

function checkWords(words: readonly string[]): Words {
  const [program, ...rest] = words;
  if (program === undefined || program === '') return wrong('is empty');
  if (words.some((word) => word.includes('\0'))) return wrong('holds a NUL character');
  return { kind: 'words', words: [program, ...rest] };
}

const isSpace = (character: string | undefined): boolean =>
  character === ' ' || character === '\t' || character === '\n';

const wrong = (reason: string) => ({ kind: 'wrong', reason }) as const;
