import { expect, test } from 'vitest';
import type { Picture } from '../../core/model/picture.ts';
import { readCib } from './read.ts';

function picture(configuration: string, status = '', attributes = ''): Picture {
  const xml = `<cib ${attributes}><configuration>${configuration}</configuration><status>${status}</status></cib>`;
  const result = readCib(xml);
  if ('error' in result) throw new Error(JSON.stringify(result.error));
  return result.picture;
}

const error = (xml: string): unknown => {
  const result = readCib(xml);
  return 'error' in result ? result.error : 'none';
};

test('a small cluster is read into the model', () => {
  const read = picture(
    `<crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="no"/></cluster_property_set></crm_config>
     <nodes><node id="1" uname="alpha"/><node id="2" uname="beta" type="normal"/></nodes>
     <resources><primitive id="ip" class="ocf" provider="heartbeat" type="IPaddr2">
       <instance_attributes id="a"><nvpair id="a1" name="ip" value="192.0.2.1"/></instance_attributes>
       <operations><op id="m" name="monitor" interval="PT1M" timeout="20s" role="Slave"/></operations>
     </primitive></resources>`,
    `<node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member"/>
     <node_state id="2" uname="beta" in_ccm="1718744075" crmd="0"/>`,
    'have-quorum="1" dc-uuid="1" execution-date="1700000000"',
  );
  expect(read).toMatchObject({
    configuration: {
      options: [{ id: 'o', score: 0, values: { 'fencing-enabled': 'no' } }],
      nodes: [
        { id: '1', name: 'alpha', type: 'member' },
        { id: '2', name: 'beta', type: 'member' },
      ],
      resources: [
        {
          kind: 'primitive',
          id: 'ip',
          agent: { class: 'ocf', provider: 'heartbeat', type: 'IPaddr2' },
          parameters: [{ id: 'a', values: { ip: '192.0.2.1' } }],
          operations: [
            {
              id: 'm',
              name: 'monitor',
              intervalMs: 60_000,
              attributes: { timeout: '20s', role: 'Unpromoted' },
            },
          ],
        },
      ],
    },
    status: {
      quorate: true,
      dc: 'alpha',
      recordedAt: 1_700_000_000_000,
      nodes: [
        { name: 'alpha', memberSince: 1, processSince: 1, join: 'member', expected: 'member' },
        { name: 'beta', memberSince: 1_718_744_075, processSince: 0 },
      ],
    },
    findings: [],
  });
});

test('old forms mean what they mean today', () => {
  const { configuration } = picture(`<resources>
    <master id="ms"><meta_attributes id="x"><nvpair id="x1" name="master-max" value="2"/><nvpair id="x2" name="target-role" value="Master"/></meta_attributes>
      <primitive id="db" class="ocf" provider="heartbeat" type="pgsql"/></master>
    <bundle id="b"><docker image="i" masters="1"/><network control-port="9"><port-mapping id="p" port="80"/></network></bundle>
    </resources><constraints>
    <rsc_order id="o" first="ms" then="b" score="0"/><rsc_order id="o2" first="ms" then="b" score="INFINITY"/>
    <rsc_location id="l" rsc-pattern="!^x" node="n" score="-INFINITY" role="Master"/>
    </constraints>`);
  expect(configuration.resources).toMatchObject([
    {
      kind: 'clone',
      promotable: true,
      meta: [{ values: { 'promoted-max': '2', 'target-role': 'Promoted' } }],
    },
    {
      kind: 'bundle',
      engine: 'docker',
      container: { image: 'i', 'promoted-max': '1' },
      network: { 'control-port': '9' },
      ports: [{ id: 'p', port: '80' }],
    },
  ]);
  expect(configuration.constraints).toMatchObject([
    { kind: 'order', orderKind: 'Optional' },
    { kind: 'order', orderKind: 'Mandatory' },
    {
      kind: 'location',
      target: { kind: 'pattern', pattern: '^x', negated: true },
      score: -1_000_000,
      role: 'Promoted',
    },
  ]);
});

