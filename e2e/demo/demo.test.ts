/** The demonstration itself, as `./dev demo` runs it, without a terminal. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../lab/run.ts';

const main = join(import.meta.dirname, 'main.ts');

const titles = [
  'The cluster',
  '1 of 6  The server process is killed',
  '2 of 6  holdfastd is killed',
  '3 of 6  A whole node loses power',
  '4 of 6  The node comes back',
  '5 of 6  The service is moved by hand',
  '6 of 6  And back',
  'In short',
];

test.each(['corosync', 'local'] as const)(
  'on the %s engine it goes well',
  async (engine) => {
    const result = await run([process.execPath, main, '--engine', engine], { timeoutMs: 110_000 });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const lines = result.stdout.split('\n');
    const headings = lines.filter((line) => line.includes(' ──'));
    expect(headings.map((line) => line.replace(/ ─+$/, ''))).toEqual(titles);
    // Plain lines that fit: what people wrote in the configuration alone may be longer.
    // oxlint-disable-next-line no-control-regex -- escape sequences begin with a control character
    expect(result.stdout).not.toMatch(/\u001b/);
    const told = lines.slice(lines.findIndex((line) => line.includes('holdfast status')));
    expect(told.filter((line) => line.length > 100)).toEqual([]);
  },
  120_000,
);

test('a wrong option is said, and nothing is built', async () => {
  const result = await run([process.execPath, main, '--engine', 'pacemaker']);
  expect(result).toMatchObject({ code: 2, stdout: '' });
  expect(result.stderr).toContain('--engine pacemaker: it can be corosync or local');
});
