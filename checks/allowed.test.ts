import { rmSync } from 'node:fs';

import { expect, test } from 'vitest';

import { findingsIn, projectOf } from './tools.ts';

test('what the table allows passes every check', async () => {
  const project = projectOf('allowed');
  expect(await findingsIn(project)).toEqual([]);
  rmSync(project, { recursive: true });
});
