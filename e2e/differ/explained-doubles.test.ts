/** Which differences about doubled constraints are explained, and which are not. */
import { expect, test } from 'vitest';
import { act, explain } from './explaining.ts';

test('a follower by a mandatory order after an optional one is explained, by one alone it is not', () => {
  const order = (kind: string): string => `<rsc_order first="a" then="c" kind="${kind}"/>`;
  const sets =
    '<rsc_order><resource_set><resource_ref id="a"/></resource_set>' +
    '<resource_set><resource_ref id="c"/></resource_set></rsc_order>';
  const text = (...orders: readonly string[]): string =>
    `<primitive id="a"/><clone id="c"><primitive id="b"/></clone>${orders.join('')}`;
  const missing = [act('start', 'b')];
  const name = 'A mandatory order holds beside an optional one';
  expect(explain(text(order('Optional'), order('Mandatory')), { missing })).toBe(name);
  expect(explain(text(order('Serialize'), sets), { missing })).toBe(name);
  expect(explain(text(order('Mandatory'), order('Optional')), { missing })).toBeUndefined();
  expect(explain(text(order('Optional')), { missing })).toBeUndefined();
  expect(explain(text(order('Optional'), sets), { missing: [act('start', 'a')] })).toBeUndefined();
  expect(explain(text(order('Optional'), sets), { extra: missing })).toBeUndefined();
});
