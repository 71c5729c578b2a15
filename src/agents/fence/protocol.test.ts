import { describe, expect, test } from 'vitest';
import { nodeName } from '../../core/model/ids.ts';
import type { FenceRequest } from '../../core/model/operation.ts';
import { fenceInput, fenceOutcome } from './protocol.ts';

const request = (rest: Partial<FenceRequest> = {}): FenceRequest => ({
  requestId: '1',
  device: 'ipmi',
  agent: 'fence_ipmilan',
  action: 'off',
  parameters: {},
  timeoutMs: 60_000,
  ...rest,
});

test('everything goes as lines of standard input; the request has the last word', () => {
  const off = request({ port: 'plug 7', target: nodeName('n1') });
  expect(fenceInput(off, { ip: '192.0.2.9', password: 'a=b "c"', action: 'reboot' })).toEqual({
    kind: 'input',
    text: 'ip=192.0.2.9\npassword=a=b "c"\naction=off\nport=plug 7\nnodename=n1\n',
  });
});

test('what does not fit on one line is refused, not bent', () => {
  expect(fenceInput(request(), { password: 'a\naction=on' }).kind).toBe('refused');
  expect(fenceInput(request(), { 'a=b': 'c' }).kind).toBe('refused');
  expect(fenceInput(request(), { long: 'x'.repeat(65_536) }).kind).toBe('refused');
});

test('status has two good answers, every other action one', () => {
  const exited = (action: FenceRequest['action'], exitCode: number) =>
    fenceOutcome(request({ action }), { kind: 'exited', exitCode }, '');
  expect(exited('status', 0)).toEqual({ kind: 'status', power: 'on' });
  expect(exited('status', 2)).toEqual({ kind: 'status', power: 'off' });
  expect(exited('status', 1).kind).toBe('failed');
  expect(exited('off', 0)).toEqual({ kind: 'ok' });
  expect(exited('off', 2).kind).toBe('failed');
  expect(exited('monitor', 0)).toEqual({ kind: 'ok' });
});

test('a failure says first what the agent gave as the cause', () => {
  const errors = 'ERROR: Connection timed out\n\u001b[1mUnable to connect\n\n';
  expect(fenceOutcome(request(), { kind: 'exited', exitCode: 1 }, errors)).toEqual({
    kind: 'failed',
    reason: 'Connection timed out; Unable to connect (fence_ipmilan off ended with exit code 1)',
  });
});

test('an end without an answer is a failure', () => {
  const reason = (outcome: Parameters<typeof fenceOutcome>[1]) => {
    const result = fenceOutcome(request(), outcome, '');
    return result.kind === 'failed' ? result.reason : result.kind;
  };
  expect(reason({ kind: 'timed-out' })).toBe('fence_ipmilan off had not answered after 60 s');
  expect(reason({ kind: 'unkillable', processes: [7] })).toContain('cannot be killed');
  expect(reason({ kind: 'signaled', signal: 9 })).toContain('SIGKILL');
  expect(reason({ kind: 'cancelled' })).toContain('cancelled');
  expect(reason({ kind: 'not-run', stage: 'exec', error: 'ENOENT' })).toContain('not installed');
});

describe('a list', () => {
  const listed = (printed: string) =>
    fenceOutcome(request({ action: 'list' }), { kind: 'exited', exitCode: 0 }, '', printed);

  test('has in each line what to call a node, and its name behind a comma', () => {
    expect(listed('n1,\n7, Outlet 7 ,on\nvm-3\n\n')).toEqual({
      kind: 'ok',
      hosts: [
        { port: 'n1', alias: '' },
        { port: '7', alias: 'Outlet 7' },
        { port: 'vm-3', alias: '' },
      ],
    });
  });

  test.each(['NOTICE: List option is not working on this device yet\n', 'N/A\n', ''])(
    'is none where the agent prints %j',
    (printed) => {
      expect(listed(printed)).toEqual({ kind: 'ok' });
    },
  );

  test('is no answer to any other question', () => {
    const exited = { kind: 'exited', exitCode: 0 } as const;
    expect(fenceOutcome(request(), exited, '', 'n1,\n')).toEqual({ kind: 'ok' });
    const failed = fenceOutcome(request({ action: 'list' }), { ...exited, exitCode: 1 }, '', 'n1');
    expect(failed.kind).toBe('failed');
  });
});
