/** The comparison itself: pictures, graphs, shrinking. Nothing here needs the peer. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCib } from '../../src/interop/cib/read.ts';
import { judge } from './campaign.ts';
import { CUTS } from './cut.ts';
import { withDigests } from './digests.ts';
import { EXPLANATIONS } from './explained.ts';
import { explanationOf } from './explanations.ts';
import { cibText, generateCluster } from './generate/cluster.ts';
import { compareGraphs } from './graph.ts';
import type { ActionGraph, ComparedAction, Difference } from './graph.ts';
import { kindOf } from './kinds.ts';
import { hostileText, runHostile } from './hostile.ts';
import { decideOwn, decideUnlimited, within } from './own.ts';
import type { PeerAnswer } from './peer.ts';
import { readGraph } from './peer.ts';
import { makeReport } from './report.ts';
import { parseXml, walk, xmlText } from './xml.ts';
import type { XmlElement } from './xml.ts';

const seeds = Array.from({ length: 60 }, (_, at) => at + 1);

test('a seed makes the same picture each time, another seed another one', () => {
  const texts = seeds.map((seed) => cibText(generateCluster(seed).cib));
  expect(seeds.map((seed) => cibText(generateCluster(seed).cib))).toEqual(texts);
  expect(new Set(texts).size).toBe(seeds.length);
});

test('every generated picture is read without a finding', () => {
  for (const seed of seeds) {
    const result = readCib(cibText(generateCluster(seed).cib));
    const findings = 'picture' in result ? result.picture.findings : result.error;
    expect({ seed, findings }).toEqual({ seed, findings: [] });
  }
});

test('every feature comes up', () => {
  const found = new Set(
    Array.from({ length: 400 }, (_, seed) => generateCluster(seed).features).flat(),
  );
  expect(found.size).toBeGreaterThan(80);
});

const smallCib = (digest: string): string => `<cib><configuration><crm_config/>
  <nodes><node id="1" uname="n1"/></nodes>
  <resources><primitive id="a" class="ocf" provider="heartbeat" type="IPaddr2">
    <instance_attributes id="i"><nvpair id="i-ip" name="ip" value="10.0.0.1"/></instance_attributes>
    <operations><op id="m" name="monitor" interval="10s" timeout="30s"/></operations>
  </primitive></resources><constraints/></configuration>
  <status><node_state id="1" uname="n1"><lrm id="1"><lrm_resources><lrm_resource id="a">
    <lrm_rsc_op id="s" operation="start" interval="0"${digest}/>
    <lrm_rsc_op id="r" operation="monitor" interval="10000"/>
  </lrm_resource></lrm_resources></lrm></node_state></status></cib>`;

const digestsIn = (text: string): readonly unknown[] =>
  [...walk(withDigests(parseXml(text)))]
    .filter(([{ name }]) => name === 'lrm_rsc_op')
    .map(([{ attributes }]) => attributes['op-digest']);

test('operations get the digests of their parameters, unless they have some', () => {
  // printf ' <parameters ip="10.0.0.1"/>\n' | md5sum; the other with CRM_meta_timeout="30000"
  const start = 'ba6a72f3ccfb84f58fad1ff6a1d34598';
  const monitor = 'c8b1933f8c45b65a329eb3db28841596';
  expect(digestsIn(smallCib(''))).toEqual([start, monitor]);
  expect(digestsIn(smallCib(' op-digest="x"'))).toEqual(['x', monitor]);
});

const action = (operation: string, node = 'n1'): ComparedAction => ({
  operation,
  resource: 'a',
  node,
  intervalMs: 0,
  detail: '',
});

function graph(
  actions: Readonly<Record<string, ComparedAction | undefined>>,
  ...order: [string, string][]
): ActionGraph {
  return { actions: new Map(Object.entries(actions)), order };
}

test('graphs are the same by what they do and in which order, not by ids and pseudo actions', () => {
  const one = graph(
    { 1: action('stop'), 2: undefined, 3: action('start') },
    ['1', '2'],
    ['2', '3'],
  );
  const other = graph({ x: action('start'), y: action('stop') }, ['y', 'x']);
  expect(compareGraphs(one, other)).toBeUndefined();
});

test('actions of one side are told, each as often as it is too many', () => {
  const one = graph({ 1: action('stop'), 2: action('stop'), 3: action('start') });
  const difference = compareGraphs(one, graph({ 1: action('stop'), 2: action('start', 'n2') }));
  expect(difference).toMatchObject({
    missing: [action('stop'), action('start')],
    extra: [action('start', 'n2')],
  });
  expect(kindOf(difference!)).toBe('+start -start -stop');
});

test('an order of one side is told, also one by way of others', () => {
  const actions = { 1: action('stop'), 2: action('demote'), 3: action('start') };
  const chain = graph(actions, ['2', '1'], ['1', '3']);
  const difference = compareGraphs(chain, graph(actions, ['2', '1']));
  expect(difference).toMatchObject({ missing: [], extra: [], overOrdered: [] });
  expect(kindOf(difference!)).toBe('order -demote→start -stop→start');
});

test('a cycle in a graph ends the comparison all the same', () => {
  const actions = { 1: action('stop'), 2: action('start') };
  const difference = compareGraphs(
    graph(actions, ['1', '2'], ['2', '1']),
    graph(actions, ['1', '2']),
  );
  expect(kindOf(difference!)).toBe('order -start→stop');
});

test("the peer's graph is read", () => {
  const read = readGraph(`<transition_graph><synapse id="0"><action_set>
      <rsc_op id="4" operation="monitor" operation_key="a_monitor_10000" on_node="n1">
        <primitive id="a"/><attributes CRM_meta_timeout="20000"/></rsc_op>
    </action_set><inputs><trigger><pseudo_event id="9" operation="x"/></trigger></inputs></synapse>
    <synapse id="1"><action_set><pseudo_event id="9"/></action_set><inputs><trigger>
      <crm_event id="7" operation="stonith"/></trigger></inputs></synapse>
    <synapse id="2"><action_set><crm_event id="7" operation="stonith" operation_key="stonith-n2-off"
      on_node="n2"><attributes CRM_meta_stonith_action="off"/></crm_event></action_set><inputs/></synapse>
    <synapse id="3"><action_set><rsc_op id="8" operation="notify" on_node="n1"
      operation_key="a_pre_notify_promote_0"><primitive id="a"/></rsc_op></action_set><inputs/></synapse>
    </transition_graph>`);
  expect(read.actions).toEqual(
    new Map([
      ['4', { ...action('monitor'), intervalMs: 10_000 }],
      ['9', undefined],
      ['7', { ...action('fence', 'n2'), resource: '', detail: 'off' }],
      ['8', { ...action('notify'), detail: 'pre-promote' }],
    ]),
  );
  expect(read.order).toEqual([
    ['9', '4'],
    ['7', '9'],
  ]);
});

test('no cut leaves a reference to what is gone', () => {
  for (const seed of seeds.slice(0, 25)) {
    const { cib } = generateCluster(seed);
    for (const cut of CUTS.flatMap((cutsOf) => cutsOf(cib))) {
      const smaller = cut();
      if (smaller === undefined) continue;
      expect({ seed, dangling: danglingIn(smaller) }).toEqual({ seed, dangling: [] });
      expect(xmlText(smaller)).not.toBe(xmlText(cib));
    }
  }
});

/** References of constraints to resources that are not there. */
function danglingIn(cib: XmlElement): readonly string[] {
  const all = [...walk(cib)].map(([node]) => node);
  const ids = new Set(
    all
      .filter(({ name }) => /^(primitive|group|clone|bundle|tag)$/.test(name))
      .map(({ attributes }) => attributes['id']),
  );
  return all
    .filter(({ name }) => name.startsWith('rsc_') || name === 'resource_ref')
    .flatMap(({ name, attributes }) =>
      [name === 'resource_ref' ? 'id' : 'rsc', 'with-rsc', 'first', 'then'].flatMap(
        (key) => attributes[key] ?? [],
      ),
    )
    .filter((id) => !ids.has(id));
}