test('an id-ref stands for what it names, also when that comes later', () => {
  const { configuration, findings } = picture(`<resources>
    <primitive id="a" class="ocf" provider="x" type="y"><instance_attributes id-ref="later"/><operations id-ref="ops"/></primitive>
    <primitive id="b" class="ocf" provider="x" type="y"><instance_attributes id="later"><nvpair id="n" name="k" value="v"/></instance_attributes>
      <operations id="ops"><op id="m" name="monitor" interval="10"/></operations></primitive>
    <primitive id="c" class="ocf" provider="x" type="y"><instance_attributes id="own"><nvpair id-ref="n"/><nvpair id-ref="n" name="other"/></instance_attributes></primitive>
    </resources><constraints>
    <rsc_location id="l1" rsc="a"><rule id-ref="r"/></rsc_location>
    <rsc_location id="l2" rsc="b"><rule id="r" score="5"><expression id="e" attribute="x" operation="defined"/></rule></rsc_location>
    <rsc_order id="o"><resource_set id-ref="s"/></rsc_order>
    <rsc_colocation id="k" score="1"><resource_set id="s" sequential="false"><resource_ref id="a"/><resource_ref id="b"/></resource_set></rsc_colocation>
    <rsc_order id="bad"><resource_set id-ref="nowhere"/></rsc_order>
    </constraints>`);
  expect(configuration.resources).toMatchObject([
    { parameters: [{ id: 'later', values: { k: 'v' } }], operations: [{ id: 'm' }] },
    {},
    { parameters: [{ values: { k: 'v', other: 'v' } }] },
  ]);
  expect(configuration.constraints).toMatchObject([
    { rules: [{ id: 'r', score: 5, expressions: [{ attribute: 'x' }] }] },
    {},
    { kind: 'order-sets', sets: [{ id: 's', sequential: false, resources: ['a', 'b'] }] },
    {},
    {},
  ]);
  expect(findings).toEqual([
    { code: 'dangling-reference', about: 'nowhere', text: 'there is no resource set "nowhere"' },
  ]);
});

test('rules with dates, attributes, agents, operations and rules within', () => {
  const { configuration } = picture(`<rsc_defaults><meta_attributes id="m" score="3">
    <rule id="r" boolean-op="or">
      <expression id="1" attribute="pingd" operation="lt" value="5" type="integer" value-source="param"/>
      <date_expression id="2" operation="in_range" start="2026-01-01"><duration id="d" hours="3"/></date_expression>
      <date_expression id="3" operation="date_spec"><date_spec id="s" hours="9-17" weekdays="6-" moon="4"/></date_expression>
      <rsc_expression id="4" class="ocf" type="IPaddr2"/>
      <op_expression id="5" name="monitor" interval="10s"/>
      <rule id="6" score="INFINITY" role="Master"><expression id="7" attribute="x" operation="not_defined"/></rule>
    </rule><nvpair id="n" name="k" value="v"/></meta_attributes></rsc_defaults>`);
  expect(configuration.resourceDefaults).toEqual([
    {
      id: 'm',
      score: 3,
      values: { k: 'v' },
      rule: {
        id: 'r',
        join: 'or',
        expressions: [
          {
            kind: 'attribute',
            attribute: 'pingd',
            operation: 'lt',
            value: '5',
            valueType: 'integer',
            valueSource: 'param',
          },
          { kind: 'date', operation: 'in_range', start: '2026-01-01', duration: { hours: 3 } },
          {
            kind: 'date',
            operation: 'date_spec',
            specification: {
              hours: { from: 9, to: 17 },
              weekdays: { from: 6 },
              moon: { from: 4, to: 4 },
            },
          },
          { kind: 'resource', class: 'ocf', type: 'IPaddr2' },
          { kind: 'operation', name: 'monitor', intervalMs: 10_000 },
          {
            kind: 'rule',
            rule: {
              id: '6',
              join: 'and',
              score: 1_000_000,
              role: 'Promoted',
              expressions: [
                {
                  kind: 'attribute',
                  attribute: 'x',
                  operation: 'not_defined',
                  valueSource: 'literal',
                },
              ],
            },
          },
        ],
      },
    },
  ]);
});

