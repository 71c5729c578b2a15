import { expect, it } from 'vitest';
import type { FencingView } from '../../core/view/types.ts';
import { fencingText } from './fencing.ts';

const failed = (executor: string, attempt: number): FencingView => ({
  id: `${attempt}`,
  target: 'n3',
  method: 'off',
  device: 'power',
  executor,
  reason: 'it is lost',
  attempt,
  begunAt: 0,
  endedAt: 1,
  ok: false,
  text: 'no route',
});

it('attempts that failed alike are one entry, with all nodes that they came from', () => {
  const attempts = [failed('n2', 3), failed('n1', 2), failed('n2', 1)];
  expect(fencingText(attempts)).toBe(
    'n3 (off) with power from n1 and n2 FAILED, attempts 1 to 3: no route',
  );
  expect(fencingText(attempts.slice(2))).toBe('n3 (off) with power from n2 FAILED: no route');
});
