/** Which differences in names are explained, and which are not. */
import { expect, test } from 'vitest';
import { act, explain } from './explaining.ts';

test('the name of a surplus instance is explained, where its node knows it by that', () => {
  const text = (...names: readonly string[]): string =>
    `<clone id="c"><primitive id="a"/></clone><node_state uname="n1">${names
      .map((name) => `<lrm_resource id="${name}"><lrm_rsc_op/></lrm_resource>`)
      .join('')}</node_state>`;
  const [missing, extra] = [[act('stop', 'a')], [act('stop', 'a:3')]];
  expect(explain(text('a:2', 'a:3'), { missing, extra })).toBe(
    'A surplus instance is called what its history calls it',
  );
  expect(explain(text('a:2', 'a:4'), { missing, extra })).toBeUndefined();
  expect(explain(text('a:3'), { missing, extra })).toBeUndefined();
  expect(explain(text('a:2', 'a:3'), { missing: [act('stop', 'a', 'n2')], extra })).toBeUndefined();
  expect(explain(text('a:2', 'a:3'), { extra })).toBeUndefined();
});