test('history with all that an operation leaves behind', () => {
  const { status } = picture(
    '',
    `<node_state id="1" uname="a"><transient_attributes id="1"><instance_attributes id="t"><nvpair id="f" name="fail-count-db#monitor_10000" value="2"/></instance_attributes></transient_attributes>
     <lrm id="1"><lrm_resources><lrm_resource id="db:0" class="ocf" provider="heartbeat" type="pgsql" shutdown-lock="100">
     <lrm_rsc_op id="o" operation="monitor" interval="10000" call-id="7" rc-code="1" op-status="0" transition-key="3:4:8:uuid" transition-magic="0:1;3:4:8:uuid" last-rc-change="99" op-digest="d" op-restart-digest="r" op-force-restart=" user  passwd " on_node="a" exit-reason=""/>
     <lrm_rsc_op id="p" operation="start" interval="0" call-id="-1" op-status="-1" rc-code="193"/>
     <lrm_rsc_op id="q" operation="stop" interval="0" call-id="8" transition-magic="2:1;1:2:0:u"/>
     </lrm_resource></lrm_resources></lrm></node_state>
     <tickets><ticket_state id="T" granted="true" last-granted="5" standby="no" owner="x"/></tickets>`,
  );
  expect(status.nodes[0]).toMatchObject({
    transient: [{ values: { 'fail-count-db#monitor_10000': '2' } }],
    history: [
      {
        resource: 'db:0',
        agent: { class: 'ocf', provider: 'heartbeat', type: 'pgsql' },
        shutdownLockAt: 100_000,
        operations: [
          {
            operation: 'monitor',
            intervalMs: 10_000,
            callId: 7,
            status: 'done',
            exitCode: 1,
            expectedExitCode: 8,
            lastChangeAt: 99_000,
            digest: 'd',
            restartDigest: 'r',
            forceRestart: ['user', 'passwd'],
            onNode: 'a',
          },
          { status: 'pending', callId: -1 },
          { status: 'timeout', exitCode: 1, expectedExitCode: 0 },
        ],
      },
    ],
  });
  expect(status.nodes[0]?.history[0]?.operations[0]).not.toHaveProperty('exitReason');
  expect(status.tickets).toEqual([
    { id: 'T', granted: true, standby: false, lastGrantedAt: 5000, attributes: { owner: 'x' } },
  ]);
});

test('what means nothing here becomes a finding', () => {
  const { findings } = picture(
    `<alerts><alert id="a" path="/x"/></alerts><resources><thing/><clone id="c"/></resources>
     <constraints><rsc_order id="o" first="a" then="b" kind="perhaps"/></constraints>`,
  );
  expect(findings.map(({ code, about }) => `${code} ${about}`)).toEqual([
    'not-supported alerts',
    'unknown-element thing',
    'no-child c',
    'bad-value o',
  ]);
});

test('names that JavaScript gives a meaning cannot get in', () => {
  const { configuration, findings } = picture(
    `<crm_config><cluster_property_set id="o"><nvpair id="1" name="__proto__" value="x"/><nvpair id="2" name="constructor" value="x"/></cluster_property_set></crm_config>`,
  );
  expect(Object.keys(configuration.options[0]?.values ?? {})).toEqual([]);
  expect(findings).toHaveLength(2);
});

test('broken XML is refused with line and column', () => {
  expect(error('<cib>\n  <configuration>\n</cib>')).toEqual({
    line: 3,
    column: 6,
    text: 'unexpected close tag.',
  });
  expect(error('<cib a="1" a="2"/>')).toMatchObject({ line: 1, text: 'duplicate attribute: a.' });
  expect(error('')).toMatchObject({ text: 'document must contain a root element.' });
  expect(error('<cib>')).toMatchObject({ text: 'unclosed tag: cib' });
  expect(error('<html/>')).toMatchObject({ text: 'the document is a "html", not a "cib"' });
});

test('entities of one’s own are refused, and so is every document type', () => {
  const bomb = '<!DOCTYPE cib [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><cib x="&b;"/>';
  expect(error(bomb)).toMatchObject({
    text: 'a document type declaration (DOCTYPE) is not accepted',
  });
  expect(error('<cib x="&lol;"/>')).toMatchObject({ line: 1, text: 'undefined entity.' });
});

test('a giant document is refused before it is parsed', () => {
  const giant = `<cib>${' '.repeat(400_000_000)}</cib>`;
  expect(error(giant)).toEqual({ line: 1, column: 1, text: 'more than 400000000 characters' });
});

test('so is an element with too many attributes', () => {
  const many = Array.from({ length: 1001 }, (_, at) => `a${at}="1"`).join(' ');
  expect(error(`<cib ${many}/>`)).toMatchObject({
    line: 1,
    text: expect.stringMatching(/attributes/),
  });
});

test('nesting has a limit', () => {
  const nested = (depth: number): string =>
    `<cib><configuration><constraints><rsc_location id="l">${'<rule id="r">'.repeat(depth)}${'</rule>'.repeat(depth)}</rsc_location></constraints></configuration></cib>`;
  expect(error(nested(64))).toBe('none');
  expect(error(nested(200))).toMatchObject({ text: 'elements nested more than 100 deep' });
});
