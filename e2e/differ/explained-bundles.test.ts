/** Which differences about bundles are explained, and which are not. */
import { expect, test } from 'vitest';
import { act, explain } from './explaining.ts';

const BUNDLE = '<bundle id="b"><primitive id="inner"/></bundle>';

test('a container that is looked for on a guest is explained, elsewhere or something else it is not', () => {
  const text = `<primitive id="vm"><nvpair name="remote-node" value="g"/></primitive>${BUNDLE}`;
  const name = 'A container is looked for on guests';
  expect(explain(text, { extra: [act('monitor', 'b-podman-0', 'g')] })).toBe(name);
  expect(explain(text, { extra: [act('monitor', 'b-podman-0')] })).toBeUndefined();
  expect(explain(text, { extra: [act('monitor', 'other', 'g')] })).toBeUndefined();
  expect(explain(text, { extra: [act('start', 'b-podman-0', 'g')] })).toBeUndefined();
});

test('a container inside a replica is explained, one of Holdfast or beside something else is not', () => {
  const nested = [act('start', 'b-podman-1', 'b-0')];
  const extra = [act('start', 'b-podman-1', 'n2')];
  const name = 'A container does not run inside a replica';
  expect(explain(BUNDLE, { missing: nested, extra })).toBe(name);
  expect(explain(BUNDLE, { missing: extra, extra: nested })).toBeUndefined();
  expect(
    explain(`${BUNDLE}<primitive id="p"/>`, { missing: [...nested, act('stop', 'p')] }),
  ).toBeUndefined();
});
