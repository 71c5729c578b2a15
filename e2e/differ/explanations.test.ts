/** Whether the parts of a difference are explained by themselves. */
import { expect, test } from 'vitest';
import { act } from './explaining.ts';
import { explanationOf, possibleExplanationOf } from './explanations.ts';
import type { Difference } from './graph.ts';
import { parseXml } from './xml.ts';

const RULE = (id: string): string =>
  `<primitive id="${id}"/><rsc_location rsc="${id}"><rule role="Started"/></rsc_location>`;
const CIB = parseXml(
  `<cib>${RULE('a')}<primitive id="b"/>` +
    '<primitive id="vm"><nvpair name="remote-node" value="g"/></primitive>' +
    '<clone id="c"><primitive id="d"/></clone></cib>',
);
const NAME = 'A rule for the role Started counts';

function of(difference: Partial<Difference>): Difference {
  const nothing = {
    missing: [],
    extra: [],
    unordered: [],
    overOrdered: [],
    shared: new Set<string>(),
  };
  return { ...nothing, ...difference };
}

test('parts that nothing ties together are explained one by one', () => {
  const vm = parseXml(
    `<cib have-quorum="0"><nvpair name="no-quorum-policy" value="freeze"/>${RULE('a')}<primitive id="b"/></cib>`,
  );
  const both = of({ extra: [act('stop', 'a'), act('start', 'b')] });
  expect(explanationOf(vm, { ...both, shared: new Set(['stop b n1']) })).toBe(NAME);
  expect(explanationOf(vm, both)).toBeUndefined();
});

test('of a mere order each pair is explained by itself', () => {
  const probed = ['monitor vm n1', 'start d n1'] as const;
  const moved = ['fence reboot n3', 'migrate_to b n1'] as const;
  const both = of({ unordered: [probed], overOrdered: [moved] });
  expect(explanationOf(CIB, { ...both, shared: new Set(['migrate_from b n2']) })).toBe(
    'What runs elsewhere does not wait for the probe of a machine',
  );
  expect(explanationOf(CIB, both)).toBeUndefined();
});

test('what goes elsewhere may follow from something explained, by itself it does not', () => {
  const elsewhere = { missing: [act('start', 'b', 'n1')], extra: [act('start', 'b', 'n2')] };
  const explained = act('stop', 'a');
  const beside = of({ ...elsewhere, extra: [...elsewhere.extra, explained] });
  expect(possibleExplanationOf(CIB, beside)).toBe(NAME);
  expect(explanationOf(CIB, beside)).toBeUndefined();
  expect(possibleExplanationOf(CIB, of(elsewhere))).toBeUndefined();
  const stopped = of({ extra: [explained, act('stop', 'b')] });
  expect(possibleExplanationOf(CIB, stopped)).toBeUndefined();
});
