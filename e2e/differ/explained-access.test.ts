/** Which differences about access to shared storage are explained, and which are not. */
import { expect, test } from 'vitest';
import { act, explain } from './explaining.ts';

test('a node that never had access is explained, with what runs there, one that had it is not', () => {
  const text = (since: string): string =>
    `<primitive id="a"/><node_state uname="n1"><nvpair name="#node-unfenced" value="${since}"/></node_state>`;
  const fence = { ...act('fence', ''), detail: 'on' };
  const extra = [fence, act('stop', 'a'), act('start', 'a')];
  const name = 'What runs without access starts anew';
  expect(explain(text('0'), { extra })).toBe(name);
  expect(explain(text('1700000000'), { extra })).toBeUndefined();
  expect(explain(text('0'), { extra: [...extra, act('start', 'a', 'n2')] })).toBeUndefined();
  expect(explain(text('0'), { extra: [{ ...fence, detail: 'reboot' }] })).toBeUndefined();
  expect(explain(text('0'), { missing: extra })).toBeUndefined();
});