const own = (text: string): PeerAnswer => {
  const answer = decideOwn(text);
  if (answer.kind !== 'graph') throw new Error(answer.why);
  return answer;
};

/** A peer that decides as Holdfast does, but never stops anything. */
function neverStops(text: string): PeerAnswer {
  const answer = own(text);
  if (answer.kind === 'none') return answer;
  const kept = [...answer.graph.actions].filter(([, entry]) => entry?.operation !== 'stop');
  return { ...answer, graph: { ...answer.graph, actions: new Map(kept) } };
}

test('a planted difference is found, made small and named', () => {
  const verdicts = seeds.map((seed) => {
    const subject = { name: String(seed), cib: generateCluster(seed).cib };
    const verdict = judge(subject, { peer: { decide: neverStops }, text: cibText, triesMax: 500 });
    return [subject.name, verdict] as const;
  });
  const findings = verdicts.flatMap(([, verdict]) =>
    verdict.kind === 'differs' ? [verdict.finding] : [],
  );
  expect(findings.length).toBeGreaterThan(10);
  for (const { kind, cib, difference } of findings) {
    expect(kind).toBe('+stop');
    expect(difference.missing).toEqual([]);
    expect([...walk(cib)].length).toBeLessThan(40);
  }
  const report = makeReport('a peer', verdicts);
  expect(report).toMatchObject({ compared: 60, same: 60 - findings.length, failed: [] });
  expect(report.kinds).toHaveLength(1);
});

