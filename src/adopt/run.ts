/** Programs of the node that are asked what runs. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const timeoutMs = 20_000;
const outputBytesMax = 16 << 20;

export type Ran =
  | { readonly kind: 'done'; readonly output: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly reason: string };

/** By its name, in the system's directories alone. Never rejects. */
export async function ask(program: string, words: readonly string[]): Promise<Ran> {
  const path = ['/usr/bin', '/usr/sbin', '/bin', '/sbin']
    .map((directory) => join(directory, program))
    .find((one) => existsSync(one));
  if (path === undefined) return { kind: 'missing' };
  const options = { timeout: timeoutMs, maxBuffer: outputBytesMax, env: { LC_ALL: 'C', PATH } };
  try {
    const { stdout } = await promisify(execFile)(path, words, options);
    return { kind: 'done', output: stdout };
  } catch (error) {
    const said = (error as { readonly stderr?: string }).stderr?.trim().split('\n').at(-1);
    return { kind: 'failed', reason: said || (error as Error).message };
  }
}

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
