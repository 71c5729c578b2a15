/** Which differences between what must be apart are explained, and which are not. */
import { expect, test } from 'vitest';
import { act, explain } from './explaining.ts';

test('to make room for what runs there alone is explained, to move for no reason is not', () => {
  const text = (score: string, history = ''): string =>
    `<primitive id="a"/><primitive id="b"/><rsc_colocation rsc="b" with-rsc="a" score="${score}"/>${history}`;
  const [missing, extra] = [[act('start', 'a')], [act('start', 'a', 'n2')]];
  const name = 'What must be apart leaves the other its only node';
  expect(explain(text('-100'), { missing, extra }, 'start b n1')).toBe(name);
  expect(explain(text('100'), { missing, extra }, 'start b n1')).toBeUndefined();
  expect(explain(text('-100'), { missing, extra }, 'start b n2')).toBeUndefined();
  expect(explain(text('-100'), { missing }, 'start b n1')).toBeUndefined();
  const moved = [act('stop', 'a'), ...extra];
  expect(explain(text('-INFINITY'), { extra: [...moved, act('start', 'b')] })).toBe(name);
  const runs =
    '<node_state uname="n1"><lrm_resource id="b"><lrm_rsc_op rc-code="0"/></lrm_resource></node_state>';
  expect(explain(text('-100', runs), { extra: moved })).toBe(name);
});