test('what agrees is the same', () => {
  for (const seed of seeds) {
    const subject = { name: String(seed), cib: generateCluster(seed).cib };
    const verdict = judge(subject, { peer: { decide: own }, text: cibText, triesMax: 0 });
    expect(verdict).toEqual({ kind: 'same' });
  }
});

test('work without an end is ended', () => {
  expect(() =>
    within(50, () => {
      for (;;);
    }),
  ).toThrow(/timed out/);
  expect(within(50, () => 7)).toBe(7);
});

test('hostile pictures are decided or refused; a seed makes the same one in any portion', () => {
  const { decided, refused, failures } = runHostile(1, 300, 0);
  expect(failures).toEqual([]);
  expect(decided).toBeGreaterThan(200);
  expect(refused).toBeGreaterThan(3);
  const first = hostileText(70);
  hostileText(1000);
  expect(hostileText(70)).toBe(first);
});

test('a hostile picture that fails, hangs or is answered differently is found, the others are judged', () => {
  const [thrown, hung, other] = [hostileText(3), hostileText(5), hostileText(8)];
  let answers = 0;
  const { decided, refused, failures } = runHostile(1, 40, 0, (text) => {
    if (text === thrown) throw new Error('planted');
    // oxlint-disable-next-line no-empty, no-unmodified-loop-condition -- on purpose
    while (text === hung) {}
    const answer = decideUnlimited(text);
    if (text !== other || answer.kind !== 'graph') return answer;
    answers += 1;
    return { ...answer, answer: { ...answer.answer, case: String(answers) } };
  });
  expect(failures.map(({ seed, why }) => [seed, why.slice(0, 16)])).toEqual([
    [3, 'planted'],
    [5, 'Script execution'],
    [8, 'the second answe'],
  ]);
  expect(decided + refused).toBe(37);
});

test('a guest that is given no access is explained, and nothing beside it', () => {
  const cib = parseXml(`<cib><configuration><resources><bundle id="b1"/></resources>
    </configuration></cib>`);
  const unfence = { ...action('fence', 'b1-0'), resource: '', detail: 'on' };
  const difference = { missing: [unfence], extra: [], unordered: [], overOrdered: [] };
  const explain = (more: readonly ComparedAction[]): string | undefined =>
    explanationOf(cib, { ...difference, extra: more, shared: new Set() });
  expect(explain([action('reload', 'b1-0')])).toBe('A guest is given no access of its own');
  expect(explain([action('stop', 'n1')])).toBeUndefined();
  const remote = {
    ...difference,
    missing: [{ ...unfence, node: 'n2' }],
    shared: new Set<string>(),
  };
  expect(explanationOf(cib, remote)).toBeUndefined();
});

test('only the end of a monitor that changed is explained', () => {
  const history = (digest: string): XmlElement =>
    parseXml(`<cib><status><node_state uname="n1"><lrm_resource id="a"><lrm_rsc_op
      operation="monitor" interval="9000" ${digest}/></lrm_resource></node_state></status></cib>`);
  const explain = (digest: string, shared: string): string | undefined =>
    explanationOf(history(digest), {
      missing: [],
      extra: [{ ...action('cancel'), intervalMs: 9000, detail: 'monitor' }],
      unordered: [],
      overOrdered: [],
      shared: new Set([shared]),
    });
  const name = 'A changed monitor of the other role runs on';
  expect(explain('op-digest="0123"', 'demote a n1')).toBe(name);
  expect(explain('op-digest="0123"', 'start a n1')).toBeUndefined();
  expect(explain('', 'demote a n1')).toBeUndefined();
});

test('every explanation is a heading of the document', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/decisions/differ.md'), 'utf8');
  for (const { name } of EXPLANATIONS) expect(text).toContain(`\n### ${name}\n`);
});

test('without the peer it says what to install', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    encoding: 'utf8',
    env: { ...process.env, CRM_SIMULATE: '/nonexistent/crm_simulate' },
  });
  expect(stderr).toContain('pacemaker-cli-utils');
  expect(status).toBe(69);
});

