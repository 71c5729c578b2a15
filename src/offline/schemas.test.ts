/** One cluster, written in the words of each schema of a CIB that is read: it is decided alike. */
import { expect, it } from 'vitest';

import { schedule } from '../core/scheduler/schedule.ts';
import { planAnswer } from './answer.ts';
import { exportCib } from './export.ts';
import { importCib } from './import.ts';
import { pictureOfCib } from './inputs.ts';
import { decisionTime } from './time.ts';

/** Each with a number that grows. */
const SCHEMAS = [
  ['1.3', 13],
  ...Array.from({ length: 11 }, (_, minor) => [`2.${minor}`, 200 + minor] as const),
  ...Array.from({ length: 11 }, (_, minor) => [`3.${minor}`, 300 + minor] as const),
  ['4.0', 400],
] as const;

/** What is called otherwise before a schema (Pacemaker Explained, and its notes on each version). */
interface Words {
  readonly promoted: string;
  readonly clone: readonly [open: string, close: string];
  readonly fencing: string;
  readonly orphans: string;
  readonly pattern: (id: string) => string;
  readonly never: string;
  readonly lapsed: string;
  readonly type: string;
  readonly member: string;
}

const meta = (values: Readonly<Record<string, string>>): string =>
  `<meta_attributes id="ms-m">${Object.entries(values)
    .map(([name, value]) => `<nvpair id="ms-m-${name}" name="${name}" value="${value}"/>`)
    .join('')}</meta_attributes>`;

function wordsOf(schema: number): Words {
  return {
    promoted: schema < 307 ? 'Master' : 'Promoted',
    clone:
      schema < 301
        ? [`<master id="ms">${meta({ 'master-max': '2', 'clone-max': '2' })}`, '</master>']
        : [
            `<clone id="ms">${meta({ promotable: 'true', 'promoted-max': '2', 'clone-max': '2' })}`,
            '</clone>',
          ],
    fencing: schema < 310 ? 'stonith-enabled' : 'fencing-enabled',
    orphans: schema < 310 ? 'stop-orphan-resources' : 'stop-removed-resources',
    pattern: (id) => (schema < 206 ? `rsc="${id}"` : `rsc-pattern="^${id}$"`),
    never: schema < 203 ? '' : ' resource-discovery="always"',
    lapsed:
      schema < 400
        ? '<rsc_location id="past" rsc="web" node="n1" score="-INFINITY"><lifetime><rule id="past-r" score="0"><date_expression id="past-d" operation="lt" end="2001-01-01"/></rule></lifetime></rsc_location>'
        : '',
    type: schema < 300 ? 'normal' : 'member',
    member:
      schema < 310
        ? 'in_ccm="true" crmd="online" join="member" expected="member"'
        : 'in_ccm="1700000000" crmd="1700000001" join="member" expected="member"',
  };
}

function cib([version, schema]: readonly [string, number]): string {
  const { promoted, clone, fencing, orphans, pattern, never, lapsed, type, member } =
    wordsOf(schema);
  const operations = `<operations><op id="db-m" name="monitor" interval="10s" role="${promoted}"/><op id="db-s" name="monitor" interval="11s"/></operations>`;
  const dummy = 'class="ocf" provider="pacemaker"';
  return `<cib crm_feature_set="3.0.6" validate-with="pacemaker-${version}" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1" dc-uuid="1"><configuration>
<crm_config><cluster_property_set id="o"><nvpair id="o-1" name="${fencing}" value="false"/><nvpair id="o-2" name="${orphans}" value="false"/></cluster_property_set></crm_config>
<nodes><node id="1" uname="n1" type="${type}"/><node id="2" uname="n2" type="${type}"><instance_attributes id="n2-a"><nvpair id="n2-a-1" name="rack" value="2"/></instance_attributes></node></nodes>
<resources>
<template id="t" ${dummy} type="Dummy"><operations><op id="t-m" name="monitor" interval="20s" timeout="7s"/></operations></template>
${clone[0]}<primitive id="db" ${dummy} type="Stateful">${operations}</primitive>${clone[1]}
<primitive id="web" template="t"/><primitive id="ip" template="t"/>
</resources>
<constraints>
<rsc_location id="l1" rsc="ms"><rule id="l1-r" role="${promoted}" score="100" boolean-op="and"><expression id="l1-e" attribute="rack" operation="gt" value="1" type="number"/></rule></rsc_location>
<rsc_location id="l2" ${pattern('web')} node="n1" score="50"${never}/>
<rsc_colocation id="c1" rsc="ip" with-rsc="ms" with-rsc-role="${promoted}" score="INFINITY"/>
<rsc_order id="o1" first="ms" first-action="promote" then="ip" then-action="start"/>
<rsc_ticket id="k1" rsc="web" ticket="T" loss-policy="stop"/>
${lapsed}
</constraints>
<rsc_defaults><meta_attributes id="d"><nvpair id="d-1" name="resource-stickiness" value="0"/></meta_attributes></rsc_defaults>
<tags><tag id="all"><obj_ref id="web"/><obj_ref id="ip"/></tag></tags>
</configuration><status>
<node_state id="1" uname="n1" ${member}><transient_attributes id="1"><instance_attributes id="t1"><nvpair id="t1-1" name="master-db" value="1"/></instance_attributes></transient_attributes><lrm id="1"><lrm_resources><lrm_resource id="gone" ${dummy} type="Dummy"><lrm_rsc_op id="gone_last_0" operation="start" operation_key="gone_start_0" interval="0" call-id="2" rc-code="0" op-status="0" transition-key="1:1:0:aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa" transition-magic="0:0;1:1:0:aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa" op-digest="f2317cad3d54cec5d7d7aa7d0bf35cf8"/></lrm_resource></lrm_resources></lrm></node_state>
<node_state id="2" uname="n2" ${member}><transient_attributes id="2"><instance_attributes id="t2"><nvpair id="t2-1" name="master-db" value="5"/></instance_attributes></transient_attributes></node_state>
<tickets><ticket_state id="T" granted="true"/></tickets>
</status></cib>`;
}

/** Throws on what cannot be read, and on anything odd that was found. */
function decision(xml: string): object {
  const read = pictureOfCib(xml, 'cib.xml');
  if ('errors' in read) throw new Error(read.errors.join('\n'));
  expect(read.picture.findings).toEqual([]);
  return planAnswer('', schedule(read.picture, decisionTime(read.picture, undefined)));
}

const latest = decision(cib(['4.0', 400]));

it('is one in which the words matter', () => {
  expect(latest).toMatchObject({
    placement: [
      { rsc: 'db', node: 'n2', role: 'Promoted' },
      { rsc: 'db', node: 'n1', role: 'Promoted' },
      { rsc: 'web', node: 'n1', role: 'Started' },
      { rsc: 'ip', node: 'n2', role: 'Started' },
      { rsc: 'gone', node: 'n1', role: 'Started' },
    ],
  });
});

it.each(SCHEMAS)('schema %s is read, decided alike, imported and exported', (...schema) => {
  const xml = cib(schema);
  expect(decision(xml)).toEqual(latest);
  const result = importCib(xml, 'cib.xml', { keepFenceResources: true });
  if ('error' in result) throw new Error(result.error);
  expect(result.imported.findings).toEqual([]);
  expect(result.imported.text).not.toMatch(/master|stonith|orphan/i);
  const read = pictureOfCib(xml, 'cib.xml');
  const status = 'picture' in read ? read.picture.status : undefined;
  expect(decision(exportCib(result.imported.configuration, status).text)).toEqual(latest);
});
