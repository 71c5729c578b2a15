import { expect, it } from 'vitest';

import { newIncarnation, readBoot } from './life.ts';

const files = (startTicks: string) => (path: string) =>
  path.endsWith('boot_id')
    ? 'b7a0\n'
    : `1 (odd) name (x) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 ${startTicks} 9 9\n`;

it('names a start of the machine by the kernel and by process 1', () => {
  expect(readBoot(1, files('77'))).toBe('b7a0-77');
  expect(readBoot(1, files('78'))).not.toBe(readBoot(1, files('77')));
  expect(readBoot()).toMatch(/^[0-9a-f-]{36}-\d+$/);
});

it('goes by the process that started the node where several nodes are on one machine', () => {
  const stat = (path: string) => files(path === '/proc/42/stat' ? '99' : '77')(path);
  expect(readBoot(42, stat)).toBe('b7a0-99');
});

it('names each life of the daemon anew', () => {
  expect(newIncarnation()).not.toBe(newIncarnation());
});