test('roles that an optional colocation of a role decides are explained, places are not', () => {
  const cib = (score: string, role = 'Promoted'): XmlElement =>
    parseXml(`<cib><configuration><resources><clone id="m1"><primitive id="m1p"/></clone>
      </resources><constraints><rsc_colocation id="c" rsc="m1" rsc-role="${role}" with-rsc="p1"
      score="${score}"/></constraints></configuration></cib>`);
  const explain = (
    score: string,
    more: readonly ComparedAction[],
    role = 'Promoted',
  ): string | undefined => {
    const extra = [{ ...action('promote', 'n1'), resource: 'm1p' }, ...more];
    const difference = {
      missing: [],
      extra,
      unordered: [],
      overOrdered: [],
      shared: new Set<string>(),
    };
    return explanationOf(cib(score, role), difference);
  };
  const name = 'An optional colocation of a role counts where its primary is';
  expect(explain('1000', [])).toBe(name);
  expect(explain('10', [], 'Unpromoted')).toBe(name);
  expect(explain('10', [], 'Started')).toBeUndefined();
  expect(explain('INFINITY', [])).toBeUndefined();
  expect(explain('1000', [{ ...action('start', 'n1'), resource: 'm1p' }])).toBeUndefined();
  expect(explain('1000', [action('promote', 'n2')])).toBeUndefined();
});

test('a start that a joining node may forbid is explained, one that it has answered for is not', () => {
  const cib = (history: string): XmlElement =>
    parseXml(`<cib><status><node_state uname="n3" in_ccm="true" crmd="online" join="pending">
      ${history}</node_state></status></cib>`);
  const explain = (history: string, ...missing: readonly ComparedAction[]): string | undefined => {
    const difference = {
      missing,
      extra: [],
      unordered: [],
      overOrdered: [],
      shared: new Set<string>(),
    };
    return explanationOf(cib(history), difference);
  };
  const name = 'Nothing starts while a node that joins may have it';
  expect(explain('', action('start'), action('monitor'))).toBe(name);
  expect(explain('', action('start'), action('stop'))).toBeUndefined();
  expect(explain('', action('monitor'))).toBeUndefined();
  expect(explain('', action('migrate_to'), action('migrate_from'))).toBe(name);
  const known = '<lrm_resource id="a"><lrm_rsc_op/></lrm_resource>';
  expect(explain(known, action('start'))).toBeUndefined();
});

test('more instances on a node than there may be are explained, one instance is not', () => {
  const clone = parseXml('<clone id="c"><primitive id="a"/></clone>');
  const start: ComparedAction = {
    operation: 'start',
    resource: 'a',
    node: 'n1',
    intervalMs: 0,
    detail: '',
  };
  const explain = (...missing: readonly ComparedAction[]): string | undefined =>
    explanationOf(clone, { ...NOTHING, missing, shared: new Set(['start a n2']) });
  const name = 'An anonymous clone has several instances on one node';
  expect(explain(start, start)).toBe(name);
  expect(explain({ ...start, node: 'n2' })).toBe(name);
  expect(explain(start)).toBeUndefined();
});

test('a start in place of several copies is explained, in place of one it is not', () => {
  const start: ComparedAction = {
    operation: 'start',
    resource: 'a',
    node: 'n3',
    intervalMs: 0,
    detail: '',
  };
  const explain = (meta: string, nodes: readonly string[]): string | undefined => {
    const states = nodes.map(
      (node) =>
        `<node_state uname="${node}"><lrm_resource id="a"><lrm_rsc_op operation="start" rc-code="0"/></lrm_resource></node_state>`,
    );
    const text = `<cib><primitive id="a"><nvpair name="multiple-active" value="${meta}"/></primitive>${states.join('')}</cib>`;
    return explanationOf(parseXml(text), {
      ...NOTHING,
      extra: [start],
      shared: new Set(['stop a n1']),
    });
  };
  const name = 'A resource that is expected where no copy is does not start';
  expect(explain('stop_unexpected', ['n1', 'n2'])).toBe(name);
  expect(explain('stop_unexpected', ['n1'])).toBeUndefined();
  expect(explain('stop_start', ['n1', 'n2'])).toBeUndefined();
});

test('a promotion is explained in a clone of groups with a negative priority alone', () => {
  const promote: ComparedAction = {
    operation: 'promote',
    resource: 'a',
    node: 'n1',
    intervalMs: 0,
    detail: '',
  };
  const explain = (priority: string, inner: string): string | undefined =>
    explanationOf(
      parseXml(`<clone id="c"><nvpair name="priority" value="${priority}"/>${inner}</clone>`),
      { ...NOTHING, extra: [promote] },
    );
  const group = '<group id="g"><primitive id="a"/></group>';
  expect(explain('-1', group)).toBe('A clone of groups with a negative priority is never promoted');
  expect(explain('1', group)).toBeUndefined();
  expect(explain('-1', '<primitive id="a"/>')).toBeUndefined();
});

const NOTHING: Difference = {
  missing: [],
  extra: [],
  unordered: [],
  overOrdered: [],
  shared: new Set(),
};
