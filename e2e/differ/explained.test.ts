/** Which differences count as explained, and what the report says of them. */
import { expect, test } from 'vitest';
import type { Verdict } from './campaign.ts';
import { explanationOf, possibleExplanationOf } from './explanations.ts';
import type { ComparedAction, Difference } from './graph.ts';
import { makeReport, reportJson } from './report.ts';
import { parseXml } from './xml.ts';

const startOf = (resource: string): ComparedAction => ({
  operation: 'start',
  resource,
  node: 'n1',
  intervalMs: 0,
  detail: '',
});

test('a start against finite advice is explained beside a mandatory colocation alone', () => {
  const link = (score: string): string => `<rsc_colocation rsc="a" with-rsc="b" score="${score}"/>`;
  const explain = (...scores: readonly string[]): string | undefined =>
    explanationOf(parseXml(`<cib><primitive id="a"/>${scores.map(link).join('')}</cib>`), {
      ...NOTHING,
      extra: [startOf('a')],
    });
  expect(explain('-5000', 'INFINITY')).toBe('Advice keeps a resource from running at all');
  expect(explain('-5000')).toBeUndefined();
  expect(explain('5000', 'INFINITY')).toBeUndefined();
});

test('an instance that goes elsewhere is explained without quorum alone', () => {
  const record =
    '<lrm_rsc_op operation="start" interval="0" rc-code="0" transition-key="1:1:0:k"/>';
  const explain = (quorum: string): string | undefined =>
    explanationOf(
      parseXml(
        `<cib have-quorum="${quorum}"><clone id="c"><primitive id="a" type="D"/></clone>` +
          `<node_state uname="n2"><lrm_resource id="a" type="D">${record}</lrm_resource>` +
          '<lrm_resource id="a:7" type="D"/></node_state></cib>',
      ),
      { ...NOTHING, missing: [startOf('a'), { ...startOf('a'), operation: 'stop', node: 'n2' }] },
    );
  expect(explain('0')).toBe("An anonymous clone's instances change places");
  expect(explain('1')).toBeUndefined();
});

test('an instance that restarts is explained if no order asks for it', () => {
  const record =
    '<lrm_rsc_op operation="start" interval="0" rc-code="0" transition-key="1:1:0:k"/>';
  const explain = (order: string, ...shared: readonly string[]): string | undefined =>
    explanationOf(
      parseXml(
        `<cib have-quorum="1"><clone id="c"><primitive id="a" type="D"/></clone><primitive id="b"/>` +
          `<primitive id="d"/>${order}<node_state uname="n1"><lrm_resource id="a" type="D">${record}` +
          '</lrm_resource></node_state></cib>',
      ),
      {
        ...NOTHING,
        missing: [startOf('a'), { ...startOf('a'), operation: 'stop' }],
        shared: new Set(shared),
      },
    );
  const sets = (action: string, ...ids: readonly string[]): string =>
    `<rsc_order><resource_set action="${action}">${ids.map((id) => `<resource_ref id="${id}"/>`).join('')}</resource_set></rsc_order>`;
  const name = "An anonymous clone's instances change places";
  const begun = 'start b n2';
  expect(explain('<rsc_order first="c" then="b"/>', begun)).toBe(name);
  expect(explain('<rsc_order first="b" then="c"/>', begun)).toBeUndefined();
  expect(explain('<rsc_order first="b" then="c"/>')).toBe(name);
  expect(explain('<rsc_order first="b" then="c" kind="Optional"/>', begun)).toBe(name);
  expect(explain('<rsc_order first="b" then="c" then-action="promote"/>', begun)).toBe(name);
  expect(explain(sets('start', 'b', 'd'), begun)).toBe(name);
  expect(explain(sets('start', 'b', 'c'), begun)).toBeUndefined();
  expect(explain(sets('promote', 'b', 'c'), begun)).toBe(name);
});

test('a place is explained where nodes name other capacities, and only of what starts', () => {
  const node = (name: string): string =>
    `<node><utilization><nvpair name="${name}" value="4"/></utilization></node>`;
  const explain = (strategy: string, other: string, ...words: readonly string[]): unknown =>
    explanationOf(
      parseXml(
        `<cib><nvpair name="placement-strategy" value="${strategy}"/>${node('cpu')}${node(other)}` +
          '<primitive id="a"/></cib>',
      ),
      { ...NOTHING, extra: words.map((operation) => ({ ...startOf('a'), operation })) },
    );
  const name = 'Nodes with other capacities outdo neither';
  expect(explain('balanced', 'memory', 'stop', 'start')).toBe(name);
  expect(explain('balanced', 'cpu', 'stop', 'start')).toBeUndefined();
  expect(explain('utilization', 'memory', 'stop', 'start')).toBeUndefined();
  expect(explain('balanced', 'memory', 'start')).toBeUndefined();
});

test('a restart is explained if it is frozen without quorum, and was one', () => {
  const explain = (policy: string, stopped: string): string | undefined =>
    explanationOf(
      parseXml(
        `<cib have-quorum="0"><nvpair name="no-quorum-policy" value="${policy}"/><primitive id="a"/></cib>`,
      ),
      { ...NOTHING, extra: [startOf('a')], shared: new Set([stopped]) },
    );
  expect(explain('freeze', 'stop a n1')).toBe('A restart ends half-way without quorum');
  expect(explain('freeze', 'stop a n2')).toBeUndefined();
  expect(explain('stop', 'stop a n1')).toBeUndefined();
});

test('what may follow from something explained is told apart from both', () => {
  const cib = parseXml(
    '<cib><primitive id="a"/><primitive id="b"/><rsc_location rsc="a"><rule role="Started"/>' +
      '</rsc_location><rsc_order first="a" then="b"/></cib>',
  );
  const difference: Difference = { ...NOTHING, extra: [startOf('a'), startOf('b')] };
  const finding = {
    name: '1',
    kind: '+start',
    traits: [],
    difference,
    cib,
    explanation: undefined,
  };
  const verdicts = [true, false].map((mayFollow): readonly [string, Verdict] => [
    '1',
    { kind: 'differs', finding: { ...finding, mayFollow } },
  ]);
  expect(possibleExplanationOf(cib, difference)).toBe('A rule for the role Started counts');
  expect(JSON.parse(reportJson(makeReport('peer', verdicts)))).toMatchObject({
    'differ-agree-percent': 0,
    'differ-explained-percent': 0,
    'differ-may-follow-percent': 50,
    'differ-unexplained-percent': 50,
  });
});

const NOTHING: Difference = {
  missing: [],
  extra: [],
  unordered: [],
  overOrdered: [],
  shared: new Set(),
};

test('an instance that restarts is explained while its role changes, not while it starts', () => {
  const explain = (operation: string): string | undefined =>
    explanationOf(
      parseXml(
        `<cib have-quorum="1"><clone id="c"><primitive id="a" type="D"/></clone><node_state uname="n1">
         <lrm_resource id="a" type="D">
         <lrm_rsc_op operation="start" interval="0" rc-code="0" transition-key="1:1:0:k"/>
         <lrm_rsc_op operation="${operation}" interval="0" rc-code="193" op-status="-1" transition-key="9:1:0:k"/>
         </lrm_resource></node_state></cib>`,
      ),
      { ...NOTHING, missing: [startOf('a'), { ...startOf('a'), operation: 'stop' }] },
    );
  expect(explain('demote')).toBe("An anonymous clone's instances change places");
  expect(explain('start')).toBeUndefined();
});
