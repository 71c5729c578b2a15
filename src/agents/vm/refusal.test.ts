/** What the source of a migration learns of a target that does not take the machine. */
import { expect, test } from 'vitest';
import type { AgentHost } from '../host.ts';
import { endArrival, expectArrival, NotTaken, watchRefusal, whyNotTaken } from './refusal.ts';

const hostThatSays = (...answers: readonly (string | undefined)[]) => {
  const left = [...answers];
  const asked: string[] = [];
  const refusalOf = (node: string, resource: string) => {
    asked.push(`${node} ${resource}`);
    return Promise.resolve(left.shift());
  };
  return { asked, host: { refusalOf } as unknown as AgentHost };
};

test('a target that has refused says so, in one line that has an end', async () => {
  expectArrival('shop')(`no bridge br0\nand more ${'x'.repeat(1000)}`);
  const said = await whyNotTaken('shop');
  expect(said).toMatch(/^no bridge br0 and more x+$/);
  expect(said).toHaveLength(400);
});

test('the end of its QEMU may come a moment later than the question', async () => {
  const refuse = expectArrival('shop');
  setTimeout(() => refuse('QEMU ended'), 100);
  expect(await whyNotTaken('shop')).toBe('QEMU ended');
});

test('an arrival that is over is no reason, and a new one has its own', async () => {
  const refuse = expectArrival('shop');
  expectArrival('shop');
  refuse('of the one before');
  expect(await whyNotTaken('shop')).toBeUndefined();
  endArrival('shop');
  expect(await whyNotTaken('shop')).toBeUndefined();
});

test('the source is told while it still waits for somebody to listen', async () => {
  const { host, asked } = hostThatSays(undefined, 'no bridge br0');
  const watch = watchRefusal(host, 'n2', 'shop');
  await new Promise((resolve) => watch.signal.addEventListener('abort', resolve));
  watch.end();
  expect(asked).toEqual(['n2 shop', 'n2 shop']);
  expect(watch.signal.reason).toEqual(new NotTaken('n2 does not take it: no bridge br0'));
});

test('a target that cannot be asked has said nothing', async () => {
  const refusalOf = () => Promise.reject(new Error('8 questions wait already'));
  const watch = watchRefusal({ refusalOf } as unknown as AgentHost, 'n2', 'shop');
  expect(await watch.why()).toBeUndefined();
  watch.end();
  const alone = watchRefusal({} as AgentHost, 'n2', 'shop');
  expect(await alone.why()).toBeUndefined();
  alone.end();
});
