/** Pictures that contradict themselves: values from elsewhere, copies, cycles, depth, giant numbers. */
import type { Chance } from './chance.ts';
import { element } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** Some changes, one after another; each change makes one place odd. */
export function damaged(chance: Chance, cib: XmlElement): XmlElement {
  let result = cib;
  for (let times = chance.whole(1, 8); times > 0; times -= 1) {
    const change = chance.one(CHANGES);
    result = change(chance, result);
  }
  return result;
}

type Change = (chance: Chance, cib: XmlElement) => XmlElement;

const CHANGES: readonly Change[] = [
  otherValue,
  otherValue,
  otherValue,
  valueFromElsewhere,
  valueFromElsewhere,
  copied,
  moved,
  dropped,
  contradicted,
  contradicted,
  deepRule,
];

const VALUES = [
  '',
  '0',
  '-1',
  '1.5',
  'INFINITY',
  '-INFINITY',
  '+INFINITY',
  '99999999999999999999',
  '-99999999999999999999',
  '1e309',
  '2147483648',
  'NaN',
  'true',
  'yes',
  'no',
  '__proto__',
  'constructor',
  'toString',
  '#uname',
  '(',
  '^(a+)+$',
  '%1',
  '2026-02-30T25:61:61',
  'P99999999999Y',
  'PT0S',
  'Promoted',
  'nowhere',
  ':',
  'p1:0',
  '\u0000',
  ' ',
] as const;

function otherValue(chance: Chance, cib: XmlElement): XmlElement {
  return withValue(chance, cib, chance.one(VALUES));
}

/** An id of something else, a number meant for another purpose. */
function valueFromElsewhere(chance: Chance, cib: XmlElement): XmlElement {
  const values = all(cib).flatMap(({ attributes }) => Object.values(attributes));
  return withValue(chance, cib, chance.one(values) ?? '');
}

/** Parents before their children. */
function all(cib: XmlElement): readonly XmlElement[] {
  const list = [cib];
  for (let at = 0; at < list.length; at += 1) {
    for (const child of list[at]?.children ?? []) list.push(child);
  }
  return list;
}

function withValue(chance: Chance, cib: XmlElement, value: string): XmlElement {
  const found = chance.one(all(cib).filter(({ attributes }) => Object.keys(attributes).length > 0));
  const key = chance.one(Object.keys(found.attributes));
  return replaced(cib, found, [{ ...found, attributes: { ...found.attributes, [key]: value } }]);
}

function copied(chance: Chance, cib: XmlElement): XmlElement {
  const found = inner(chance, cib);
  return found === undefined ? cib : replaced(cib, found, [found, found]);
}

function dropped(chance: Chance, cib: XmlElement): XmlElement {
  const found = inner(chance, cib);
  return found === undefined ? cib : replaced(cib, found, []);
}

/** Into another element of the kind that it stood in, or into any. */
function moved(chance: Chance, cib: XmlElement): XmlElement {
  const found = inner(chance, cib);
  const place = chance.one(all(cib));
  if (found === undefined || all(found).includes(place)) return cib;
  const there = { ...place, children: [...place.children, found] };
  return replaced(cib, place, [there]);
}

const inner = (chance: Chance, cib: XmlElement): XmlElement | undefined => {
  const list = all(cib).slice(1);
  return list.length === 0 ? undefined : chance.one(list);
};

/** A constraint of any sort between any two things, so that cycles and self references come up. */
function contradicted(chance: Chance, cib: XmlElement): XmlElement {
  const ids = all(cib).flatMap(({ name, attributes }) =>
    /^(primitive|group|clone|bundle|tag|template)$/.test(name) ? [attributes['id'] ?? ''] : [],
  );
  const constraints = all(cib).find(({ name }) => name === 'constraints');
  if (constraints === undefined || ids.length === 0) return cib;
  const [one, other] = [chance.one(ids), chance.one(ids)];
  const number = chance.whole(0, 1_000_000);
  const made = [
    order(`h${number}`, [one, other]),
    order(`i${number}`, [other, one], { 'first-action': 'stop' }),
    element('rsc_colocation', {
      id: `j${number}`,
      rsc: one,
      'with-rsc': other,
      score: chance.one(['INFINITY', '-INFINITY', '1']),
    }),
    element('rsc_colocation', { id: `k${number}`, rsc: other, 'with-rsc': one, score: '-5' }),
  ];
  const added = chance.some(made, chance.whole(1, 3));
  return replaced(cib, constraints, [
    { ...constraints, children: [...constraints.children, ...added] },
  ]);
}

const order = (
  id: string,
  [first, then]: readonly [string, string],
  more: Readonly<Record<string, string>> = {},
): XmlElement =>
  // oxlint-disable-next-line unicorn/no-thenable -- the CIB calls it so
  element('rsc_order', { id, first, then, ...more });

const DEEPEST = 70;

function deepRule(chance: Chance, cib: XmlElement): XmlElement {
  const rules = all(cib).filter(({ name }) => name === 'rule');
  if (rules.length === 0) return cib;
  const found = chance.one(rules);
  let deep = found;
  for (let level = chance.whole(1, DEEPEST); level > 0; level -= 1) {
    deep = element('rule', { id: `deep${level}`, score: '1' }, [deep]);
  }
  return replaced(cib, found, [deep]);
}

/** The elements in the place of one, wherever it stands. */
function replaced(cib: XmlElement, found: XmlElement, by: readonly XmlElement[]): XmlElement {
  if (cib === found) return by[0] ?? cib;
  let isSame = true;
  const children: XmlElement[] = [];
  for (const child of cib.children) {
    if (child === found) {
      children.push(...by);
      isSame = false;
      continue;
    }
    const changed = replaced(child, found, by);
    isSame &&= changed === child;
    children.push(changed);
  }
  return isSame ? cib : { ...cib, children };
}
