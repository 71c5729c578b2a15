import { expect, test } from 'vitest';

import { causeOf } from './cause.ts';

const warning =
  "/usr/sbin/fence_ipmilan:5: DeprecationWarning: 'pipes' is deprecated\n  from pipes import quote\n";

test('the cause, without warnings of Python, times, levels and advice for a prompt', () => {
  const errors =
    `${warning}2026-11-20 22:22:53,294 ERROR: Ipmitool not found or not accessible\n\n` +
    "2026-11-20 22:22:53,300 ERROR: Please use '-h' for usage\n\n";
  expect(causeOf(errors)).toBe('Ipmitool not found or not accessible');
});

test('of a traceback what it says at its end', () => {
  const errors =
    'Traceback (most recent call last):\n  File "/usr/sbin/fence_apc", line 263, in <module>\n' +
    '    main()\npexpect.exceptions.ExceptionPexpect: The command was not found: /usr/bin/telnet.\n';
  expect(causeOf(errors)).toBe('The command was not found: /usr/bin/telnet.');
});

test('several words of it, each once, in one line', () => {
  const errors = 'Failed: Unable to connect\nFailed: Unable to connect\n\u001b[1mretry later\n';
  expect(causeOf(errors)).toBe('Failed: Unable to connect; retry later');
  expect(causeOf('')).toBe('');
  expect(causeOf(warning)).toBe('');
  expect(causeOf('x'.repeat(1000))).toHaveLength(300);
});
