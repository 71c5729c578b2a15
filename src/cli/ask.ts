/** Questions to the person at the terminal. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

import { EXIT } from './exit.ts';
import { Failure } from './failure.ts';

/** False for anything but yes, and where nobody can be asked. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}

/** A secret: from standard input, or typed without being shown. */
export async function readSecret(prompt: string): Promise<string> {
  if (!process.stdin.isTTY) return (await readStandardInput()).replace(/\n$/, '');
  process.stderr.write(prompt);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

export async function readStandardInput(): Promise<string> {
  process.stdin.setEncoding('utf8');
  let text = '';
  for await (const chunk of process.stdin) text += chunk as string;
  return text;
}

/** Ends the command unless somebody says yes, or has said so with `--yes`. */
export async function mustAgree(
  question: string,
  options: { readonly yes?: boolean },
  otherwise: string,
): Promise<void> {
  if (options.yes === true || (await confirm(question))) return;
  throw new Failure(EXIT.refused, otherwise, {
    // Whoever types --yes has to know what to.
    advice: process.stdin.isTTY
      ? undefined
      : `without a terminal --yes is the answer to: ${question}`,
  });
}
