import { expect, it } from 'vitest';

import { testBackend } from '../api/testing/backend.ts';
import { NOON, clusterOf, node } from '../core/view/testing/states.ts';
import { EXIT } from './exit.ts';
import { runCommand } from './testing/session.ts';

const wrong: readonly (readonly string[])[] = [
  ['set', 'ipmi', 'hunter2'],
  ['set', 'ipmi', '--value=hunter2'],
  ['set', 'ipmi', '-p', 'hunter2'],
  ['set', 'ipmi', '-phunter2'],
  ['set', 'ipmi', '-o', 'hunter2'],
  ['remove', 'ipmi', 'hunter2'],
  ['hunter2'],
];

it.each(wrong.map((words) => [words.join(' '), words] as const))(
  'a secret in the command line is not repeated: %s',
  async (_, words) => {
    const backend = testBackend(clusterOf([node('n1')]));
    const { text, code } = await runCommand(backend, ['secret', ...words], { now: NOON });
    expect(code).toBe(EXIT.usage);
    expect(text).not.toContain('hunter2');
    expect(text).toContain('holdfast secret set NAME');
  },
);

it('what is typed wrong elsewhere is said', async () => {
  const backend = testBackend(clusterOf([node('n1')]));
  const { text } = await runCommand(backend, ['status', 'all'], { now: NOON });
  expect(text).toContain('all');
});
