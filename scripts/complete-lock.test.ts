import { expect, test } from 'vitest';

import { missingEntries } from './complete-lock.ts';

const tool = {
  version: '1.2.0',
  dev: true,
  optionalDependencies: { '@tool/linux-x64-gnu': '1.2.0', '@tool/win32-arm64-msvc': '1.2.0' },
};
const here = { version: '1.2.0', dev: true, optional: true };
const there = { version: '1.2.0', dev: true, optional: true, os: ['win32'], cpu: ['arm64'] };

test('a package for another system is added, with system and processor', () => {
  const packages = { 'node_modules/tool': tool, 'node_modules/@tool/linux-x64-gnu': here };
  expect(missingEntries(packages)).toEqual({ 'node_modules/@tool/win32-arm64-msvc': there });
});

test('a complete lock file stays as it is', () => {
  const packages = {
    'node_modules/tool': tool,
    'node_modules/@tool/linux-x64-gnu': here,
    'node_modules/@tool/win32-arm64-msvc': there,
  };
  expect(missingEntries(packages)).toEqual({});
});

test('a second version of a tool gets its packages beneath itself', () => {
  const packages = {
    'node_modules/tool': { ...tool, optionalDependencies: { '@tool/win32-arm64-msvc': '1.2.0' } },
    'node_modules/@tool/win32-arm64-msvc': there,
    'node_modules/other/node_modules/tool': {
      version: '1.1.0',
      dev: true,
      optionalDependencies: { '@tool/win32-arm64-msvc': '1.1.0' },
    },
  };
  expect(missingEntries(packages)).toEqual({
    'node_modules/other/node_modules/tool/node_modules/@tool/win32-arm64-msvc': {
      ...there,
      version: '1.1.0',
    },
  });
});
